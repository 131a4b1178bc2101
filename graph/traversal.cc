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
// roots' without instances, may be any of its copies.
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
  // Outermost first.
  std::vector<NodeRef> InstancesOf(ContextId context) const {
    std::vector<NodeRef> instances;
    for (; context != kAnyCopy; context = items_[context].outer) instances.push_back(items_[context].instance);
    std::ranges::reverse(instances);
    return instances;
  }

 private:
  struct Item {
    ContextId outer = kAnyCopy;
    NodeRef instance = kNoRef;
  };
  std::vector<Item> items_ = std::vector<Item>(1);
  std::map<std::pair<ContextId, NodeRef>, ContextId> ids_;
};

// A step that is to be walked on from.
struct State {
  NodeRef node = kNoRef;
  ContextId context = kAnyCopy;
  uint32_t step = 0;
  bool is_root = false;
  bool is_loaded = false;  // it was reached by a nonblocking assignment
};

class ConeWalk {
 public:
  ConeWalk(const Snapshot& snapshot, const TraceRequest& request) : snapshot_(snapshot), request_(request) {
    for (const Occurrence& target : request.targets) targets_.emplace(target.node, &target);
    for (const Occurrence& stop : request.stop_at) stops_.emplace(stop.node, &stop);
  }

  Result<TraceResult> Run() {
    FANIN_RETURN_IF_ERROR(AddRoots());
    while (!IsDone()) {
      if (level_.empty()) {
        CrossRegisters();
        continue;
      }
      if (request_.deadline.has_value() && std::chrono::steady_clock::now() >= *request_.deadline) {
        result_.truncated = true;
        for (const State& state : level_) result_.steps[state.step].stopped = true;
        break;
      }
      FANIN_RETURN_IF_ERROR(WalkLevel());
    }
    for (size_t i = 0; i < result_.steps.size(); ++i) {
      result_.steps[i].place.instances = contexts_.InstancesOf(context_of_step_[i]);
    }
    if (!request_.targets.empty()) KeepPathsTo(std::move(reached_), result_.steps);
    return std::move(result_);
  }

 private:
  // A flow across a register, put off until all that takes fewer registers is walked.
  struct Crossing {
    State from;
    Edge flow;
  };

  bool IsFanIn() const { return request_.direction == TraceDirection::kFanIn; }
  NodeRef NearEnd(const Edge& edge) const { return IsFanIn() ? edge.to : edge.from; }
  NodeRef FarEnd(const Edge& edge) const { return IsFanIn() ? edge.from : edge.to; }
  bool IsDone() const {
    const bool all_reached = !request_.targets.empty() && targets_.empty();
    return all_reached || (level_.empty() && crossings_.empty());
  }

  Status AddRoots() {
    std::vector<NodeRef> nodes;
    for (const Occurrence& root : request_.roots) {
      FANIN_CHECK(root.node < snapshot_.node_count());
      nodes.push_back(root.node);
      State state;
      state.node = root.node;
      for (NodeRef instance : root.instances) state.context = contexts_.Enter(state.context, instance);
      if (visited_.contains({state.node, state.context})) continue;
      if (result_.steps.size() == request_.max_nodes) {
        result_.truncated = true;
        break;
      }
      state.is_root = true;
      Show(state);
    }
    if (!request_.stop_at_ports) return {};
    FANIN_RETURN_IF_ERROR(FindDefinitions(nodes));
    for (NodeRef node : nodes) root_definitions_.insert(definition_of_[node]);
    return {};
  }

  // Adds a step for the state and walks on from it.
  TraceStep& Show(State& state) {
    state.step = static_cast<uint32_t>(result_.steps.size());
    TraceStep& step = result_.steps.emplace_back();
    step.place.node = state.node;
    context_of_step_.push_back(state.context);
    visited_.insert({state.node, state.context});
    if (IsAmong(targets_, state)) {
      std::erase_if(targets_, [&](const auto& target) {
        return target.first == state.node && MayBeSame(*target.second, PlaceOf(state));
      });
      reached_.push_back(state.step);
    }
    level_.push_back(state);
    return step;
  }

  using ByNode = std::unordered_multimap<NodeRef, const Occurrence*>;
  bool IsAmong(const ByNode& places, const State& state) const {
    const auto [begin, end] = places.equal_range(state.node);
    return std::any_of(begin, end, [&](const auto& place) { return MayBeSame(*place.second, PlaceOf(state)); });
  }
  Occurrence PlaceOf(const State& state) const { return {state.node, contexts_.InstancesOf(state.context)}; }

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
    const std::vector<State> level = std::exchange(level_, {});
    for (const State& state : level) {
      const auto place = static_cast<size_t>(std::ranges::lower_bound(refs, state.node) - refs.begin());
      for (const Edge& flow : edges[place]) {
        const bool is_put_off = request_.max_registers > 0 && flow.assignment == Assignment::kNonblocking;
        if (is_put_off && result_.steps[state.step].registers < request_.max_registers) {
          crossings_.push_back({state, flow});
        } else {
          Follow(state, flow, is_put_off);
        }
      }
    }
    return {};
  }

  void CrossRegisters() {
    for (const Crossing& crossing : std::exchange(crossings_, {})) Follow(crossing.from, crossing.flow, false);
  }

  bool IsIgnored(const Edge& flow) const {
    return !request_.include_clock_reset && (flow.role == Role::kClock || flow.role == Role::kReset);
  }

  // `forbidden`: a limit keeps the flow from being walked.
  void Follow(const State& from, const Edge& flow, bool forbidden) {
    const std::optional<ContextId> context = ContextAfter(from, flow);
    if (!context.has_value()) return;
    State state;
    state.node = FarEnd(flow);
    state.context = *context;
    if (visited_.contains({state.node, kAnyCopy}) || visited_.contains({state.node, state.context})) return;
    const uint32_t depth = result_.steps[from.step].depth + 1;
    const bool goes_on = !forbidden && depth <= request_.max_depth && !StopsAt(from, flow);
    const bool fits = result_.steps.size() < request_.max_nodes;
    if (!goes_on || !fits) {
      if (goes_on) result_.truncated = true;
      result_.steps[from.step].stopped = true;
      return;
    }
    state.is_loaded = flow.assignment == Assignment::kNonblocking;
    TraceStep& step = Show(state);
    step.parent = from.step;
    step.depth = depth;
    step.registers = result_.steps[from.step].registers + (state.is_loaded ? 1 : 0);
    step.edge = flow;
  }

  // Whether a stop rule forbids to follow the flow.
  bool StopsAt(const State& from, const Edge& flow) const {
    if (!from.is_root && IsAmong(stops_, from)) return true;
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
      definition_of_[handle.ref] = snapshot_.RefOf(handle.file, RegionOf(*handle.shard, handle.local));
    }
    return {};
  }

  struct PairHash {
    size_t operator()(const std::pair<NodeRef, ContextId>& state) const {
      return std::hash<uint64_t>()((uint64_t{state.first} << 32 | state.second) * 0x9e3779b97f4a7c15ULL);
    }
  };

  const Snapshot& snapshot_;
  const TraceRequest& request_;
  TraceResult result_;
  std::vector<State> level_;
  std::vector<Crossing> crossings_;
  Contexts contexts_;
  std::vector<ContextId> context_of_step_;
  ByNode targets_;  // not reached yet
  ByNode stops_;
  std::vector<uint32_t> reached_;  // steps that are targets
  std::unordered_set<std::pair<NodeRef, ContextId>, PairHash> visited_;
  std::unordered_map<NodeRef, NodeRef> definition_of_;
  std::unordered_set<NodeRef> root_definitions_;
};

}  // namespace

std::vector<uint32_t> KeepPathsTo(std::vector<uint32_t> wanted, std::vector<TraceStep>& steps) {
  constexpr uint32_t kDropped = UINT32_MAX;
  std::vector<uint32_t> place(steps.size(), kDropped);
  for (uint32_t step : wanted) {
    for (; step != UINT32_MAX && place[step] == kDropped; step = steps[step].parent) place[step] = 0;
  }
  uint32_t kept = 0;
  for (uint32_t i = 0; i < steps.size(); ++i) {
    if (place[i] == kDropped) continue;
    place[i] = kept;
    if (steps[i].parent != UINT32_MAX) steps[i].parent = place[steps[i].parent];
    steps[i].stopped = false;
    if (kept != i) steps[kept] = std::move(steps[i]);
    ++kept;
  }
  steps.resize(kept);
  for (uint32_t& step : wanted) step = place[step];
  return wanted;
}

Result<TraceResult> Trace(const Snapshot& snapshot, const TraceRequest& request) {
  return ConeWalk(snapshot, request).Run();
}

}  // namespace fanin::graph
