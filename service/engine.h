// Engine: one data directory, opened. Holds the store, the snapshots and search indexes that are in use, the embedding
// model and the retriever. Everything the service does, it does on an Engine.
//
// Thread-safe. Readers get a shared_ptr to an immutable snapshot or index and keep it as long as they need it; a newly
// published snapshot is opened beside it and swapped in. Nothing is opened or read under the lock.
#pragma once

#include <cstddef>
#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/confinement.h"
#include "base/error.h"
#include "graph/elaboration.h"
#include "graph/rocks_store.h"
#include "graph/snapshot.h"
#include "retriever/embedder.h"
#include "retriever/retriever.h"
#include "retriever/search_index.h"
#include "service/index_memory.h"

namespace fanin::service {

struct EngineOptions {
  std::filesystem::path data_dir;
  // For questions alone, from several processes at once, also where writing is not permitted.
  bool read_only = false;
  retriever::EmbedderConfig embedder;
  size_t shard_cache_bytes = size_t{512} << 20;
  // Of a server: what its callers may make it read.
  base::Roots roots;
};

class Engine {
 public:
  // Takes the data directory for this process. Errors: UNAVAILABLE (another process has it), PERMISSION_DENIED
  // (read-only), RESOURCE_EXHAUSTED (disk full), DATA_LOSS (damaged), FAILED_PRECONDITION (a newer format). Cost: tens
  // of milliseconds; the model is loaded when first needed.
  static base::Result<std::unique_ptr<Engine>> Open(const EngineOptions& options);
  ~Engine();

  graph::RocksStore& store() { return *store_; }
  graph::ShardCache& cache() { return *cache_; }
  const std::shared_ptr<graph::RocksStore>& shared_store() const { return store_; }
  const std::shared_ptr<graph::ShardCache>& shared_cache() const { return cache_; }
  const std::filesystem::path& data_dir() const { return options_.data_dir; }
  const base::Roots& roots() const { return options_.roots; }
  std::filesystem::path vectors_dir() const { return store_->vectors_dir(); }
  const retriever::Retriever& retriever() const { return *retriever_; }
  // NOT_FOUND etc. with the reason where there is no usable model.
  const base::Result<std::shared_ptr<retriever::Embedder>>& embedder() const { return embedder_; }
  // For people: what is lost without a model, and why there is none. REQUIRES: !embedder().
  std::string DescribeMissingModel() const;
  // Share of the snapshot's live passages that have a vector of the current model, [0, 1]; 1 when there is no passage.
  double SemanticCoverage(const graph::Manifest& manifest) const;

  // A snapshot of a repository; nullopt: the newest. Errors: NOT_FOUND (repository, with the names that exist, or
  // snapshot), FAILED_PRECONDITION (it was never indexed). Cost: none when the newest is open already.
  base::Result<std::shared_ptr<const graph::Snapshot>> OpenSnapshot(std::string_view repository,
                                                                    std::optional<graph::SnapshotId> snapshot);
  // The same with its postings and vectors. Cost: the vector files are read; none when the newest is open already.
  base::Result<std::shared_ptr<const retriever::SearchIndex>> OpenIndex(std::string_view repository,
                                                                        std::optional<graph::SnapshotId> snapshot);

  // A snapshot of the caller's own, over one that is open: what both have is shared. Cost: as OpenIndex, without
  // vectors.
  base::Result<std::shared_ptr<const retriever::SearchIndex>> OpenOver(
      const retriever::SearchIndex& index, std::shared_ptr<const graph::Snapshot> snapshot) const {
    return ReadIndex(std::move(snapshot), &index);
  }

  // A design of a snapshot; empty: the first that has any facts, null when none has. Errors: NOT_FOUND, with the names
  // that exist; DATA_LOSS. Cost: that of Elaboration::Open, none for one of those used last.
  base::Result<std::shared_ptr<const graph::Elaboration>> OpenElaboration(const graph::Snapshot& snapshot,
                                                                          const std::string& design);

  // The newest snapshot's index, if a caller needed it before; else null.
  std::shared_ptr<const retriever::SearchIndex> FindOpenIndex(std::string_view repository) const {
    return Find(repository).index;
  }

  // To be called after a publication: a repository that is in use is served from its newest snapshot from now on.
  base::Status Refresh(const std::string& repository);
  // To be called after a deletion. Readers at work keep what they have.
  void Forget(const std::string& repository);

  // What the last run left for the next; a new one when there is nothing. The caller has it alone, and gives it back
  // only if what it says is published: after any failure it is lost. It is kept for the last few repositories.
  std::unique_ptr<IndexMemory> TakeMemory(const std::string& repository);
  void KeepMemory(const std::string& repository, std::unique_ptr<IndexMemory> memory);

 private:
  // What is open of a repository's newest snapshot.
  struct Opened {
    std::shared_ptr<const graph::Snapshot> snapshot;
    std::shared_ptr<const retriever::SearchIndex> index;  // null: not needed yet
  };

  explicit Engine(const EngineOptions& options);
  Opened Find(std::string_view repository) const;
  uint64_t CountDeletions() const;
  // Keeps what was opened for later callers, unless a repository was deleted since `deletions` was counted.
  void Keep(const std::string& repository, const Opened& opened, uint64_t deletions);
  base::Result<std::shared_ptr<const graph::Snapshot>> ReadSnapshot(std::string_view repository,
                                                                    std::optional<graph::SnapshotId> snapshot);
  // `before`: an index of another state, with which to share; may be null.
  base::Result<std::shared_ptr<const retriever::SearchIndex>> ReadIndex(std::shared_ptr<const graph::Snapshot> snapshot,
                                                                        const retriever::SearchIndex* before) const;

  // Constant after Open.
  const EngineOptions options_;
  std::shared_ptr<graph::RocksStore> store_;
  std::shared_ptr<graph::ShardCache> cache_;
  base::Result<std::shared_ptr<retriever::Embedder>> embedder_;
  std::unique_ptr<retriever::Retriever> retriever_;

  // Guarded by mutex_.
  mutable std::mutex mutex_;
  std::map<std::string, Opened, std::less<>> opened_;
  std::list<std::pair<std::string, std::unique_ptr<IndexMemory>>> memories_;  // most recent first
  // Designs used last, the latest first.
  struct OpenedDesign {
    std::string repository;
    graph::SnapshotId snapshot = 0;
    std::string design;
    std::shared_ptr<const graph::Elaboration> elaboration;
  };
  std::list<OpenedDesign> designs_;
  uint64_t deletions_ = 0;
};

}  // namespace fanin::service
