#include "retriever/postings_structure.h"

#include <string>

#include "retriever/query_pattern.h"
#include "retriever/span_finder.h"

namespace fanin::retriever {
namespace {

using graph::EdgeKind;
using graph::kNoNode;
using graph::LocalNode;
using graph::Node;
using graph::NodeKind;
using graph::Role;
using graph::Shard;

bool IsScope(NodeKind kind) {
  switch (kind) {
    case NodeKind::kPackage:
    case NodeKind::kClass:
    case NodeKind::kFunction:
    case NodeKind::kTask:
    case NodeKind::kGenerate:
    case NodeKind::kClocking:
    case NodeKind::kCovergroup: return true;
    default: return IsDefinition(kind);
  }
}

// The structure terms of one file.
class StructureWalk {
 public:
  StructureWalk(const Shard& shard, const std::vector<uint32_t>& chunk_of_node, const EmitStructure& emit)
      : shard_(shard), chunk_of_node_(chunk_of_node), emit_(emit), lower_(shard.nodes().size()) {
    for (LocalNode node = 0; node < shard.nodes().size(); ++node) lower_[node] = LowerCase(shard.nodes()[node].name);
  }

  void Scopes() {
    for (uint32_t chunk = 0; chunk < shard_.chunks().size(); ++chunk) {
      bool in_definition = false;
      ForEachScope(shard_, shard_.chunks()[chunk].node, [&](LocalNode scope) {
        emit_(chunk, StructureField::kIn, lower_[scope]);
        if (in_definition || !IsDefinition(shard_.nodes()[scope].kind)) return;
        in_definition = true;
        emit_(chunk, StructureField::kModule, lower_[scope]);
      });
    }
  }

  void Instances() {
    for (LocalNode node = 0; node < shard_.nodes().size(); ++node) {
      const Node& instance = shard_.nodes()[node];
      if (instance.kind != NodeKind::kInstance || instance.value.empty()) continue;
      const std::string module = LowerCase(instance.value);
      Emit(node, StructureField::kInstanceOf, module);
      Emit(node, StructureField::kInstantiates, module);
      ForEachScope(shard_, node, [&](LocalNode scope) {
        if (IsDefinition(shard_.nodes()[scope].kind)) Emit(scope, StructureField::kInstantiates, module);
      });
    }
  }

  void Edges() {
    for (const graph::LocalEdge& edge : shard_.edges()) Flow(edge.kind, edge.from, edge.to, edge.attributes.role);
  }

  // Ends that another file declares have no node here, only the name by which this file refers to them.
  void References() {
    for (const graph::Reference& reference : shard_.references()) {
      if (reference.kind != EdgeKind::kDrives && reference.kind != EdgeKind::kReads) continue;
      const std::string name = LowerCase(reference.name);
      Signal(reference.kind, reference.from, name, reference.attributes.role);
      size_t dot = name.rfind('.');
      if (dot != std::string::npos) {
        Signal(reference.kind, reference.from, std::string_view(name).substr(dot + 1), reference.attributes.role);
      }
    }
  }

  // Connections of instances: both ends are in this file, the direction is known by linking.
  void Links(const graph::LinkSet& links) {
    for (const graph::Link& link : links.links()) {
      if (link.kind != EdgeKind::kDrives && link.kind != EdgeKind::kReads) continue;
      const LocalNode remote = shard_.FindLocal(link.remote.local);
      if (remote == kNoNode || link.local >= shard_.nodes().size()) continue;
      Flow(link.kind, link.remote_is_source ? remote : link.local, link.remote_is_source ? link.local : remote,
           link.attributes.role);
    }
  }

 private:
  void Emit(LocalNode node, StructureField field, std::string_view term) {
    if (chunk_of_node_[node] != kNoChunk) emit_(chunk_of_node_[node], field, term);
  }

  void Flow(EdgeKind kind, LocalNode from, LocalNode to, Role role) {
    if (kind == EdgeKind::kDrives) Signal(kind, from, lower_[to], role);
    if (kind == EdgeKind::kReads) Signal(kind, to, lower_[from], role);
  }

  void Signal(EdgeKind kind, LocalNode actor, std::string_view signal, Role role) {
    if (kind == EdgeKind::kDrives) {
      Emit(actor, StructureField::kDrives, signal);
      return;
    }
    Emit(actor, StructureField::kReads, signal);
    if (role == Role::kClock) Emit(actor, StructureField::kClock, signal);
    if (role == Role::kReset) Emit(actor, StructureField::kReset, signal);
  }

  const Shard& shard_;
  const std::vector<uint32_t>& chunk_of_node_;
  const EmitStructure& emit_;
  std::vector<std::string> lower_;  // names
};

}  // namespace

std::vector<uint32_t> ChunksOfNodes(const Shard& shard) {
  std::vector<SpanFinder::Range> ranges;
  for (const graph::Chunk& chunk : shard.chunks()) ranges.emplace_back(chunk.span.begin_byte, chunk.span.end_byte);
  const SpanFinder finder(ranges);
  std::vector<uint32_t> chunk_of_node(shard.nodes().size(), kNoChunk);
  for (LocalNode node = 1; node < shard.nodes().size(); ++node) {
    const Node& shown = shard.nodes()[node];
    finder.ForEachHolding(shown.anonymous ? shown.span.begin_byte : shown.name_span.begin_byte, [&](uint32_t chunk) {
      chunk_of_node[node] = chunk;
      return false;
    });
  }
  return chunk_of_node;
}

void ForEachStructureTerm(const Shard& shard, const graph::LinkSet* links, const std::vector<uint32_t>& chunk_of_node,
                          const EmitStructure& emit) {
  StructureWalk walk(shard, chunk_of_node, emit);
  walk.Scopes();
  walk.Instances();
  walk.Edges();
  walk.References();
  if (links != nullptr) walk.Links(*links);
}

void ForEachScope(const Shard& shard, LocalNode node, const std::function<void(LocalNode scope)>& visit) {
  for (; node != kNoNode; node = shard.nodes()[node].parent) {
    const Node& scope = shard.nodes()[node];
    if (IsScope(scope.kind) && !scope.anonymous) visit(node);
  }
}

}  // namespace fanin::retriever
