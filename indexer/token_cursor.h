// A lexical walk over Verilog / SystemVerilog text: just enough to see directives, macro bodies, words and brackets.
// It needs no definitions and never fails; what it cannot make out is single characters.
#pragma once

#include <cstdint>
#include <string_view>

namespace fanin::indexer {

enum class TokenKind : uint8_t {
  kEnd = 0,
  kWord = 1,          // identifier, keyword, $name or \escaped
  kNumber = 2,        // digits and what sticks to them; the quote of a based literal is a kPunctuation of its own
  kString = 3,        // "..." or """..."""; an unescaped newline ends the former
  kDirective = 4,     // `name; Token::Text includes the backtick
  kPaste = 5,         // `` or `" or `\`" : macro operators
  kContinuation = 6,  // a backslash and the newline after it
  kPunctuation = 7,   // one character; a lone backtick too
};

// One token, as byte offsets into the cursor's text.
struct Token {
  TokenKind kind = TokenKind::kEnd;
  bool space_before = false;    // anything lies between it and the token before
  bool newline_before = false;  // a newline does; one within a comment, or behind a `//...\` comment, does not count
  uint32_t begin = 0;
  uint32_t end = 0;
  uint32_t line = 1;  // 1-based, of begin
};

// Walks a text that must outlive it, from first token to last. Comments are skipped. Cost: linear.
// REQUIRES: text.size() < 4 GiB.
class TokenCursor {
 public:
  // `first_line` is the line of the text's first byte.
  explicit TokenCursor(std::string_view text, uint32_t first_line = 1) : text_(text), line_(first_line) { Advance(); }

  const Token& Peek() const { return token_; }
  Token Next() {
    Token token = token_;
    Advance();
    return token;
  }
  // Goes on behind `offset`, e.g. after an encrypted region. REQUIRES: offset >= Peek().begin.
  void SkipTo(uint32_t offset);

  std::string_view text() const { return text_; }
  std::string_view TextOf(const Token& token) const { return text_.substr(token.begin, token.end - token.begin); }

 private:
  void Advance();
  void SkipTrivia();
  void SkipLineComment();
  void SkipBlockComment();
  void ScanToken();
  void ScanString();
  void ScanBacktick();
  void ScanBackslash();
  void ScanWhileWord(size_t begin);
  char At(size_t index) const { return index < text_.size() ? text_[index] : '\0'; }

  std::string_view text_;
  size_t position_ = 0;
  uint32_t line_ = 1;
  Token token_;
};

// Letter, digit, '_' or '$'.
bool IsWordByte(char byte);

}  // namespace fanin::indexer
