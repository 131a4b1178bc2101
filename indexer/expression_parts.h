// Concatenations: their parts, and which bits each part is, counted from the least significant.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "slang/syntax/AllSyntax.h"

namespace fanin::indexer {

// Appends the parts of a (nested) concatenation, left to right; of any other expression itself alone, without its
// parentheses. Returns whether the parts stand for their bits in that order: not so in patterns and streams.
bool SplitConcatenation(const slang::syntax::SyntaxNode& expression,
                        std::vector<const slang::syntax::SyntaxNode*>& parts);

// The values of a pattern that names members, '{valid: a, hdr: b}, in order; empty: the expression is none.
struct PatternPart {
  std::string_view member;  // empty: the default, or the key is no plain name
  const slang::syntax::SyntaxNode* value = nullptr;
};
std::vector<PatternPart> SplitStructurePattern(const slang::syntax::SyntaxNode& expression);

// Width of sized literals, their concatenations and replications, and one-bit operators; 0: unknown.
int32_t LiteralWidth(const slang::syntax::SyntaxNode& expression);

// The lowest bit of the part to the left of one; -1, unknown, when either is.
int32_t NextLow(int32_t low, int32_t width_bits);

// Whether two bit intervals may overlap, and the common bits [low, high) where both are known (else low == high). A
// width of 0 is open to the left; low -1 is anywhere.
bool Overlap(int32_t low_a, int32_t width_a, int32_t low_b, int32_t width_b, int32_t& low, int32_t& high);

// "+=", "<<=" and their like.
bool IsCompoundAssignment(slang::syntax::SyntaxKind kind);

// What is passed as an argument, out of the property expression that slang wraps it in; null for an empty one.
const slang::syntax::SyntaxNode* ArgumentExpression(const slang::syntax::ArgumentSyntax& argument);
// Likewise of any property expression that is a plain expression; else itself.
const slang::syntax::SyntaxNode* PlainExpression(const slang::syntax::SyntaxNode* expression);

}  // namespace fanin::indexer
