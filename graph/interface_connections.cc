#include "graph/interface_connections.h"

#include <algorithm>
#include <utility>

#include "graph/expression_text.h"
#include "graph/traversal.h"

namespace fanin::graph {
namespace {

using base::Result;
using base::Status;

NodeRef& NearEnd(Edge& flow, Direction direction) { return direction == Direction::kIn ? flow.to : flow.from; }
NodeRef& FarEnd(Edge& flow, Direction direction) { return direction == Direction::kIn ? flow.from : flow.to; }

bool HasMemberActual(const Edge& flow) { return IsPortFlow(flow) && !OwnerOf(flow.text).empty(); }

}  // namespace

Status InterfaceConnections::Normalise(std::span<const NodeRef> refs, Direction direction,
                                       std::vector<std::vector<Edge>>& edges) {
  FANIN_RETURN_IF_ERROR(facts_.Find(refs));
  if (elaboration_ != nullptr) FANIN_RETURN_IF_ERROR(TakeTexts(edges));
  std::vector<NodeRef> around;
  for (const std::vector<Edge>& flows : edges) {
    for (const Edge& flow : flows) {
      if (HasMemberActual(flow)) around.insert(around.end(), {flow.from, flow.to, flow.statement});
    }
  }
  FANIN_RETURN_IF_ERROR(facts_.Find(around));
  for (size_t i = 0; i < refs.size(); ++i) {
    FANIN_RETURN_IF_ERROR(TurnToSignals(direction, edges[i]));
    if (facts_.at(refs[i]).is_in_interface) FANIN_RETURN_IF_ERROR(AddFlowsOfOwners(refs[i], direction, edges[i]));
  }
  return {};
}

Status InterfaceConnections::TurnToSignals(Direction direction, std::vector<Edge>& flows) {
  for (Edge& flow : flows) {
    if (!HasMemberActual(flow)) continue;
    NodeRef& far = FarEnd(flow, direction);
    const WalkFacts::Facts& owner = facts_.at(far);
    const bool may_be_owner = owner.kind == NodeKind::kPort || owner.kind == NodeKind::kInstance;
    if (!may_be_owner || owner.definition != facts_.at(flow.statement).definition) continue;
    FANIN_ASSIGN_OR_RETURN(const InterfaceBinding::Member member,
                           binding_.FindMember(far, MemberOf(flow.text, owner.name)));
    if (member.signal != kNoRef) far = member.signal;
  }
  return {};
}

Status InterfaceConnections::AddFlowsOfOwners(NodeRef signal, Direction direction, std::vector<Edge>& flows) {
  const WalkFacts::Facts& facts = facts_.at(signal);
  FANIN_ASSIGN_OR_RETURN(const std::vector<Edge>* const of_owners, FlowsOfOwners(facts.definition, direction));
  for (const Edge& flow : *of_owners) {
    if (!MemberBelow(flow.text, facts.name)) continue;
    NearEnd(flows.emplace_back(flow), direction) = signal;
  }
  return {};
}

Result<const std::vector<Edge>*> InterfaceConnections::FlowsOfOwners(NodeRef interface, Direction direction) {
  const auto [known, is_new] = of_owners_.try_emplace({interface, direction});
  if (!is_new) return &known->second;
  FANIN_ASSIGN_OR_RETURN(const NodeHandle type, snapshot_.GetNode(interface));
  std::vector<NodeRef> types = {interface};
  for (const LocalNode child : type.shard->Children(type.local)) {
    if (type.shard->nodes()[child].kind == NodeKind::kModport) types.push_back(snapshot_.RefOf(type.file, child));
  }
  FANIN_ASSIGN_OR_RETURN(
      const auto uses, snapshot_.GetEdges(types, Direction::kIn, MaskOf(EdgeKind::kInstantiates, EdgeKind::kHasType)));
  std::vector<NodeRef> owners;
  for (const std::vector<Edge>& of_type : uses) {
    for (const Edge& use : of_type) owners.push_back(use.from);
  }
  std::ranges::sort(owners);
  owners.erase(std::ranges::unique(owners).begin(), owners.end());
  FANIN_ASSIGN_OR_RETURN(auto edges, GetEdges(snapshot_, elaboration_, owners, direction, MaskOf(EdgeKind::kFlows)));
  for (std::vector<Edge>& flows : edges) {
    for (Edge& flow : flows) {
      if (HasMemberActual(flow)) known->second.push_back(std::move(flow));
    }
  }
  return &known->second;
}

Status InterfaceConnections::TakeTexts(std::vector<std::vector<Edge>>& edges) {
  std::vector<Edge*> lacking;
  std::vector<NodeRef> ends, instances;
  for (std::vector<Edge>& flows : edges) {
    for (Edge& flow : flows) {
      if (!IsPortFlow(flow) || !flow.text.empty() || flow.provenance != Provenance::kElaborated) continue;
      lacking.push_back(&flow);
      ends.insert(ends.end(), {flow.from, flow.to, flow.statement});
    }
  }
  FANIN_RETURN_IF_ERROR(facts_.Find(ends));
  std::erase_if(lacking, [&](const Edge* flow) {
    return !facts_.IsInterface(*flow, flow->from) && !facts_.IsInterface(*flow, flow->to);
  });
  for (const Edge* flow : lacking) instances.push_back(flow->statement);
  if (instances.empty()) return {};
  FANIN_ASSIGN_OR_RETURN(const auto connected,
                         snapshot_.GetEdges(instances, Direction::kOut, MaskOf(EdgeKind::kConnects)));
  for (size_t i = 0; i < lacking.size(); ++i) {
    Edge& flow = *lacking[i];
    const NodeRef port = facts_.IsInterface(flow, flow.from) ? flow.to : flow.from;
    const auto connection = std::ranges::find(connected[i], port, &Edge::to);
    if (connection != connected[i].end() && !OwnerOf(connection->text).empty()) flow.text = connection->text;
  }
  return {};
}

}  // namespace fanin::graph
