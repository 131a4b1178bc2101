#include "graph/hierarchy.h"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "graph/occurrence.h"

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
  std::string path;  // within the definition: "gen.u_a"
  std::string module;
};

uint64_t SaturatingAdd(uint64_t a, uint64_t b) {
  return a > std::numeric_limits<uint64_t>::max() - b ? std::numeric_limits<uint64_t>::max() : a + b;
}

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
      FANIN_ASSIGN_OR_RETURN(const NodeHandle handle, GetDefinition(top));
      HierarchyNode node;
      node.definition = top;
      node.name = node.module = node.path = std::string(handle->name);
      if (!result_.Append(std::move(node), request_.max_instances)) break;
      FANIN_RETURN_IF_ERROR(Descend());
    }
    if (request_.counts) FANIN_RETURN_IF_ERROR(Count(tops));
    if (request_.parameters) FANIN_RETURN_IF_ERROR(AddParameters());
    return std::move(result_);
  }

  Result<HierarchyResult> RunInstancesOf(const std::vector<NodeRef>& definitions) {
    if (request_.top != kNoRef) FANIN_RETURN_IF_ERROR(GetDefinition(request_.top));
    std::unordered_map<std::string, size_t> place;  // in the result, by path
    for (const NodeRef definition : definitions) {
      FANIN_ASSIGN_OR_RETURN(const NodeHandle handle, GetDefinition(definition));
      FANIN_ASSIGN_OR_RETURN(const OccurrenceResult found,
                             OccurrencesOf(snapshot_, {definition, request_.top, request_.max_instances}));
      FANIN_ASSIGN_OR_RETURN(const std::vector<std::string> paths, HierarchicalPaths(snapshot_, found.occurrences));
      result_.truncated |= found.truncated;
      for (size_t i = 0; i < paths.size(); ++i) {
        const std::vector<NodeRef>& instances = found.occurrences[i].instances;
        if (instances.empty()) continue;  // the definition itself, as a top
        const auto [known, is_new] = place.emplace(paths[i], result_.nodes.size());
        if (!is_new) {
          ++result_.nodes[known->second].candidates;
          continue;
        }
        FANIN_ASSIGN_OR_RETURN(const NodeHandle instance, snapshot_.GetNode(instances.back()));
        HierarchyNode node;
        node.definition = definition;
        node.instance = instances.back();
        node.depth = static_cast<uint32_t>(instances.size());
        node.name = instance->name;
        node.module = handle->name;
        node.path = paths[i];
        if (!result_.Append(std::move(node), request_.max_instances)) break;
      }
    }
    std::ranges::stable_sort(result_.nodes, {}, &HierarchyNode::depth);
    if (request_.parameters) FANIN_RETURN_IF_ERROR(AddParameters());
    return std::move(result_);
  }

 private:
  Result<NodeHandle> GetDefinition(NodeRef ref) const {
    FANIN_ASSIGN_OR_RETURN(NodeHandle handle, snapshot_.GetNode(ref));
    if (IsDefinition(handle->kind)) return handle;
    return base::Fail(
        base::Code::kInvalidArgument,
        std::string(handle->name) + " is a " + std::string(NodeKindName(handle->kind)) + ", not a module or the like");
  }

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
      node.path = result_.nodes[frame.index].path + "." + child.path;
      node.module = child.module;
      node.candidates = child.candidates;
      node.recursive = on_path.contains(child.definition);
      const bool descends = child.definition != kNoRef && !node.recursive;
      if (!result_.Append(std::move(node), request_.max_instances)) return {};
      if (descends) FANIN_RETURN_IF_ERROR(enter());
    }
    return {};
  }

  // Read once per definition; the pointer lives as long as the walk.
  Result<const std::vector<Child>*> ChildrenOf(NodeRef definition) {
    auto [known, is_new] = children_.try_emplace(definition);
    if (!is_new) return &known->second;
    FANIN_ASSIGN_OR_RETURN(const NodeHandle handle, snapshot_.GetNode(definition));
    const LocalNode definition_local = handle.local;
    std::vector<NodeRef> refs;
    for (LocalNode instance : InstancesOf(*handle.shard, definition_local, InstantiatorsIn(handle))) {
      refs.push_back(snapshot_.RefOf(handle.file, instance));
      Child& child = known->second.emplace_back();
      child.instance = refs.back();
      child.name = handle.shard->nodes()[instance].name;
      child.path = PathBelow(*handle.shard, definition_local, instance);
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

  static std::string PathBelow(const Shard& shard, LocalNode definition, LocalNode node) {
    std::string path(shard.nodes()[node].name);
    for (LocalNode at = shard.nodes()[node].parent; at != definition; at = shard.nodes()[at].parent) {
      path.insert(0, std::string(shard.nodes()[at].name) + ".");
    }
    return path;
  }

  // Counts over the graph of definitions, each visited once, not over the tree.
  Status Count(const std::vector<NodeRef>& tops) {
    FANIN_ASSIGN_OR_RETURN(const std::vector<NodeRef> order, LeavesFirst(tops));
    std::unordered_map<NodeRef, size_t> place;
    for (size_t i = 0; i < order.size(); ++i) place.emplace(order[i], i);
    const auto descends = [&](NodeRef from, const Child& child) {
      return child.definition != kNoRef && place.at(child.definition) < place.at(from);
    };
    std::unordered_map<NodeRef, uint64_t> below;
    for (NodeRef definition : order) {
      uint64_t& sum = below[definition];
      for (const Child& child : children_.at(definition)) {
        sum = SaturatingAdd(sum, 1 + (descends(definition, child) ? below.at(child.definition) : 0));
      }
    }
    for (HierarchyNode& node : result_.nodes) {
      if (node.definition != kNoRef && !node.recursive) node.instances_below = below.at(node.definition);
    }

    std::unordered_map<NodeRef, uint64_t> copies;  // of each definition, tops included
    for (NodeRef top : tops) copies[top] = 1;
    std::map<std::pair<std::string, NodeRef>, uint64_t> instances;
    for (auto definition = order.rbegin(); definition != order.rend(); ++definition) {
      for (const Child& child : children_.at(*definition)) {
        uint64_t& count = instances[{child.module, child.definition}];
        count = SaturatingAdd(count, copies[*definition]);
        if (!descends(*definition, child)) continue;
        uint64_t& of_child = copies[child.definition];
        of_child = SaturatingAdd(of_child, copies[*definition]);
      }
    }
    for (const auto& [module, count] : instances) result_.modules.push_back({module.second, module.first, count});
    std::ranges::stable_sort(result_.modules, std::greater(), &ModuleCount::instances);
    return {};
  }

  // All definitions below the tops, each after what it instantiates, loops aside.
  Result<std::vector<NodeRef>> LeavesFirst(const std::vector<NodeRef>& tops) {
    std::vector<NodeRef> order;
    std::unordered_set<NodeRef> seen;
    std::vector<std::pair<NodeRef, size_t>> path;  // with the next child to visit
    for (NodeRef top : tops) {
      if (seen.insert(top).second) path.emplace_back(top, 0);
      while (!path.empty()) {
        auto& [definition, next] = path.back();
        FANIN_ASSIGN_OR_RETURN(const std::vector<Child>* children, ChildrenOf(definition));
        if (next == children->size()) {
          order.push_back(definition);
          path.pop_back();
          continue;
        }
        const NodeRef child = (*children)[next++].definition;
        if (child != kNoRef && seen.insert(child).second) path.emplace_back(child, 0);
      }
    }
    return order;
  }

  Status AddParameters() {
    std::vector<NodeRef> refs;
    for (const HierarchyNode& node : result_.nodes) {
      if (node.instance != kNoRef) refs.push_back(node.instance);
    }
    FANIN_ASSIGN_OR_RETURN(const auto overrides,
                           snapshot_.GetEdges(refs, Direction::kOut, MaskOf(EdgeKind::kOverrides)));
    auto of_instance = overrides.begin();
    for (HierarchyNode& node : result_.nodes) {
      static const std::vector<Edge> kNone;
      const std::vector<Edge>& written = node.instance == kNoRef ? kNone : *of_instance++;
      if (node.definition == kNoRef) continue;
      FANIN_ASSIGN_OR_RETURN(const NodeHandle definition, snapshot_.GetNode(node.definition));
      for (LocalNode local : definition.shard->Children(definition.local)) {
        const Node& parameter = definition.shard->nodes()[local];
        if (parameter.kind != NodeKind::kParameter || !parameter.type.starts_with("parameter")) continue;
        const auto edge = std::ranges::find(written, snapshot_.RefOf(definition.file, local), &Edge::to);
        const bool overridden = edge != written.end();
        node.parameters.push_back(
            {std::string(parameter.name), overridden ? edge->text : std::string(parameter.value), overridden});
      }
    }
    return {};
  }

  const Snapshot& snapshot_;
  const HierarchyRequest& request_;
  std::unordered_map<NodeRef, std::vector<Child>> children_;
  std::unordered_map<FileRef, std::unordered_set<LocalNode>> instantiators_;
  HierarchyResult result_;
};

}  // namespace

bool HierarchyResult::Append(HierarchyNode node, uint32_t max_instances) {
  if (nodes.size() >= max_instances) {
    truncated = true;
    return false;
  }
  nodes.push_back(std::move(node));
  return true;
}

Result<HierarchyResult> GetHierarchy(const Snapshot& snapshot, const HierarchyRequest& request) {
  return TreeWalk(snapshot, request).Run();
}

Result<HierarchyResult> FindInstances(const Snapshot& snapshot, const std::vector<NodeRef>& definitions,
                                      const HierarchyRequest& request) {
  return TreeWalk(snapshot, request).RunInstancesOf(definitions);
}

}  // namespace fanin::graph
