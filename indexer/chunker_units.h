// The first step of chunking: which elements make chunks, before runs are joined and gaps are filled.
#pragma once

#include <vector>

#include "indexer/chunker.h"

namespace fanin::indexer {

// One element, or the head of one, on whole lines.
struct ChunkUnit {
  graph::ChunkKind kind = graph::ChunkKind::kOther;
  graph::LocalNode node = graph::kNoNode;
  graph::LocalNode scope = 0;  // whose member it is
  uint32_t first_line = 0;
  uint32_t last_line = 0;

  uint32_t line_count() const { return last_line - first_line + 1; }
};

// Children of all nodes, in order of position.
class NodeTree {
 public:
  explicit NodeTree(const graph::ShardBuilder& builder);
  std::span<const graph::LocalNode> ChildrenOf(graph::LocalNode node) const {
    return std::span(items_).subspan(begin_[node], begin_[node + 1] - begin_[node]);
  }

 private:
  std::vector<uint32_t> begin_;
  std::vector<graph::LocalNode> items_;
};

// In order of their first line; they may still share lines or lie within each other.
std::vector<ChunkUnit> CollectUnits(const ChunkSource& source, const graph::ShardBuilder& builder,
                                    const NodeTree& tree);

}  // namespace fanin::indexer
