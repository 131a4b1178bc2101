#include "graph/elaboration.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace fanin::graph {
namespace {

using base::Code;
using base::Fail;
using base::Result;
using base::Status;

constexpr EdgeMask kReplaced =
    MaskOf(EdgeKind::kDrives, EdgeKind::kReads, EdgeKind::kFlows, EdgeKind::kConnects, EdgeKind::kInstantiates);

// What makes an edge: the node in whose definition it belongs.
NodeRef MakerOf(const Edge& edge) {
  if (edge.statement != kNoRef) return edge.statement;
  return edge.kind == EdgeKind::kReads ? edge.to : edge.from;
}

auto KeyOf(const Edge& edge) {
  return std::tuple(edge.kind, edge.from, edge.to, edge.statement, edge.role, edge.assignment, edge.from_range.msb,
                    edge.from_range.lsb, edge.to_range.msb, edge.to_range.lsb, std::string_view(edge.guard),
                    std::string_view(edge.text));
}

Edge ToEdge(const ElaboratedEdge& stored, NodeRef from, NodeRef to, NodeRef statement) {
  Edge edge;
  edge.kind = stored.kind;
  edge.from = from;
  edge.to = to;
  edge.statement = statement;
  edge.provenance = Provenance::kElaborated;
  edge.role = stored.role;
  edge.assignment = stored.assignment;
  edge.from_range = stored.from_range;
  edge.to_range = stored.to_range;
  edge.guard = stored.guard;
  edge.text = stored.text;
  return edge;
}

Result<const DesignEntry*> FindDesign(const Manifest& manifest, std::string_view name) {
  for (const DesignEntry& entry : manifest.designs) {
    if (name.empty() || entry.name == name) return &entry;
  }
  std::string message = "repository \"" + manifest.repository + "\" has no elaborated design";
  if (!name.empty()) message += " \"" + std::string(name) + "\"";
  for (size_t i = 0; i < manifest.designs.size(); ++i) {
    message += (i == 0 ? "; there are: " : ", ") + manifest.designs[i].name;
  }
  return Fail(Code::kNotFound, message);
}

}  // namespace

Result<std::shared_ptr<const Elaboration>> Elaboration::Open(const Snapshot& snapshot, std::string_view design) {
  FANIN_ASSIGN_OR_RETURN(const DesignEntry* entry, FindDesign(snapshot.manifest(), design));
  const auto missing = [&](const base::Digest& digest) {
    return Fail(Code::kDataLoss, "design " + entry->name + ": " + digest.ToHex() + " is missing; index again");
  };
  FANIN_ASSIGN_OR_RETURN(const auto records, snapshot.store().GetBlobs(BlobKind::kDesign, {&entry->record, 1}));
  if (!records.front()) return missing(entry->record);
  std::shared_ptr<Elaboration> opened(new Elaboration());
  FANIN_ASSIGN_OR_RETURN(opened->design_, DecodeDesign(*records.front()));

  std::vector<base::Digest> digests;
  for (const DesignDefinition& definition : opened->design_.definitions) {
    if (definition.elaborated()) digests.push_back(definition.facts);
  }
  FANIN_ASSIGN_OR_RETURN(const auto blobs, snapshot.store().GetBlobs(BlobKind::kElaborated, digests));
  size_t next = 0;
  for (const DesignDefinition& definition : opened->design_.definitions) {
    ElaboratedFacts& facts = opened->facts_.emplace_back();
    if (!definition.elaborated()) continue;
    const auto& bytes = blobs[next++];
    if (!bytes) return missing(definition.facts);
    FANIN_ASSIGN_OR_RETURN(facts, DecodeElaboratedFacts(*bytes));
  }
  FANIN_RETURN_IF_ERROR(opened->Resolve(snapshot));
  return opened;
}

Status Elaboration::Resolve(const Snapshot& snapshot) {
  const auto resolve = [&](const NodeId& id) -> Result<NodeRef> {
    if (id == NodeId{}) return kNoRef;
    const auto [known, is_new] = refs_.try_emplace(id, kNoRef);
    if (is_new) {
      FANIN_ASSIGN_OR_RETURN(known->second, snapshot.FindNode(id));
    }
    return known->second;
  };
  for (uint32_t i = 0; i < design_.definitions.size(); ++i) {
    const DesignDefinition& definition = design_.definitions[i];
    FANIN_ASSIGN_OR_RETURN(const NodeRef node, resolve(definition.node));
    nodes_.push_back(node);
    for (const DesignInstance& child : definition.children) FANIN_RETURN_IF_ERROR(resolve(child.node));
    if (node == kNoRef) continue;
    specialisations_[node].push_back(i);
    const auto [elaborated, is_first] = elaborated_.try_emplace(node, true);
    elaborated->second = elaborated->second && definition.elaborated();
    for (const ElaboratedEdge& edge : facts_[i].edges) {
      FANIN_ASSIGN_OR_RETURN(const NodeRef from, resolve(edge.from));
      FANIN_ASSIGN_OR_RETURN(const NodeRef to, resolve(edge.to));
      FANIN_ASSIGN_OR_RETURN(const NodeRef statement, resolve(edge.statement));
      if (from == kNoRef || to == kNoRef) continue;
      const auto index = static_cast<uint32_t>(edges_.size());
      edges_.push_back({from, to, statement, i, &edge});
      out_[from].push_back(index);
      in_[to].push_back(index);
    }
  }
  return {};
}

NodeRef Elaboration::NodeOf(const DesignInstance& instance) const {
  const auto found = refs_.find(instance.node);
  return found == refs_.end() ? kNoRef : found->second;
}

std::span<const uint32_t> Elaboration::SpecialisationsOf(NodeRef definition) const {
  const auto found = specialisations_.find(definition);
  if (found == specialisations_.end()) return {};
  return found->second;
}

std::vector<Elaboration::Described> Elaboration::Describe(const Snapshot& snapshot, const NodeHandle& node) const {
  LocalNode scope = node.local;
  while (scope != kNoNode && !IsDefinition(node.shard->nodes()[scope].kind)) scope = node.shard->nodes()[scope].parent;
  std::vector<Described> described;
  if (scope == kNoNode) return described;
  const NodeId id = snapshot.IdOf(node);
  const auto find = [&](const auto& sorted) {  // by node
    const auto found = std::ranges::lower_bound(sorted, id, {}, [](const auto& one) { return one.node; });
    return found == sorted.end() || found->node != id ? nullptr : &*found;
  };
  for (const uint32_t definition : SpecialisationsOf(snapshot.RefOf(node.file, scope))) {
    if (!design_.definitions[definition].elaborated()) continue;
    const ElaboratedFacts& facts = facts_[definition];
    const auto parameter = std::ranges::find(facts.parameters, id, &ElaboratedParameter::node);
    described.push_back({definition, parameter == facts.parameters.end() ? nullptr : &*parameter, find(facts.signals),
                         find(facts.blocks)});
  }
  return described;
}

Result<std::vector<bool>> Elaboration::AreMadeWithin(const Snapshot& snapshot, std::span<const Edge> edges) const {
  std::vector<NodeRef> makers;
  for (const Edge& edge : edges) makers.push_back(MakerOf(edge));
  FANIN_ASSIGN_OR_RETURN(const std::vector<NodeHandle> handles, snapshot.GetNodes(makers));
  std::vector<bool> within;
  for (const NodeHandle& handle : handles) {
    bool found = false;
    for (LocalNode at = handle.local; at != kNoNode && !found; at = handle.shard->nodes()[at].parent) {
      if (!IsDefinition(handle.shard->nodes()[at].kind)) continue;
      const auto known = elaborated_.find(snapshot.RefOf(handle.file, at));
      found = known != elaborated_.end() && known->second;
    }
    within.push_back(found);
  }
  return within;
}

std::vector<Edge> Elaboration::EdgesAt(NodeRef ref, Direction direction, EdgeMask kinds,
                                       std::optional<uint32_t> within) const {
  std::vector<Edge> found;
  const auto& by_node = direction == Direction::kOut ? out_ : in_;
  const auto stored = by_node.find(ref);
  if (stored == by_node.end()) return found;
  for (uint32_t index : stored->second) {
    const StoredEdge& edge = edges_[index];
    if ((MaskOf(edge.edge->kind) & kinds) == 0) continue;
    const bool of_another = within && edge.definition != *within && nodes_[edge.definition] == nodes_[*within];
    if (!of_another) found.push_back(ToEdge(*edge.edge, edge.from, edge.to, edge.statement));
  }
  // Specialisations agree in most.
  std::ranges::sort(found, {}, KeyOf);
  found.erase(std::ranges::unique(found, {}, KeyOf).begin(), found.end());
  return found;
}

Result<std::vector<std::vector<Edge>>> Elaboration::GetEdges(const Snapshot& snapshot, std::span<const NodeRef> refs,
                                                             Direction direction, EdgeMask kinds,
                                                             std::optional<uint32_t> within) const {
  FANIN_ASSIGN_OR_RETURN(auto edges, snapshot.GetEdges(refs, direction, kinds));
  std::vector<Edge> replaceable;
  std::vector<size_t> at;  // index into refs of each
  for (size_t i = 0; i < refs.size(); ++i) {
    std::vector<Edge> kept;
    for (Edge& edge : edges[i]) {
      const bool is_replaced_kind = (MaskOf(edge.kind) & kReplaced) != 0;
      if (is_replaced_kind) at.push_back(i);
      (is_replaced_kind ? replaceable : kept).push_back(std::move(edge));
    }
    edges[i] = std::move(kept);
  }
  FANIN_ASSIGN_OR_RETURN(const std::vector<bool> replaced, AreMadeWithin(snapshot, replaceable));
  for (size_t k = 0; k < replaceable.size(); ++k) {
    if (!replaced[k]) edges[at[k]].push_back(std::move(replaceable[k]));
  }
  for (size_t i = 0; i < refs.size(); ++i) {
    std::vector<Edge> found = EdgesAt(refs[i], direction, kinds, within);
    edges[i].insert(edges[i].end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
  }
  return edges;
}

}  // namespace fanin::graph
