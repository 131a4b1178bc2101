// GraphStore on disk, in RocksDB. Layout, keys and the order of writes: docs/storage_format.md.
//
// One process writes a directory at a time. Everything put is durable no later than the next Publish, which is one
// synced batch. An error of RocksDB's background threads makes every later write fail until it is resolved, and is told
// by BackgroundError. Thread-safe as GraphStore says.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph_store.h"

namespace rocksdb {
class Env;
}

namespace fanin::graph {

enum class OpenMode : uint8_t {
  kReadWrite = 0,  // creates the directory when there is none; takes its lock
  kReadOnly = 1,   // for queries, several at once; works without permission to write; all that writes fails
};

struct RocksOptions {
  OpenMode mode = OpenMode::kReadWrite;
  uint64_t block_cache_bytes = uint64_t{128} << 20;  // shared by all families; indexes and filters included
  uint64_t write_buffer_bytes = uint64_t{64} << 20;  // of all families together, before they are flushed
  rocksdb::Env* env = nullptr;                       // for tests that make it fail; must outlive the store
};

// What RocksStore::Repair did.
struct RepairReport {
  // What is to be indexed again: a repository's folder (empty revision), or a commit of it that was kept by name.
  struct Rebuild {
    std::string repository;
    std::string revision;
    friend bool operator==(const Rebuild&, const Rebuild&) = default;
  };
  std::vector<Rebuild> rebuild;
  std::filesystem::path quarantine;  // where the damaged database is kept; empty: there was none
  bool list_lost = false;            // which repositories there were is not known for certain
  uint64_t files_kept = 0;           // whose stored text and shard are whole, and need not be parsed again
  uint64_t files_lost = 0;
  uint64_t vectors_kept = 0;
};

class RocksStore final : public GraphStore {
 public:
  // Errors: UNAVAILABLE (another process writes it: its id is told); PERMISSION_DENIED; NOT_FOUND (read-only: no such
  // directory); FAILED_PRECONDITION (newer format, or the folder holds other things); DATA_LOSS (damaged: the message
  // tells what to do); RESOURCE_EXHAUSTED (disk full).
  static base::Result<std::shared_ptr<RocksStore>> Open(const std::filesystem::path& dir,
                                                        const RocksOptions& options = {});
  ~RocksStore() override;

  // Makes a damaged directory usable: its database is put aside into `quarantine/`, in place of what an earlier repair
  // put there, and a new one is made with the repositories, none of them indexed, and with those texts, shards and
  // vectors of the old one that are whole, so that indexing again costs what was lost. Before the new one takes its
  // place `before_swap` gets the report; a crash at any instant leaves a directory that can be repaired again. Errors:
  // UNAVAILABLE (a process has it open), FAILED_PRECONDITION (newer format, not ours), NOT_FOUND, those of writing.
  static base::Result<RepairReport> Repair(const std::filesystem::path& dir,
                                           const std::function<base::Status(const RepairReport&)>& before_swap);
  // Writes down that the directory is damaged, for KnownDamage, unless it is open for reading only. What RocksDB finds
  // is noted by itself.
  void NoteDamage(const std::string& what);
  // What was found damaged while the directory was last open for writing, and not repaired since.
  static std::optional<std::string> KnownDamage(const std::filesystem::path& dir);

  // Where the files that VectorFile names are kept.
  std::filesystem::path vectors_dir() const;
  // The last error of RocksDB's background work (flush, compaction) that is not resolved.
  std::optional<base::Error> BackgroundError() const;
  // Reads everything and checks every checksum of RocksDB. Errors: DATA_LOSS. Cost: that of reading the store.
  base::Status VerifyChecksums();

  base::Result<std::vector<bool>> HasBlobs(BlobKind kind, std::span<const base::Digest> digests) override;
  base::Result<std::vector<std::optional<std::string>>> GetBlobs(BlobKind kind,
                                                                 std::span<const base::Digest> digests) override;
  base::Status PutBlobs(BlobKind kind, std::vector<Blob> blobs) override;
  base::Result<SegmentId> NewSegmentId() override;
  base::Status WriteSegment(SegmentId id, SegmentRows rows) override;
  base::Result<std::vector<std::optional<std::string>>> GetRows(SegmentId id, Table table,
                                                                std::span<const std::string> keys) override;
  base::Status ScanRows(SegmentId id, Table table, std::string_view prefix,
                        const std::function<bool(std::string_view, std::string_view)>& visit) override;
  base::Status CreateRepository(const RepositoryRecord& record) override;
  base::Status UpdateRepository(const RepositoryRecord& record) override;
  base::Result<RepositoryRecord> GetRepository(std::string_view name) override;
  base::Result<std::vector<RepositoryRecord>> ListRepositories() override;
  base::Status DeleteRepository(std::string_view name) override;
  base::Result<SnapshotId> Publish(const Manifest& manifest) override;
  base::Result<SnapshotId> PublishNamed(const Manifest& manifest, std::optional<SnapshotId> replaced) override;
  base::Result<Manifest> GetManifest(std::string_view repository, std::optional<SnapshotId> snapshot) override;
  base::Result<std::vector<SnapshotId>> ListSnapshots(std::string_view repository) override;
  base::Result<std::shared_ptr<void>> Pin(std::string_view repository, SnapshotId snapshot) override;
  base::Status CollectGarbage(size_t keep) override;
  base::Result<uint64_t> EstimateSizeBytes() override;

 private:
  struct State;
  class Salvage;
  explicit RocksStore(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace fanin::graph
