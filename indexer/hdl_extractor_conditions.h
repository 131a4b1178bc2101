// The `ifdef conditions of a text, read lexically.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/comments.h"

namespace fanin::indexer {

// Immutable once made.
class Conditions {
 public:
  Conditions(std::string_view text, std::span<const BacktickWord> words);

  // The condition under which the byte's text is seen, "!SYNTHESIS && FOO"; empty: always. The guard of an include file
  // (`ifndef X, `define X at once) is none. Valid while this object lives. Cost: logarithmic.
  std::string_view At(uint32_t byte) const;

 private:
  struct Region {
    uint32_t begin;  // up to the next region's
    uint32_t condition;
  };
  std::vector<Region> regions_;
  std::vector<std::string> texts_;
};

}  // namespace fanin::indexer
