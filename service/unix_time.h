// The time of day as the store and the messages keep it.
#pragma once

#include <chrono>
#include <cstdint>

namespace fanin::service {

// Milliseconds since 1970 in UTC, by the machine's clock.
inline int64_t NowUnixMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace fanin::service
