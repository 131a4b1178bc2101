// Edges of an element to the names that it mentions, outside of dataflow: dimensions, defaults, conditions of
// generates.
#pragma once

#include <span>

#include "indexer/expression_uses.h"

namespace fanin::indexer {

// The reference of an external use; span, name and look-up set, the edge's kind and near end as given.
graph::Reference ReferenceOf(HdlContext& context, const Use& use, graph::EdgeKind kind, graph::LocalNode from);

// `owner` refers to every use: kCallsOut to functions, `kind` to all else, known here or not.
void AddMentions(HdlContext& context, graph::LocalNode owner, std::span<const Use> uses,
                 graph::EdgeKind kind = graph::EdgeKind::kRefersTo);

}  // namespace fanin::indexer
