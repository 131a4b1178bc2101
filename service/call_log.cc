#include "service/call_log.h"

#include <glog/logging.h>

namespace fanin::service {

void LogCall(std::string_view method, std::string_view peer, std::chrono::steady_clock::time_point start,
             const base::Status& status) {
  const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  LOG(INFO) << "event=call method=" << method << " peer=" << peer
            << " code=" << (status ? "OK" : base::CodeName(status.error().code)) << " ms=" << ms;
}

}  // namespace fanin::service
