// The instance tree of an elaborated design: parameters have values, generate loops and arrays are unrolled.
#pragma once

#include <vector>

#include "graph/elaboration.h"
#include "graph/hierarchy.h"

namespace fanin::graph {

// The specialised definitions that a tree can begin at: the design's tops, those that are `top` where it is not kNoRef,
// or, where none is, the first specialisation of it. Empty: the design has no such definition.
std::vector<uint32_t> ElaboratedTops(const Elaboration& elaboration, NodeRef top);

// The tree below specialised definitions. As GetHierarchy (hierarchy.h), request.top apart: names have the generate
// blocks and indexes below their module ("g_lane[0].u_fifo"), parameters are values, of `request.parameters` those that
// are no localparams. REQUIRES: tops are indexes of the design's definitions. Cost: linear in the result.
HierarchyResult GetElaboratedHierarchy(const Elaboration& elaboration, const std::vector<uint32_t>& tops,
                                       const HierarchyRequest& request);

}  // namespace fanin::graph
