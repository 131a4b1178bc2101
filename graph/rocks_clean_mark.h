// The mark of a clean close: the sizes that the database's logs had. RocksDB takes a log that was cut short, or is
// gone, for the work of a crash, and goes on from an earlier state; after a clean close there was no crash. Private to
// graph/rocks_*. File `clean` of the data directory, docs/storage_format.md.
#pragma once

#include <filesystem>

#include "base/error.h"

namespace fanin::graph {

// Whether there is a mark. Errors: DATA_LOSS, naming the file that differs from it.
base::Result<bool> CheckCleanMark(const std::filesystem::path& dir);
// Durable when it returns. To be called before the database is written.
base::Status RemoveCleanMark(const std::filesystem::path& dir);
// To be called after the database was closed.
base::Status WriteCleanMark(const std::filesystem::path& dir);

}  // namespace fanin::graph
