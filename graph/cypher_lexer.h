// Tokens of the query language.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace fanin::graph::cypher {

struct Token {
  enum class Kind : uint8_t { kEnd, kName, kInteger, kReal, kString, kParameter, kMark } kind = Kind::kEnd;
  std::string text;  // a string's content; a mark's characters
  size_t position = 0;
  bool quoted = false;  // `name in back-ticks`: never a keyword
};

// The tokens of a text, ended by one of kind kEnd. Blanks and comments are dropped. Errors: INVALID_ARGUMENT with the
// place.
base::Result<std::vector<Token>> Tokenize(std::string_view text);

}  // namespace fanin::graph::cypher
