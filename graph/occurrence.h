// Places in the instance tree: an element of a module together with the instances that lead to it, and the hierarchical
// paths ("u_core.u_alu.result_o") that people write for them. The tree itself is never flattened.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "graph/snapshot.h"

namespace fanin::graph {

// An element at a place. `instances` lead to it, outermost first: each stands in the module that the one before is of,
// the node in the module of the last. Empty: in any copy of its module. They need not begin at a top: then any copy of
// the first one's module is meant.
struct Occurrence {
  NodeRef node = kNoRef;
  std::vector<NodeRef> instances = {};
  std::string member = {};  // ".addr", ".hdr.id": of a signal that is a struct this part only; empty: the whole

  friend bool operator==(const Occurrence&, const Occurrence&) = default;
  friend auto operator<=>(const Occurrence&, const Occurrence&) = default;
};

// Whether two occurrences may be the same: one node, the instances of one are the last ones of the other, and their
// members overlap.
bool MayBeSame(const Occurrence& a, const Occurrence& b);
// Whether one member is the other or a part of it: "" and ".a", ".a" and ".a.b", but not ".a" and ".ab".
bool MembersOverlap(std::string_view a, std::string_view b);

// The innermost definition, package or class that holds the node or is it; the file where there is none.
LocalNode RegionOf(const Shard& shard, LocalNode node);

// "top.u_core.u_alu.result_o": names from the module around the first instance down; without instances the qualified
// name; then the member. In the order given. Cost: one batched read.
base::Result<std::vector<std::string>> HierarchicalPaths(const Snapshot& snapshot,
                                                         std::span<const Occurrence> occurrences);

// What a hierarchical path of two components at least can mean. It begins with a module's name or an instance's and
// goes down by names of instances and blocks; selects ("gen[3]", "mem[0]") are passed over, blocks without a name may
// be left out, and what follows a signal is its member. Of several definitions that an instance may be of,
// the most likely that has the rest of the path is taken. Order: by node. Empty: nothing fits. Names with equal
// beginnings beyond 1000 are not tried.
base::Result<std::vector<Occurrence>> FindOccurrences(const Snapshot& snapshot, std::string_view path);

struct OccurrenceRequest {
  NodeRef node = kNoRef;
  NodeRef top = kNoRef;  // kNoRef: from every module that nothing instantiates; else only below this definition
  uint32_t max_occurrences = 20;
};

struct OccurrenceResult {
  std::vector<Occurrence> occurrences;  // fewest instances first
  bool truncated = false;
};

// Everywhere in the instance tree that a node appears; of more than 2000 ways up at one level the others are left out.
// REQUIRES: node is a node of the snapshot, top one or kNoRef.
// Cost: one batched edge read per level up.
base::Result<OccurrenceResult> OccurrencesOf(const Snapshot& snapshot, const OccurrenceRequest& request);

}  // namespace fanin::graph
