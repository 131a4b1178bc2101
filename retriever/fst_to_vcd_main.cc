// fanin-fst2vcd: prints an FST wave as VCD, up to a time. A program of its own (wave_file.cc starts it), as the reader
// of FST was not written for hostile files: what it does to itself there costs one answer.
//
//   fanin-fst2vcd FILE END_TIME        exit code 1: wrong use; 2: no FST, or damaged
//
// Limits: 120 s of processor time, 4 GiB of memory.
#include <fstapi.h>
#include <sys/resource.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

constexpr rlim_t kMaxCpuSeconds = 120;
constexpr rlim_t kMaxMemoryBytes = rlim_t{4} << 30;

void Limit(int resource, rlim_t most) {
  const rlimit limit{most, most};
  ::setrlimit(static_cast<__rlimit_resource>(resource), &limit);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: fanin-fst2vcd FILE END_TIME\n", stderr);
    return 1;
  }
  Limit(RLIMIT_CPU, kMaxCpuSeconds);
  Limit(RLIMIT_AS, kMaxMemoryBytes);
  Limit(RLIMIT_CORE, 0);
  const uint64_t end_time = std::strtoull(argv[2], nullptr, 10);
  void* const reader = fstReaderOpen(argv[1]);
  if (reader == nullptr) return 2;
  // The hierarchy's reading resets what is asked for.
  bool is_read = fstReaderProcessHier(reader, stdout) != 0;
  fstReaderSetFacProcessMaskAll(reader);
  fstReaderSetLimitTimeRange(reader, 0, end_time);
  is_read = is_read && fstReaderIterBlocks(reader, nullptr, nullptr, stdout) != 0;
  fstReaderClose(reader);
  return is_read && std::fflush(stdout) == 0 ? 0 : 2;
}
