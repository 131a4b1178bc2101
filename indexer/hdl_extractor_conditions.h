// The `ifdef conditions of a text, read lexically.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/comments.h"

namespace fanin::indexer {

// What stands between two directives of one `ifdef, the directives excluded.
struct ConditionalArm {
  uint32_t begin = 0;
  uint32_t end = 0;
  uint32_t group_begin = 0;  // of the `ifdef word
};

// Immutable once made.
class Conditions {
 public:
  Conditions(std::string_view text, std::span<const BacktickWord> words);

  // The condition under which the byte's text is seen, "!SYNTHESIS && FOO"; empty: always. The guard of an include file
  // (`ifndef X, `define X at once) is none. Valid while this object lives. Cost: logarithmic.
  std::string_view At(uint32_t byte) const;
  // All arms but those of include guards, ascending by begin: an arm comes before those within it.
  std::span<const ConditionalArm> arms() const { return arms_; }

 private:
  struct Region {
    uint32_t begin;  // up to the next region's
    uint32_t condition;
  };
  std::vector<Region> regions_;
  std::vector<std::string> texts_;
  std::vector<ConditionalArm> arms_;
};

}  // namespace fanin::indexer
