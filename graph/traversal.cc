// The walk of cones.
#include "graph/traversal.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "graph/flow_follower.h"
#include "graph/interface_binding.h"
#include "graph/interface_connections.h"
#include "graph/interface_flows.h"
#include "graph/walk_contexts.h"
#include "graph/walk_facts.h"

namespace fanin::graph {
namespace {

using base::Result;
using base::Status;

// A step that is to be walked on from.
struct State : WalkPlace {
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
        FANIN_RETURN_IF_ERROR(CrossRegisters());
        continue;
      }
      if (request_.deadline.has_value() && std::chrono::steady_clock::now() >= *request_.deadline) {
        result_.truncated = true;
        for (const State& state : level_) result_.steps[state.step].stopped = true;
        break;
      }
      FANIN_RETURN_IF_ERROR(WalkLevel());
    }
    for (size_t i = 0; i < result_.steps.size(); ++i) result_.steps[i].place = PlaceOf(states_[i]);
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
      FANIN_ASSIGN_OR_RETURN(const std::vector<State> meant, RootsOf(state, root.member));
      for (State one : meant) {
        nodes.push_back(one.node);
        if (IsVisited(one)) continue;
        if (result_.steps.size() == request_.max_nodes) {
          result_.truncated = true;
          break;
        }
        one.is_root = true;
        Show(one);
      }
    }
    if (!request_.stop_at_ports) return {};
    FANIN_RETURN_IF_ERROR(facts_.Find(nodes));
    for (NodeRef node : nodes) root_definitions_.insert(facts_.at(node).definition);
    return {};
  }

  // The state with the member; of an interface port's or instance's the signal that it is.
  Result<std::vector<State>> RootsOf(State state, const std::string& member) {
    state.member = members_.IdOf(member);
    if (member.empty()) return std::vector{state};
    FANIN_ASSIGN_OR_RETURN(const InterfaceBinding::Member found, binding_.FindMember(state.node, member));
    if (found.signal == kNoRef) return std::vector{state};
    FANIN_RETURN_IF_ERROR(facts_.Find({&state.node, 1}));
    const WalkFacts::Facts& owner = facts_.at(state.node);
    FANIN_ASSIGN_OR_RETURN(const std::vector<ContextId> contexts,
                           binding_.Inside(state.context, owner.definition, owner.name, found.interface));
    std::vector<State> roots;
    for (const ContextId context : contexts) {
      State& root = roots.emplace_back(state);
      root.node = found.signal;
      root.context = context;
      root.member = members_.IdOf(found.rest);
    }
    return roots;
  }

  // Adds a step for the state and walks on from it.
  TraceStep& Show(State& state) {
    state.step = static_cast<uint32_t>(result_.steps.size());
    TraceStep& step = result_.steps.emplace_back();
    states_.push_back(state);
    visited_.insert({state.node, state.context, state.member});
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
  Occurrence PlaceOf(const State& state) const {
    return {state.node, contexts_.InstancesOf(state.context), std::string(members_.TextOf(state.member))};
  }
  // Also as a part of what was visited.
  bool IsVisited(const State& state) const {
    for (const ContextId context : {kAnyCopy, state.context}) {
      for (const MemberId member : {kWhole, state.member}) {
        if (visited_.contains({state.node, context, member})) return true;
      }
    }
    return false;
  }

  // Goes one flow further from all states of the level.
  Status WalkLevel() {
    std::vector<NodeRef> refs;
    for (const State& state : level_) refs.push_back(state.node);
    std::ranges::sort(refs);
    const auto duplicates = std::ranges::unique(refs);
    refs.erase(duplicates.begin(), duplicates.end());
    const Direction direction = IsFanIn() ? Direction::kIn : Direction::kOut;
    constexpr EdgeMask kFlows = MaskOf(EdgeKind::kFlows);
    FANIN_ASSIGN_OR_RETURN(auto edges, GetEdges(snapshot_, request_.elaboration, refs, direction, kFlows));
    FANIN_RETURN_IF_ERROR(connections_.Normalise(refs, direction, edges));
    for (std::vector<Edge>& flows : edges) {
      std::erase_if(flows, [&](const Edge& flow) { return IsIgnored(flow); });
      std::ranges::sort(flows, {}, [&](const Edge& edge) {
        return std::tuple(edge.role, -edge.confidence, FarEnd(edge), edge.statement, edge.assignment);
      });
    }
    FANIN_RETURN_IF_ERROR(FindFactsAround(edges));
    const auto is_interface = [this](const Edge& flow, NodeRef end) { return facts_.IsInterface(flow, end); };
    const auto name_of = [this](NodeRef node) { return facts_.at(node).name; };
    if (request_.elaboration != nullptr) {
      FANIN_RETURN_IF_ERROR(TakeTextsOfSyntax(snapshot_, refs, direction, is_interface, name_of, edges));
    }
    for (std::vector<Edge>& flows : edges) DropDoubles(direction, is_interface, flows);
    const std::vector<State> level = std::exchange(level_, {});
    for (const State& state : level) {
      const auto place = static_cast<size_t>(std::ranges::lower_bound(refs, state.node) - refs.begin());
      for (const Edge& flow : edges[place]) {
        const bool is_put_off = request_.max_registers > 0 && flow.assignment == Assignment::kNonblocking;
        if (is_put_off && result_.steps[state.step].registers < request_.max_registers) {
          crossings_.push_back({state, flow});
        } else {
          FANIN_RETURN_IF_ERROR(Follow(state, flow, is_put_off));
        }
      }
    }
    return {};
  }

  Status CrossRegisters() {
    for (const Crossing& crossing : std::exchange(crossings_, {})) {
      FANIN_RETURN_IF_ERROR(Follow(crossing.from, crossing.flow, false));
    }
    return {};
  }

  bool IsIgnored(const Edge& flow) const {
    return !request_.include_clock_reset && (flow.role == Role::kClock || flow.role == Role::kReset);
  }

  // `forbidden`: a limit keeps the flow from being walked.
  Status Follow(const State& from, const Edge& flow, bool forbidden) {
    FANIN_ASSIGN_OR_RETURN(const std::vector<WalkPlace> places, follower_.PlacesAfter(from, flow));
    for (const WalkPlace& place : places) {
      State state;
      static_cast<WalkPlace&>(state) = place;
      Reach(from, flow, forbidden, state);
    }
    return {};
  }

  void Reach(const State& from, const Edge& flow, bool forbidden, State& state) {
    if (IsVisited(state)) return;
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
    return request_.stop_at_ports && (flow.assignment == Assignment::kConnection ||
                                      !root_definitions_.contains(facts_.at(FarEnd(flow)).definition));
  }

  Status FindFactsAround(const std::vector<std::vector<Edge>>& edges) {
    std::vector<NodeRef> nodes;
    for (const std::vector<Edge>& flows : edges) {
      for (const Edge& flow : flows) {
        const bool is_connection = IsPortFlow(flow);
        if (is_connection) nodes.push_back(flow.statement);
        const bool is_elaborated = flow.provenance == Provenance::kElaborated;
        if (is_connection || is_elaborated || !flow.text.empty() || !members_.empty())
          nodes.insert(nodes.end(), {flow.from, flow.to});
        const bool may_be_far = is_elaborated || (flow.provenance == Provenance::kLinked && !flow.text.empty());
        if (may_be_far && flow.statement != kNoRef) nodes.push_back(flow.statement);
        if (request_.stop_at_ports) nodes.push_back(FarEnd(flow));
      }
    }
    return facts_.Find(nodes);
  }

  using Visit = std::tuple<NodeRef, ContextId, MemberId>;
  struct VisitHash {
    size_t operator()(const Visit& visit) const {
      const auto [node, context, member] = visit;
      return std::hash<uint64_t>()((uint64_t{node} << 32 | context) * 0x9e3779b97f4a7c15ULL + member);
    }
  };

  const Snapshot& snapshot_;
  const TraceRequest& request_;
  TraceResult result_;
  std::vector<State> level_;
  std::vector<Crossing> crossings_;
  Contexts contexts_;
  WalkFacts facts_{snapshot_};
  InterfaceBinding binding_{snapshot_, contexts_};
  InterfaceConnections connections_{snapshot_, request_.elaboration, facts_, binding_};
  Members members_;
  FlowFollower follower_{request_, facts_, contexts_, binding_, members_};
  std::vector<State> states_;  // by step
  ByNode targets_;             // not reached yet
  ByNode stops_;
  std::vector<uint32_t> reached_;  // steps that are targets
  std::unordered_set<Visit, VisitHash> visited_;
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
