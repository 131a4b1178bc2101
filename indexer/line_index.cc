#include "indexer/line_index.h"

#include <algorithm>
#include <cstring>

namespace fanin::indexer {

LineIndex::LineIndex(std::string_view text) {
  starts_.push_back(0);
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  for (const char* at = begin; at != end;) {
    const void* newline = std::memchr(at, '\n', static_cast<size_t>(end - at));
    if (newline == nullptr) break;
    at = static_cast<const char*>(newline) + 1;
    if (at != end) starts_.push_back(static_cast<uint32_t>(at - begin));
  }
  starts_.push_back(static_cast<uint32_t>(text.size()));
}

uint32_t LineIndex::LineOf(uint32_t byte) const {
  const auto past = std::upper_bound(starts_.begin(), starts_.end() - 1, byte);
  return static_cast<uint32_t>(past - starts_.begin());
}

graph::Span LineIndex::SpanOf(uint32_t begin_byte, uint32_t end_byte) const {
  const uint32_t begin_line = LineOf(begin_byte);
  // Most elements begin and end on one line.
  const uint32_t last_byte = end_byte > begin_byte ? end_byte - 1 : begin_byte;
  const uint32_t end_line = last_byte < starts_[begin_line] ? begin_line : LineOf(last_byte);
  return {.begin_byte = begin_byte, .end_byte = end_byte, .begin_line = begin_line, .end_line = end_line};
}

graph::Span LineIndex::LinesSpan(uint32_t first_line, uint32_t last_line) const {
  return {.begin_byte = BeginOf(first_line),
          .end_byte = BeginOf(last_line + 1),
          .begin_line = first_line,
          .end_line = last_line};
}

}  // namespace fanin::indexer
