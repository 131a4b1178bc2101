// How many tokens of a language model a text takes, without that model's tokenizer.
#pragma once

#include <cstdint>
#include <string_view>

namespace fanin::retriever {

// A count by lexical pieces: 1 for each started 5 letters of a run, 3 digits of a run, and for each underscore, other
// mark, line break with its indentation, or run of blanks.
//
// Measured against cl100k and o200k (the larger count) on 25-line windows of six RTL repositories: 1.17-1.31 times the
// true count on five, 1.01 on the sixth (data tables); under it in at most 1.4 % of windows, there 36 %, never by more
// than 23 %. Cost: about 500 MB/s.
uint32_t EstimateTokens(std::string_view text);

}  // namespace fanin::retriever
