#include "graph/occurrence.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace fanin::graph {
namespace {

using base::Result;
using base::Status;

constexpr size_t kMaxPartialPaths = 1000;
constexpr size_t kMaxClimbsPerLevel = 2000;

bool IsRegion(NodeKind kind) {
  return IsDefinition(kind) || kind == NodeKind::kPackage || kind == NodeKind::kClass || kind == NodeKind::kFile;
}

// ".u_alu", ".gen_x.u_alu": names below the region, each after a dot.
std::string PathInRegion(const Shard& shard, LocalNode node) {
  std::string path;
  for (; !IsRegion(shard.nodes()[node].kind); node = shard.nodes()[node].parent) {
    path.insert(0, "." + std::string(shard.nodes()[node].name));
  }
  return path;
}

// "$root.top.gen[3].u_x.q[1:0]" -> top, gen, u_x, q. Empty: no path of names.
std::vector<std::string> ComponentsOf(std::string_view path) {
  std::vector<std::string> components;
  if (path.starts_with("$root.")) path.remove_prefix(6);
  int selects = 0;
  std::string name;
  for (const char c : path) {
    if (c == '[') {
      ++selects;
    } else if (c == ']') {
      --selects;
    } else if (selects == 0 && c == '.') {
      components.push_back(std::exchange(name, ""));
    } else if (selects == 0) {
      name += c;
    }
  }
  components.push_back(std::move(name));
  if (selects != 0 || std::ranges::any_of(components, &std::string::empty)) components.clear();
  return components;
}

// A path read up to some component: the next one is looked for below `scope`.
struct Partial {
  NodeHandle scope;
  std::vector<NodeRef> instances;
  float confidence = 1.0F;
  std::string member = {};
};

class PathFinder {
 public:
  explicit PathFinder(const Snapshot& snapshot) : snapshot_(snapshot) {}

  Result<std::vector<Occurrence>> Find(const std::vector<std::string>& components) {
    FANIN_ASSIGN_OR_RETURN(std::vector<Partial> partials, Begin(components.front()));
    for (size_t i = 1; i < components.size() && !partials.empty(); ++i) {
      FANIN_ASSIGN_OR_RETURN(partials, Step(partials, std::span(components).subspan(i)));
      if (partials.size() > kMaxPartialPaths) partials.resize(kMaxPartialPaths);
    }
    for (Partial& partial : partials) Reach(std::move(partial));
    std::vector<Occurrence> occurrences;
    for (auto& [place, found] : found_) occurrences.push_back({found.first, place.first, place.second});
    std::ranges::sort(occurrences);
    return occurrences;
  }

 private:
  // Definitions of the name, and instances of the name, of which what they instantiate.
  Result<std::vector<Partial>> Begin(const std::string& name) {
    FANIN_ASSIGN_OR_RETURN(const std::vector<Snapshot::NameHit> hits, snapshot_.FindByName(name));
    std::vector<NodeRef> refs;
    for (const Snapshot::NameHit& hit : hits) {
      if (IsDefinition(hit.kind) || hit.kind == NodeKind::kInstance) refs.push_back(hit.ref);
    }
    refs.resize(std::min(refs.size(), kMaxPartialPaths));
    FANIN_ASSIGN_OR_RETURN(std::vector<NodeHandle> nodes, snapshot_.GetNodes(refs));
    std::vector<Partial> begins, instances;
    for (NodeHandle& node : nodes) {
      if (node->name != name) continue;
      (IsDefinition(node->kind) ? begins : instances).push_back({std::move(node), {}});
    }
    FANIN_RETURN_IF_ERROR(Enter(instances, begins));
    return begins;
  }

  // Below each partial path what bears the first of the names that are left. A signal is reached, the other names are
  // its member; instances are entered.
  Result<std::vector<Partial>> Step(const std::vector<Partial>& partials, std::span<const std::string> names) {
    const bool last = names.size() == 1;
    std::vector<Partial> next, instances;
    for (const Partial& partial : partials) {
      for (const LocalNode child : ChildrenNamed(*partial.scope.shard, partial.scope.local, names.front())) {
        Partial step = partial;
        step.scope.local = child;
        step.scope.ref = snapshot_.RefOf(step.scope.file, child);
        const NodeKind kind = step.scope->kind;
        if (last) {
          next.push_back(std::move(step));
        } else if (kind == NodeKind::kInstance) {
          instances.push_back(std::move(step));
        } else if (IsSignalLike(kind)) {
          for (const std::string& member : names.subspan(1)) step.member += "." + member;
          Reach(std::move(step));
        } else {
          next.push_back(std::move(step));
        }
      }
    }
    FANIN_RETURN_IF_ERROR(Enter(instances, next));
    return next;
  }

  static std::vector<LocalNode> ChildrenNamed(const Shard& shard, LocalNode scope, const std::string& name) {
    std::vector<LocalNode> found;
    std::vector<LocalNode> open{scope};
    while (!open.empty()) {
      const LocalNode around = open.back();
      open.pop_back();
      for (const LocalNode child : shard.Children(around)) {
        const Node& node = shard.nodes()[child];
        if (node.name == name) found.push_back(child);
        if (node.kind == NodeKind::kGenerate && node.anonymous) open.push_back(child);
      }
    }
    return found;
  }

  // Goes from instances into all that they may be of.
  Status Enter(const std::vector<Partial>& instances, std::vector<Partial>& out) {
    std::vector<NodeRef> refs;
    for (const Partial& partial : instances) refs.push_back(partial.scope.ref);
    FANIN_ASSIGN_OR_RETURN(const auto edges,
                           snapshot_.GetEdges(refs, Direction::kOut, MaskOf(EdgeKind::kInstantiates)));
    std::vector<NodeRef> definitions;
    for (const auto& of_instance : edges) {
      for (const Edge& edge : of_instance) definitions.push_back(edge.to);
    }
    FANIN_ASSIGN_OR_RETURN(const std::vector<NodeHandle> handles, snapshot_.GetNodes(definitions));
    auto handle = handles.begin();
    for (size_t i = 0; i < instances.size(); ++i) {
      for (const Edge& edge : edges[i]) {
        Partial entered{*handle++, instances[i].instances, instances[i].confidence * edge.confidence};
        entered.instances.push_back(refs[i]);
        out.push_back(std::move(entered));
      }
    }
    return {};
  }

  // Of one place keeps what is most likely there.
  void Reach(Partial partial) {
    const std::pair found(partial.scope.ref, partial.confidence);
    const auto [known, is_new] =
        found_.try_emplace(std::pair(std::move(partial.instances), std::move(partial.member)), found);
    if (!is_new && found.second > known->second.second) known->second = found;
  }

  const Snapshot& snapshot_;
  std::map<std::pair<std::vector<NodeRef>, std::string>, std::pair<NodeRef, float>> found_;
};

// A way up from the node that has come to `definition`; instances innermost first.
struct Climb {
  NodeRef definition = kNoRef;
  std::vector<NodeRef> instances;
  std::vector<NodeRef> below;  // definitions passed through
};

}  // namespace

bool MembersOverlap(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  return b.starts_with(a) && (a.size() == b.size() || b[a.size()] == '.');
}

bool MayBeSame(const Occurrence& a, const Occurrence& b) {
  const size_t shared = std::min(a.instances.size(), b.instances.size());
  return a.node == b.node && MembersOverlap(a.member, b.member) &&
         std::equal(a.instances.end() - static_cast<std::ptrdiff_t>(shared), a.instances.end(),
                    b.instances.end() - static_cast<std::ptrdiff_t>(shared), b.instances.end());
}

LocalNode RegionOf(const Shard& shard, LocalNode node) {
  while (!IsRegion(shard.nodes()[node].kind)) node = shard.nodes()[node].parent;
  return node;
}

Result<std::vector<std::string>> HierarchicalPaths(const Snapshot& snapshot, std::span<const Occurrence> occurrences) {
  std::vector<NodeRef> refs;
  for (const Occurrence& occurrence : occurrences) {
    refs.push_back(occurrence.node);
    refs.insert(refs.end(), occurrence.instances.begin(), occurrence.instances.end());
  }
  FANIN_ASSIGN_OR_RETURN(const std::vector<NodeHandle> handles, snapshot.GetNodes(refs));
  std::vector<std::string> paths;
  auto handle = handles.begin();
  for (const Occurrence& occurrence : occurrences) {
    const NodeHandle& node = *handle++;
    if (occurrence.instances.empty()) {
      paths.push_back(node.shard->Path(node.local) + occurrence.member);
      continue;
    }
    const NodeHandle& first = *handle;
    std::string path(first.shard->nodes()[RegionOf(*first.shard, first.local)].name);
    for (size_t i = 0; i < occurrence.instances.size(); ++i, ++handle)
      path += PathInRegion(*handle->shard, handle->local);
    paths.push_back(path + PathInRegion(*node.shard, node.local) + occurrence.member);
  }
  return paths;
}

Result<std::vector<Occurrence>> FindOccurrences(const Snapshot& snapshot, std::string_view path) {
  const std::vector<std::string> components = ComponentsOf(path);
  if (components.size() < 2) return std::vector<Occurrence>();
  return PathFinder(snapshot).Find(components);
}

Result<OccurrenceResult> OccurrencesOf(const Snapshot& snapshot, const OccurrenceRequest& request) {
  OccurrenceResult result;
  FANIN_ASSIGN_OR_RETURN(const NodeHandle node, snapshot.GetNode(request.node));
  std::vector<Climb> level{{snapshot.RefOf(node.file, RegionOf(*node.shard, node.local)), {}, {}}};
  while (!level.empty()) {
    std::vector<NodeRef> definitions;
    for (const Climb& climb : level) definitions.push_back(climb.definition);
    FANIN_ASSIGN_OR_RETURN(const auto users,
                           snapshot.GetEdges(definitions, Direction::kIn, MaskOf(EdgeKind::kInstantiates)));
    std::vector<Climb> next;
    for (size_t i = 0; i < level.size(); ++i) {
      Climb& climb = level[i];
      const bool is_top = request.top == kNoRef ? users[i].empty() : climb.definition == request.top;
      if (is_top) {
        if (result.occurrences.size() == request.max_occurrences) {
          result.truncated = true;
          return result;
        }
        result.occurrences.push_back({request.node, {climb.instances.rbegin(), climb.instances.rend()}});
        continue;
      }
      climb.below.push_back(climb.definition);
      std::vector<NodeRef> instances;
      for (const Edge& edge : users[i]) instances.push_back(edge.from);
      std::ranges::sort(instances);
      instances.erase(std::ranges::unique(instances).begin(), instances.end());
      FANIN_ASSIGN_OR_RETURN(const std::vector<NodeHandle> handles, snapshot.GetNodes(instances));
      for (const NodeHandle& instance : handles) {
        const NodeRef around = snapshot.RefOf(instance.file, RegionOf(*instance.shard, instance.local));
        if (std::ranges::find(climb.below, around) != climb.below.end()) continue;  // a module inside itself
        if (next.size() == kMaxClimbsPerLevel) {
          result.truncated = true;
          break;
        }
        Climb higher = climb;
        higher.definition = around;
        higher.instances.push_back(instance.ref);
        next.push_back(std::move(higher));
      }
    }
    level = std::move(next);
  }
  return result;
}

}  // namespace fanin::graph
