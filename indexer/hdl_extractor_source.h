// Where syntax stands in the file's text, and what is written there.
//
// slang's tokens come from the file itself or from macro expansions. A token of a macro's argument stands where the
// argument is written; any other token of an expansion stands where the macro is used. So every place is a place in the
// text, and elements made by macros are found where the reader sees them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graph/schema.h"
#include "indexer/line_index.h"
#include "slang/syntax/SyntaxNode.h"
#include "slang/text/SourceLocation.h"
#include "slang/util/FlatMap.h"

namespace slang {
class SourceManager;
}

namespace fanin::indexer {

// A range of bytes of the text.
struct Bytes {
  uint32_t begin = 0;
  uint32_t end = 0;
};

// The first and last token of a node, empty for a node without any. Unlike slang's own these take no stack per level.
slang::parsing::Token FirstToken(const slang::syntax::SyntaxNode& node);
slang::parsing::Token LastToken(const slang::syntax::SyntaxNode& node);

// Not thread-safe (it caches). Keeps references to all that it is made of.
class HdlText {
 public:
  HdlText(const slang::SourceManager& manager, slang::BufferID buffer, std::string_view text, const LineIndex& lines);

  std::string_view text() const { return text_; }
  const LineIndex& lines() const { return lines_; }

  Bytes PlaceOf(const slang::parsing::Token& token);
  // Tokens of `buffer` stand `shift` bytes further on in the text (its beginning may be no text at all).
  void AddFragment(slang::BufferID buffer, int64_t shift) { fragments_.push_back({buffer, shift}); }
  // From the first to the last token, both included, in whichever order macros put them into the text.
  Bytes PlaceOf(const slang::parsing::Token& first, const slang::parsing::Token& last);
  Bytes PlaceOf(const slang::syntax::SyntaxNode& node) { return PlaceOf(FirstToken(node), LastToken(node)); }
  graph::Span SpanOf(Bytes place) const { return lines_.SpanOf(place.begin, place.end); }
  graph::Span SpanOf(const slang::syntax::SyntaxNode& node) { return SpanOf(PlaceOf(node)); }

  // What is written at the node, without comments, runs of blanks and line ends as one blank, cut to `limit_bytes` with
  // "..." at the end. Inside of a macro with arguments it is what the macro stands for. Valid until the next call.
  std::string_view Written(const slang::syntax::SyntaxNode& node, size_t limit_bytes = kNoLimit);
  std::string_view Written(Bytes place, size_t limit_bytes = kNoLimit);

  static constexpr size_t kNoLimit = SIZE_MAX;

 private:
  // What a macro buffer's tokens count as: places that move with them (arguments), or one for all (bodies).
  struct Expansion {
    Bytes place;
    int64_t shift = 0;
    bool moves = false;
  };
  struct Fragment {
    slang::BufferID buffer;
    int64_t shift;
  };
  // How far the tokens of a buffer of the text's own stand from their offsets; nullopt: not of the text.
  std::optional<int64_t> ShiftOf(slang::BufferID buffer) const;
  Bytes PlaceOf(slang::SourceLocation begin, size_t length);
  const Expansion& FindExpansion(slang::BufferID buffer);
  std::string_view Expanded(const slang::syntax::SyntaxNode& node, size_t limit_bytes);
  std::string_view Cut(size_t limit_bytes);

  const slang::SourceManager& manager_;
  slang::BufferID buffer_;
  std::string_view text_;
  const LineIndex& lines_;
  std::vector<Fragment> fragments_;
  slang::flat_hash_map<uint32_t, Expansion> expansions_;
  std::string scratch_;
};

// Shortens the text to at most `limit_bytes` with "..." at its end, never within a UTF-8 character.
// REQUIRES: limit_bytes >= 3.
void CutText(std::string& text, size_t limit_bytes);

}  // namespace fanin::indexer
