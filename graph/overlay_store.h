// OverlayStore: a store with a few things laid over it that are never written: the facts of unsaved texts, for as long
// as they are asked about. Everything else is read from the store below.
#pragma once

#include <memory>

#include "graph/graph_store.h"

namespace fanin::graph {

// The id of the one segment that lies over the store. No store reaches it.
inline constexpr SegmentId kOverlaySegment = UINT64_MAX;

// Read-only: what writes to it is FAILED_PRECONDITION. Immutable, thread-safe.
class OverlayStore : public GraphStore {
 public:
  struct Content {
    Manifest manifest;  // in place of that of manifest.snapshot, which must exist in the store below
    SegmentRows segment;
    std::vector<Blob> blobs[kBlobKindCount];  // of texts, shards and link sets
  };
  OverlayStore(std::shared_ptr<GraphStore> below, Content content);
  ~OverlayStore() override;

  base::Result<std::vector<bool>> HasBlobs(BlobKind kind, std::span<const base::Digest> digests) override;
  base::Result<std::vector<std::optional<std::string>>> GetBlobs(BlobKind kind,
                                                                 std::span<const base::Digest> digests) override;
  base::Result<std::vector<std::optional<std::string>>> GetRows(SegmentId id, Table table,
                                                                std::span<const std::string> keys) override;
  base::Status ScanRows(SegmentId id, Table table, std::string_view prefix,
                        const std::function<bool(std::string_view key, std::string_view value)>& visit) override;
  base::Result<RepositoryRecord> GetRepository(std::string_view name) override;
  base::Result<std::vector<RepositoryRecord>> ListRepositories() override;
  base::Result<Manifest> GetManifest(std::string_view repository, std::optional<SnapshotId> snapshot) override;
  base::Result<std::vector<SnapshotId>> ListSnapshots(std::string_view repository) override;
  base::Result<std::shared_ptr<void>> Pin(std::string_view repository, SnapshotId snapshot) override;
  base::Result<uint64_t> EstimateSizeBytes() override;

  base::Status PutBlobs(BlobKind kind, std::vector<Blob> blobs) override;
  base::Result<SegmentId> NewSegmentId() override;
  base::Status WriteSegment(SegmentId id, SegmentRows rows) override;
  base::Status CreateRepository(const RepositoryRecord& record) override;
  base::Status UpdateRepository(const RepositoryRecord& record) override;
  base::Status DeleteRepository(std::string_view name) override;
  base::Result<SnapshotId> Publish(const Manifest& manifest) override;
  base::Result<SnapshotId> PublishNamed(const Manifest& manifest, std::optional<SnapshotId> replaced) override;
  base::Status CollectGarbage(size_t keep) override;

 private:
  const std::shared_ptr<GraphStore> below_;
  const std::shared_ptr<GraphStore> over_;  // holds blobs and the segment, under an id of its own
  const Manifest manifest_;
  SegmentId over_segment_ = 0;
};

}  // namespace fanin::graph
