// Walking the flows of the graph: cones of signals, paths between them, what several have in common. Bounded, with
// `truncated`; LLM-free, lock-free, on one snapshot. (The instance tree: hierarchy.h.)
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "graph/elaboration.h"
#include "graph/occurrence.h"
#include "graph/snapshot.h"

namespace fanin::graph {

enum class TraceDirection : uint8_t { kFanIn = 0, kFanOut = 1 };

// Whether a flow is through a port of an instance, which is its statement.
inline bool IsPortFlow(const Edge& flow) {
  return flow.assignment == Assignment::kConnection && flow.statement != kNoRef;
}

struct TraceRequest {
  std::vector<Occurrence> roots;  // signals or ports; of one without instances any copy is meant
  TraceDirection direction = TraceDirection::kFanIn;
  uint32_t max_depth = 8;  // steps (flows) from a root; 1 = drivers / loads
  // End at registers (what a nonblocking assignment loads): fan-in shows a register and goes on to what it is loaded
  // from only where it is a root; fan-out shows the register and goes no further.
  bool stop_at_registers = false;
  bool stop_at_ports = false;        // do not leave the roots' modules, nor walk through a connection
  bool stay_below = false;           // do not leave the modules that the roots' paths begin in
  std::vector<Occurrence> stop_at;   // show these and go no further
  bool include_clock_reset = false;  // follow flows of role clock and reset too
  uint32_t max_registers = 0;        // registers to cross at most; 0: any number
  // Not empty: end when each was reached (roots count), and keep only the steps that lead to one.
  std::vector<Occurrence> targets;
  uint32_t max_nodes = 2000;  // steps, roots included
  std::optional<std::chrono::steady_clock::time_point> deadline;
  // Not null: a design whose edges stand in place of tier 1's (elaboration.h). REQUIRES: of the same snapshot,
  // outliving the call.
  const Elaboration* elaboration = nullptr;
};

// One visited signal. Steps form a tree in `parent`; the root steps come first.
struct TraceStep {
  Occurrence place;
  uint32_t parent = UINT32_MAX;  // index of the step it was reached from
  uint32_t depth = 0;
  uint32_t registers = 0;  // nonblocking assignments crossed since the root
  Edge edge;               // the flow that was walked (default for roots); edge.statement says where it is made
  bool stopped = false;    // has further flows that a stop rule or limit kept from being walked
};

struct TraceResult {
  std::vector<TraceStep> steps;
  bool truncated = false;  // by max_nodes or the deadline (not by depth or stop rules)
};

// Flows run through instance ports both ways; what entered a module through one instance leaves it through no other. Of
// a struct the walk follows the member that it came by, as far as the flows tell members; a copy between signals of one
// type keeps it. Each signal (or member) is shown once for each chain of instances that the walk came down to it by,
// breadth first, so at its least depth; with max_registers at its fewest registers first. Of several flows that reach
// it there the one of data, then of the highest confidence, is shown. The order of steps depends on the snapshot alone.
// REQUIRES: roots, stop_at and targets are nodes of the snapshot. Cost: one batched edge read per depth level, and one
// more to see whether the last has further flows.
base::Result<TraceResult> Trace(const Snapshot& snapshot, const TraceRequest& request);

// Drops the steps that lead to none of the wanted ones; what is left goes on nowhere else (stopped = false). Returns
// where the wanted ones are now. REQUIRES: a parent precedes its children.
std::vector<uint32_t> KeepPathsTo(std::vector<uint32_t> wanted, std::vector<TraceStep>& steps);

// A signal in the cones of all roots, and its step in the cone of each.
struct CommonSource {
  Occurrence place;
  std::vector<uint32_t> steps;  // by group of roots
};

struct CommonResult {
  std::vector<CommonSource> sources;  // by the depth that is farthest, then the sum of depths
  std::vector<TraceStep> steps;       // those that lead to the sources, one cone after the other
  bool truncated = false;
};

// What the cones of several signals have in common; request.roots is ignored, each group of roots (the declarations of
// one signal) has its own cone under the request's other rules. Only the nearest are told: those that one root reaches
// by a way on which nothing else is common. Cost: that of the cones.
base::Result<CommonResult> FindCommon(const Snapshot& snapshot, const TraceRequest& request,
                                      const std::vector<std::vector<Occurrence>>& groups);

}  // namespace fanin::graph
