// Elaboration of a design with slang: tier 2. What it finds is told in the nodes of tier 1; docs/designs.md says what
// it finds and what it cannot.
//
// slang reads only texts of the snapshot: includes are found by tier 1's rules (path_index.h) and given to it under the
// names that it will ask for; no file is read from disk.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "graph/elaborated.h"
#include "graph/graph_store.h"
#include "graph/snapshot.h"
#include "indexer/design_sources.h"
#include "indexer/design_spec.h"

namespace fanin::indexer {

// Changes whenever equal input may give other facts. Part of DesignInputs.
inline constexpr uint32_t kElaboratorVersion = 3;

// Looked at between the symbols of a scope.
struct ElaborationLimits {
  uint32_t max_depth = 128;               // of instances
  uint32_t max_generate_steps = 1 << 16;  // of one generate loop
  uint32_t max_scopes = 1 << 20;          // instance bodies and generate blocks that are not alike
  uint64_t max_bytes = 4ULL << 30;        // of slang's trees
  double max_definition_seconds = 120;    // of the processor, for all specialisations of one definition
  double max_seconds = 1200;              // of the processor, in all
};

struct ElaborationResult {
  graph::Design design;
  std::vector<graph::Blob> facts;  // of all that design.definitions name, distinct
};

// Of all that the result depends on: spec, files with all that they may include, limits, version. Cost: a scan of the
// files' texts.
base::Result<base::Digest> DesignInputs(const graph::Snapshot& snapshot, const DesignSpec& spec,
                                        const DesignSources& sources, const ElaborationLimits& limits);

// Elaborates a design. What slang finds wrong is data: a definition with an error in it is left on tier 1 and named in
// design.problems, the others have their facts. So it is with a definition that meets a limit: the design is tried
// again with no more of it than its ports, a bounded number of times; a top that does is a problem of the whole design.
// `cancelled` is asked between scopes. Errors: CANCELLED, RESOURCE_EXHAUSTED (no thread with a deep stack), INTERNAL
// (slang threw), DATA_LOSS. Cost: dominated by slang; memory: its trees, and the facts.
base::Result<ElaborationResult> Elaborate(const graph::Snapshot& snapshot, const DesignSpec& spec,
                                          const DesignSources& sources, const ElaborationLimits& limits,
                                          const std::function<bool()>& cancelled);

}  // namespace fanin::indexer
