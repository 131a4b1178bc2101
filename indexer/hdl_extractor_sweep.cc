#include "indexer/hdl_extractor_sweep.h"

#include <algorithm>
#include <utility>

namespace fanin::indexer {

using graph::LocalNode;

ElementSweep::ElementSweep(const HdlContext& context) : context_(context) {
  for (LocalNode node = 0; node < context.builder.node_count(); ++node) {
    if (context.builder.node(node).kind != graph::NodeKind::kStatement) order_.push_back(node);
  }
  // The outer of two that begin together comes first.
  std::ranges::stable_sort(order_, {},
                           [&](LocalNode node) { return std::pair(SpanOf(node).begin_byte, ~SpanOf(node).end_byte); });
}

LocalNode ElementSweep::At(uint32_t byte) {
  while (next_ < order_.size() && SpanOf(order_[next_]).begin_byte <= byte) {
    while (!open_.empty() && SpanOf(open_.back()).end_byte <= byte) open_.pop_back();
    open_.push_back(order_[next_++]);
  }
  while (!open_.empty() && SpanOf(open_.back()).end_byte <= byte) open_.pop_back();
  return open_.empty() ? 0 : open_.back();
}

}  // namespace fanin::indexer
