#include "indexer/expression_edges.h"

namespace fanin::indexer {

using graph::EdgeKind;
using graph::LocalNode;

graph::Reference ReferenceOf(HdlContext& context, const Use& use, EdgeKind kind, LocalNode from) {
  graph::Reference reference;
  reference.kind = kind;
  reference.look_up = use.look_up;
  reference.from = from;
  reference.name = use.name;
  reference.scope = use.scope;
  reference.span = context.source.SpanOf(use.bytes);
  return reference;
}

void AddMentions(HdlContext& context, LocalNode owner, std::span<const Use> uses, EdgeKind kind) {
  for (const Use& use : uses) {
    const EdgeKind edge = use.kind == UseKind::kCall ? EdgeKind::kCallsOut : kind;
    if (use.node != graph::kNoNode && use.node != owner) context.AddEdge(edge, owner, use.node);
    if (use.external) context.AddReference(ReferenceOf(context, use, edge, owner));
  }
}

}  // namespace fanin::indexer
