// Splits RTL text into names and marks, for scans that must work on any half-written buffer.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace fanin::retriever {

struct Token {
  enum class Kind : uint8_t { kName, kKeyword, kMacro, kString, kMark } kind = Kind::kMark;
  std::string_view text;  // of a macro without its back-tick, of a string without its quotes
  uint32_t line = 0;      // 1-based
};

// Whether the token is this keyword, mark or name.
inline bool Is(const Token& token, std::string_view text) {
  return token.text == text && token.kind != Token::Kind::kString && token.kind != Token::Kind::kMacro;
}

// Reserved words of IEEE 1800-2017 Annex B that RTL and testbenches use, and type words: never names of the design.
// Directives, written with a back-tick, are among them.
const std::unordered_set<std::string_view>& Keywords();

// Whether the keyword begins a definition, package or class, which `end` and the same word end.
bool OpensScope(std::string_view keyword);

// The tokens of a text; numbers (with their bases), comments and blanks are dropped. `last_line` is that of the text's
// end. Views are into the text. Cost: one pass, about 100 MB/s.
std::vector<Token> Tokenize(std::string_view text, uint32_t* last_line);

}  // namespace fanin::retriever
