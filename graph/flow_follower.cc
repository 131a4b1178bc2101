#include "graph/flow_follower.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "graph/expression_text.h"

namespace fanin::graph {

using base::Result;

Result<std::vector<WalkPlace>> FlowFollower::PlacesAfter(const WalkPlace& from, const Edge& flow) {
  std::vector<WalkPlace> places;
  const std::optional<MemberId> member = MemberAfter(from, flow);
  if (!member.has_value()) return places;
  // From one instance of an interface to another tier 1 tells the other's port or instance.
  InterfaceBinding::Member other;
  if (*member != kWhole && facts_.IsInterface(flow, NearEnd(flow)) && !facts_.IsInterface(flow, FarEnd(flow))) {
    FANIN_ASSIGN_OR_RETURN(other, binding_.FindMember(FarEnd(flow), members_.TextOf(*member)));
  }
  FANIN_ASSIGN_OR_RETURN(const std::vector<ContextId> contexts, ContextsAfter(from, flow, other.interface));
  const bool is_other = other.signal != kNoRef;
  for (const ContextId context : contexts) {
    places.push_back({is_other ? other.signal : FarEnd(flow), context, is_other ? members_.IdOf(other.rest) : *member});
  }
  return places;
}

Result<std::vector<ContextId>> FlowFollower::ContextsAfter(const WalkPlace& from, const Edge& flow,
                                                           NodeRef far_interface) {
  const size_t arrow = flow.text.find(" -> ");
  if (flow.assignment != Assignment::kConnection && flow.statement != kNoRef && arrow != std::string::npos) {
    const std::string_view text = flow.text;
    const std::string_view near = OwnerOf(IsFanIn() ? text.substr(arrow + 4) : text.substr(0, arrow));
    const std::string_view far = OwnerOf(IsFanIn() ? text.substr(0, arrow) : text.substr(arrow + 4));
    const bool from_interface = facts_.IsInterface(flow, NearEnd(flow));
    if (facts_.IsInterface(flow, FarEnd(flow))) far_interface = facts_.at(FarEnd(flow)).definition;
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
  if (IsPortOfMember(flow)) return ContextsAfterMember(from, flow);
  const std::optional<ContextId> context = ContextAfter(from, flow);
  return context ? std::vector{*context} : std::vector<ContextId>();
}

bool FlowFollower::IsPortOfMember(const Edge& flow) const {
  return IsPortFlow(flow) && (facts_.IsInterface(flow, flow.from) || facts_.IsInterface(flow, flow.to)) &&
         !OwnerOf(flow.text).empty();
}

Result<std::vector<ContextId>> FlowFollower::ContextsAfterMember(const WalkPlace& from, const Edge& flow) {
  const NodeRef module = facts_.at(flow.statement).definition;
  const std::string_view owner = OwnerOf(flow.text);
  if (facts_.IsInterface(flow, FarEnd(flow))) {
    if (request_.stay_below && from.context == kAnyCopy) return std::vector<ContextId>();
    const std::optional<ContextId> around = contexts_.Leave(from.context, flow.statement);
    if (!around) return std::vector<ContextId>();
    return binding_.Inside(*around, module, owner, facts_.at(FarEnd(flow)).definition);
  }
  FANIN_ASSIGN_OR_RETURN(std::vector<ContextId> contexts,
                         binding_.Outside(from.context, module, owner, facts_.at(NearEnd(flow)).definition));
  for (ContextId& context : contexts) context = contexts_.Enter(context, flow.statement);
  return contexts;
}

std::optional<ContextId> FlowFollower::ContextAfter(const WalkPlace& from, const Edge& flow) {
  if (!IsPortFlow(flow)) {
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

std::optional<MemberId> FlowFollower::MemberAfter(const WalkPlace& from, const Edge& flow) {
  if (flow.text.empty() && from.member == kWhole) return kWhole;
  const WalkFacts::Facts& near = facts_.at(NearEnd(flow));
  const WalkFacts::Facts& far = facts_.at(FarEnd(flow));
  const std::string_view member = members_.TextOf(from.member);
  std::string near_member, far_member;
  const size_t arrow = flow.text.find(" -> ");
  if (IsPortFlow(flow) && !flow.text.empty() && arrow == std::string::npos) {
    // The port is the member that is its actual, and what the member has the port has.
    const NodeRef around = facts_.at(flow.statement).definition;
    const auto is_actual = [&](NodeRef end) {
      return facts_.at(end).definition == around || facts_.IsInterface(flow, end);
    };
    if (!is_actual(NearEnd(flow))) {
      return members_.IdOf(MemberOfActual(flow, FarEnd(flow)) + std::string(member));
    }
    near_member = MemberOfActual(flow, NearEnd(flow));
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

std::string FlowFollower::MemberOfActual(const Edge& flow, NodeRef end) const {
  const std::string_view name = facts_.at(end).name;
  if (!facts_.IsInterface(flow, end)) return MemberOf(flow.text, name);
  return MemberOf(std::string(name).append(MemberBelow(flow.text, name).value_or("")), name);
}

}  // namespace fanin::graph
