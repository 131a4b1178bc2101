#include "indexer/expression_parts.h"

#include <algorithm>
#include <limits>

#include "indexer/expression_shape.h"

namespace fanin::indexer {
namespace {

using namespace slang::syntax;

constexpr int kMaxLiteralDepth = 16;

int32_t Checked(int64_t width) {
  return width > 0 && width <= std::numeric_limits<int32_t>::max() / 2 ? static_cast<int32_t>(width) : 0;
}

int32_t LiteralWidth(const SyntaxNode& node, int depth) {
  if (depth == kMaxLiteralDepth) return 0;
  switch (node.kind) {
    case SyntaxKind::IntegerVectorExpression: {
      const slang::parsing::Token size = node.as<IntegerVectorExpressionSyntax>().size;
      if (size.kind != slang::parsing::TokenKind::IntegerLiteral) return 0;
      return Checked(size.intValue().as<int64_t>().value_or(0));
    }
    case SyntaxKind::ConcatenationExpression: {
      int64_t sum = 0;
      for (const ExpressionSyntax* part : node.as<ConcatenationExpressionSyntax>().expressions) {
        const int32_t width = LiteralWidth(*part, depth + 1);
        if (width == 0) return 0;
        sum += width;
      }
      return Checked(sum);
    }
    case SyntaxKind::MultipleConcatenationExpression: {
      const auto& multiple = node.as<MultipleConcatenationExpressionSyntax>();
      const auto count = ConstantOf(*multiple.expression);
      return count ? Checked(int64_t{*count} * LiteralWidth(*multiple.concatenation, depth + 1)) : 0;
    }
    case SyntaxKind::UnaryLogicalNotExpression:
    case SyntaxKind::UnaryBitwiseAndExpression:
    case SyntaxKind::UnaryBitwiseNandExpression:
    case SyntaxKind::UnaryBitwiseOrExpression:
    case SyntaxKind::UnaryBitwiseNorExpression:
    case SyntaxKind::UnaryBitwiseXorExpression:
    case SyntaxKind::UnaryBitwiseXnorExpression:
    case SyntaxKind::EqualityExpression:
    case SyntaxKind::InequalityExpression:
    case SyntaxKind::CaseEqualityExpression:
    case SyntaxKind::CaseInequalityExpression:
    case SyntaxKind::LessThanExpression:
    case SyntaxKind::LessThanEqualExpression:
    case SyntaxKind::GreaterThanExpression:
    case SyntaxKind::GreaterThanEqualExpression:
    case SyntaxKind::LogicalAndExpression:
    case SyntaxKind::LogicalOrExpression: return 1;
    default: return 0;
  }
}

}  // namespace

std::vector<PatternPart> SplitStructurePattern(const SyntaxNode& expression) {
  std::vector<PatternPart> parts;
  const SyntaxNode* node = PlainExpression(&expression);
  while (node->kind == SyntaxKind::ParenthesizedExpression) {
    node = node->as<ParenthesizedExpressionSyntax>().expression;
  }
  const auto* whole = node->as_if<AssignmentPatternExpressionSyntax>();
  const auto* pattern = whole == nullptr ? nullptr : whole->pattern->as_if<StructuredAssignmentPatternSyntax>();
  if (pattern == nullptr) return parts;
  for (const AssignmentPatternItemSyntax* item : pattern->items) {
    const auto* key = item->key->as_if<IdentifierNameSyntax>();
    parts.push_back({key == nullptr ? std::string_view() : key->identifier.valueText(), item->expr});
  }
  return parts;
}

bool SplitConcatenation(const SyntaxNode& expression, std::vector<const SyntaxNode*>& parts) {
  bool positional = true;
  std::vector<const SyntaxNode*> stack = {&expression};
  auto push = [&](const auto& items) {
    for (size_t i = items.size(); i-- > 0;) stack.push_back(items[i]);
  };
  while (!stack.empty()) {
    const SyntaxNode* node = PlainExpression(stack.back());
    stack.pop_back();
    switch (node->kind) {
      case SyntaxKind::ParenthesizedExpression:
        stack.push_back(node->as<ParenthesizedExpressionSyntax>().expression);
        break;
      case SyntaxKind::ConcatenationExpression: push(node->as<ConcatenationExpressionSyntax>().expressions); break;
      case SyntaxKind::SimpleAssignmentPattern:
        positional = false;
        push(node->as<SimpleAssignmentPatternSyntax>().items);
        break;
      case SyntaxKind::AssignmentPatternExpression:
        if (node->as<AssignmentPatternExpressionSyntax>().type == nullptr) {
          stack.push_back(node->as<AssignmentPatternExpressionSyntax>().pattern);
        } else {
          parts.push_back(node);
        }
        break;
      case SyntaxKind::StreamingConcatenationExpression:
        positional = false;
        push(node->as<StreamingConcatenationExpressionSyntax>().expressions);
        break;
      case SyntaxKind::StreamExpression: stack.push_back(node->as<StreamExpressionSyntax>().expression); break;
      default: parts.push_back(node);
    }
  }
  return positional;
}

int32_t LiteralWidth(const SyntaxNode& expression) { return LiteralWidth(expression, 0); }

int32_t NextLow(int32_t low, int32_t width_bits) {
  if (low < 0 || width_bits <= 0 || low > std::numeric_limits<int32_t>::max() - width_bits) return -1;
  return low + width_bits;
}

bool Overlap(int32_t low_a, int32_t width_a, int32_t low_b, int32_t width_b, int32_t& low, int32_t& high) {
  low = high = 0;
  if (low_a < 0 || low_b < 0) return true;
  constexpr int64_t kOpen = std::numeric_limits<int64_t>::max();
  const int64_t high_a = width_a > 0 ? int64_t{low_a} + width_a : kOpen;
  const int64_t high_b = width_b > 0 ? int64_t{low_b} + width_b : kOpen;
  const int64_t common_low = std::max(low_a, low_b);
  const int64_t common_high = std::min(high_a, high_b);
  if (common_low >= common_high) return false;
  if (common_high <= std::numeric_limits<int32_t>::max()) {
    low = static_cast<int32_t>(common_low);
    high = static_cast<int32_t>(common_high);
  }
  return true;
}

bool IsCompoundAssignment(SyntaxKind kind) {
  switch (kind) {
    case SyntaxKind::AddAssignmentExpression:
    case SyntaxKind::SubtractAssignmentExpression:
    case SyntaxKind::MultiplyAssignmentExpression:
    case SyntaxKind::DivideAssignmentExpression:
    case SyntaxKind::ModAssignmentExpression:
    case SyntaxKind::AndAssignmentExpression:
    case SyntaxKind::OrAssignmentExpression:
    case SyntaxKind::XorAssignmentExpression:
    case SyntaxKind::LogicalLeftShiftAssignmentExpression:
    case SyntaxKind::LogicalRightShiftAssignmentExpression:
    case SyntaxKind::ArithmeticLeftShiftAssignmentExpression:
    case SyntaxKind::ArithmeticRightShiftAssignmentExpression: return true;
    default: return false;
  }
}

const SyntaxNode* PlainExpression(const SyntaxNode* expression) {
  while (true) {
    if (expression->kind == SyntaxKind::SimplePropertyExpr) {
      expression = expression->as<SimplePropertyExprSyntax>().expr;
    } else if (expression->kind == SyntaxKind::SimpleSequenceExpr) {
      expression = expression->as<SimpleSequenceExprSyntax>().expr;
    } else {
      return expression;
    }
  }
}

const SyntaxNode* ArgumentExpression(const ArgumentSyntax& argument) {
  const SyntaxNode* expression = nullptr;
  if (argument.kind == SyntaxKind::OrderedArgument) expression = argument.as<OrderedArgumentSyntax>().expr;
  if (argument.kind == SyntaxKind::NamedArgument) expression = argument.as<NamedArgumentSyntax>().expr;
  return expression == nullptr ? nullptr : PlainExpression(expression);
}

}  // namespace fanin::indexer
