// Data types: their text, their members as elements, and what their names refer to.
#pragma once

#include <string_view>

#include "indexer/expression_uses.h"
#include "indexer/hdl_extractor_context.h"

namespace fanin::indexer {

using Dimensions = slang::syntax::SyntaxList<slang::syntax::VariableDimensionSyntax>;

// A type as nodes tell it; interned.
struct TypeText {
  std::string_view type;   // without dimensions: "logic signed", "axi_pkg::len_t", "struct packed", "enum logic"
  std::string_view width;  // packed dimensions
};
TypeText DescribeType(HdlContext& context, const slang::syntax::DataTypeSyntax& type);

// "wire" and "logic" to "wire logic".
std::string_view JoinWords(HdlContext& context, std::string_view first, std::string_view second);
// Packed and unpacked dimensions, interned.
std::string_view JoinDimensions(HdlContext& context, std::string_view packed, const Dimensions& unpacked);
// The text of an initial or default value, interned; empty for none.
std::string_view InitialValue(HdlContext& context, const slang::syntax::EqualsValueClauseSyntax* clause);

// Adds the enum members (declared in `in`, beside the type) and struct fields that the type lists, below `owner`, to
// any depth, and leaves their types pending.
void DeclareTypeMembers(HdlContext& context, const Place& in, graph::LocalNode owner,
                        const slang::syntax::DataTypeSyntax& type);

// Adds kHasType and kRefersTo of an element's type, dimensions and initial value, and its Shape.
void ResolveType(HdlContext& context, UseCollector& collector, const PendingType& pending);

}  // namespace fanin::indexer
