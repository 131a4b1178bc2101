// Writing one segment of a snapshot: names and reverse links (graph), postings (retriever), over the same files.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "graph/manifest.h"
#include "graph/shard.h"
#include "service/engine.h"
#include "service/run_monitor.h"

namespace fanin::service {

// Writes a new segment of the files, in their order, and sets segment, ordinal and doc_base of each. Their shards, link
// sets and texts must be stored. Holds a bounded batch of texts beside the rows in the making; the graph's tables and
// the postings are built on two threads. Errors: CANCELLED, DATA_LOSS, those of the store.
base::Result<graph::SegmentEntry> WriteSegment(Engine& engine, std::span<graph::FileEntry* const> files,
                                               RunMonitor& monitor);

}  // namespace fanin::service
