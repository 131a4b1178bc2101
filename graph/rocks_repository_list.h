// The list of repositories that is kept beside the database, so that one that is damaged can be made again from the
// sources. Private to graph/rocks_*. File `repositories` of the data directory, docs/storage_format.md.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "base/error.h"
#include "graph/manifest.h"

namespace fanin::graph {

// Does nothing when the file says the same already. Durable when it returns.
base::Status WriteRepositoryList(const std::filesystem::path& dir, std::span<const RepositoryRecord> records);
// Without what changes by publication: of each record name, root and options. Errors: NOT_FOUND, DATA_LOSS,
// FAILED_PRECONDITION.
base::Result<std::vector<RepositoryRecord>> ReadRepositoryList(const std::filesystem::path& dir);

}  // namespace fanin::graph
