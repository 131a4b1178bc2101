// Which element a byte of the text belongs to, for many bytes in ascending order.
#pragma once

#include <vector>

#include "indexer/hdl_extractor_context.h"

namespace fanin::indexer {

// A sweep over the elements that the context has when this is made, statements left out. Cost: linearithmic in them.
class ElementSweep {
 public:
  explicit ElementSweep(const HdlContext& context);

  // The innermost element around the byte; the file when there is none. REQUIRES: bytes of successive calls ascend.
  graph::LocalNode At(uint32_t byte);

 private:
  const graph::Span& SpanOf(graph::LocalNode node) const { return context_.builder.node(node).span; }

  const HdlContext& context_;
  std::vector<graph::LocalNode> order_;
  std::vector<graph::LocalNode> open_;
  size_t next_ = 0;
};

}  // namespace fanin::indexer
