// What RocksStore is made of, shared by its source files. Private to graph/rocks_*.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "graph/retention.h"
#include "graph/rocks_db.h"
#include "graph/rocks_store.h"

namespace fanin::graph {

struct RocksStore::State {
  std::unique_ptr<RocksDb> db;
  PinTable pins;
  std::mutex records_mutex;    // held by what changes repository records; readers do not take it
  std::mutex ids_mutex;        // protects the id below
  SegmentId next_segment = 0;  // 0: not read yet

  // Calls visit(key, value) for the rows of a family whose keys start with `prefix`, ascending, until it returns false.
  base::Status Scan(Family family, std::string_view prefix, const rocksdb::ReadOptions& options,
                    const std::function<bool(std::string_view key, std::string_view value)>& visit);
  base::Result<RepositoryRecord> FindRecord(std::string_view name, const rocksdb::ReadOptions& options);
  base::Result<std::vector<RepositoryRecord>> ListRecords(const rocksdb::ReadOptions& options);
  // Brings the list beside the database up to date. REQUIRES: records_mutex held, or no one else has the store.
  base::Status WriteRepositoryList();
  // Publishes a manifest under the id that `add` gives it in the repository's record.
  base::Result<SnapshotId> Publish(const Manifest& manifest, const std::function<SnapshotId(RepositoryRecord&)>& add);
  // The number stored under a key of `meta`; 1 when there is none.
  base::Result<uint64_t> ReadCounter(std::string_view key);

  // --- garbage (rocks_garbage.cc)
  // Drops the snapshots beyond the newest `keep` that are not pinned.
  base::Status DropSnapshots(size_t keep);
  base::Result<LiveContent> ReadLiveContent();
  base::Status DeleteDeadBlobs(const LiveContent& live);
  base::Status DeleteDeadSegments(const LiveContent& live);
  base::Status DeleteDeadVectorFiles(const LiveContent& live);
};

}  // namespace fanin::graph
