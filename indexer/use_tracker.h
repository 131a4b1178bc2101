// Follows the uses of macros in a stream of tokens: the text's own, or that of one macro body.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "indexer/nesting.h"
#include "indexer/text_scan.h"
#include "indexer/token_cursor.h"
#include "indexer/use_context.h"

namespace fanin::indexer {

// Feed it every token: macro uses to TakeUse, directives of the language to nobody, all else to Take; then Finish. A
// use is complete (end, arguments, context) when the token behind it has been taken.
class UseTracker {
 public:
  // The text that the tokens are offsets of; it must outlive the tracker.
  explicit UseTracker(std::string_view text) : text_(text) {}

  NestingTracker::Event Take(const Token& token);
  void TakeUse(const Token& token);
  void Finish();

  // The index of a name in names().
  uint32_t NameIndex(std::string_view name);

  NestingTracker& nesting() { return nesting_; }
  std::vector<MacroUse>& uses() { return uses_; }
  std::vector<std::string>& names() { return names_; }

 private:
  static constexpr size_t kNone = SIZE_MAX;

  // A use whose arguments are open.
  struct OpenArguments {
    size_t use;
    size_t depth;  // of the bracket
    UsePosition position;
  };

  bool OpensArguments(const Token& token, std::string_view text) const;
  void FollowArguments(const Token& token, NestingTracker::Event event);
  void Resolve(const Token& next);
  void Remember(const Token& token, std::string_view text);

  std::string_view text_;
  NestingTracker nesting_;
  std::vector<MacroUse> uses_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, uint32_t> name_index_;
  std::vector<OpenArguments> arguments_;
  UsePosition previous_;    // the last token, as the next use will see it
  size_t pending_ = kNone;  // a use that waits for the token behind it
  UsePosition pending_position_;
  uint32_t statement_ = 0;
};

}  // namespace fanin::indexer
