// Where one flow leads a walk: the node at its far end, in which instances, and which member of it. Internal to walks
// (traversal.h). It keeps to instances in the manner of Reps, Horwitz and Sagiv (POPL 1995): what entered a module
// through one instance does not leave it through another.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "graph/interface_binding.h"
#include "graph/snapshot.h"
#include "graph/traversal.h"
#include "graph/walk_contexts.h"
#include "graph/walk_facts.h"

namespace fanin::graph {

struct WalkPlace {
  NodeRef node = kNoRef;
  ContextId context = kAnyCopy;
  MemberId member = kWhole;
};

class FlowFollower {
 public:
  // References must outlive it.
  FlowFollower(const TraceRequest& request, WalkFacts& facts, Contexts& contexts, InterfaceBinding& binding,
               Members& members)
      : request_(request), facts_(facts), contexts_(contexts), binding_(binding), members_(members) {}

  // None: the flow is of another instance or member than the walk came by. REQUIRES: facts of the flow's ends and
  // statement are found. Cost: reads of the modules up to an interface's instance, else none.
  base::Result<std::vector<WalkPlace>> PlacesAfter(const WalkPlace& from, const Edge& flow);

 private:
  bool IsFanIn() const { return request_.direction == TraceDirection::kFanIn; }
  NodeRef NearEnd(const Edge& edge) const { return IsFanIn() ? edge.to : edge.from; }
  NodeRef FarEnd(const Edge& edge) const { return IsFanIn() ? edge.from : edge.to; }

  // Contexts at the far end. `far_interface`: what the far end is a port or instance of; kNoRef: no such.
  base::Result<std::vector<ContextId>> ContextsAfter(const WalkPlace& from, const Edge& flow, NodeRef far_interface);
  // nullopt: the flow leaves the module through another instance than the walk entered it by, or what it must not
  // leave.
  std::optional<ContextId> ContextAfter(const WalkPlace& from, const Edge& flow);
  // Whether the flow is between a port of an instance and a signal of an interface (interface_connections.h).
  bool IsPortOfMember(const Edge& flow) const;
  base::Result<std::vector<ContextId>> ContextsAfterMember(const WalkPlace& from, const Edge& flow);
  // The member at the far end; nullopt: the flow concerns another member than the walk came by. A copy of a whole
  // struct keeps the member, any other flow from or to a whole is of the whole.
  std::optional<MemberId> MemberAfter(const WalkPlace& from, const Edge& flow);
  // The member of an end that a port's actual is.
  std::string MemberOfActual(const Edge& flow, NodeRef end) const;

  const TraceRequest& request_;
  WalkFacts& facts_;
  Contexts& contexts_;
  InterfaceBinding& binding_;
  Members& members_;
};

}  // namespace fanin::graph
