// Lines of a text: where each begins, and which one holds a byte.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "graph/schema.h"

namespace fanin::indexer {

// Immutable; keeps no view of the text. Lines end at '\n', which belongs to its line; a text that ends in '\n' has no
// empty line after it. An empty text has one line.
class LineIndex {
 public:
  explicit LineIndex(std::string_view text);

  uint32_t line_count() const { return static_cast<uint32_t>(starts_.size() - 1); }
  // 1-based line of a byte; bytes past the end count as the last line. Cost: logarithmic.
  uint32_t LineOf(uint32_t byte) const;
  // First byte of a 1-based line; for line_count() + 1 the size of the text. REQUIRES: 1 <= line <= line_count() + 1.
  uint32_t BeginOf(uint32_t line) const { return starts_[line - 1]; }
  // The span of bytes [begin, end).
  graph::Span SpanOf(uint32_t begin_byte, uint32_t end_byte) const;
  // The span of whole lines, first to last, both included.
  graph::Span LinesSpan(uint32_t first_line, uint32_t last_line) const;

 private:
  std::vector<uint32_t> starts_;  // of each line, then the size of the text
};

}  // namespace fanin::indexer
