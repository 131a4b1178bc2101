#include "indexer/nesting.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace fanin::indexer {
namespace {

// Families of blocks, named by a letter. Inside them others nest without bound.
constexpr char kBegin = 'b';
constexpr char kFork = 'f';
constexpr char kCase = 'c';
constexpr char kDesign = 'd';  // module, class and the like

struct BlockWord {
  std::string_view word;
  char family;
  bool opens;
};
constexpr auto kBlockWords = std::to_array<BlockWord>(
    {{"begin", kBegin, true},        {"case", kCase, true},           {"casex", kCase, true},
     {"casez", kCase, true},         {"checker", kDesign, true},      {"class", kDesign, true},
     {"end", kBegin, false},         {"endcase", kCase, false},       {"endchecker", kDesign, false},
     {"endclass", kDesign, false},   {"endgenerate", kDesign, false}, {"endinterface", kDesign, false},
     {"endmodule", kDesign, false},  {"endpackage", kDesign, false},  {"endprimitive", kDesign, false},
     {"endprogram", kDesign, false}, {"fork", kFork, true},           {"generate", kDesign, true},
     {"interface", kDesign, true},   {"join", kFork, false},          {"join_any", kFork, false},
     {"join_none", kFork, false},    {"macromodule", kDesign, true},  {"module", kDesign, true},
     {"package", kDesign, true},     {"primitive", kDesign, true},    {"program", kDesign, true},
     {"randcase", kCase, true}});

std::optional<BlockWord> FindBlockWord(std::string_view word) {
  const auto* found = std::lower_bound(kBlockWords.begin(), kBlockWords.end(), word,
                                       [](const BlockWord& block, std::string_view key) { return block.word < key; });
  if (found == kBlockWords.end() || found->word != word) return std::nullopt;
  return *found;
}

// Each of these takes a statement, so that a row of them nests.
bool IsChainWord(std::string_view word) {
  return word == "if" || word == "for" || word == "foreach" || word == "while" || word == "repeat" ||
         word == "forever" || word == "always" || word == "initial" || word == "do";
}

// Behind these a block word may declare without opening: `typedef class c;`, `extern module m();`, `virtual interface
// i`.
bool IsDeclarationPrefix(std::string_view word) { return word == "typedef" || word == "extern" || word == "virtual"; }

// All words above begin with one of these, and have 2 to 12 letters.
bool MayMatter(std::string_view word) {
  return word.size() >= 2 && word.size() <= 12 && std::string_view("abcdefgijmprtvw").find(word[0]) != word.npos;
}

}  // namespace

NestingTracker::Event NestingTracker::Take(const Token& token, std::string_view text) {
  if (levels_.back().boundary) LeaveBoundary(token, text);
  ++levels_.back().run;
  const char prefix = std::exchange(prefix_, '\0');
  if (token.kind == TokenKind::kWord) return TakeWord(text, prefix);
  return token.kind == TokenKind::kPunctuation ? TakePunctuation(token, text) : Event::kNone;
}

NestingTracker::Event NestingTracker::TakeWord(std::string_view word, char prefix) {
  if (!MayMatter(word)) return Event::kNone;
  if (const auto block = FindBlockWord(word)) {
    if (!block->opens) {
      CloseBlock(block->family);
      levels_.back().boundary = true;
      return Event::kClosed;
    }
    if (block->family == kDesign) {
      const bool in_ports = levels_.back().closer == ')';  // `interface` as a type
      const bool declares_only = prefix == 't' || prefix == 'e' || (prefix == 'v' && word == "interface");
      if (in_ports || declares_only) return Event::kNone;
    }
    return Open(block->family);
  }
  if (IsChainWord(word)) {
    ++levels_.back().chain;
    ++chains_;
  }
  if (IsDeclarationPrefix(word)) prefix_ = word[0];
  return Event::kNone;
}

NestingTracker::Event NestingTracker::TakePunctuation(const Token& token, std::string_view text) {
  const char previous = token.begin == previous_end_ ? previous_ : '\0';
  previous_ = text[0];
  previous_end_ = token.end;
  switch (text[0]) {
    case '(': return Open(')');
    case '[': return Open(']');
    case '{': return Open('}');
    case ')':
    case ']':
    case '}': return CloseBracket(text[0]);
    case '?': levels_.back().question = true; return Event::kNone;
    case '>':
      if (previous == '-') {
        ++levels_.back().chain;
        ++chains_;
      }
      return Event::kNone;
    case ';':
      Separate();
      levels_.back().boundary = true;
      return Event::kSeparated;
    case ',': Separate(); return Event::kSeparated;
    default: return Event::kNone;
  }
}

void NestingTracker::Separate() {
  levels_.back().run = 0;
  levels_.back().question = false;
}

// The first token behind a `;` or `end`: unless it is an `else` (perhaps behind the `end`'s label), chains end here.
void NestingTracker::LeaveBoundary(const Token& token, std::string_view text) {
  Level& level = levels_.back();
  if (token.kind == TokenKind::kPunctuation && text[0] == ':' && !level.label_colon) {
    level.label_colon = true;
    return;
  }
  if (std::exchange(level.label_colon, false)) return;
  level.boundary = false;
  if (text == "else") return;
  chains_ -= level.chain;
  level.chain = 0;
  level.run = 0;
  level.question = false;
}

NestingTracker::Event NestingTracker::Open(char closer) {
  levels_.push_back({.closer = closer});
  return Event::kOpened;
}

NestingTracker::Event NestingTracker::CloseBracket(char closer) {
  if (levels_.back().closer != closer) return Event::kNone;
  Pop();
  return Event::kClosed;
}

// Closes the innermost open block of the family and whatever was left open in it. A stray closer closes nothing.
void NestingTracker::CloseBlock(char family) {
  size_t open = levels_.size() - 1;
  while (open > 0 && levels_[open].closer != family) {
    if (levels_[open].closer == kDesign) return;
    --open;
  }
  if (open == 0) return;
  while (levels_.size() > open) Pop();
}

void NestingTracker::Pop() {
  chains_ -= levels_.back().chain;
  levels_.pop_back();
}

void NestingTracker::Restore(size_t depth) {
  while (levels_.size() > depth + 1) Pop();
  while (levels_.size() < depth + 1) Open('\0');
}

}  // namespace fanin::indexer
