// SpanFinder: which of a file's byte ranges hold a byte. Ranges may nest and overlap.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

namespace fanin::retriever {

// Immutable. Cost: building linearithmic; a look-up logarithmic where ranges hardly overlap.
class SpanFinder {
 public:
  using Range = std::pair<uint32_t, uint32_t>;  // [begin, end)

  explicit SpanFinder(const std::vector<Range>& ranges) : ranges_(ranges), order_(ranges.size()) {
    std::iota(order_.begin(), order_.end(), 0);
    // Of ranges that begin together the shorter is the inner, and comes last.
    std::ranges::stable_sort(order_, {}, [&](uint32_t i) {
      return Range(ranges[i].first, std::numeric_limits<uint32_t>::max() - ranges[i].second);
    });
    for (uint32_t i : order_) {
      begins_.push_back(ranges[i].first);
      greatest_end_.push_back(std::max(greatest_end_.empty() ? 0 : greatest_end_.back(), ranges[i].second));
    }
  }

  // Calls visit(index of range) for the ranges that hold the byte, innermost first, until it returns false.
  template <typename Visit>
  void ForEachHolding(uint32_t byte, Visit&& visit) const {
    auto i = static_cast<size_t>(std::ranges::upper_bound(begins_, byte) - begins_.begin());
    while (i > 0 && greatest_end_[i - 1] > byte) {
      --i;
      if (ranges_[order_[i]].second > byte && !visit(order_[i])) return;
    }
  }

 private:
  std::vector<Range> ranges_;
  std::vector<uint32_t> order_;         // by begin
  std::vector<uint32_t> begins_;        // in that order
  std::vector<uint32_t> greatest_end_;  // of the ranges up to here, in that order
};

}  // namespace fanin::retriever
