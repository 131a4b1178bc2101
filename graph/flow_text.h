// Control flow and dataflow as text, for prompts and people: one form each for a block, a cone and a state machine.
// Grammar and examples: docs/flow_text.md.
//
// Text of the source appears as written, comments dropped and white space collapsed. Equal snapshots give equal text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "graph/fsm.h"
#include "graph/snapshot.h"
#include "graph/traversal.h"

namespace fanin::graph {

struct FlowText {
  std::string text;  // whole lines
  bool truncated = false;
};

// The control flow of a procedure, assign, function or task; of what stands in one, of that; of a signal, of all that
// drive it; of a definition, of all in it, in source order. At most max_lines lines. Errors: INVALID_ARGUMENT where the
// node holds no such thing. REQUIRES: node is a node of the snapshot. Cost: the file's shard and text.
base::Result<FlowText> WriteControlFlow(const Snapshot& snapshot, NodeRef node, uint32_t max_lines);

// The steps of a trace in its direction, depth first, each below the one that it was reached from. Cost: the texts of
// the files that hold the statements.
base::Result<FlowText> WriteCone(const Snapshot& snapshot, const std::vector<TraceStep>& steps,
                                 TraceDirection direction, uint32_t max_lines);

// The states and transitions of a machine.
base::Result<FlowText> WriteFsm(const Snapshot& snapshot, const Fsm& fsm);

}  // namespace fanin::graph
