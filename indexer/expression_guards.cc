#include "indexer/expression_guards.h"

#include <algorithm>

namespace fanin::indexer {
namespace {

using namespace slang::syntax;

// Whether the expression binds more loosely than "&&".
bool IsLoose(SyntaxKind kind) {
  switch (kind) {
    case SyntaxKind::LogicalOrExpression:
    case SyntaxKind::ConditionalExpression:
    case SyntaxKind::LogicalImplicationExpression:
    case SyntaxKind::LogicalEquivalenceExpression:
    case SyntaxKind::AssignmentExpression: return true;
    default: return false;
  }
}

// Whether "!" binds to all of it.
bool IsTight(SyntaxKind kind) {
  switch (kind) {
    case SyntaxKind::ParenthesizedExpression:
    case SyntaxKind::InvocationExpression:
    case SyntaxKind::ConcatenationExpression: return true;
    default: return UseCollector::IsDesignator(kind);
  }
}

const SyntaxNode& Innermost(const SyntaxNode& condition) {
  if (condition.kind != SyntaxKind::ConditionalPredicate) return condition;
  const auto& predicate = condition.as<ConditionalPredicateSyntax>();
  if (predicate.conditions.size() != 1 || predicate.conditions[0]->matchesClause != nullptr) return condition;
  return *predicate.conditions[0]->expr;
}

}  // namespace

std::string GuardTerm(HdlContext& context, const SyntaxNode& condition) {
  const SyntaxNode& node = Innermost(condition);
  std::string text(context.source.Written(node, GuardStack::kMaxTextBytes));
  return IsLoose(node.kind) ? "(" + text + ")" : text;
}

std::string NegatedGuardTerm(HdlContext& context, const SyntaxNode& condition) {
  const SyntaxNode& node = Innermost(condition);
  if (node.kind == SyntaxKind::UnaryLogicalNotExpression) {
    const SyntaxNode& operand = *node.as<PrefixUnaryExpressionSyntax>().operand;
    return std::string(context.source.Written(operand, GuardStack::kMaxTextBytes));
  }
  std::string text(context.source.Written(node, GuardStack::kMaxTextBytes));
  return IsTight(node.kind) ? "!" + text : "!(" + text + ")";
}

void GuardStack::Push(std::string_view term, std::span<const Use> uses) {
  if (!term.empty() && text_.size() <= kMaxTextBytes) {
    if (!text_.empty()) text_ += " && ";
    text_ += term;
    stale_ = true;
  }
  for (const Use& use : uses) {
    if (use.kind != UseKind::kValue || uses_.size() >= kMaxSignals) continue;
    const bool known = std::ranges::any_of(uses_, [&](const Use& other) {
      return other.node == use.node && other.role == use.role && other.range == use.range && other.name == use.name;
    });
    if (!known) uses_.push_back(use);
  }
}

void GuardStack::PopTo(const Mark& mark) {
  if (text_.size() != mark.text_bytes) stale_ = true;
  text_.resize(mark.text_bytes);
  uses_.resize(mark.uses);
}

std::string_view GuardStack::Text() {
  if (stale_) {
    std::string cut = text_;
    CutText(cut, kMaxTextBytes);
    interned_ = context_.builder.Intern(cut);
    stale_ = false;
  }
  return interned_;
}

}  // namespace fanin::indexer
