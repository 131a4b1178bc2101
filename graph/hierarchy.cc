// The instance tree (traversal.h).
#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "graph/traversal.h"

namespace fanin::graph {
namespace {

using base::Result;
using base::Status;

// An instance within a definition, and what it is most likely of.
struct Child {
  NodeRef instance = kNoRef;
  NodeRef definition = kNoRef;
  uint32_t candidates = 0;
  std::string name;
  std::string module;
};

// The instances below a definition in source order; those of definitions nested in it are left out. `of_definitions`:
// the nodes of the file that instantiate something.
std::vector<LocalNode> InstancesOf(const Shard& shard, LocalNode definition,
                                   const std::unordered_set<LocalNode>& of_definitions) {
  std::vector<LocalNode> instances;
  std::vector<LocalNode> open{definition};
  while (!open.empty()) {
    const LocalNode scope = open.back();
    open.pop_back();
    for (LocalNode child : shard.Children(scope)) {
      if (of_definitions.contains(child)) instances.push_back(child);
      if (!IsDefinition(shard.nodes()[child].kind)) open.push_back(child);
    }
  }
  std::ranges::sort(instances, {}, [&](LocalNode i) { return std::pair(shard.nodes()[i].span.begin_byte, i); });
  return instances;
}

class TreeWalk {
 public:
  TreeWalk(const Snapshot& snapshot, const HierarchyRequest& request) : snapshot_(snapshot), request_(request) {}

  Result<HierarchyResult> Run() {
    FANIN_ASSIGN_OR_RETURN(const std::vector<NodeRef> tops, FindTops());
    for (NodeRef top : tops) {
      FANIN_ASSIGN_OR_RETURN(const NodeHandle handle, snapshot_.GetNode(top));
      if (!IsDefinition(handle->kind)) {
        return base::Fail(base::Code::kInvalidArgument, std::string(handle->name) + " is a " +
                                                            std::string(NodeKindName(handle->kind)) +
                                                            ", not a module or the like");
      }
      HierarchyNode node;
      node.definition = top;
      node.name = node.module = std::string(handle->name);
      if (!Append(std::move(node))) break;
      FANIN_RETURN_IF_ERROR(Descend());
    }
    return std::move(result_);
  }

 private:
  // A definition on the way from the top.
  struct Frame {
    const std::vector<Child>* children = nullptr;
    size_t next = 0;
    uint32_t index = 0;  // of its HierarchyNode
  };

  Result<std::vector<NodeRef>> FindTops() const {
    if (request_.top != kNoRef) return std::vector<NodeRef>{request_.top};
    std::vector<std::pair<std::string, NodeRef>> named;
    FANIN_RETURN_IF_ERROR(snapshot_.ScanNames("", [&](std::string_view name, std::span<const Snapshot::NameHit> hits) {
      for (const Snapshot::NameHit& hit : hits) {
        const bool can_be_top = hit.kind == NodeKind::kModule || hit.kind == NodeKind::kProgram;
        if (can_be_top) named.emplace_back(name, hit.ref);
      }
      return true;
    }));
    std::ranges::sort(named);
    std::vector<NodeRef> refs;
    for (const auto& [name, ref] : named) refs.push_back(ref);
    FANIN_ASSIGN_OR_RETURN(const auto users, snapshot_.GetEdges(refs, Direction::kIn, MaskOf(EdgeKind::kInstantiates)));
    std::vector<NodeRef> tops;
    for (size_t i = 0; i < refs.size(); ++i) {
      if (users[i].empty()) tops.push_back(refs[i]);
    }
    return tops;
  }

  // False, and the result truncated, when it is full.
  bool Append(HierarchyNode node) {
    if (result_.nodes.size() >= request_.max_instances) {
      result_.truncated = true;
      return false;
    }
    result_.nodes.push_back(std::move(node));
    return true;
  }

  // Adds what is below the node appended last.
  Status Descend() {
    std::vector<Frame> path;
    std::unordered_set<NodeRef> on_path;
    auto enter = [&]() -> Status {
      const HierarchyNode& node = result_.nodes.back();
      FANIN_ASSIGN_OR_RETURN(const std::vector<Child>* children, ChildrenOf(node.definition));
      if (node.depth >= request_.max_depth) {
        result_.truncated |= !children->empty();
      } else {
        on_path.insert(node.definition);
        path.push_back({children, 0, static_cast<uint32_t>(result_.nodes.size() - 1)});
      }
      return {};
    };
    FANIN_RETURN_IF_ERROR(enter());
    while (!path.empty()) {
      Frame& frame = path.back();
      if (frame.next == frame.children->size()) {
        on_path.erase(result_.nodes[frame.index].definition);
        path.pop_back();
        continue;
      }
      const Child& child = (*frame.children)[frame.next++];
      HierarchyNode node;
      node.definition = child.definition;
      node.instance = child.instance;
      node.parent = frame.index;
      node.depth = result_.nodes[frame.index].depth + 1;
      node.name = child.name;
      node.module = child.module;
      node.candidates = child.candidates;
      node.recursive = on_path.contains(child.definition);
      const bool descends = child.definition != kNoRef && !node.recursive;
      if (!Append(std::move(node))) return {};
      if (descends) FANIN_RETURN_IF_ERROR(enter());
    }
    return {};
  }

  // Read once per definition; the pointer lives as long as the walk.
  Result<const std::vector<Child>*> ChildrenOf(NodeRef definition) {
    auto [known, is_new] = children_.try_emplace(definition);
    if (!is_new) return &known->second;
    FANIN_ASSIGN_OR_RETURN(const NodeHandle handle, snapshot_.GetNode(definition));
    std::vector<NodeRef> refs;
    for (LocalNode instance : InstancesOf(*handle.shard, handle.local, InstantiatorsIn(handle))) {
      refs.push_back(snapshot_.RefOf(handle.file, instance));
      Child& child = known->second.emplace_back();
      child.instance = refs.back();
      child.name = handle.shard->nodes()[instance].name;
      child.module = handle.shard->nodes()[instance].value;
    }
    FANIN_ASSIGN_OR_RETURN(auto edges, snapshot_.GetEdges(refs, Direction::kOut, MaskOf(EdgeKind::kInstantiates)));
    for (size_t i = 0; i < refs.size(); ++i) Choose(edges[i], known->second[i]);
    return &known->second;
  }

  // The nodes of a file that instantiate something; a built-in gate does not.
  const std::unordered_set<LocalNode>& InstantiatorsIn(const NodeHandle& handle) {
    auto [known, is_new] = instantiators_.try_emplace(handle.file);
    if (is_new) {
      for (const Reference& reference : handle.shard->references()) {
        if (reference.kind == EdgeKind::kInstantiates) known->second.insert(reference.from);
      }
    }
    return known->second;
  }

  static void Choose(std::vector<Edge>& edges, Child& child) {
    std::ranges::sort(edges, {}, [](const Edge& edge) { return std::tuple(-edge.confidence, edge.to); });
    if (!edges.empty()) child.definition = edges.front().to;
    std::unordered_set<NodeRef> distinct;
    for (const Edge& edge : edges) distinct.insert(edge.to);
    child.candidates = static_cast<uint32_t>(distinct.size());
  }

  const Snapshot& snapshot_;
  const HierarchyRequest& request_;
  std::unordered_map<NodeRef, std::vector<Child>> children_;
  std::unordered_map<FileRef, std::unordered_set<LocalNode>> instantiators_;
  HierarchyResult result_;
};

}  // namespace

Result<HierarchyResult> GetHierarchy(const Snapshot& snapshot, const HierarchyRequest& request) {
  return TreeWalk(snapshot, request).Run();
}

}  // namespace fanin::graph
