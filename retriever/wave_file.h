// Waves as simulators write them: VCD as text, FST (of GTKWave, Verilator, Icarus) by the program fanin-fst2vcd, which
// stands beside the running one or in PATH. Which it is, the content tells.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/error.h"
#include "retriever/wave.h"

namespace fanin::retriever {

enum class WaveFormat : uint8_t { kVcd, kFst };

// By the first byte; anything that is no FST counts as VCD.
WaveFormat FormatOfWave(std::string_view content);

// Changes after end_time are not read. Errors: DATA_LOSS (neither format, or damaged), RESOURCE_EXHAUSTED (limits of
// wave.h), FAILED_PRECONDITION (an FST, and no fanin-fst2vcd). Cost: linear in the content; for FST a process.
base::Result<Wave> ReadWave(std::string_view content, uint64_t end_time);
// The same of a file. Errors: also NOT_FOUND (it cannot be read, or is no regular file).
base::Result<Wave> ReadWaveFile(const std::filesystem::path& path, uint64_t end_time);
// The same of a regular file that is open for reading, at its beginning; it stays open.
base::Result<Wave> ReadOpenWave(int descriptor, uint64_t end_time);

}  // namespace fanin::retriever
