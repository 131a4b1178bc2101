// Private parts of Snapshot, shared by its source files.
#pragma once

#include <vector>

#include "graph/segment_rows.h"
#include "graph/snapshot.h"

namespace fanin::graph {

// Where the live files of one segment are.
struct Snapshot::SegmentIndex {
  static constexpr FileRef kDead = UINT32_MAX;

  SegmentId id = 0;
  std::vector<FileRef> by_ordinal;  // kDead where the file is no more
  std::vector<FileRef> by_doc;      // live files that have documents, by doc_base
};

// A named node of the snapshot, as the names table tells.
struct Snapshot::NameCandidate {
  NodeRef ref = kNoRef;
  FileRef file = 0;
  NameEntry entry;
};

}  // namespace fanin::graph
