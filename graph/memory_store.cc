#include "graph/memory_store.h"

#include <map>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "graph/retention.h"

namespace fanin::graph {
namespace {

using base::Code;
using base::Fail;
using base::Result;
using base::Status;

class MemoryStore final : public GraphStore {
 public:
  Result<std::vector<bool>> HasBlobs(BlobKind kind, std::span<const base::Digest> digests) override {
    std::shared_lock lock(mutex_);
    std::vector<bool> stored;
    stored.reserve(digests.size());
    for (const base::Digest& digest : digests) stored.push_back(BlobsOf(kind).contains(digest));
    return stored;
  }

  Result<std::vector<std::optional<std::string>>> GetBlobs(BlobKind kind,
                                                           std::span<const base::Digest> digests) override {
    std::shared_lock lock(mutex_);
    std::vector<std::optional<std::string>> values(digests.size());
    for (size_t i = 0; i < digests.size(); ++i) {
      if (auto blob = BlobsOf(kind).find(digests[i]); blob != BlobsOf(kind).end()) values[i] = blob->second;
    }
    return values;
  }

  Status PutBlobs(BlobKind kind, std::vector<Blob> blobs) override {
    std::unique_lock lock(mutex_);
    for (Blob& blob : blobs) BlobsOf(kind).try_emplace(blob.digest, std::move(blob.bytes));
    return {};
  }

  Result<SegmentId> NewSegmentId() override {
    std::unique_lock lock(mutex_);
    return ++last_segment_;
  }

  Status WriteSegment(SegmentId id, SegmentRows rows) override {
    CheckRowOrder(rows);
    auto segment = std::make_shared<Segment>();
    for (int table = 0; table < kTableCount; ++table) {
      Rows& sorted = segment->tables[table];
      for (Row& row : rows.tables[table]) sorted.emplace_hint(sorted.end(), std::move(row.key), std::move(row.value));
    }
    std::unique_lock lock(mutex_);
    FANIN_CHECK(id > 0 && id <= last_segment_);
    FANIN_CHECK(segments_.try_emplace(id, std::move(segment)).second);
    return {};
  }

  Result<std::vector<std::optional<std::string>>> GetRows(SegmentId id, Table table,
                                                          std::span<const std::string> keys) override {
    std::vector<std::optional<std::string>> values(keys.size());
    const std::shared_ptr<const Segment> segment = FindSegment(id);
    if (segment == nullptr) return values;
    const Rows& rows = segment->tables[static_cast<size_t>(table)];
    for (size_t i = 0; i < keys.size(); ++i) {
      if (auto row = rows.find(keys[i]); row != rows.end()) values[i] = row->second;
    }
    return values;
  }

  Status ScanRows(SegmentId id, Table table, std::string_view prefix,
                  const std::function<bool(std::string_view, std::string_view)>& visit) override {
    const std::shared_ptr<const Segment> segment = FindSegment(id);
    if (segment == nullptr) return {};
    const Rows& rows = segment->tables[static_cast<size_t>(table)];
    for (auto row = rows.lower_bound(prefix); row != rows.end() && row->first.starts_with(prefix); ++row) {
      if (!visit(row->first, row->second)) break;
    }
    return {};
  }

  Status CreateRepository(const RepositoryRecord& record) override {
    std::unique_lock lock(mutex_);
    auto [entry, created] = repositories_.try_emplace(record.name, record);
    if (!created) return Fail(Code::kAlreadyExists, "repository \"" + record.name + "\" exists already");
    entry->second.latest = 0;
    entry->second.number = ++last_repository_;
    return {};
  }

  Status UpdateRepository(const RepositoryRecord& record) override {
    std::unique_lock lock(mutex_);
    FANIN_ASSIGN_OR_RETURN(RepositoryRecord * stored, Find(record.name));
    stored->root = record.root;
    stored->options_json = record.options_json;
    return {};
  }

  Result<RepositoryRecord> GetRepository(std::string_view name) override {
    std::shared_lock lock(mutex_);
    FANIN_ASSIGN_OR_RETURN(const RepositoryRecord* record, Find(name));
    return *record;
  }

  Result<std::vector<RepositoryRecord>> ListRepositories() override {
    std::shared_lock lock(mutex_);
    return Records();
  }

  Status DeleteRepository(std::string_view name) override {
    std::unique_lock lock(mutex_);
    FANIN_RETURN_IF_ERROR(Find(name));
    repositories_.erase(repositories_.find(name));
    return {};
  }

  Result<SnapshotId> Publish(const Manifest& manifest) override { return Publish(manifest, AddNewest); }
  Result<SnapshotId> PublishNamed(const Manifest& manifest, std::optional<SnapshotId> replaced) override {
    return Publish(manifest, [replaced](RepositoryRecord& record) { return AddNamed(record, replaced); });
  }

  Result<SnapshotId> Publish(const Manifest& manifest, const std::function<SnapshotId(RepositoryRecord&)>& add) {
    std::unique_lock lock(mutex_);
    FANIN_ASSIGN_OR_RETURN(RepositoryRecord * record, Find(manifest.repository));
    Manifest stored = manifest;
    stored.snapshot = add(*record);
    const SnapshotId id = stored.snapshot;
    manifests_.emplace(SnapshotKey{record->number, id}, std::move(stored));
    return id;
  }

  Result<Manifest> GetManifest(std::string_view repository, std::optional<SnapshotId> snapshot) override {
    std::shared_lock lock(mutex_);
    FANIN_ASSIGN_OR_RETURN(const RepositoryRecord* record, Find(repository));
    const SnapshotId id = snapshot.value_or(record->latest);
    auto manifest = manifests_.find({record->number, id});
    if (manifest == manifests_.end()) return FailNoSnapshot(repository, id);
    return manifest->second;
  }

  Result<std::vector<SnapshotId>> ListSnapshots(std::string_view repository) override {
    std::shared_lock lock(mutex_);
    FANIN_ASSIGN_OR_RETURN(const RepositoryRecord* record, Find(repository));
    std::vector<SnapshotId> ids;
    auto manifest = manifests_.lower_bound({record->number, 0});
    for (; manifest != manifests_.end() && manifest->first.repository_number == record->number; ++manifest) {
      ids.push_back(manifest->first.snapshot);
    }
    return ids;
  }

  Result<std::shared_ptr<void>> Pin(std::string_view repository, SnapshotId snapshot) override {
    FANIN_ASSIGN_OR_RETURN(const RepositoryRecord record, GetRepository(repository));
    const SnapshotKey key{record.number, snapshot};
    std::shared_ptr<void> pin = pins_.Pin(key);
    std::shared_lock lock(mutex_);
    if (pin == nullptr || !manifests_.contains(key)) return FailNoSnapshot(repository, snapshot);
    return pin;
  }

  Status CollectGarbage(size_t keep) override {
    std::unique_lock lock(mutex_);
    std::set<SnapshotKey> all;
    for (const auto& [key, manifest] : manifests_) all.insert(key);
    const std::vector<SnapshotKey> dropped = pins_.BeginDrop(DroppableSnapshots(Records(), all, keep));
    for (const SnapshotKey& key : dropped) manifests_.erase(key);
    pins_.EndDrop(dropped);

    LiveContent live;
    for (const auto& [key, manifest] : manifests_) live.Add(manifest);
    for (int kind = 0; kind < kBlobKindCount; ++kind) {
      std::erase_if(blobs_[kind],
                    [&](const auto& blob) { return !live.Holds(static_cast<BlobKind>(kind), blob.first); });
    }
    std::erase_if(segments_, [&](const auto& segment) { return !live.segments.contains(segment.first); });
    return {};
  }

  Result<uint64_t> EstimateSizeBytes() override {
    std::shared_lock lock(mutex_);
    uint64_t bytes = 0;
    for (const auto& blobs : blobs_) {
      for (const auto& [digest, value] : blobs) bytes += sizeof digest + value.size();
    }
    for (const auto& [id, segment] : segments_) {
      for (const Rows& rows : segment->tables) {
        for (const auto& [key, value] : rows) bytes += key.size() + value.size();
      }
    }
    for (const auto& [key, manifest] : manifests_) bytes += EncodeManifest(manifest).size();
    return bytes;
  }

 private:
  using Rows = std::map<std::string, std::string, std::less<>>;
  using Blobs = std::unordered_map<base::Digest, std::string>;
  struct Segment {
    Rows tables[kTableCount];
  };

  Blobs& BlobsOf(BlobKind kind) { return blobs_[static_cast<size_t>(kind)]; }

  std::shared_ptr<const Segment> FindSegment(SegmentId id) {
    std::shared_lock lock(mutex_);
    auto segment = segments_.find(id);
    return segment == segments_.end() ? nullptr : segment->second;
  }

  // REQUIRES, here and below: mutex held.
  Result<RepositoryRecord*> Find(std::string_view name) {
    auto entry = repositories_.find(name);
    if (entry == repositories_.end()) return FailNoRepository(name, Records());
    return &entry->second;
  }

  std::vector<RepositoryRecord> Records() const {
    std::vector<RepositoryRecord> records;
    records.reserve(repositories_.size());
    for (const auto& [name, record] : repositories_) records.push_back(record);
    return records;
  }

  PinTable pins_;
  std::shared_mutex mutex_;  // protects all below
  Blobs blobs_[kBlobKindCount];
  std::map<SegmentId, std::shared_ptr<const Segment>> segments_;
  std::map<std::string, RepositoryRecord, std::less<>> repositories_;
  std::map<SnapshotKey, Manifest> manifests_;
  SegmentId last_segment_ = 0;
  uint64_t last_repository_ = 0;
};

}  // namespace

std::shared_ptr<GraphStore> NewMemoryStore() { return std::make_shared<MemoryStore>(); }

}  // namespace fanin::graph
