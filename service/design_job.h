// Elaborating the designs of a repository: from their specifications to what a manifest names.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "fanin/v1/repository.pb.h"
#include "graph/graph_store.h"
#include "graph/manifest.h"
#include "graph/snapshot.h"
#include "indexer/design_spec.h"

namespace fanin::service {

// The designs of the repository's fanin.toml, then those of options.tops that it does not have. A fanin.toml that
// cannot be read is a warning, with none of its designs.
base::Result<std::vector<indexer::DesignSpec>> FindDesignSpecs(const std::string& root, const v1::IndexOptions& options,
                                                               std::vector<std::string>& warnings);

// Elaborates one design and stores what comes out. `before`, which may be null, is its entry in an earlier snapshot: if
// it was made from equal inputs it is taken as it is. What is wrong with the design itself (no such top, a list that
// cannot be read) becomes a problem of an otherwise empty design. `confined`: the run is for others
// (IndexOptions.roots). Errors: CANCELLED, RESOURCE_EXHAUSTED, the store's.
base::Result<graph::DesignEntry> ElaborateDesign(graph::GraphStore& store, const graph::Snapshot& snapshot,
                                                 const std::string& root, const indexer::DesignSpec& spec,
                                                 bool confined, const graph::DesignEntry* before,
                                                 const std::function<bool()>& cancelled);

// Appends a description of each design of a snapshot. Errors: DATA_LOSS.
base::Status DescribeDesigns(graph::GraphStore& store, const graph::Manifest& manifest,
                             google::protobuf::RepeatedPtrField<v1::Design>& designs);

}  // namespace fanin::service
