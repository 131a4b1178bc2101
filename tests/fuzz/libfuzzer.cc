// One target for libFuzzer: FANIN_FUZZ_TARGET names it.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tests/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const fanin::fuzz::Target* const target = [] {
    for (const fanin::fuzz::Target& one : fanin::fuzz::Targets()) {
      if (one.name == FANIN_FUZZ_TARGET) return &one;
    }
    std::abort();
  }();
  target->run({reinterpret_cast<const char*>(data), size});
  return 0;
}
