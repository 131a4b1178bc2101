// The conditions under which a statement runs: their text, and the signals that they test.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/expression_uses.h"

namespace fanin::indexer {

// "a || b" as a term of a conjunction: "(a || b)". And its negation: "!(a || b)", of "!x" just "x".
std::string GuardTerm(HdlContext& context, const slang::syntax::SyntaxNode& condition);
std::string NegatedGuardTerm(HdlContext& context, const slang::syntax::SyntaxNode& condition);

// A stack of the conditions around the statement at hand.
class GuardStack {
 public:
  static constexpr size_t kMaxTextBytes = 200;
  static constexpr size_t kMaxSignals = 128;  // more are left out

  explicit GuardStack(HdlContext& context) : context_(context) {}

  // What to give to PopTo in order to leave the conditions pushed since.
  struct Mark {
    size_t text_bytes;
    size_t uses;
  };
  Mark Top() const { return {text_.size(), uses_.size()}; }
  // Adds a term of the conjunction (may be empty) and the signals of its condition, those known already left out.
  void Push(std::string_view term, std::span<const Use> uses);
  void PopTo(const Mark& mark);

  // "en_i && !stall", interned, cut with "..."; empty: none.
  std::string_view Text();
  std::span<const Use> uses() const { return uses_; }

 private:
  HdlContext& context_;
  std::string text_;
  std::string_view interned_;
  bool stale_ = false;
  std::vector<Use> uses_;
};

}  // namespace fanin::indexer
