// IndexJob: one run that brings a repository's index up to date with its folder, or indexes a commit of it.
//
//   parse     indexer::IndexFolder; what the store has already is not parsed again
//   link      bind names across all files, if any file changed
//   postings  files whose shard, links and path are as before stay in their segment; the rest go into one new segment,
//   or
//             all into one when there would be too many segments or too many dead passages
//   publish   the snapshot is visible, whole
//   elaborate designs of fanin.toml and of options.tops whose inputs changed, then a second publication with them; not
//   of
//             commits
//   embed     vectors of what has none yet, then a further publication with them
//   collect   snapshots but the newest two and those of commits are dropped, and what they alone used; not every time
//
// Memory: shards pass through the engine's bounded cache and texts are read back in batches; the new segment's rows and
// the encoded link sets are held whole.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "fanin/v1/repository.pb.h"
#include "graph/linker.h"
#include "graph/manifest.h"
#include "indexer/indexer.h"
#include "service/engine.h"
#include "service/index_memory.h"
#include "service/run_monitor.h"

namespace fanin::service {

// Snapshots of a repository that outlive a publication.
inline constexpr size_t kSnapshotsKept = 2;

struct IndexJobRequest {
  std::string repository;                   // must exist
  std::optional<v1::IndexOptions> options;  // nullopt: as last time
  bool embed = true;
  std::string revision;  // a commit to index and keep by name, as git names it; empty: the folder
  // Asked while vectors are made; true ends that, so that a newer state need not wait for it. May be empty.
  std::function<bool()> superseded;

  // Whether a job that does this, and has not begun, does what `other` asks.
  bool Joins(const IndexJobRequest& other) const;
};

class IndexJob {
 public:
  IndexJob(Engine& engine, IndexJobRequest request, OnIndexProgress on_progress);

  // REQUIRES: called once; no other job of the engine runs meanwhile. Errors: NOT_FOUND (repository, its folder),
  // FAILED_PRECONDITION (no HDL in it), INVALID_ARGUMENT (options), CANCELLED, RESOURCE_EXHAUSTED (disk full), the
  // store's. After an error the snapshot that was newest stays, or, if vectors failed, the new one without some of
  // them.
  base::Result<v1::IndexSummary> Run();

 private:
  base::Status Prepare();
  base::Status FindCommit();
  base::Status Parse();
  bool FilesChanged() const;
  base::Status Link();
  base::Status WriteSegments();
  base::Status Publish();
  base::Status PublishCommit();
  base::Status Elaborate();
  base::Status Embed();
  base::Status Finish();

  // Fills facts_ and the entries of next_.files from the shards, but for the links; counts nodes and local edges.
  base::Status DescribeFiles();
  // Into facts_[i].
  base::Status DescribeFile(size_t i);
  // Makes next_ the newest snapshot, or that of the commit again.
  base::Status PublishNext();
  // Entries of next_ that no segment of the previous snapshot serves; the others are given their old place.
  std::vector<graph::FileEntry*> KeepOldPlaces();
  // Whether so many segments or dead passages would stay that all files should move into one.
  bool ShouldMerge(const std::vector<graph::FileEntry*>& new_files) const;

  Engine& engine_;
  const IndexJobRequest request_;
  RunMonitor monitor_;

  graph::RepositoryRecord record_;
  v1::IndexOptions options_;
  std::optional<graph::Manifest> previous_;  // the newest snapshot when the run began
  std::string commit_;                       // full name; empty: the folder is indexed
  std::optional<graph::Manifest> existing_;  // a snapshot of that commit
  indexer::IndexResult parsed_;
  graph::Manifest next_;  // in the making; next_.files[i] is parsed_.files[i]
  std::vector<FileFacts> facts_;
  std::unique_ptr<IndexMemory> memory_;
  v1::IndexSummary summary_;
  std::vector<std::string> warnings_;
};

}  // namespace fanin::service
