// Which of several readings of one text is the best: fewest modules missing that the scan saw, then fewest errors.
//
// Where the first reading has errors, others are tried:
//   - in older dialects: a .v or .vh file as Verilog-2005, in which `logic` or `do` are plain names; any file with the
//     keywords of SystemVerilog-2005, in which `checker` or `let` are;
//   - with another stand-in for an unknown macro near the first error, as its neighbours may mislead about what it is;
//   - while modules are missing, without the line of the first error, as it may be a deliberate one ("ERROR: define the
//     density") that swallows all that follows.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "indexer/expansion_guard.h"
#include "indexer/parser.h"
#include "indexer/reading.h"

namespace fanin::indexer {

// A line that was left out for the sake of the rest.
struct Repair {
  uint32_t line = 0;
  std::string message;  // slang's
};

struct BestReading {
  std::unique_ptr<Reading> reading;
  std::vector<Repair> repairs;
};

// What an unknown macro may stand for, besides what its neighbours suggest; an earlier one is preferred. More than
// kMaxStubs macros of a text are not tried out.
std::vector<std::string> StandIns(const std::string& name);
inline constexpr int kMaxStubs = 4;
inline constexpr size_t kMaxStubBytes = 16U << 20;  // read for their sake, of one text

// slang may throw. Cost: one parse of a text without errors, else a bounded number.
BestReading FindBestReading(const ParseInput& input, const ExpansionEstimate& expansions);

}  // namespace fanin::indexer
