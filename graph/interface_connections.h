// Ports whose actual is a member of an interface, `.d(bus.valid)`, made ready for a walk that keeps to one instance
// (interface_binding.h). Internal to walks (traversal.h).
//
// Tier 1 has such a flow between the port and `bus`, the interface's port or instance, with the actual as its text;
// elaboration between the port and the interface's own signal, without a text. A walk gets both in one form: between
// the port and the signal, with the text. Thread rule: one walk.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "base/error.h"
#include "graph/elaboration.h"
#include "graph/interface_binding.h"
#include "graph/snapshot.h"
#include "graph/walk_facts.h"

namespace fanin::graph {

class InterfaceConnections {
 public:
  // References must outlive it. elaboration: null, or laid over the snapshot.
  InterfaceConnections(const Snapshot& snapshot, const Elaboration* elaboration, WalkFacts& facts,
                       InterfaceBinding& binding)
      : snapshot_(snapshot), elaboration_(elaboration), facts_(facts), binding_(binding) {}

  // `edges` are the flows of `refs` in the direction. Cost: a batched read where there are such flows, and two for each
  // interface whose signals are among refs, once.
  base::Status Normalise(std::span<const NodeRef> refs, Direction direction, std::vector<std::vector<Edge>>& edges);

 private:
  base::Status AddFlowsOfOwners(NodeRef signal, Direction direction, std::vector<Edge>& flows);
  base::Status TurnToSignals(Direction direction, std::vector<Edge>& flows);
  base::Status TakeTexts(std::vector<std::vector<Edge>>& edges);
  // Connection flows of the ports and instances of an interface.
  base::Result<const std::vector<Edge>*> FlowsOfOwners(NodeRef interface, Direction direction);

  const Snapshot& snapshot_;
  const Elaboration* elaboration_;
  WalkFacts& facts_;
  InterfaceBinding& binding_;
  std::map<std::pair<NodeRef, Direction>, std::vector<Edge>> of_owners_;
};

}  // namespace fanin::graph
