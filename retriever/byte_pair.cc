#include "retriever/byte_pair.h"

#include <queue>
#include <tuple>
#include <vector>

namespace fanin::retriever {
namespace {

constexpr uint32_t kNone = UINT32_MAX;

struct Symbol {
  uint32_t begin = 0;
  uint32_t end = 0;
  uint32_t before = kNone;
  uint32_t after = kNone;
  bool is_joined = false;  // to the one before it
};

// A pair that may be joined, if both are still as long then. Ordered by rank, then place.
struct Pair {
  uint32_t rank = 0;
  uint32_t left = 0;
  uint32_t right = 0;
  uint32_t middle = 0;  // end of the left one
  uint32_t end = 0;     // of the right one

  bool operator>(const Pair& other) const { return std::tie(rank, left) > std::tie(other.rank, other.left); }
};

}  // namespace

void BytePairs::Add(std::string_view left, std::string_view right) {
  ranks_.emplace(std::string(left).append(" ").append(right), static_cast<uint32_t>(ranks_.size()));
}

uint32_t BytePairs::CountJoined(std::string_view text, std::span<const uint32_t> ends) const {
  std::vector<Symbol> symbols(ends.size());
  for (uint32_t i = 0; i < symbols.size(); ++i) {
    symbols[i] = {i == 0 ? 0 : ends[i - 1], ends[i], i == 0 ? kNone : i - 1, i + 1 == ends.size() ? kNone : i + 1};
  }
  std::priority_queue<Pair, std::vector<Pair>, std::greater<>> pairs;
  std::string key;
  const auto propose = [&](uint32_t left, uint32_t right) {
    if (left == kNone || right == kNone) return;
    const Symbol& a = symbols[left];
    const Symbol& b = symbols[right];
    key.assign(text.substr(a.begin, a.end - a.begin)).append(" ").append(text.substr(b.begin, b.end - b.begin));
    if (const auto rank = ranks_.find(key); rank != ranks_.end()) pairs.push({rank->second, left, right, a.end, b.end});
  };
  for (uint32_t i = 0; i + 1 < symbols.size(); ++i) propose(i, i + 1);
  auto count = static_cast<uint32_t>(symbols.size());
  while (!pairs.empty()) {
    const Pair pair = pairs.top();
    pairs.pop();
    Symbol& a = symbols[pair.left];
    Symbol& b = symbols[pair.right];
    const bool is_stale = a.is_joined || b.is_joined || a.end != pair.middle || b.end != pair.end;
    if (is_stale) continue;
    a.end = b.end;
    a.after = b.after;
    if (b.after != kNone) symbols[b.after].before = pair.left;
    b.is_joined = true;
    --count;
    propose(a.before, pair.left);
    propose(pair.left, a.after);
  }
  return count;
}

}  // namespace fanin::retriever
