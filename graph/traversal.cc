// The walk of cones. It is context-sensitive in the manner of Reps, Horwitz and Sagiv (POPL 1995): what entered a
// module through one instance does not leave it through another.
#include "graph/traversal.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "graph/expression_text.h"
#include "graph/interface_binding.h"
#include "graph/interface_flows.h"
#include "graph/walk_contexts.h"

namespace fanin::graph {
namespace {

using base::Result;
using base::Status;

// A step that is to be walked on from.
struct State {
  NodeRef node = kNoRef;
  ContextId context = kAnyCopy;
  MemberId member = kWhole;
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
    FANIN_RETURN_IF_ERROR(FindFacts(nodes));
    for (NodeRef node : nodes) root_definitions_.insert(facts_.at(node).definition);
    return {};
  }

  // The state with the member; of an interface port's or instance's the signal that it is.
  Result<std::vector<State>> RootsOf(State state, const std::string& member) {
    state.member = members_.IdOf(member);
    if (member.empty()) return std::vector{state};
    FANIN_ASSIGN_OR_RETURN(const InterfaceBinding::Member found, binding_.FindMember(state.node, member));
    if (found.signal == kNoRef) return std::vector{state};
    FANIN_RETURN_IF_ERROR(FindFacts({&state.node, 1}));
    const Facts& owner = facts_.at(state.node);
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
    FANIN_ASSIGN_OR_RETURN(auto edges, request_.elaboration == nullptr
                                           ? snapshot_.GetEdges(refs, direction, kFlows)
                                           : request_.elaboration->GetEdges(snapshot_, refs, direction, kFlows));
    for (std::vector<Edge>& flows : edges) {
      std::erase_if(flows, [&](const Edge& flow) { return IsIgnored(flow); });
      std::ranges::sort(flows, {}, [&](const Edge& edge) {
        return std::tuple(edge.role, -edge.confidence, FarEnd(edge), edge.statement, edge.assignment);
      });
    }
    FANIN_RETURN_IF_ERROR(FindFactsAround(edges));
    const auto is_interface = [this](const Edge& flow, NodeRef end) { return IsInterface(flow, end); };
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
    const std::optional<MemberId> member = MemberAfter(from, flow);
    if (!member.has_value()) return {};
    // From one instance of an interface to another tier 1 tells the other's port or instance.
    InterfaceBinding::Member other;
    if (*member != kWhole && IsInterface(flow, NearEnd(flow)) && !IsInterface(flow, FarEnd(flow))) {
      FANIN_ASSIGN_OR_RETURN(other, binding_.FindMember(FarEnd(flow), members_.TextOf(*member)));
    }
    FANIN_ASSIGN_OR_RETURN(const std::vector<ContextId> contexts, ContextsAfter(from, flow, other.interface));
    for (const ContextId context : contexts) {
      State state;
      state.node = other.signal == kNoRef ? FarEnd(flow) : other.signal;
      state.context = context;
      state.member = other.signal == kNoRef ? *member : members_.IdOf(other.rest);
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

  // Whether an end of a flow is a signal of an interface that the flow's statement is not in.
  bool IsInterface(const Edge& flow, NodeRef end) const {
    const auto facts = facts_.find(end);
    const auto statement = facts_.find(flow.statement);
    return facts != facts_.end() && statement != facts_.end() && facts->second.is_in_interface &&
           facts->second.definition != statement->second.definition;
  }

  // Contexts at the far end; none: the flow leaves the module through another instance than the walk entered it by, or
  // is of another instance of an interface. `far_interface`: what the far end is a port or instance of; kNoRef: no
  // such.
  Result<std::vector<ContextId>> ContextsAfter(const State& from, const Edge& flow, NodeRef far_interface) {
    const size_t arrow = flow.text.find(" -> ");
    if (flow.assignment != Assignment::kConnection && flow.statement != kNoRef && arrow != std::string::npos) {
      const std::string_view text = flow.text;
      const std::string_view near = OwnerOf(IsFanIn() ? text.substr(arrow + 4) : text.substr(0, arrow));
      const std::string_view far = OwnerOf(IsFanIn() ? text.substr(0, arrow) : text.substr(arrow + 4));
      const bool from_interface = IsInterface(flow, NearEnd(flow));
      if (IsInterface(flow, FarEnd(flow))) far_interface = facts_.at(FarEnd(flow)).definition;
      const bool to_interface = far_interface != kNoRef;
      const bool is_told = (!from_interface || !near.empty()) && (!to_interface || !far.empty());
      if (is_told && (from_interface || to_interface)) {
        const NodeRef module = facts_.at(flow.statement).definition;
        std::vector<ContextId> around = {from.context};
        if (from_interface) {
          FANIN_ASSIGN_OR_RETURN(around,
                                 binding_.Outside(from.context, module, near, facts_.at(NearEnd(flow)).definition));
        }
        if (!to_interface) return around;
        std::vector<ContextId> contexts;
        for (const ContextId one : around) {
          FANIN_ASSIGN_OR_RETURN(const std::vector<ContextId> inside, binding_.Inside(one, module, far, far_interface));
          contexts.insert(contexts.end(), inside.begin(), inside.end());
        }
        return contexts;
      }
    }
    const std::optional<ContextId> context = ContextAfter(from, flow);
    return context ? std::vector{*context} : std::vector<ContextId>();
  }

  // nullopt: the flow leaves the module through another instance than the walk entered it by, or what it must not
  // leave.
  std::optional<ContextId> ContextAfter(const State& from, const Edge& flow) {
    if (flow.assignment != Assignment::kConnection || flow.statement == kNoRef) {
      // Elaboration tells an interface's signal once for all its copies.
      if (flow.provenance == Provenance::kElaborated) {
        return facts_.at(flow.from).definition == facts_.at(flow.to).definition ? from.context : kAnyCopy;
      }
      // A name bound across files leads to an element of which any copy may be meant.
      return flow.provenance == Provenance::kLinked ? kAnyCopy : from.context;
    }
    const NodeRef around = facts_.at(flow.statement).definition;
    const bool near_is_outside = facts_.at(NearEnd(flow)).definition == around;
    const bool far_is_outside = facts_.at(FarEnd(flow)).definition == around;
    if (near_is_outside == far_is_outside) return kAnyCopy;  // a module that instantiates itself
    if (near_is_outside) return contexts_.Enter(from.context, flow.statement);
    if (request_.stay_below && from.context == kAnyCopy) return std::nullopt;
    return contexts_.Leave(from.context, flow.statement);
  }

  // The member at the far end; nullopt: the flow concerns another member than the walk came by. A copy of a whole
  // struct keeps the member, any other flow from or to a whole is of the whole.
  std::optional<MemberId> MemberAfter(const State& from, const Edge& flow) {
    if (flow.text.empty() && from.member == kWhole) return kWhole;
    const Facts& near = facts_.at(NearEnd(flow));
    const Facts& far = facts_.at(FarEnd(flow));
    const std::string_view member = members_.TextOf(from.member);
    std::string near_member, far_member;
    const size_t arrow = flow.text.find(" -> ");
    const bool is_port = flow.assignment == Assignment::kConnection && flow.statement != kNoRef;
    if (is_port && !flow.text.empty() && arrow == std::string::npos) {
      // The port is the member that is its actual, and what the member has the port has.
      const bool near_is_actual = near.definition == facts_.at(flow.statement).definition;
      if (!near_is_actual) return members_.IdOf(MemberOf(flow.text, far.name) + std::string(member));
      near_member = MemberOf(flow.text, near.name);
      if (!MembersOverlap(member, near_member)) return std::nullopt;
      return members_.IdOf(member.substr(std::min(member.size(), near_member.size())));
    }
    if (arrow != std::string::npos) {
      const std::string_view text = flow.text;
      const std::string_view source = text.substr(0, arrow), target = text.substr(arrow + 4);
      near_member = MemberOf(IsFanIn() ? target : source, near.name);
      far_member = MemberOf(IsFanIn() ? source : target, far.name);
    }
    if (!MembersOverlap(member, near_member)) return std::nullopt;
    const bool is_copy = near_member.empty() && far_member.empty() && flow.role == Role::kData && !near.type.empty() &&
                         LastOfScoped(near.type) == LastOfScoped(far.type);
    return is_copy ? from.member : members_.IdOf(far_member);
  }

  // What is around an element and what it is.
  struct Facts {
    NodeRef definition = kNoRef;  // the innermost definition, package or class; the file where there is none
    std::string_view name;
    std::string_view type;
    bool is_in_interface = false;
    std::shared_ptr<const Shard> shard;  // of the views
  };

  Status FindFactsAround(const std::vector<std::vector<Edge>>& edges) {
    std::vector<NodeRef> nodes;
    for (const std::vector<Edge>& flows : edges) {
      for (const Edge& flow : flows) {
        const bool is_connection = flow.assignment == Assignment::kConnection && flow.statement != kNoRef;
        if (is_connection) nodes.push_back(flow.statement);
        const bool is_elaborated = flow.provenance == Provenance::kElaborated;
        if (is_connection || is_elaborated || !flow.text.empty() || !members_.empty())
          nodes.insert(nodes.end(), {flow.from, flow.to});
        const bool may_be_far = is_elaborated || (flow.provenance == Provenance::kLinked && !flow.text.empty());
        if (may_be_far && flow.statement != kNoRef) nodes.push_back(flow.statement);
        if (request_.stop_at_ports) nodes.push_back(FarEnd(flow));
      }
    }
    return FindFacts(nodes);
  }

  Status FindFacts(std::span<const NodeRef> nodes) {
    std::vector<NodeRef> unknown;
    for (NodeRef node : nodes) {
      if (facts_.try_emplace(node).second) unknown.push_back(node);
    }
    FANIN_ASSIGN_OR_RETURN(const std::vector<NodeHandle> handles, snapshot_.GetNodes(unknown));
    for (const NodeHandle& handle : handles) {
      const LocalNode region = RegionOf(*handle.shard, handle.local);
      facts_[handle.ref] = {snapshot_.RefOf(handle.file, region), handle->name, handle->type,
                            handle.shard->nodes()[region].kind == NodeKind::kInterface, handle.shard};
    }
    return {};
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
  InterfaceBinding binding_{snapshot_, contexts_};
  Members members_;
  std::vector<State> states_;  // by step
  ByNode targets_;             // not reached yet
  ByNode stops_;
  std::vector<uint32_t> reached_;  // steps that are targets
  std::unordered_set<Visit, VisitHash> visited_;
  std::unordered_map<NodeRef, Facts> facts_;
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
