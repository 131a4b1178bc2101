// What differs between two snapshots of one repository: nodes and edges added, removed and changed.
//
// Only files whose shard or links differ are looked at. Within such a file the two trees of nodes are matched from the
// root down, children of matched parents with each other: named ones by kind, name and ordinal; those without a name
// (blocks, statements) by their text, spaces and comments left out, and what is left of a kind one after the other. A
// matched node is changed when an attribute is, or, without a name, the text that it does not share with its children.
// That a node moved within its file is no change; a file under another path is another file.
// Edges are the same when their kind, ends and all that they say but the confidence and statement are; of those left
// over, two of one kind between the same ends are one that changed.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "graph/snapshot.h"

namespace fanin::graph {

enum class Change : uint8_t { kAdded, kRemoved, kChanged };

struct NodeChange {
  Change change = Change::kAdded;
  NodeRef before = kNoRef;  // kNoRef: added
  NodeRef after = kNoRef;   // kNoRef: removed
  std::vector<std::string>
      differences;  // of a changed one: "type", "width", "value", "direction", "condition", "doc", "text"
};

struct EdgeChange {
  Change change = Change::kAdded;
  std::optional<Edge> before;  // with nodes of the first snapshot; nothing: added
  std::optional<Edge> after;   // with nodes of the second; nothing: removed
};

struct ChangeCounts {
  uint32_t added = 0;
  uint32_t removed = 0;
  uint32_t changed = 0;
  friend bool operator==(const ChangeCounts&, const ChangeCounts&) = default;
};

struct DiffLimits {
  size_t max_nodes = 1000;
  size_t max_edges = 1000;
  std::optional<std::chrono::steady_clock::time_point> deadline;
};

struct DiffResult {
  uint32_t files_compared = 0;
  std::vector<NodeChange> nodes;  // by path, then position
  std::vector<EdgeChange> edges;  // by path
  ChangeCounts node_counts;       // of all, whether listed or not
  ChangeCounts edge_counts;
  bool truncated = false;  // a limit left some unlisted, or the deadline came and counts are of the files until then
};

// REQUIRES: both snapshots are of one repository. Errors: those of reading snapshots. Cost: linear in the nodes and
// edges of the files that differ; memory that of the largest of them.
base::Result<DiffResult> Compare(const Snapshot& before, const Snapshot& after, const DiffLimits& limits);

}  // namespace fanin::graph
