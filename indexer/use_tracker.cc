#include "indexer/use_tracker.h"

#include <utility>

namespace fanin::indexer {

NestingTracker::Event UseTracker::Take(const Token& token) {
  const std::string_view text = text_.substr(token.begin, token.end - token.begin);
  if (pending_ != kNone && OpensArguments(token, text)) {
    const auto event = nesting_.Take(token, text);
    arguments_.push_back({pending_, nesting_.depth(), pending_position_});
    uses_[pending_].arguments = 1;
    pending_ = kNone;
    Remember(token, text);
    return event;
  }
  Resolve(token);
  const auto event = nesting_.Take(token, text);
  if (token.kind == TokenKind::kPunctuation && text[0] == ';') ++statement_;
  if (!arguments_.empty()) FollowArguments(token, event);
  if (pending_ == kNone) Remember(token, text);  // else it closed a use's arguments
  return event;
}

void UseTracker::TakeUse(const Token& token) {
  Resolve(token);
  MacroUse use;
  use.name = NameIndex(text_.substr(token.begin + 1, token.end - token.begin - 1));
  use.begin = token.begin;
  use.end = token.end;
  use.line = token.line;
  use.statement = statement_;
  pending_position_ = previous_;
  pending_position_.space_before = token.space_before;
  pending_position_.newline_before = token.newline_before;
  pending_position_.after_question = nesting_.after_question();
  pending_ = uses_.size();
  uses_.push_back(use);
}

void UseTracker::Finish() {
  Token end;
  end.begin = end.end = static_cast<uint32_t>(text_.size());
  Resolve(end);
  for (const OpenArguments& open : arguments_) uses_[open.use].arguments = 0;
}

uint32_t UseTracker::NameIndex(std::string_view name) {
  const auto [entry, is_new] = name_index_.try_emplace(std::string(name), static_cast<uint32_t>(names_.size()));
  if (is_new) names_.emplace_back(name);
  return entry->second;
}

// Arguments follow at once; behind a space only where the use would be no value, nor stand behind a name: `module m
// `ATTRIBUTE (input a)`.
bool UseTracker::OpensArguments(const Token& token, std::string_view text) const {
  if (text != "(" || uses_[pending_].arguments != 0) return false;
  if (!token.space_before) return true;
  const UsePosition& at = pending_position_;
  if (at.previous == TokenKind::kWord && !at.newline_before && !IsKeyword(at.previous_text)) return false;
  const Token nothing;
  return !token.newline_before && ClassifyUse(at, nothing, {}) != UseContext::kExpression;
}

void UseTracker::FollowArguments(const Token& token, NestingTracker::Event event) {
  if (event == NestingTracker::Event::kSeparated && nesting_.depth() == arguments_.back().depth) {
    ++uses_[arguments_.back().use].arguments;
    return;
  }
  if (event != NestingTracker::Event::kClosed) return;
  // A block's end may close several open lists at once; then they were none.
  while (!arguments_.empty() && nesting_.depth() < arguments_.back().depth) {
    const OpenArguments closed = arguments_.back();
    arguments_.pop_back();
    if (nesting_.depth() + 1 != closed.depth) {
      uses_[closed.use].arguments = 0;
      continue;
    }
    uses_[closed.use].end = token.end;
    pending_ = closed.use;
    pending_position_ = closed.position;
  }
}

// The use that waits is followed by `next`.
void UseTracker::Resolve(const Token& next) {
  if (pending_ == kNone) return;
  MacroUse& use = uses_[std::exchange(pending_, kNone)];
  const uint32_t lookahead = next.kind == TokenKind::kPunctuation ? 1 : 0;
  use.context = ClassifyUse(pending_position_, next, text_.substr(next.begin, next.end - next.begin + lookahead));
  use.pasted = next.kind == TokenKind::kPaste && !next.space_before && text_.substr(next.begin, 2) == "``";
  previous_ = UsePosition();
  previous_.previous = TokenKind::kDirective;
  previous_.previous_context = use.context;
}

void UseTracker::Remember(const Token& token, std::string_view text) {
  previous_.previous = token.kind;
  previous_.previous_text = text;
}

}  // namespace fanin::indexer
