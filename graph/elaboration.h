// Elaboration: one design of a snapshot, opened for reading. The seam between what tier 2 stores and what walks and
// answers questions; nothing above it reads the blobs.
//
// Immutable and thread-safe. Belongs to the snapshot that it was opened on: node references are that snapshot's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "graph/elaborated.h"
#include "graph/snapshot.h"

namespace fanin::graph {

class Elaboration {
 public:
  // The design of that name; empty: the first of the snapshot's designs. Errors: NOT_FOUND, naming those there are;
  // DATA_LOSS. Cost: reads the facts of all its definitions and the shards that they speak of; about 150 bytes of
  // memory per edge.
  static base::Result<std::shared_ptr<const Elaboration>> Open(const Snapshot& snapshot, std::string_view design);

  const Design& design() const { return design_; }

  // --- specialised definitions, by their index in design().definitions
  // Empty facts where the definition stayed on tier 1.
  const ElaboratedFacts& FactsOf(uint32_t definition) const { return facts_[definition]; }
  // kNoRef: the snapshot has no such node (any more).
  NodeRef NodeOf(uint32_t definition) const { return nodes_[definition]; }
  NodeRef NodeOf(const DesignInstance& instance) const;
  // All specialisations of a module or interface of the design; empty: not part of it.
  std::span<const uint32_t> SpecialisationsOf(NodeRef definition) const;

  // What each specialisation of the definition that a node is, or stands in, knows of it, in the order of the design's
  // definitions; empty: the definition is not part of the design or stayed on tier 1. Pointers live as long as this.
  struct Described {
    uint32_t definition = 0;
    const ElaboratedParameter* parameter = nullptr;
    const ElaboratedSignal* signal = nullptr;
    const ElaboratedBlock* block = nullptr;
  };
  std::vector<Described> Describe(const Snapshot& snapshot, const NodeHandle& node) const;

  // --- edges
  // The edges of tier 1 with those of this design in place of what it knows better: an edge of kind drives, reads,
  // flows, connects or instantiates that is made within an elaborated definition (by its statement, else by the block
  // or instance at its end) is left out, and the edges of the elaborated definitions stand for it, with provenance
  // `elaborated` and confidence 1. All else is as Snapshot::GetEdges. With `within`, of the definition with that index
  // only that specialisation's edges. REQUIRES: `snapshot` is the one it was opened on.
  base::Result<std::vector<std::vector<Edge>>> GetEdges(const Snapshot& snapshot, std::span<const NodeRef> refs,
                                                        Direction direction, EdgeMask kinds,
                                                        std::optional<uint32_t> within = std::nullopt) const;

 private:
  struct StoredEdge {
    NodeRef from;
    NodeRef to;
    NodeRef statement;
    uint32_t definition;
    const ElaboratedEdge* edge;
  };

  Elaboration() = default;
  base::Status Resolve(const Snapshot& snapshot);
  std::vector<Edge> EdgesAt(NodeRef ref, Direction direction, EdgeMask kinds, std::optional<uint32_t> within) const;
  // For each edge whether an elaborated definition makes it.
  base::Result<std::vector<bool>> AreMadeWithin(const Snapshot& snapshot, std::span<const Edge> edges) const;

  Design design_;
  std::vector<ElaboratedFacts> facts_;  // as design_.definitions
  std::vector<NodeRef> nodes_;          // likewise
  std::unordered_map<NodeId, NodeRef> refs_;
  std::unordered_map<NodeRef, std::vector<uint32_t>> specialisations_;
  std::unordered_map<NodeRef, bool> elaborated_;                 // definitions all of whose specialisations have facts
  std::vector<StoredEdge> edges_;                                // distinct within a definition
  std::unordered_map<NodeRef, std::vector<uint32_t>> out_, in_;  // indexes into edges_
};

// Edges of nodes as a design has them; null: as the snapshot has them.
inline base::Result<std::vector<std::vector<Edge>>> GetEdges(const Snapshot& snapshot, const Elaboration* elaboration,
                                                             std::span<const NodeRef> refs, Direction direction,
                                                             EdgeMask kinds) {
  return elaboration == nullptr ? snapshot.GetEdges(refs, direction, kinds)
                                : elaboration->GetEdges(snapshot, refs, direction, kinds);
}

}  // namespace fanin::graph
