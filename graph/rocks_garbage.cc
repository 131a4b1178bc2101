// Garbage collection of RocksStore: what no remaining snapshot names.
#include <rocksdb/convenience.h>
#include <rocksdb/write_batch.h>

#include <filesystem>
#include <set>
#include <vector>

#include "graph/retention.h"
#include "graph/rocks_keys.h"
#include "graph/rocks_state.h"

namespace fanin::graph {

using base::Result;
using base::Status;

namespace {

namespace fs = std::filesystem;

// Deleted content leaves the disk when RocksDB next rewrites its files. It is made to at once where that pays: for dead
// blobs of at least this size and share of all, and for dead segments of at least this size.
constexpr uint64_t kMinCompactBytes = uint64_t{4} << 20;
constexpr double kMinCompactShare = 0.25;

constexpr Table kTables[] = {Table::kNames, Table::kEdgesIn, Table::kPostings};

// Ends a drop when it goes out of scope.
class DropGuard {
 public:
  DropGuard(PinTable& pins, std::span<const SnapshotKey> keys) : pins_(pins), keys_(pins.BeginDrop(keys)) {}
  ~DropGuard() { pins_.EndDrop(keys_); }
  DropGuard(const DropGuard&) = delete;
  DropGuard& operator=(const DropGuard&) = delete;
  const std::vector<SnapshotKey>& keys() const { return keys_; }

 private:
  PinTable& pins_;
  std::vector<SnapshotKey> keys_;
};

}  // namespace

Status RocksStore::CollectGarbage(size_t keep) {
  FANIN_RETURN_IF_ERROR(state_->db->CheckWritable());
  FANIN_RETURN_IF_ERROR(state_->DropSnapshots(keep));
  FANIN_ASSIGN_OR_RETURN(const LiveContent live, state_->ReadLiveContent());
  FANIN_RETURN_IF_ERROR(state_->DeleteDeadBlobs(live));
  FANIN_RETURN_IF_ERROR(state_->DeleteDeadSegments(live));
  return state_->DeleteDeadVectorFiles(live);
}

Status RocksStore::State::DropSnapshots(size_t keep) {
  FANIN_ASSIGN_OR_RETURN(const auto records, ListRecords({}));
  std::set<SnapshotKey> all;
  FANIN_RETURN_IF_ERROR(
      Scan(Family::kMeta, rocks_keys::kManifestPrefix, {}, [&](std::string_view key, std::string_view) {
        all.insert(rocks_keys::ManifestKeyOf(key));
        return true;
      }));
  const DropGuard dropped(pins, DroppableSnapshots(records, all, keep));
  if (dropped.keys().empty()) return {};
  rocksdb::WriteBatch batch;
  for (const SnapshotKey& key : dropped.keys()) batch.Delete(db->family(Family::kMeta), rocks_keys::OfManifest(key));
  // Synced: what they name is deleted next, partly by removing files, which the log does not order.
  return db->Write(batch, true);
}

Result<LiveContent> RocksStore::State::ReadLiveContent() {
  LiveContent live;
  Status decoded;
  FANIN_RETURN_IF_ERROR(
      Scan(Family::kMeta, rocks_keys::kManifestPrefix, {}, [&](std::string_view, std::string_view bytes) {
        auto manifest = DecodeManifest(bytes);
        if (manifest) live.Add(*manifest);
        if (!manifest) decoded = std::unexpected(manifest.error());
        return decoded.has_value();
      }));
  FANIN_RETURN_IF_ERROR(std::move(decoded));
  return live;
}

Status RocksStore::State::DeleteDeadBlobs(const LiveContent& live) {
  for (int number = 0; number < kBlobKindCount; ++number) {
    const auto kind = static_cast<BlobKind>(number);
    rocksdb::ColumnFamilyHandle* family = db->family(rocks_keys::FamilyOf(kind));
    rocksdb::WriteBatch batch;
    uint64_t total_bytes = 0, dead_bytes = 0;
    FANIN_RETURN_IF_ERROR(
        Scan(Family::kMeta, rocks_keys::OfBlobEntries(kind), {}, [&](std::string_view key, std::string_view size) {
          const uint64_t bytes = base::ReadKey64(size);
          total_bytes += bytes;
          const base::Digest digest = rocks_keys::DigestOfBlobEntry(key);
          if (live.Holds(kind, digest)) return true;
          dead_bytes += bytes;
          batch.Delete(db->family(Family::kMeta), ToSlice(key));
          batch.Delete(family, rocks_keys::OfBlob(kind, digest));
          return true;
        }));
    FANIN_RETURN_IF_ERROR(db->Write(batch, false));
    if (dead_bytes < kMinCompactBytes || dead_bytes < kMinCompactShare * static_cast<double>(total_bytes)) continue;
    const std::string what = "compact " + db->dir().string();
    FANIN_RETURN_IF_ERROR(db->ToStatus(db->db().CompactRange({}, family, nullptr, nullptr), what));
    // The log goes only when no family needs it.
    FANIN_RETURN_IF_ERROR(db->ToStatus(db->db().Flush({}, db->families()), what));
  }
  return {};
}

Status RocksStore::State::DeleteDeadSegments(const LiveContent& live) {
  for (Table table : kTables) {
    rocksdb::ColumnFamilyHandle* family = db->family(rocks_keys::FamilyOf(table));
    const std::unique_ptr<rocksdb::Iterator> row(db->db().NewIterator({}, family));
    std::vector<SegmentId> dead;
    for (row->SeekToFirst(); row->Valid();) {  // one seek per segment
      if (row->key().size() < rocks_keys::kSegmentBytes)
        return base::Fail(base::Code::kDataLoss, "a row key is damaged");
      const SegmentId id = base::ReadKey64(ToView(row->key()));
      if (!live.segments.contains(id)) dead.push_back(id);
      row->Seek(rocks_keys::OfNumber(id + 1));
    }
    FANIN_RETURN_IF_ERROR(db->ToStatus(row->status(), "read from " + db->dir().string()));
    for (SegmentId id : dead) {
      const std::string begin = rocks_keys::OfNumber(id), end = rocks_keys::OfNumber(id + 1);
      const rocksdb::Slice first(begin), after(end);
      const std::string what = "delete segment " + std::to_string(id);
      FANIN_RETURN_IF_ERROR(db->ToStatus(rocksdb::DeleteFilesInRange(&db->db(), family, &first, &after, false), what));
      rocksdb::WriteBatch batch;
      batch.DeleteRange(family, first, after);
      FANIN_RETURN_IF_ERROR(db->Write(batch, false));
      const rocksdb::Range range(first, after);
      uint64_t bytes = 0;
      FANIN_RETURN_IF_ERROR(db->ToStatus(db->db().GetApproximateSizes({}, family, &range, 1, &bytes), what));
      if (bytes < kMinCompactBytes) continue;
      FANIN_RETURN_IF_ERROR(db->ToStatus(db->db().CompactRange({}, family, &first, &after), what));
    }
  }
  return {};
}

Status RocksStore::State::DeleteDeadVectorFiles(const LiveContent& live) {
  std::error_code error;
  for (fs::directory_iterator entry(db->vectors_dir(), error), end; !error && entry != end; entry.increment(error)) {
    if (!live.vector_files.contains(entry->path().filename())) fs::remove_all(entry->path(), error);
    if (error) break;
  }
  if (error) return base::FailErrno("collect garbage in " + db->vectors_dir().string(), error.value());
  return {};
}

Result<uint64_t> RocksStore::EstimateSizeBytes() {
  uint64_t bytes = 0;
  std::error_code error;
  const fs::directory_options skip = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator entry(state_->db->dir(), skip, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code gone;  // files come and go meanwhile
    const uint64_t size = entry->is_regular_file(gone) ? entry->file_size(gone) : 0;
    if (!gone) bytes += size;
  }
  if (error) return base::FailErrno("measure " + state_->db->dir().string(), error.value());
  return bytes;
}

}  // namespace fanin::graph
