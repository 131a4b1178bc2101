// Options of indexing, in the three forms they take: message, stored JSON, the indexer's own.
#pragma once

#include <string>

#include "base/error.h"
#include "fanin/v1/repository.pb.h"
#include "graph/manifest.h"
#include "indexer/indexer.h"

namespace fanin::service {

// As the repository was indexed last. Errors: DATA_LOSS.
base::Result<v1::IndexOptions> ReadOptions(const graph::RepositoryRecord& record);
std::string EncodeOptions(const v1::IndexOptions& options);
indexer::IndexOptions ToIndexerOptions(const std::string& root, const v1::IndexOptions& options,
                                       const base::Roots& roots);

}  // namespace fanin::service
