#include "indexer/token_cursor.h"

#include <algorithm>
#include <array>

namespace fanin::indexer {
namespace {

constexpr std::array<bool, 256> MakeWordBytes() {
  std::array<bool, 256> table{};
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<size_t>(c)] = true;
  for (int c = '0'; c <= '9'; ++c) table[static_cast<size_t>(c)] = true;
  table['_'] = true;
  table['$'] = true;
  return table;
}
constexpr std::array<bool, 256> kWordBytes = MakeWordBytes();

bool IsDigit(char byte) { return byte >= '0' && byte <= '9'; }
bool IsBlank(char byte) { return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\v' || byte == '\f'; }

}  // namespace

bool IsWordByte(char byte) { return kWordBytes[static_cast<unsigned char>(byte)]; }

void TokenCursor::SkipTo(uint32_t offset) {
  const size_t end = std::min<size_t>(offset, text_.size());
  // The peeked token may have moved the position past the offset's line already; recount from its begin.
  line_ = token_.line + static_cast<uint32_t>(std::count(text_.begin() + token_.begin, text_.begin() + end, '\n'));
  position_ = end;
  Advance();
}

void TokenCursor::Advance() {
  const size_t before = position_;
  token_.newline_before = false;
  SkipTrivia();
  token_.space_before = position_ != before;
  token_.begin = static_cast<uint32_t>(position_);
  token_.line = line_;
  ScanToken();
  token_.end = static_cast<uint32_t>(position_);
}

void TokenCursor::SkipTrivia() {
  while (position_ < text_.size()) {
    const char c = text_[position_];
    if (c == '\n') {
      ++line_;
      token_.newline_before = true;
      ++position_;
    } else if (IsBlank(c)) {
      ++position_;
    } else if (c == '/' && At(position_ + 1) == '/') {
      SkipLineComment();
    } else if (c == '/' && At(position_ + 1) == '*') {
      SkipBlockComment();
    } else {
      return;
    }
  }
}

void TokenCursor::SkipLineComment() {
  size_t end = std::min(text_.find('\n', position_), text_.size());
  size_t last = end;
  if (last > position_ && text_[last - 1] == '\r') --last;
  // In a macro body a comment that ends in a backslash continues the macro (as slang has it): swallow the newline.
  if (text_[last - 1] == '\\' && end < text_.size()) {
    ++line_;
    ++end;
  }
  position_ = end;
}

void TokenCursor::SkipBlockComment() {
  size_t end = text_.find("*/", position_ + 2);
  end = end == std::string_view::npos ? text_.size() : end + 2;
  line_ += static_cast<uint32_t>(std::count(text_.begin() + position_, text_.begin() + end, '\n'));
  position_ = end;
}

void TokenCursor::ScanToken() {
  if (position_ >= text_.size()) {
    token_.kind = TokenKind::kEnd;
    return;
  }
  const char c = text_[position_];
  if (IsWordByte(c)) {
    token_.kind = IsDigit(c) ? TokenKind::kNumber : TokenKind::kWord;
    ScanWhileWord(position_);
    if (token_.kind == TokenKind::kNumber && At(position_) == '.' && IsDigit(At(position_ + 1))) {
      ScanWhileWord(position_ + 1);
    }
    return;
  }
  switch (c) {
    case '"': ScanString(); return;
    case '`': ScanBacktick(); return;
    case '\\': ScanBackslash(); return;
    default: token_.kind = TokenKind::kPunctuation; ++position_;
  }
}

void TokenCursor::ScanWhileWord(size_t begin) {
  position_ = begin;
  while (position_ < text_.size() && IsWordByte(text_[position_])) ++position_;
}

void TokenCursor::ScanString() {
  token_.kind = TokenKind::kString;
  const bool triple = text_.substr(position_, 3) == "\"\"\"";
  position_ += triple ? 3 : 1;
  while (position_ < text_.size()) {
    const char c = text_[position_];
    if (c == '\\' && position_ + 1 < text_.size()) {
      if (text_[position_ + 1] == '\n') ++line_;
      position_ += 2;
      continue;
    }
    if (c == '\n') {
      if (!triple) return;
      ++line_;
    }
    if (c == '"' && (!triple || text_.substr(position_, 3) == "\"\"\"")) {
      position_ += triple ? 3 : 1;
      return;
    }
    ++position_;
  }
}

void TokenCursor::ScanBacktick() {
  const char next = At(position_ + 1);
  if (next == '`' || next == '"') {
    token_.kind = TokenKind::kPaste;
    position_ += 2;
  } else if (text_.substr(position_, 4) == "`\\`\"") {
    token_.kind = TokenKind::kPaste;
    position_ += 4;
  } else if (IsWordByte(next) && !IsDigit(next)) {
    token_.kind = TokenKind::kDirective;
    ScanWhileWord(position_ + 1);
  } else {
    token_.kind = TokenKind::kPunctuation;
    ++position_;
  }
}

void TokenCursor::ScanBackslash() {
  size_t end = position_ + 1;
  while (end < text_.size() && IsBlank(text_[end])) ++end;
  if (end < text_.size() && text_[end] == '\n') {
    token_.kind = TokenKind::kContinuation;
    ++line_;
    position_ = end + 1;
    return;
  }
  token_.kind = TokenKind::kWord;
  ++position_;
  while (position_ < text_.size() && static_cast<unsigned char>(text_[position_]) > ' ') ++position_;
}

}  // namespace fanin::indexer
