// The walk of cones. It is context-sensitive in the manner of Reps, Horwitz and Sagiv (POPL 1995): what entered a
// module through one instance does not leave it through another.
#include "graph/traversal.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace fanin::graph {
namespace {

using base::Result;
using base::Status;

// The instances through which the walk has gone down since the root. A module that it has not come down into, as the
// roots', may be any of its copies.
using ContextId = uint32_t;
constexpr ContextId kAnyCopy = 0;

class Contexts {
 public:
  ContextId Enter(ContextId context, NodeRef instance) {
    auto [known, is_new] = ids_.try_emplace({context, instance}, static_cast<ContextId>(items_.size()));
    if (is_new) items_.push_back({context, instance});
    return known->second;
  }
  // nullopt: the context was entered through another instance.
  std::optional<ContextId> Leave(ContextId context, NodeRef instance) const {
    if (context == kAnyCopy) return kAnyCopy;
    if (items_[context].instance != instance) return std::nullopt;
    return items_[context].outer;
  }

 private:
  struct Item {
    ContextId outer = kAnyCopy;
    NodeRef instance = kNoRef;
  };
  std::vector<Item> items_ = std::vector<Item>(1);
  std::map<std::pair<ContextId, NodeRef>, ContextId> ids_;
};

// A signal reached in a context. Several may stand for one step.
struct State {
  NodeRef node = kNoRef;
  ContextId context = kAnyCopy;
  uint32_t step = 0;
  uint32_t registers = 0;
  bool is_root = false;
  bool is_loaded = false;  // it was reached by a nonblocking assignment
};

class ConeWalk {
 public:
  ConeWalk(const Snapshot& snapshot, const TraceRequest& request) : snapshot_(snapshot), request_(request) {}

  Result<TraceResult> Run() {
    FANIN_RETURN_IF_ERROR(AddRoots());
    while (!level_.empty()) {
      if (request_.deadline.has_value() && std::chrono::steady_clock::now() >= *request_.deadline) {
        result_.truncated = true;
        for (const State& state : level_) result_.steps[state.step].stopped = true;
        break;
      }
      FANIN_RETURN_IF_ERROR(WalkLevel());
    }
    return std::move(result_);
  }

 private:
  // States per step at most: bounds the work where very many instances of one module are in the cone.
  static constexpr size_t kMaxStatesPerStep = 16;

  bool IsFanIn() const { return request_.direction == TraceDirection::kFanIn; }
  NodeRef NearEnd(const Edge& edge) const { return IsFanIn() ? edge.to : edge.from; }
  NodeRef FarEnd(const Edge& edge) const { return IsFanIn() ? edge.from : edge.to; }

  Status AddRoots() {
    for (NodeRef root : request_.roots) {
      FANIN_CHECK(root < snapshot_.node_count());
      if (shown_.contains(root)) continue;
      if (result_.steps.size() == request_.max_nodes) {
        result_.truncated = true;
        break;
      }
      State state;
      state.node = root;
      state.step = Show(root);
      state.is_root = true;
      level_.push_back(state);
      visited_.insert({root, kAnyCopy});
    }
    if (!request_.stop_at_ports) return {};
    FANIN_RETURN_IF_ERROR(FindDefinitions(request_.roots));
    for (NodeRef root : request_.roots) root_definitions_.insert(definition_of_[root]);
    return {};
  }

  uint32_t Show(NodeRef node) {
    const auto index = static_cast<uint32_t>(result_.steps.size());
    TraceStep& step = result_.steps.emplace_back();
    step.node = node;
    step.depth = depth_;
    shown_.emplace(node, index);
    return index;
  }

  // Goes one flow further from all states of the level.
  Status WalkLevel() {
    std::vector<NodeRef> refs;
    for (const State& state : level_) refs.push_back(state.node);
    std::ranges::sort(refs);
    const auto duplicates = std::ranges::unique(refs);
    refs.erase(duplicates.begin(), duplicates.end());
    FANIN_ASSIGN_OR_RETURN(
        auto edges, snapshot_.GetEdges(refs, IsFanIn() ? Direction::kIn : Direction::kOut, MaskOf(EdgeKind::kFlows)));
    for (std::vector<Edge>& flows : edges) {
      std::erase_if(flows, [&](const Edge& flow) { return IsIgnored(flow); });
      std::ranges::sort(flows, {}, [&](const Edge& edge) {
        return std::tuple(edge.role, -edge.confidence, FarEnd(edge), edge.statement, edge.assignment);
      });
    }
    FANIN_RETURN_IF_ERROR(FindDefinitionsAround(edges));
    ++depth_;
    const std::vector<State> level = std::exchange(level_, {});
    for (const State& state : level) {
      const auto place = static_cast<size_t>(std::ranges::lower_bound(refs, state.node) - refs.begin());
      for (const Edge& flow : edges[place]) Follow(state, flow);
    }
    return {};
  }

  bool IsIgnored(const Edge& flow) const {
    return !request_.include_clock_reset && (flow.role == Role::kClock || flow.role == Role::kReset);
  }

  void Follow(const State& from, const Edge& flow) {
    const std::optional<ContextId> context = ContextAfter(from, flow);
    if (!context.has_value()) return;
    const NodeRef node = FarEnd(flow);
    if (visited_.contains({node, kAnyCopy}) || visited_.contains({node, *context})) return;
    const auto known = shown_.find(node);
    const bool is_shown = known != shown_.end();
    const bool goes_on = depth_ <= request_.max_depth && !StopsAt(from, flow);
    const bool fits = is_shown ? visited_.size() < kMaxStatesPerStep * size_t{request_.max_nodes}
                               : result_.steps.size() < request_.max_nodes;
    if (!goes_on || !fits) {
      if (goes_on) result_.truncated = true;
      if (goes_on || !is_shown) result_.steps[from.step].stopped = true;
      return;
    }
    visited_.insert({node, *context});
    State state;
    state.node = node;
    state.context = *context;
    state.is_loaded = flow.assignment == Assignment::kNonblocking;
    state.registers = from.registers + (state.is_loaded ? 1 : 0);
    if (is_shown) {
      state.step = known->second;
    } else {
      state.step = Show(node);
      TraceStep& step = result_.steps[state.step];
      step.parent = from.step;
      step.registers = state.registers;
      step.edge = flow;
    }
    level_.push_back(state);
  }

  // Whether a stop rule forbids to follow the flow.
  bool StopsAt(const State& from, const Edge& flow) const {
    if (request_.stop_at_registers && !from.is_root) {
      const bool at_register = IsFanIn() ? flow.assignment == Assignment::kNonblocking : from.is_loaded;
      if (at_register) return true;
    }
    return request_.stop_at_ports &&
           (flow.assignment == Assignment::kConnection || !root_definitions_.contains(definition_of_.at(FarEnd(flow))));
  }

  // nullopt: the flow leaves the module through another instance than the walk entered it by.
  std::optional<ContextId> ContextAfter(const State& from, const Edge& flow) {
    if (flow.assignment != Assignment::kConnection || flow.statement == kNoRef) {
      // A name bound across files leads to an element of which any copy may be meant.
      return flow.provenance == Provenance::kLinked ? kAnyCopy : from.context;
    }
    const NodeRef around = definition_of_.at(flow.statement);
    const bool near_is_outside = definition_of_.at(NearEnd(flow)) == around;
    const bool far_is_outside = definition_of_.at(FarEnd(flow)) == around;
    if (near_is_outside == far_is_outside) return kAnyCopy;  // a module that instantiates itself
    return near_is_outside ? contexts_.Enter(from.context, flow.statement)
                           : contexts_.Leave(from.context, flow.statement);
  }

  Status FindDefinitionsAround(const std::vector<std::vector<Edge>>& edges) {
    std::vector<NodeRef> nodes;
    for (const std::vector<Edge>& flows : edges) {
      for (const Edge& flow : flows) {
        const bool is_connection = flow.assignment == Assignment::kConnection && flow.statement != kNoRef;
        if (is_connection) nodes.insert(nodes.end(), {flow.statement, flow.from, flow.to});
        if (request_.stop_at_ports) nodes.push_back(FarEnd(flow));
      }
    }
    return FindDefinitions(nodes);
  }

  // Notes the innermost definition, package or class around each node; its file where there is none.
  Status FindDefinitions(std::span<const NodeRef> nodes) {
    std::vector<NodeRef> unknown;
    for (NodeRef node : nodes) {
      if (definition_of_.try_emplace(node, kNoRef).second) unknown.push_back(node);
    }
    FANIN_ASSIGN_OR_RETURN(const std::vector<NodeHandle> handles, snapshot_.GetNodes(unknown));
    for (const NodeHandle& handle : handles) {
      const std::span<const Node> of_file = handle.shard->nodes();
      LocalNode local = handle.local;
      while (of_file[local].parent != kNoNode && !IsRegion(of_file[local].kind)) local = of_file[local].parent;
      definition_of_[handle.ref] = snapshot_.RefOf(handle.file, local);
    }
    return {};
  }

  static bool IsRegion(NodeKind kind) {
    return IsDefinition(kind) || kind == NodeKind::kPackage || kind == NodeKind::kClass;
  }

  struct PairHash {
    size_t operator()(const std::pair<NodeRef, ContextId>& state) const {
      return std::hash<uint64_t>()((uint64_t{state.first} << 32 | state.second) * 0x9e3779b97f4a7c15ULL);
    }
  };

  const Snapshot& snapshot_;
  const TraceRequest& request_;
  TraceResult result_;
  uint32_t depth_ = 0;  // of the states that are made
  std::vector<State> level_;
  Contexts contexts_;
  std::unordered_map<NodeRef, uint32_t> shown_;  // steps by node
  std::unordered_set<std::pair<NodeRef, ContextId>, PairHash> visited_;
  std::unordered_map<NodeRef, NodeRef> definition_of_;
  std::unordered_set<NodeRef> root_definitions_;
};

}  // namespace

Result<TraceResult> Trace(const Snapshot& snapshot, const TraceRequest& request) {
  return ConeWalk(snapshot, request).Run();
}

}  // namespace fanin::graph
