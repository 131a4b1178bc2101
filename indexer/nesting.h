// Follows how deeply a token stream nests: brackets, blocks, and chains that recurse in a parser without brackets
// (`if (a) if (b) ...`, `else if` after `else if`, `a -> b -> ...`).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "indexer/token_cursor.h"

namespace fanin::indexer {

// Feed it every token that is no directive. Unbalanced text, as both arms of an `ifdef may be, is resynchronised at
// each closing keyword. Cost: constant per token, amortised.
class NestingTracker {
 public:
  // What Take did, for callers that follow a bracket of their own.
  enum class Event : uint8_t { kNone = 0, kOpened = 1, kClosed = 2, kSeparated = 3 };

  Event Take(const Token& token, std::string_view text);

  // Number of open levels.
  size_t depth() const { return levels_.size() - 1; }
  // Levels and chains together: how deep a recursive parser would be.
  uint32_t nesting() const { return static_cast<uint32_t>(depth()) + chains_; }
  // A `?` is open at this level.
  bool after_question() const { return levels_.back().question; }
  // Tokens since the last separator of this level.
  uint32_t run() const { return levels_.back().run; }

  // For the arms of an `ifdef: makes the depth what it was. Levels that were closed meanwhile come back as unknown.
  void Restore(size_t depth);

 private:
  struct Level {
    char closer = 0;  // ')', ']', '}', or the first letter of the closing keyword's family
    bool question = false;
    bool boundary = false;     // the last token ended a statement
    bool label_colon = false;  // `end :` was seen, its label comes
    uint32_t chain = 0;
    uint32_t run = 0;
  };

  Event Open(char closer);
  Event CloseBracket(char closer);
  void CloseBlock(char family);
  void Pop();
  void Separate();
  void LeaveBoundary(const Token& token, std::string_view text);
  Event TakeWord(std::string_view word, char prefix);
  Event TakePunctuation(const Token& token, std::string_view text);

  std::vector<Level> levels_ = std::vector<Level>(1);
  uint32_t chains_ = 0;  // of all levels
  char previous_ = 0;    // last punctuation, for `->`
  uint32_t previous_end_ = 0;
  char prefix_ = 0;  // first letter of the typedef, extern or virtual just before
};

}  // namespace fanin::indexer
