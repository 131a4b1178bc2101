// GraphStore: where shards, texts, segments and snapshots are kept. The seam below which RocksDB lives.
//
// Three kinds of content:
//   blobs     content-addressed, shared by all repositories and snapshots: texts, shards, links, vectors, designs;
//   tables    the search structures of one segment: sorted rows, written once, immutable;
//   records   the repositories and their snapshots' manifests; the only thing that changes, by one atomic publication.
//
// MemoryStore (memory_store.h) defines the meaning; RocksStore (rocks_store.h) must agree under
// tests/graph/store_contract. Every key begins with what a distributed engine would partition by; every read takes many
// keys at once.
//
// Thread rule: all functions may be called from many threads; publications of one repository must not overlap (the
// caller's job queue sees to that). Readers never block on writers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "graph/manifest.h"

namespace fanin::graph {

enum class BlobKind : uint8_t {
  kText = 0,
  kShard = 1,
  kLinks = 2,
  kVector = 3,
  kDesign = 4,      // graph/elaborated.h
  kElaborated = 5,  // likewise: facts of one specialised definition
};
inline constexpr int kBlobKindCount = 6;

enum class Table : uint8_t {
  kNames = 0,     // lower-case name -> nodes (graph/segment.h)
  kEdgesIn = 1,   // target file -> links that point into it (graph/segment.h)
  kPostings = 2,  // retriever's own keys
};
inline constexpr int kTableCount = 3;

struct Row {
  std::string key;
  std::string value;
  friend bool operator==(const Row&, const Row&) = default;
};

// Rows of one new segment, per table; WriteSegment sorts nothing: keys must be strictly ascending within a table.
struct SegmentRows {
  std::vector<Row> tables[kTableCount];
};

struct Blob {
  base::Digest digest;  // the key: digest of the content, or for vectors of (model, text)
  std::string bytes;
};

// Of one repository, published by name.
inline constexpr size_t kMaxNamedSnapshots = 16;

class GraphStore {
 public:
  virtual ~GraphStore() = default;

  // --- blobs
  // Which of the digests are stored, in their order.
  virtual base::Result<std::vector<bool>> HasBlobs(BlobKind kind, std::span<const base::Digest> digests) = 0;
  // In the order of the digests; nullopt: not stored. Errors: DATA_LOSS when a checksum fails.
  virtual base::Result<std::vector<std::optional<std::string>>> GetBlobs(BlobKind kind,
                                                                         std::span<const base::Digest> digests) = 0;
  // Stores blobs; one that exists already is left alone. Not yet referenced by a snapshot they survive until the next
  // CollectGarbage. Durable no later than the next Publish.
  virtual base::Status PutBlobs(BlobKind kind, std::vector<Blob> blobs) = 0;

  // --- segments
  virtual base::Result<SegmentId> NewSegmentId() = 0;
  // Writes a segment's rows. Durable no later than the next Publish. REQUIRES: id from NewSegmentId, written once.
  virtual base::Status WriteSegment(SegmentId id, SegmentRows rows) = 0;
  // Values of exact keys, in their order; nullopt: absent.
  virtual base::Result<std::vector<std::optional<std::string>>> GetRows(SegmentId id, Table table,
                                                                        std::span<const std::string> keys) = 0;
  // Calls visit(key, value) for every row whose key starts with `prefix`, ascending, until it returns false. The views
  // live only during the call.
  virtual base::Status ScanRows(SegmentId id, Table table, std::string_view prefix,
                                const std::function<bool(std::string_view key, std::string_view value)>& visit) = 0;

  // --- repositories and snapshots
  // Errors: ALREADY_EXISTS.
  virtual base::Status CreateRepository(const RepositoryRecord& record) = 0;
  // Replaces root and options of an existing one. Errors: NOT_FOUND.
  virtual base::Status UpdateRepository(const RepositoryRecord& record) = 0;
  // Errors: NOT_FOUND, with the names that exist.
  virtual base::Result<RepositoryRecord> GetRepository(std::string_view name) = 0;
  // Sorted by name.
  virtual base::Result<std::vector<RepositoryRecord>> ListRepositories() = 0;
  // Removes the repository and its snapshots from view at once; storage is freed by CollectGarbage. Errors: NOT_FOUND.
  virtual base::Status DeleteRepository(std::string_view name) = 0;
  // Makes `manifest` the repository's newest snapshot, in one synced atomic write, and assigns its id (the returned
  // one; manifest.snapshot is ignored). After a crash at any instant the previous snapshot or this one is the newest,
  // whole. REQUIRES: all that it names is written. Errors: NOT_FOUND (repository), RESOURCE_EXHAUSTED (disk full) ...
  virtual base::Result<SnapshotId> Publish(const Manifest& manifest) = 0;
  // As Publish, but the repository's newest snapshot stays what it is, unless there is none. The snapshot is kept until
  // kMaxNamedSnapshots newer ones were published so, or one replaces it.
  virtual base::Result<SnapshotId> PublishNamed(const Manifest& manifest, std::optional<SnapshotId> replaced) = 0;
  // The manifest of one snapshot; nullopt: the newest. Errors: NOT_FOUND.
  virtual base::Result<Manifest> GetManifest(std::string_view repository, std::optional<SnapshotId> snapshot) = 0;
  // Ids of the snapshots still kept, ascending.
  virtual base::Result<std::vector<SnapshotId>> ListSnapshots(std::string_view repository) = 0;

  // --- pins and garbage
  // While the returned object lives, garbage collection keeps the snapshot. It may outlive the store.
  virtual base::Result<std::shared_ptr<void>> Pin(std::string_view repository, SnapshotId snapshot) = 0;
  // Drops snapshots beyond the newest `keep` of each repository unless pinned or kept by name, then every blob, segment
  // and vector file that no remaining snapshot names. Vectors are kept while any snapshot exists (they are a cache
  // keyed by content). REQUIRES: no indexing job under way.
  virtual base::Status CollectGarbage(size_t keep) = 0;

  // Bytes on disk (or in memory), approximately.
  virtual base::Result<uint64_t> EstimateSizeBytes() = 0;
};

}  // namespace fanin::graph
