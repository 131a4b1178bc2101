#include "indexer/hdl_extractor_source.h"

#include <algorithm>
#include <vector>

#include "slang/syntax/AllSyntax.h"
#include "slang/text/SourceManager.h"

namespace fanin::indexer {
namespace {

using slang::SourceLocation;
using slang::parsing::Token;
using slang::syntax::SyntaxNode;

// Walks to the outermost token on one side; a node without tokens sends the walk to its neighbour.
template <bool kFirst>
Token EdgeToken(const SyntaxNode& root) {
  struct Level {
    const SyntaxNode* node;
    size_t next;  // children already tried, from that side
    size_t count;
  };
  std::vector<Level> levels;
  const SyntaxNode* node = &root;
  size_t next = 0;
  size_t count = root.getChildCount();
  while (true) {
    if (next == count) {
      if (levels.empty()) return {};
      node = levels.back().node;
      next = levels.back().next;
      count = levels.back().count;
      levels.pop_back();
      continue;
    }
    const size_t index = kFirst ? next : count - 1 - next;
    ++next;
    if (const SyntaxNode* child = node->childNode(index)) {
      if (next < count) levels.push_back({node, next, count});
      node = child;
      next = 0;
      count = child->getChildCount();
    } else if (Token token = node->childToken(index)) {
      return token;
    }
  }
}

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v'; }

// Whether the text is already in the form that Written promises.
bool IsCompact(std::string_view text) {
  bool blank = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '/' && i + 1 < text.size() && (text[i + 1] == '/' || text[i + 1] == '*')) return false;
    if (c == '"') return false;
    if (c != ' ' && IsBlank(c)) return false;
    if (c == ' ' && blank) return false;
    blank = c == ' ';
  }
  return true;
}

// Appends the text without comments, blanks joined; stops soon after `limit` bytes.
void AppendCompact(std::string_view text, size_t limit, std::string& out) {
  bool blank = false;
  for (size_t i = 0; i < text.size() && out.size() <= limit;) {
    const std::string_view rest = text.substr(i);
    if (rest.starts_with("//")) {
      i += std::min(rest.find('\n'), rest.size());
      blank = true;
    } else if (rest.starts_with("/*")) {
      const size_t close = rest.find("*/", 2);
      i += close == std::string_view::npos ? rest.size() : close + 2;
      blank = true;
    } else if (IsBlank(rest.front())) {
      ++i;
      blank = true;
    } else {
      if (blank && !out.empty()) out += ' ';
      blank = false;
      size_t length = 1;
      if (rest.front() == '"') {
        while (length < rest.size() && rest[length] != '"' && rest[length] != '\n')
          length += rest[length] == '\\' ? 2 : 1;
        length = std::min(length + 1, rest.size());
      }
      out.append(rest.substr(0, length));
      i += length;
    }
  }
}

}  // namespace

Token FirstToken(const SyntaxNode& node) { return EdgeToken<true>(node); }
Token LastToken(const SyntaxNode& node) { return EdgeToken<false>(node); }

void CutText(std::string& text, size_t limit_bytes) {
  if (text.size() <= limit_bytes) return;
  size_t end = limit_bytes - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.resize(end);
  text += "...";
}

HdlText::HdlText(const slang::SourceManager& manager, slang::BufferID buffer, std::string_view text,
                 const LineIndex& lines)
    : manager_(manager), buffer_(buffer), text_(text), lines_(lines) {}

std::optional<int64_t> HdlText::ShiftOf(slang::BufferID buffer) const {
  if (buffer == buffer_) return 0;
  // Buffers are numbered as they are made, and fragments are added in that order.
  const auto fragment = std::ranges::lower_bound(fragments_, buffer, {}, &Fragment::buffer);
  if (fragment == fragments_.end() || fragment->buffer != buffer) return std::nullopt;
  return fragment->shift;
}

Bytes HdlText::PlaceOf(SourceLocation begin, size_t length) {
  auto clamp = [&](int64_t offset) {
    return static_cast<uint32_t>(std::clamp<int64_t>(offset, 0, static_cast<int64_t>(text_.size())));
  };
  const auto offset = static_cast<int64_t>(begin.offset());
  const auto bytes = static_cast<int64_t>(length);
  if (begin.buffer() == buffer_) return {clamp(offset), clamp(offset + bytes)};
  const Expansion& expansion = FindExpansion(begin.buffer());
  if (!expansion.moves) return expansion.place;
  return {clamp(expansion.shift + offset), clamp(expansion.shift + offset + bytes)};
}

// Follows argument and expansion steps outwards until the file itself is reached.
const HdlText::Expansion& HdlText::FindExpansion(slang::BufferID buffer) {
  if (auto known = expansions_.find(buffer.getId()); known != expansions_.end()) return known->second;
  SourceLocation begin(buffer, 0);
  SourceLocation end = begin;
  Expansion result;
  result.moves = true;
  std::optional<int64_t> shift = ShiftOf(begin.buffer());
  while (!shift && manager_.isMacroLoc(begin)) {
    if (manager_.isMacroArgLoc(begin)) {
      const bool one_buffer = end.buffer() == begin.buffer();
      begin = manager_.getOriginalLoc(begin);
      end = one_buffer ? manager_.getOriginalLoc(end) : begin;
    } else {
      const slang::SourceRange use = manager_.getExpansionRange(begin);
      begin = use.start();
      end = use.end().buffer() == begin.buffer() ? use.end() : begin;
      result.moves = false;
    }
    shift = ShiftOf(begin.buffer());
  }
  if (shift) {
    const auto size = static_cast<int64_t>(text_.size());
    result.shift = *shift + static_cast<int64_t>(begin.offset());
    const int64_t place_begin = std::clamp<int64_t>(result.shift, 0, size);
    const int64_t place_end = std::clamp<int64_t>(*shift + static_cast<int64_t>(end.offset()), place_begin, size);
    result.place = {static_cast<uint32_t>(place_begin), static_cast<uint32_t>(place_end)};
  } else {
    result.moves = false;  // another file's text: nowhere in this one
  }
  return expansions_.emplace(buffer.getId(), result).first->second;
}

Bytes HdlText::PlaceOf(const Token& token) { return PlaceOf(token.location(), token.rawText().size()); }

Bytes HdlText::PlaceOf(const Token& first, const Token& last) {
  if (!first || !last) return {};
  const Bytes a = PlaceOf(first);
  const Bytes b = PlaceOf(last);
  return {std::min(a.begin, b.begin), std::max(a.end, b.end)};
}

std::string_view HdlText::Written(Bytes place, size_t limit_bytes) {
  std::string_view written = text_.substr(place.begin, place.end - place.begin);
  while (!written.empty() && IsBlank(written.back())) written.remove_suffix(1);
  if (written.size() <= limit_bytes && IsCompact(written)) return written;
  scratch_.clear();
  AppendCompact(written, limit_bytes, scratch_);
  return Cut(limit_bytes);
}

std::string_view HdlText::Written(const SyntaxNode& node, size_t limit_bytes) {
  const Token first = FirstToken(node);
  const Token last = LastToken(node);
  if (!first) return {};
  const Bytes a = PlaceOf(first);
  const Bytes b = PlaceOf(last);
  const bool in_one_macro = !ShiftOf(first.location().buffer()) && a.begin == b.begin && a.end == b.end &&
                            !FindExpansion(first.location().buffer()).moves;
  if (in_one_macro && text_.substr(a.begin, a.end - a.begin).find('(') != std::string_view::npos) {
    return Expanded(node, limit_bytes);
  }
  return Written(Bytes{std::min(a.begin, b.begin), std::max(a.end, b.end)}, limit_bytes);
}

std::string_view HdlText::Expanded(const SyntaxNode& node, size_t limit_bytes) {
  scratch_.clear();
  for (auto at = node.tokens_begin(); at != node.tokens_end() && scratch_.size() <= limit_bytes; ++at) {
    const Token token = *at;
    if (!scratch_.empty() && !token.trivia().empty()) scratch_ += ' ';
    scratch_ += token.rawText();
  }
  return Cut(limit_bytes);
}

std::string_view HdlText::Cut(size_t limit_bytes) {
  CutText(scratch_, limit_bytes);
  return scratch_;
}

}  // namespace fanin::indexer
