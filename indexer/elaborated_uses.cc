#include "indexer/elaborated_uses.h"

#include <array>
#include <string_view>
#include <utility>

#include "slang/ast/ValuePath.h"

namespace fanin::indexer {
namespace {

using namespace slang::ast;
using graph::Role;

// The stronger of the two: what is part of a condition or index stays so.
Role Within(Role outer, Role inner) { return outer == Role::kData ? inner : outer; }

// System functions that ask of a type, not of a value.
bool AsksOfType(std::string_view name) {
  static constexpr std::array<std::string_view, 11> kNames = {"$bits",      "$size",       "$left",
                                                              "$right",     "$low",        "$high",
                                                              "$increment", "$dimensions", "$unpacked_dimensions",
                                                              "$typename",  "$isunbounded"};
  return std::ranges::find(kNames, name) != kNames.end();
}

bool IsBitwise(BinaryOperator op) {
  return op == BinaryOperator::BinaryAnd || op == BinaryOperator::BinaryOr || op == BinaryOperator::BinaryXor ||
         op == BinaryOperator::BinaryXnor;
}

}  // namespace

void UseVisitor::Collect(const Expression& expression, Role role, bool positional) {
  const bool has_places = positional && expression.type->isIntegral();
  VisitAs(expression, role, has_places ? std::optional<uint64_t>(0) : std::nullopt);
}

void UseVisitor::CollectTargets(const Expression& left, std::vector<BitUse>& targets) {
  targets_ = &targets;
  Collect(left, Role::kData, /*positional=*/true);
  targets_ = nullptr;
}

void UseVisitor::VisitAs(const Expression& expression, Role role, std::optional<uint64_t> offset) {
  const Role outer_role = std::exchange(role_, role);
  const auto outer_offset = std::exchange(offset_, offset);
  expression.visit(*this);
  role_ = outer_role;
  offset_ = outer_offset;
}

bool UseVisitor::IsSignal(const ValueSymbol& symbol) const {
  switch (symbol.kind) {
    case SymbolKind::Parameter:
    case SymbolKind::EnumValue:
    case SymbolKind::Specparam:
    case SymbolKind::Iterator:
    case SymbolKind::PatternVar:
    case SymbolKind::LocalAssertionVar: return false;
    default: return !loop_variables_.contains(&symbol);
  }
}

void UseVisitor::Path(const Expression& expression) {
  const ValuePath path(expression, context_);
  // Selects and their base; what the base is made of when it is no name.
  auto* const targets = std::exchange(targets_, nullptr);
  const Role index_role = Within(role_, Role::kIndex);
  const Expression* base = &expression;
  bool is_member = false;
  while (base != nullptr) {
    if (base->kind == ExpressionKind::ElementSelect) {
      const auto& select = base->as<ElementSelectExpression>();
      VisitAs(select.selector(), index_role, std::nullopt);
      base = &select.value();
    } else if (base->kind == ExpressionKind::RangeSelect) {
      const auto& select = base->as<RangeSelectExpression>();
      VisitAs(select.left(), index_role, std::nullopt);
      VisitAs(select.right(), index_role, std::nullopt);
      base = &select.value();
    } else if (base->kind == ExpressionKind::MemberAccess) {
      is_member = true;
      base = &base->as<MemberAccessExpression>().value();
    } else {
      break;
    }
  }
  const ValueSymbol* symbol = path.rootSymbol();
  if (symbol == nullptr) {
    if (base != &expression) VisitAs(*base, role_, std::nullopt);
    targets_ = targets;
    return;
  }
  targets_ = targets;
  if (!IsSignal(*symbol)) return;
  BitUse use;
  use.symbol = symbol;
  use.role = role_;
  use.offset = offset_;
  if (path.lsp != nullptr) {
    use.low = path.lspBounds.first;
    use.high = path.lspBounds.second;
    use.exact = path.isFullyStatic();
  } else {
    const uint64_t width = symbol->getType().getSelectableWidth();
    use.high = width == 0 ? 0 : width - 1;
  }
  if (is_member) use.member = &expression;
  (targets_ != nullptr ? *targets_ : uses).push_back(use);
}

void UseVisitor::handle(const ConditionalExpression& conditional) {
  for (const auto& condition : conditional.conditions) {
    VisitAs(*condition.expr, Within(role_, Role::kControl), std::nullopt);
  }
  if (const Expression* known = conditional.knownSide()) {
    known->visit(*this);
    return;
  }
  conditional.left().visit(*this);
  conditional.right().visit(*this);
}

void UseVisitor::handle(const CallExpression& call) {
  if (call.isSystemCall()) {
    if (!AsksOfType(call.getSubroutineName())) Scatter(call);
    return;
  }
  calls.push_back({&call, role_});
  if (call.thisClass() != nullptr) VisitAs(*call.thisClass(), role_, std::nullopt);
  for (const Expression* argument : call.arguments()) {
    // Output arguments are assignments; whoever asked for the calls looks at them.
    if (argument->kind != ExpressionKind::Assignment) VisitAs(*argument, role_, std::nullopt);
  }
  const auto* subroutine = std::get<const SubroutineSymbol*>(call.subroutine);
  if (subroutine->returnValVar == nullptr) return;
  BitUse result;
  result.symbol = subroutine->returnValVar;
  result.role = role_;
  result.offset = offset_;
  const uint64_t width = result.symbol->getType().getSelectableWidth();
  result.high = width == 0 ? 0 : width - 1;
  result.exact = true;
  uses.push_back(result);
}

void UseVisitor::handle(const ConversionExpression& conversion) {
  const bool keeps = conversion.type->isIntegral() && conversion.operand().type->isIntegral();
  VisitAs(conversion.operand(), role_, keeps ? offset_ : std::nullopt);
}

void UseVisitor::handle(const ConcatenationExpression& concatenation) {
  Elements(concatenation.operands(), *concatenation.type);
}

void UseVisitor::handle(const SimpleAssignmentPatternExpression& pattern) {
  Elements(pattern.elements(), *pattern.type);
}

void UseVisitor::handle(const StructuredAssignmentPatternExpression& pattern) {
  Elements(pattern.elements(), *pattern.type);
}

void UseVisitor::Elements(std::span<const Expression* const> elements, const Type& type) {
  uint64_t total = 0;
  for (const Expression* element : elements) total += element->type->getBitWidth();
  const bool has_places = offset_ && type.isIntegral() && total == type.getBitWidth();
  const auto outer = offset_;
  uint64_t above = total;
  for (const Expression* element : elements) {
    above -= element->type->getBitWidth();
    VisitAs(*element, role_, has_places ? std::optional<uint64_t>(*outer + above) : std::nullopt);
  }
}

void UseVisitor::handle(const UnaryExpression& unary) {
  const bool keeps = unary.op == UnaryOperator::BitwiseNot || unary.op == UnaryOperator::Plus;
  VisitAs(unary.operand(), role_, keeps ? offset_ : std::nullopt);
}

void UseVisitor::handle(const BinaryExpression& binary) {
  const auto offset = IsBitwise(binary.op) ? offset_ : std::nullopt;
  VisitAs(binary.left(), role_, offset);
  VisitAs(binary.right(), role_, offset);
}

// Within an expression: its value is what is assigned.
void UseVisitor::handle(const AssignmentExpression& assignment) { VisitAs(assignment.right(), role_, std::nullopt); }

}  // namespace fanin::indexer
