#include "graph/interface_binding.h"

#include <algorithm>
#include <array>
#include <utility>

#include "graph/occurrence.h"

namespace fanin::graph {
namespace {

using base::Result;

constexpr int kMaxDepth = 32;         // modules that an interface is passed through
constexpr size_t kMaxContexts = 256;  // of one name; more are any copy

std::string_view NameAtBegin(std::string_view text) {
  size_t end = 0;
  while (end < text.size() && std::string_view(".[ ").find(text[end]) == std::string_view::npos) ++end;
  return text.substr(0, end);
}

// Names of ".master.valid[3]" that may be a signal of the interface, each with what follows it: the second counts where
// the first is a modport.
struct PathName {
  std::string_view name;
  std::string_view rest;
};
std::array<PathName, 2> NamesBelow(std::string_view path) {
  std::array<PathName, 2> names;  // without a name: there is none
  for (PathName& one : names) {
    if (!path.starts_with('.')) break;
    path.remove_prefix(1);
    one.name = NameAtBegin(path);
    path.remove_prefix(one.name.size());
    one.rest = path;
  }
  return names;
}

void Normalise(std::vector<ContextId>& contexts) {
  std::ranges::sort(contexts);
  contexts.erase(std::ranges::unique(contexts).begin(), contexts.end());
  const bool is_any = !contexts.empty() && contexts.front() == kAnyCopy;
  if (is_any || contexts.size() > kMaxContexts) contexts = {kAnyCopy};
}

}  // namespace

std::string_view OwnerOf(std::string_view text) {
  const std::string_view name = NameAtBegin(text);
  return text.substr(name.size()).contains('.') ? name : std::string_view();
}

std::optional<std::string_view> MemberBelow(std::string_view text, std::string_view signal) {
  for (const PathName& one : NamesBelow(text.substr(std::min(text.find('.'), text.size())))) {
    if (one.name == signal) return one.rest;
  }
  return std::nullopt;
}

Result<NodeHandle> InterfaceBinding::Find(NodeRef module, std::string_view name) {
  const auto [known, is_new] = found_.try_emplace({module, std::string(name)});
  if (!is_new) return known->second;
  FANIN_ASSIGN_OR_RETURN(NodeHandle handle, snapshot_.GetNode(module));
  const std::span<const Node> nodes = handle.shard->nodes();
  const LocalNode region = handle.local;
  for (LocalNode i = 0; i < nodes.size(); ++i) {
    const bool can_be = nodes[i].kind == NodeKind::kPort || nodes[i].kind == NodeKind::kInstance;
    if (!can_be || nodes[i].name != name || RegionOf(*handle.shard, i) != region) continue;
    known->second = {snapshot_.RefOf(handle.file, i), handle.file, i, handle.shard};
    break;
  }
  return known->second;
}

Result<const std::vector<InterfaceBinding::Connection>*> InterfaceBinding::ConnectionsOf(NodeRef port) {
  const auto [known, is_new] = connections_.try_emplace(port);
  if (!is_new) return &known->second;
  FANIN_ASSIGN_OR_RETURN(const auto edges, snapshot_.GetEdges({&port, 1}, Direction::kIn, MaskOf(EdgeKind::kConnects)));
  std::vector<NodeRef> instances;
  for (const Edge& edge : edges.front()) instances.push_back(edge.from);
  FANIN_ASSIGN_OR_RETURN(const std::vector<NodeHandle> handles, snapshot_.GetNodes(instances));
  for (size_t i = 0; i < handles.size(); ++i) {
    const NodeHandle& instance = handles[i];
    const NodeRef module = snapshot_.RefOf(instance.file, RegionOf(*instance.shard, instance.local));
    known->second.push_back({instance.ref, module, std::string(NameAtBegin(edges.front()[i].text))});
  }
  return &known->second;
}

Result<bool> InterfaceBinding::IsOf(NodeRef instance, NodeRef interface) {
  FANIN_ASSIGN_OR_RETURN(const auto edges,
                         snapshot_.GetEdges({&instance, 1}, Direction::kOut, MaskOf(EdgeKind::kInstantiates)));
  return std::ranges::any_of(edges.front(), [&](const Edge& edge) { return edge.to == interface; });
}

Result<InterfaceBinding::Member> InterfaceBinding::FindMember(NodeRef owner, std::string_view member) {
  constexpr EdgeMask kTypes = MaskOf(EdgeKind::kInstantiates, EdgeKind::kHasType);
  FANIN_ASSIGN_OR_RETURN(const auto edges, snapshot_.GetEdges({&owner, 1}, Direction::kOut, kTypes));
  for (const Edge& edge : edges.front()) {
    FANIN_ASSIGN_OR_RETURN(NodeHandle type, snapshot_.GetNode(edge.to));
    if (type->kind == NodeKind::kModport) {
      type.local = type->parent;
      type.ref = snapshot_.RefOf(type.file, type.local);
    }
    if (type->kind != NodeKind::kInterface) continue;
    for (const auto& [name, rest] : NamesBelow(member)) {
      for (const LocalNode child : type.shard->Children(type.local)) {
        const Node& node = type.shard->nodes()[child];
        if (node.name != name || !IsSignalLike(node.kind)) continue;
        return Member{snapshot_.RefOf(type.file, child), type.ref, std::string(rest)};
      }
    }
  }
  return Member{};
}

Result<std::vector<ContextId>> InterfaceBinding::Inside(ContextId context, NodeRef module, std::string_view name,
                                                        NodeRef interface) {
  FANIN_ASSIGN_OR_RETURN(const NodeHandle node, Find(module, name));
  if (node.ref != kNoRef && node->kind == NodeKind::kInstance) {
    FANIN_ASSIGN_OR_RETURN(const bool is_interface, IsOf(node.ref, interface));
    if (!is_interface) return std::vector{kAnyCopy};
  }
  return Inside(context, module, name, 0);
}

Result<std::vector<ContextId>> InterfaceBinding::Inside(ContextId context, NodeRef module, std::string_view name,
                                                        int depth) {
  const Question question{context, module, std::string(name)};
  if (const auto known = inside_.find(question); known != inside_.end()) return known->second;
  inside_[question] = {kAnyCopy};  // of a module that contains itself
  FANIN_ASSIGN_OR_RETURN(const NodeHandle node, Find(module, name));
  std::vector<ContextId> contexts;
  if (node.ref == kNoRef || depth == kMaxDepth) {
    contexts = {kAnyCopy};
  } else if (node->kind == NodeKind::kInstance) {
    contexts = {contexts_.Enter(context, node.ref)};
  } else {
    FANIN_ASSIGN_OR_RETURN(const std::vector<Connection>* const connections, ConnectionsOf(node.ref));
    for (const Connection& connection : *connections) {
      const std::optional<ContextId> around = contexts_.Leave(context, connection.instance);
      if (!around) continue;
      FANIN_ASSIGN_OR_RETURN(const std::vector<ContextId> above,
                             Inside(*around, connection.module, connection.actual, depth + 1));
      contexts.insert(contexts.end(), above.begin(), above.end());
    }
    if (contexts.empty()) contexts = {contexts_.Enter(context, node.ref)};
  }
  Normalise(contexts);
  return inside_[question] = std::move(contexts);
}

Result<std::vector<ContextId>> InterfaceBinding::Outside(ContextId context, NodeRef module, std::string_view name,
                                                         NodeRef interface) {
  FANIN_ASSIGN_OR_RETURN(const NodeHandle node, Find(module, name));
  if (node.ref != kNoRef && node->kind == NodeKind::kInstance) {
    FANIN_ASSIGN_OR_RETURN(const bool is_interface, IsOf(node.ref, interface));
    if (!is_interface) return std::vector{kAnyCopy};
  }
  return Outside(context, module, name, 0);
}

Result<std::vector<ContextId>> InterfaceBinding::Outside(ContextId context, NodeRef module, std::string_view name,
                                                         int depth) {
  if (context == kAnyCopy) return std::vector{kAnyCopy};
  const Question question{context, module, std::string(name)};
  if (const auto known = outside_.find(question); known != outside_.end()) return known->second;
  outside_[question] = {};  // of a module that contains itself
  FANIN_ASSIGN_OR_RETURN(const NodeHandle node, Find(module, name));
  std::vector<ContextId> contexts;
  if (node.ref == kNoRef || depth == kMaxDepth) {
    contexts = {kAnyCopy};
  } else {
    if (contexts_.InstanceOf(context) == node.ref) contexts.push_back(contexts_.OuterOf(context));
    if (node->kind == NodeKind::kPort) {
      FANIN_ASSIGN_OR_RETURN(const std::vector<Connection>* const connections, ConnectionsOf(node.ref));
      for (const Connection& connection : *connections) {
        FANIN_ASSIGN_OR_RETURN(const std::vector<ContextId> around,
                               Outside(context, connection.module, connection.actual, depth + 1));
        for (const ContextId one : around) contexts.push_back(contexts_.Enter(one, connection.instance));
      }
    }
  }
  Normalise(contexts);
  return outside_[question] = std::move(contexts);
}

}  // namespace fanin::graph
