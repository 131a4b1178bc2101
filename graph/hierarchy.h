// The instance tree of a design: what is instantiated where, with parameters as written and counts. Bounded, with
// `truncated`; on one snapshot. Nothing is elaborated: each generate block and each array of instances counts once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "graph/snapshot.h"

namespace fanin::graph {

struct HierarchyRequest {
  NodeRef top = kNoRef;            // a definition; kNoRef: all modules and programs that nothing instantiates
  uint32_t max_depth = 32;         // 0: the tops alone
  uint32_t max_instances = 10000;  // nodes of the result, tops included
  bool parameters = false;         // fill HierarchyNode::parameters
  bool counts = false;             // fill instances_below and modules, which tell of all levels
};

// A parameter, localparams not counted, with its value as written: the override of the instance, else the default.
struct ParameterValue {
  std::string name;
  std::string value;
  bool overridden = false;

  friend bool operator==(const ParameterValue&, const ParameterValue&) = default;
};

struct HierarchyNode {
  NodeRef definition = kNoRef;  // kNoRef: external (`module` names it)
  NodeRef instance = kNoRef;    // kNoRef for a top
  uint32_t parent = UINT32_MAX;
  uint32_t depth = 0;
  std::string name;  // instance name, or the top's
  std::string module;
  std::string path;                        // from the top: "top.gen.u_a"
  uint32_t candidates = 1;                 // definitions of that name; the most likely is shown
  bool recursive = false;                  // the module is its own ancestor; not descended
  std::vector<ParameterValue> parameters;  // in source order; of an external module none
  uint64_t instances_below = 0;            // at any depth; what is recursive counts, but not what is in it
};

struct ModuleCount {
  NodeRef definition = kNoRef;  // kNoRef: external
  std::string module;
  uint64_t instances = 0;

  friend bool operator==(const ModuleCount&, const ModuleCount&) = default;
};

struct HierarchyResult {
  std::vector<HierarchyNode> nodes;  // depth first, tops by name, children in source order
  std::vector<ModuleCount> modules;  // most instances first, then by name
  bool truncated = false;            // by either limit

  // False, and the result truncated, when it holds max_instances already.
  bool Append(HierarchyNode node, uint32_t max_instances);
};

// Errors: INVALID_ARGUMENT when `top` is no definition. REQUIRES: top is kNoRef or a node of the snapshot. Cost: each
// definition that occurs is read once.
base::Result<HierarchyResult> GetHierarchy(const Snapshot& snapshot, const HierarchyRequest& request);

// Everywhere that one of several definitions of a name is instantiated, below request.top or below every top: nodes
// without parents, fewest levels first; max_depth and counts mean nothing. An instance that may be of several is told
// once, with the first of them. Errors and REQUIRES as above. Cost: one batched edge read per level up of each.
base::Result<HierarchyResult> FindInstances(const Snapshot& snapshot, const std::vector<NodeRef>& definitions,
                                            const HierarchyRequest& request);

}  // namespace fanin::graph
