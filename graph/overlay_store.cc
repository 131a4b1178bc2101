#include "graph/overlay_store.h"

#include <utility>

#include "graph/memory_store.h"

namespace fanin::graph {
namespace {

using base::Result;
using base::Status;

std::unexpected<base::Error> FailReadOnly() {
  return base::Fail(base::Code::kFailedPrecondition, "unsaved texts are laid over this store: it is not written to");
}

}  // namespace

OverlayStore::OverlayStore(std::shared_ptr<GraphStore> below, Content content)
    : below_(std::move(below)), over_(NewMemoryStore()), manifest_(std::move(content.manifest)) {
  // A store in memory has no errors but those of callers.
  for (const BlobKind kind : {BlobKind::kText, BlobKind::kShard, BlobKind::kLinks}) {
    FANIN_CHECK(over_->PutBlobs(kind, std::move(content.blobs[static_cast<int>(kind)])).has_value());
  }
  over_segment_ = over_->NewSegmentId().value();
  FANIN_CHECK(over_->WriteSegment(over_segment_, std::move(content.segment)).has_value());
}

OverlayStore::~OverlayStore() = default;

Result<std::vector<bool>> OverlayStore::HasBlobs(BlobKind kind, std::span<const base::Digest> digests) {
  FANIN_ASSIGN_OR_RETURN(std::vector<bool> stored, below_->HasBlobs(kind, digests));
  FANIN_ASSIGN_OR_RETURN(const std::vector<bool> over, over_->HasBlobs(kind, digests));
  for (size_t i = 0; i < stored.size(); ++i) stored[i] = stored[i] || over[i];
  return stored;
}

Result<std::vector<std::optional<std::string>>> OverlayStore::GetBlobs(BlobKind kind,
                                                                       std::span<const base::Digest> digests) {
  FANIN_ASSIGN_OR_RETURN(auto values, over_->GetBlobs(kind, digests));
  std::vector<size_t> missing;
  std::vector<base::Digest> wanted;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i]) continue;
    missing.push_back(i);
    wanted.push_back(digests[i]);
  }
  if (wanted.empty()) return values;
  FANIN_ASSIGN_OR_RETURN(auto below, below_->GetBlobs(kind, wanted));
  for (size_t i = 0; i < missing.size(); ++i) values[missing[i]] = std::move(below[i]);
  return values;
}

Result<std::vector<std::optional<std::string>>> OverlayStore::GetRows(SegmentId id, Table table,
                                                                      std::span<const std::string> keys) {
  return id == kOverlaySegment ? over_->GetRows(over_segment_, table, keys) : below_->GetRows(id, table, keys);
}

Status OverlayStore::ScanRows(SegmentId id, Table table, std::string_view prefix,
                              const std::function<bool(std::string_view key, std::string_view value)>& visit) {
  return id == kOverlaySegment ? over_->ScanRows(over_segment_, table, prefix, visit)
                               : below_->ScanRows(id, table, prefix, visit);
}

Result<RepositoryRecord> OverlayStore::GetRepository(std::string_view name) { return below_->GetRepository(name); }

Result<std::vector<RepositoryRecord>> OverlayStore::ListRepositories() { return below_->ListRepositories(); }

Result<Manifest> OverlayStore::GetManifest(std::string_view repository, std::optional<SnapshotId> snapshot) {
  const bool is_overlaid = repository == manifest_.repository && snapshot == manifest_.snapshot;
  return is_overlaid ? Result<Manifest>(manifest_) : below_->GetManifest(repository, snapshot);
}

Result<std::vector<SnapshotId>> OverlayStore::ListSnapshots(std::string_view repository) {
  return below_->ListSnapshots(repository);
}

Result<std::shared_ptr<void>> OverlayStore::Pin(std::string_view repository, SnapshotId snapshot) {
  return below_->Pin(repository, snapshot);
}

Result<uint64_t> OverlayStore::EstimateSizeBytes() { return below_->EstimateSizeBytes(); }

Status OverlayStore::PutBlobs(BlobKind, std::vector<Blob>) { return FailReadOnly(); }
Result<SegmentId> OverlayStore::NewSegmentId() { return FailReadOnly(); }
Status OverlayStore::WriteSegment(SegmentId, SegmentRows) { return FailReadOnly(); }
Status OverlayStore::CreateRepository(const RepositoryRecord&) { return FailReadOnly(); }
Status OverlayStore::UpdateRepository(const RepositoryRecord&) { return FailReadOnly(); }
Status OverlayStore::DeleteRepository(std::string_view) { return FailReadOnly(); }
Result<SnapshotId> OverlayStore::Publish(const Manifest&) { return FailReadOnly(); }
Result<SnapshotId> OverlayStore::PublishNamed(const Manifest&, std::optional<SnapshotId>) { return FailReadOnly(); }
Status OverlayStore::CollectGarbage(size_t) { return FailReadOnly(); }

}  // namespace fanin::graph
