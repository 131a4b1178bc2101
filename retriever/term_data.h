// The word lists of data/, compiled in. Internal to code_tokens.cc.
#pragma once

namespace fanin::retriever {

extern const char kStopWordsText[];
extern const char kAbbreviationsText[];

}  // namespace fanin::retriever
