// Files with parse errors, each named with its first one.
#pragma once

#include <cstddef>

#include "base/error.h"
#include "fanin/v1/repository.pb.h"
#include "graph/graph_store.h"
#include "graph/manifest.h"
#include "graph/snapshot.h"

namespace fanin::service {

// Appends the first `limit` of a snapshot, by path. Cost: their shards are read. Errors: DATA_LOSS.
base::Status DescribeParseProblems(graph::GraphStore& store, graph::ShardCache& cache, const graph::Manifest& manifest,
                                   size_t limit, google::protobuf::RepeatedPtrField<v1::ParseProblem>& problems);

}  // namespace fanin::service
