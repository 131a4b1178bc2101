// Byte-pair encoding (Sennrich, Haddow and Birch, "Neural Machine Translation of Rare Words with Subword Units", 2016):
// symbols are joined pair by pair, the pair learned first first, the leftmost of equals.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace fanin::retriever {

class BytePairs {
 public:
  // Later ones rank lower.
  void Add(std::string_view left, std::string_view right);
  // Symbols left of those that `text` is cut into, each from the end of the one before it to its own in `ends`.
  // Thread-safe. Cost: n log n in the symbols.
  uint32_t CountJoined(std::string_view text, std::span<const uint32_t> ends) const;

 private:
  std::unordered_map<std::string, uint32_t> ranks_;  // by "left right"
};

}  // namespace fanin::retriever
