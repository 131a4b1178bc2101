// Constants, bit ranges and widths that can be read off an expression without elaboration.
#pragma once

#include <cstdint>
#include <optional>

#include "graph/schema.h"
#include "slang/syntax/AllSyntax.h"

namespace fanin::indexer {

// The value of an expression of literals and + - * / << and parentheses, where it fits 32 bits. Depth is bounded;
// deeper expressions are unknown.
std::optional<int32_t> ConstantOf(const slang::syntax::SyntaxNode& expression);

// The bits that one select takes: the constant range, and the width, which may be known alone ("[i +: 4]").
struct SelectedBits {
  graph::BitRange range;
  int32_t width_bits = 0;  // 0: unknown
  bool single = false;     // one element rather than a range of them
};
SelectedBits BitsOf(const slang::syntax::ElementSelectSyntax& select);

// The constant bounds of a dimension as written, "[7:0]" or "[8]" (as [0:7]); unknown: not constant.
graph::BitRange BoundsOf(const slang::syntax::VariableDimensionSyntax& dimension);

// Number of bits of a range, whichever way it runs; 0: unknown.
int32_t WidthOf(const graph::BitRange& range);

// The part of `bounds` that holds bits [low, low + width) counted from the least significant; unknown when it does not
// fit.
graph::BitRange SliceOf(const graph::BitRange& bounds, int32_t low, int32_t width_bits);

}  // namespace fanin::indexer
