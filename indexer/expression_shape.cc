#include "indexer/expression_shape.h"

#include <algorithm>
#include <limits>

namespace fanin::indexer {
namespace {

using namespace slang::syntax;
using graph::BitRange;

constexpr int kMaxConstantDepth = 16;

// The minimum stands for "unknown" in a BitRange.
bool Fits(int64_t value) {
  return value > std::numeric_limits<int32_t>::min() && value <= std::numeric_limits<int32_t>::max();
}

std::optional<int64_t> Evaluate(const SyntaxNode& node, int depth);

std::optional<int64_t> EvaluateBinary(const BinaryExpressionSyntax& binary, int depth) {
  const auto left = Evaluate(*binary.left, depth);
  if (!left) return std::nullopt;
  const auto right = Evaluate(*binary.right, depth);
  if (!right) return std::nullopt;
  switch (binary.kind) {  // both fit 32 bits, so 64 hold every result
    case SyntaxKind::AddExpression: return *left + *right;
    case SyntaxKind::SubtractExpression: return *left - *right;
    case SyntaxKind::MultiplyExpression: return *left * *right;
    case SyntaxKind::DivideExpression:
      if (*right == 0) return std::nullopt;
      return *left / *right;
    case SyntaxKind::LogicalShiftLeftExpression:
      if (*right < 0 || *right > 31 || *left < 0) return std::nullopt;
      return *left << *right;
    default: return std::nullopt;
  }
}

std::optional<int64_t> EvaluateNode(const SyntaxNode& node, int depth) {
  switch (node.kind) {
    case SyntaxKind::IntegerLiteralExpression:
      return node.as<LiteralExpressionSyntax>().literal.intValue().as<int64_t>();
    case SyntaxKind::IntegerVectorExpression: {
      const slang::parsing::Token value = node.as<IntegerVectorExpressionSyntax>().value;
      if (value.isMissing()) return std::nullopt;
      return value.intValue().as<int64_t>();
    }
    case SyntaxKind::ParenthesizedExpression:
      return Evaluate(*node.as<ParenthesizedExpressionSyntax>().expression, depth);
    case SyntaxKind::UnaryMinusExpression: {
      auto operand = Evaluate(*node.as<PrefixUnaryExpressionSyntax>().operand, depth);
      if (operand) *operand = -*operand;
      return operand;
    }
    case SyntaxKind::AddExpression:
    case SyntaxKind::SubtractExpression:
    case SyntaxKind::MultiplyExpression:
    case SyntaxKind::DivideExpression:
    case SyntaxKind::LogicalShiftLeftExpression: return EvaluateBinary(node.as<BinaryExpressionSyntax>(), depth);
    default: return std::nullopt;
  }
}

std::optional<int64_t> Evaluate(const SyntaxNode& node, int depth) {
  if (depth == kMaxConstantDepth) return std::nullopt;
  auto value = EvaluateNode(node, depth + 1);
  if (value && !Fits(*value)) return std::nullopt;
  return value;
}

}  // namespace

std::optional<int32_t> ConstantOf(const SyntaxNode& expression) {
  const auto value = Evaluate(expression, 0);
  if (!value) return std::nullopt;
  return static_cast<int32_t>(*value);
}

int32_t WidthOf(const BitRange& range) {
  if (!range.known()) return 0;
  const int64_t distance = int64_t{range.msb} - range.lsb;
  const int64_t width = (distance < 0 ? -distance : distance) + 1;
  return Fits(width) ? static_cast<int32_t>(width) : 0;
}

SelectedBits BitsOf(const ElementSelectSyntax& select) {
  SelectedBits bits;
  if (select.selector == nullptr) return bits;
  const SyntaxNode& selector = *select.selector;
  if (selector.kind == SyntaxKind::BitSelect) {
    bits.single = true;
    if (auto index = ConstantOf(*selector.as<BitSelectSyntax>().expr)) bits.range = {*index, *index};
    return bits;
  }
  const auto& range = selector.as<RangeSelectSyntax>();
  auto left = ConstantOf(*range.left);
  auto right = ConstantOf(*range.right);
  if (!right) return bits;
  if (selector.kind == SyntaxKind::SimpleRangeSelect) {
    if (left) bits.range = {*left, *right};
    bits.width_bits = WidthOf(bits.range);
    return bits;
  }
  if (*right <= 0) return bits;
  bits.width_bits = *right;
  if (!left) return bits;
  const int64_t other =
      selector.kind == SyntaxKind::AscendingRangeSelect ? int64_t{*left} + *right - 1 : int64_t{*left} - *right + 1;
  if (!Fits(other)) return bits;
  bits.range = {std::max(*left, static_cast<int32_t>(other)), std::min(*left, static_cast<int32_t>(other))};
  return bits;
}

BitRange BoundsOf(const VariableDimensionSyntax& dimension) {
  if (dimension.specifier == nullptr || dimension.specifier->kind != SyntaxKind::RangeDimensionSpecifier) return {};
  const SyntaxNode& selector = *dimension.specifier->as<RangeDimensionSpecifierSyntax>().selector;
  if (selector.kind == SyntaxKind::BitSelect) {
    auto size = ConstantOf(*selector.as<BitSelectSyntax>().expr);
    if (!size || *size <= 0) return {};
    return {0, *size - 1};
  }
  if (selector.kind != SyntaxKind::SimpleRangeSelect) return {};
  const auto& range = selector.as<RangeSelectSyntax>();
  auto left = ConstantOf(*range.left);
  auto right = ConstantOf(*range.right);
  if (!left || !right) return {};
  return {*left, *right};
}

BitRange SliceOf(const BitRange& bounds, int32_t low, int32_t width_bits) {
  if (!bounds.known() || low < 0 || width_bits <= 0 || int64_t{low} + width_bits > WidthOf(bounds)) return {};
  if (bounds.msb >= bounds.lsb) return {bounds.lsb + low + width_bits - 1, bounds.lsb + low};
  return {bounds.lsb - low - width_bits + 1, bounds.lsb - low};
}

}  // namespace fanin::indexer
