// Code-aware tokens: from text to the terms of the lexical index. The same functions serve indexing and queries.
//
// Text -> words (identifiers and words of comments) -> terms: a word whole, without its separators, and its parts,
// split at '_', case and digits; lower case, endings folded; stop words and single characters dropped. All functions
// are pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fanin::retriever {

enum class TextKind : uint8_t {
  kCode,   // numbers and based literals are skipped; comments are told apart
  kProse,  // documents, comments, queries: numbers count
};

// A word of a text: bytes [begin, end).
struct WordSpan {
  uint32_t begin = 0;
  uint32_t end = 0;
  bool comment = false;  // inside a comment; always true for prose
};

namespace internal {
enum CharClass : uint8_t { kOther = 0, kLetter = 1, kDigit = 2 };
struct CharClasses {
  uint8_t of[256] = {};
  constexpr CharClasses() {
    for (int c = 'a'; c <= 'z'; ++c) of[c] = of[c - 'a' + 'A'] = kLetter;
    for (int c = '0'; c <= '9'; ++c) of[c] = kDigit;
    of[static_cast<int>('_')] = kLetter;
    of[static_cast<int>('$')] = kLetter;
  }
};
inline constexpr CharClasses kCharClasses;
inline uint8_t ClassOf(char c) { return kCharClasses.of[static_cast<uint8_t>(c)]; }
}  // namespace internal

// Calls visit(WordSpan) for each word. Cost: one pass.
template <typename Visit>
void ScanWords(std::string_view text, TextKind kind, Visit&& visit) {
  enum class State { kCode, kLine, kBlock, kString } state = State::kCode;
  const bool prose = kind == TextKind::kProse;
  size_t i = 0;
  while (i < text.size()) {
    char c = text[i];
    uint8_t char_class = internal::ClassOf(c);
    if (char_class != internal::kOther) {
      size_t begin = i;
      while (i < text.size() && internal::ClassOf(text[i]) != internal::kOther) ++i;
      const bool comment = prose || state == State::kLine || state == State::kBlock;
      const bool literal = (begin > 0 && text[begin - 1] == '\'') || (!comment && char_class == internal::kDigit);
      if (!literal) visit(WordSpan{static_cast<uint32_t>(begin), static_cast<uint32_t>(i), comment});
      continue;
    }
    ++i;
    if (prose) continue;
    const char next = i < text.size() ? text[i] : '\0';
    switch (state) {
      case State::kCode:
        if (c == '"') state = State::kString;
        if (c == '/' && next == '/') state = State::kLine;
        if (c == '/' && next == '*') {
          state = State::kBlock;
          ++i;
        }
        break;
      case State::kLine:
        if (c == '\n') state = State::kCode;
        break;
      case State::kBlock:
        if (c == '*' && next == '/') {
          state = State::kCode;
          ++i;
        }
        break;
      case State::kString:
        if (c == '\\' && next != '\n') ++i;
        if (c == '"' || c == '\n') state = State::kCode;
        break;
    }
  }
}

// The terms of one word, appended: the whole word first, then its parts if it has several. None for a stop word.
void AppendTerms(std::string_view word, std::vector<std::string>& terms);

// Whether a query word carries any term (not only stop words and punctuation).
bool HasTerms(std::string_view text);

// A lower-case word with plural, -ed, -ing, final -y and -e folded. Source: steps 1 and 5 of Porter, "An algorithm for
// suffix stripping", Program 14(3), 1980; words of fewer than four letters and -us, -is, -ss endings are left alone.
std::string Stem(std::string_view lower_case_word);

bool IsStopWord(std::string_view lower_case_word);

// Terms that mean the same to people of the field ("ptr" for "pointer", both ways), stemmed, without the term itself.
// From data/abbreviations.txt.
const std::vector<std::string>& Synonyms(std::string_view term);

}  // namespace fanin::retriever
