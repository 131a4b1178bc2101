// A snapshot as one stream of bytes: to be kept, or moved to another data directory. docs/snapshot_archive.md.
//
// Equal snapshots give equal bytes, whatever store holds them: what a store numbers for itself (snapshots, segments) is
// renumbered.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string_view>

#include "base/digest.h"
#include "base/error.h"
#include "graph/graph_store.h"
#include "graph/manifest.h"

namespace fanin::graph {

// Takes the next bytes; an error ends the writing with it.
using ArchiveSink = std::function<base::Status(std::string_view)>;

// Writes a snapshot with all that its manifest names, and those of `vectors` that are stored. REQUIRES: the snapshot is
// pinned. A vector file that is missing or damaged is left out: it is a cache. Errors: the store's, DATA_LOSS when
// something named is not stored, and the sink's. Memory: one blob, one row, one vector file.
base::Status WriteArchive(GraphStore& store, const std::filesystem::path& vectors_dir, const RepositoryRecord& record,
                          const Manifest& manifest, std::span<const base::Digest> vectors, const ArchiveSink& sink);

struct ArchiveHead {
  RepositoryRecord record;  // name, root, options_json and created_unix_ms only
  Manifest manifest;        // with the archive's own numbers of segments
};

// Reads an archive to its end and checks it. Errors: DATA_LOSS, FAILED_PRECONDITION (a newer format), those of the
// file.
base::Result<ArchiveHead> CheckArchive(const std::filesystem::path& archive);

// Puts what an archive holds into the store and returns the manifest to publish, with this store's numbers of segments.
// REQUIRES: CheckArchive found it good; nothing collects garbage until the manifest is published. Memory: the rows of
// one segment. Errors: the store's, DATA_LOSS.
base::Result<Manifest> ReadArchive(GraphStore& store, const std::filesystem::path& vectors_dir,
                                   const std::filesystem::path& archive);

}  // namespace fanin::graph
