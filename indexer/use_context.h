// Reads off the neighbouring tokens how a macro is used.
#pragma once

#include <string_view>

#include "indexer/text_scan.h"
#include "indexer/token_cursor.h"

namespace fanin::indexer {

// What stands before a use.
struct UsePosition {
  TokenKind previous = TokenKind::kEnd;  // kEnd: nothing; kDirective: another macro use
  std::string_view previous_text;
  UseContext previous_context = UseContext::kStatement;  // of that other use
  bool space_before = true;
  bool newline_before = true;
  bool after_question = false;  // a `?` of the same level is open, so that a `:` is not a label's
};

// `next` is the token behind the use and its arguments, `next_text` its text and, for ':', the character after it.
UseContext ClassifyUse(const UsePosition& position, const Token& next, std::string_view next_text);

bool IsKeyword(std::string_view word);

}  // namespace fanin::indexer
