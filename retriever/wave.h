// Values over time, as simulators dump them (VCD, IEEE 1364-2005 clause 18), up to the moment of interest. Files and
// FST: wave_file.h.
//
// Immutable once read, owns its memory. The reader is bounded and takes hostile text: what it does not understand it
// passes over, and past a limit it fails.
#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "retriever/wave_bits.h"

namespace fanin::retriever {

// A moment between changes: those of a time step lie between Before(t) and After(t).
using Moment = uint64_t;
constexpr uint64_t kMaxWaveTime = UINT64_MAX / 4;
constexpr Moment Before(uint64_t time) { return 2 * time; }
constexpr Moment After(uint64_t time) { return 2 * time + 1; }

struct WaveLimits {
  uint64_t max_bytes = 4ULL << 30;         // of text read
  uint64_t max_memory_bytes = 1ULL << 30;  // of names and changes kept
};

class Wave {
 public:
  using Variable = uint32_t;

  // Changes after end_time are not read. Errors: DATA_LOSS (no VCD), RESOURCE_EXHAUSTED.
  static base::Result<Wave> ReadVcd(std::istream& in, uint64_t end_time, const WaveLimits& limits = {});

  // The variables of a hierarchical path, selects of its scopes ("g_lane[3]") left out on both sides, so that those of
  // a generate loop are several.
  std::vector<Variable> Find(std::string_view path) const;
  // Paths of all variables whose last components are `tail`.
  std::vector<std::string> FindByTail(std::string_view tail) const;

  // Whether a scope, itself or in copies, has a variable of the name.
  bool Has(std::string_view scope, std::string_view name) const {
    return !Find(std::string(scope) + "." + std::string(name)).empty();
  }

  uint32_t WidthOf(Variable variable) const { return variables_[variable].width; }
  int64_t LsbOf(Variable variable) const { return variables_[variable].lsb; }
  Bits ValueAt(Variable variable, Moment moment) const;
  // The last time at most `moment` at which bit 0 went to `level`; nullopt: never.
  std::optional<uint64_t> LastEdge(Variable variable, Moment moment, bool level) const;
  const std::string& timescale() const { return timescale_; }
  uint64_t last_time() const { return last_time_; }

 private:
  friend class VcdReader;
  struct Change {
    uint64_t time = 0;
    uint64_t digits = 0;  // offset into digits_
    uint32_t length = 0;
  };
  struct Item {
    uint32_t width = 1;
    int64_t lsb = 0;
    uint32_t changes = 0;  // index into changes_: variables of one code share theirs
  };

  Wave() = default;
  const Change* ChangeAt(Variable variable, Moment moment) const;

  std::vector<Item> variables_;
  std::unordered_map<std::string, std::vector<Variable>> by_path_;
  std::vector<std::vector<Change>> changes_;
  std::string digits_;
  std::string timescale_;
  uint64_t last_time_ = 0;
};

}  // namespace fanin::retriever
