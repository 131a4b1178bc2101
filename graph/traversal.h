// Walking the graph: cones, and the instance hierarchy. Bounded, with `truncated`; LLM-free, lock-free, on one
// snapshot.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "graph/snapshot.h"

namespace fanin::graph {

enum class TraceDirection : uint8_t { kFanIn = 0, kFanOut = 1 };

struct TraceRequest {
  std::vector<NodeRef> roots;  // signals or ports
  TraceDirection direction = TraceDirection::kFanIn;
  uint32_t max_depth = 8;  // steps (flows) from a root; 1 = drivers / loads
  // End at registers (what a nonblocking assignment loads): fan-in shows a register and goes on to what it is loaded
  // from only where it is a root; fan-out shows the register and goes no further.
  bool stop_at_registers = false;
  bool stop_at_ports = false;        // do not leave the roots' modules, nor walk through a connection
  bool include_clock_reset = false;  // follow flows of role clock and reset too
  uint32_t max_nodes = 2000;         // steps, roots included
  std::optional<std::chrono::steady_clock::time_point> deadline;
};

// One visited signal. Steps form a tree in `parent`, breadth first; the root steps come first.
struct TraceStep {
  NodeRef node = kNoRef;
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

// Flows run through instance ports both ways; what entered a module through one instance leaves it through no other.
// Each signal is shown once, at its least depth; of several flows that reach it there the one of data, then of the
// highest confidence, is shown. Where a module is in the cone by several instances, `parent` may be a signal of it that
// was reached through another of them. The order of steps depends on the snapshot alone. REQUIRES: roots are nodes of
// the snapshot. Cost: one batched edge read per depth level, and one more to see whether the last has further flows.
base::Result<TraceResult> Trace(const Snapshot& snapshot, const TraceRequest& request);

struct HierarchyRequest {
  NodeRef top = kNoRef;            // a definition; kNoRef: all modules and programs that nothing instantiates
  uint32_t max_depth = 32;         // 0: the tops alone
  uint32_t max_instances = 10000;  // nodes of the result, tops included
};

struct HierarchyNode {
  NodeRef definition = kNoRef;  // kNoRef: external (`module` names it)
  NodeRef instance = kNoRef;    // kNoRef for a top
  uint32_t parent = UINT32_MAX;
  uint32_t depth = 0;
  std::string name;  // instance name, or the top's
  std::string module;
  uint32_t candidates = 1;  // definitions of that name; the most likely is shown
  bool recursive = false;   // the module is its own ancestor; not descended
};

struct HierarchyResult {
  std::vector<HierarchyNode> nodes;  // depth first, tops by name, children in source order
  bool truncated = false;            // by either limit
};

// Errors: INVALID_ARGUMENT when `top` is no definition. REQUIRES: top is kNoRef or a node of the snapshot. Cost: each
// definition that occurs is read once.
base::Result<HierarchyResult> GetHierarchy(const Snapshot& snapshot, const HierarchyRequest& request);

}  // namespace fanin::graph
