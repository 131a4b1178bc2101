#include "indexer/conditions.h"

#include "indexer/token_cursor.h"

namespace fanin::indexer {
namespace {

// Parentheses in a condition; deeper it is false.
constexpr int kMaxConditionDepth = 64;

// Recursive descent over "a && (b || !c) -> d".
class ConditionParser {
 public:
  ConditionParser(std::string_view text, const std::function<bool(std::string_view)>& is_defined)
      : rest_(text), is_defined_(is_defined) {}

  bool Implication(int depth = 0) {
    const bool left = Or(depth);
    if (Skip("<->")) return Implication(depth + 1) == left;
    if (Skip("->")) {
      const bool right = Implication(depth + 1);
      return !left || right;
    }
    return left;
  }

 private:
  bool Or(int depth) {
    bool value = And(depth);
    while (Skip("||")) value = And(depth) || value;
    return value;
  }

  bool And(int depth) {
    bool value = Primary(depth);
    while (Skip("&&")) value = Primary(depth) && value;
    return value;
  }

  bool Primary(int depth) {
    if (depth > kMaxConditionDepth) {
      rest_ = {};
      return false;
    }
    if (Skip("!")) return !Primary(depth + 1);
    if (Skip("(")) {
      const bool value = Implication(depth + 1);
      Skip(")");
      return value;
    }
    size_t end = 0;
    while (end < rest_.size() && IsWordByte(rest_[end])) ++end;
    if (end == 0) {  // not a condition at all
      rest_ = {};
      return false;
    }
    const std::string_view name = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return is_defined_(name);
  }

  bool Skip(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  std::string_view rest_;
  const std::function<bool(std::string_view)>& is_defined_;
};

}  // namespace

bool EvaluateCondition(std::string_view condition, const std::function<bool(std::string_view)>& is_defined) {
  return ConditionParser(condition, is_defined).Implication();
}

void ConditionStack::If(bool holds) {
  const bool outer = active();
  open_.push_back({outer, outer && holds, outer && holds});
}

void ConditionStack::Else(bool holds) {
  if (open_.empty()) return;
  Branch& branch = open_.back();
  branch.active = branch.outer && !branch.taken && holds;
  branch.taken |= branch.active;
}

void ConditionStack::End() {
  if (!open_.empty()) open_.pop_back();
}

}  // namespace fanin::indexer
