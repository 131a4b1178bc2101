#include "graph/rocks_store.h"

#include <rocksdb/write_batch.h>

#include <utility>

#include "graph/retention.h"
#include "graph/rocks_db.h"
#include "graph/rocks_keys.h"
#include "graph/rocks_repository_list.h"
#include "graph/rocks_state.h"

namespace fanin::graph {

using base::Code;
using base::Fail;
using base::Result;
using base::Status;

namespace {

// A batch is written to the log in one piece, and held in memory until then.
constexpr size_t kMaxBatchBytes = size_t{8} << 20;

// What several reads of one operation see, whatever is written meanwhile.
class ConsistentRead {
 public:
  explicit ConsistentRead(rocksdb::DB& db) : snapshot_(&db) { options_.snapshot = snapshot_.snapshot(); }
  const rocksdb::ReadOptions& options() const { return options_; }

 private:
  rocksdb::ManagedSnapshot snapshot_;
  rocksdb::ReadOptions options_;
};

}  // namespace

RocksStore::RocksStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
RocksStore::~RocksStore() = default;

Result<std::shared_ptr<RocksStore>> RocksStore::Open(const std::filesystem::path& dir, const RocksOptions& options) {
  auto state = std::make_unique<State>();
  FANIN_ASSIGN_OR_RETURN(state->db, RocksDb::Open(dir, options));
  if (options.mode == OpenMode::kReadWrite) FANIN_RETURN_IF_ERROR(state->WriteRepositoryList());
  return std::shared_ptr<RocksStore>(new RocksStore(std::move(state)));
}

std::filesystem::path RocksStore::vectors_dir() const { return state_->db->vectors_dir(); }
std::optional<base::Error> RocksStore::BackgroundError() const { return state_->db->BackgroundError(); }
void RocksStore::NoteDamage(const std::string& what) { state_->db->NoteDamage(what); }
Status RocksStore::VerifyChecksums() {
  return state_->db->ToStatus(state_->db->db().VerifyChecksum(), "verify " + state_->db->dir().string());
}

Status RocksStore::State::Scan(Family family, std::string_view prefix, const rocksdb::ReadOptions& options,
                               const std::function<bool(std::string_view, std::string_view)>& visit) {
  const std::string end = rocks_keys::After(std::string(prefix));
  const rocksdb::Slice upper(end);
  rocksdb::ReadOptions bounded = options;
  if (!end.empty()) bounded.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> row(db->db().NewIterator(bounded, db->family(family)));
  for (row->Seek(ToSlice(prefix)); row->Valid(); row->Next()) {
    if (!visit(ToView(row->key()), ToView(row->value()))) return {};
  }
  return db->ToStatus(row->status(), "read from " + db->dir().string());
}

// --- blobs. `meta` lists them with their sizes, so that asking for and collecting them reads no content.

Result<std::vector<bool>> RocksStore::HasBlobs(BlobKind kind, std::span<const base::Digest> digests) {
  std::vector<std::string> keys;
  for (const base::Digest& digest : digests) keys.push_back(rocks_keys::OfBlobEntry(kind, digest));
  FANIN_ASSIGN_OR_RETURN(const auto entries, state_->db->MultiGet(Family::kMeta, keys));
  std::vector<bool> stored;
  for (const auto& entry : entries) stored.push_back(entry.has_value());
  return stored;
}

Result<std::vector<std::optional<std::string>>> RocksStore::GetBlobs(BlobKind kind,
                                                                     std::span<const base::Digest> digests) {
  std::vector<std::string> keys;
  for (const base::Digest& digest : digests) keys.push_back(rocks_keys::OfBlob(kind, digest));
  return state_->db->MultiGet(rocks_keys::FamilyOf(kind), keys);
}

Status RocksStore::PutBlobs(BlobKind kind, std::vector<Blob> blobs) {
  FANIN_RETURN_IF_ERROR(state_->db->CheckWritable());
  std::vector<base::Digest> digests;
  for (const Blob& blob : blobs) digests.push_back(blob.digest);
  FANIN_ASSIGN_OR_RETURN(const std::vector<bool> stored, HasBlobs(kind, digests));
  rocksdb::ColumnFamilyHandle* family = state_->db->family(rocks_keys::FamilyOf(kind));
  rocksdb::ColumnFamilyHandle* meta = state_->db->family(Family::kMeta);
  rocksdb::WriteBatch batch;
  std::unordered_set<base::Digest> put;
  for (size_t i = 0; i < blobs.size(); ++i) {
    const Blob& blob = blobs[i];
    if (stored[i] || !put.insert(blob.digest).second) continue;
    batch.Put(family, rocks_keys::OfBlob(kind, blob.digest), blob.bytes);
    batch.Put(meta, rocks_keys::OfBlobEntry(kind, blob.digest), rocks_keys::OfNumber(blob.bytes.size()));
    if (batch.GetDataSize() < kMaxBatchBytes) continue;
    FANIN_RETURN_IF_ERROR(state_->db->Write(batch, false));
    batch.Clear();
  }
  return state_->db->Write(batch, false);
}

// --- repositories and snapshots

Result<RepositoryRecord> RocksStore::State::FindRecord(std::string_view name, const rocksdb::ReadOptions& options) {
  FANIN_ASSIGN_OR_RETURN(const auto bytes, db->Get(Family::kMeta, rocks_keys::OfRepository(name), options));
  if (bytes) return DecodeRepositoryRecord(*bytes);
  FANIN_ASSIGN_OR_RETURN(const auto existing, ListRecords(options));
  return FailNoRepository(name, existing);
}

Result<std::vector<RepositoryRecord>> RocksStore::State::ListRecords(const rocksdb::ReadOptions& options) {
  std::vector<RepositoryRecord> records;
  Status decoded;
  FANIN_RETURN_IF_ERROR(
      Scan(Family::kMeta, rocks_keys::kRepositoryPrefix, options, [&](std::string_view, std::string_view bytes) {
        auto record = DecodeRepositoryRecord(bytes);
        if (record) records.push_back(*std::move(record));
        if (!record) decoded = std::unexpected(record.error());
        return decoded.has_value();
      }));
  FANIN_RETURN_IF_ERROR(std::move(decoded));
  return records;
}

Status RocksStore::State::WriteRepositoryList() {
  if (db->is_part()) return {};  // a repair keeps the list until it is complete
  // A database whose repositories cannot be listed answers nothing; the list as it was is what a repair goes by.
  FANIN_ASSIGN_OR_RETURN(const auto records, ListRecords({}));
  return graph::WriteRepositoryList(db->dir(), records);
}

Result<uint64_t> RocksStore::State::ReadCounter(std::string_view key) {
  FANIN_ASSIGN_OR_RETURN(const auto value, db->Get(Family::kMeta, ToSlice(key)));
  if (!value) return 1;
  if (value->size() != sizeof(uint64_t))
    return Fail(Code::kDataLoss, "a counter in " + db->dir().string() + " is damaged");
  return base::ReadKey64(*value);
}

Status RocksStore::CreateRepository(const RepositoryRecord& record) {
  FANIN_RETURN_IF_ERROR(state_->db->CheckWritable());
  std::lock_guard lock(state_->records_mutex);
  FANIN_ASSIGN_OR_RETURN(const auto existing, state_->db->Get(Family::kMeta, rocks_keys::OfRepository(record.name)));
  if (existing) return Fail(Code::kAlreadyExists, "repository \"" + record.name + "\" exists already");
  RepositoryRecord created = record;
  created.latest = 0;
  FANIN_ASSIGN_OR_RETURN(created.number, state_->ReadCounter(rocks_keys::kNextRepository));
  rocksdb::ColumnFamilyHandle* meta = state_->db->family(Family::kMeta);
  rocksdb::WriteBatch batch;
  batch.Put(meta, rocks_keys::OfRepository(record.name), EncodeRepositoryRecord(created));
  batch.Put(meta, ToSlice(rocks_keys::kNextRepository), rocks_keys::OfNumber(created.number + 1));
  FANIN_RETURN_IF_ERROR(state_->db->Write(batch, true));
  return state_->WriteRepositoryList();
}

Status RocksStore::UpdateRepository(const RepositoryRecord& record) {
  FANIN_RETURN_IF_ERROR(state_->db->CheckWritable());
  std::lock_guard lock(state_->records_mutex);
  FANIN_ASSIGN_OR_RETURN(RepositoryRecord updated, state_->FindRecord(record.name, {}));
  updated.root = record.root;
  updated.options_json = record.options_json;
  rocksdb::WriteBatch batch;
  batch.Put(state_->db->family(Family::kMeta), rocks_keys::OfRepository(record.name), EncodeRepositoryRecord(updated));
  FANIN_RETURN_IF_ERROR(state_->db->Write(batch, true));
  return state_->WriteRepositoryList();
}

Result<RepositoryRecord> RocksStore::GetRepository(std::string_view name) { return state_->FindRecord(name, {}); }

Result<std::vector<RepositoryRecord>> RocksStore::ListRepositories() { return state_->ListRecords({}); }

Status RocksStore::DeleteRepository(std::string_view name) {
  FANIN_RETURN_IF_ERROR(state_->db->CheckWritable());
  std::lock_guard lock(state_->records_mutex);
  FANIN_RETURN_IF_ERROR(state_->FindRecord(name, {}));
  rocksdb::WriteBatch batch;  // its manifests, which nothing names now, are garbage
  batch.Delete(state_->db->family(Family::kMeta), rocks_keys::OfRepository(name));
  FANIN_RETURN_IF_ERROR(state_->db->Write(batch, true));
  return state_->WriteRepositoryList();
}

Result<SnapshotId> RocksStore::Publish(const Manifest& manifest) { return state_->Publish(manifest, AddNewest); }

Result<SnapshotId> RocksStore::PublishNamed(const Manifest& manifest, std::optional<SnapshotId> replaced) {
  return state_->Publish(manifest, [replaced](RepositoryRecord& record) { return AddNamed(record, replaced); });
}

Result<SnapshotId> RocksStore::State::Publish(const Manifest& manifest,
                                              const std::function<SnapshotId(RepositoryRecord&)>& add) {
  FANIN_RETURN_IF_ERROR(db->CheckWritable());
  std::lock_guard lock(records_mutex);
  FANIN_ASSIGN_OR_RETURN(RepositoryRecord record, FindRecord(manifest.repository, {}));
  Manifest stored = manifest;
  stored.snapshot = add(record);
  rocksdb::ColumnFamilyHandle* meta = db->family(Family::kMeta);
  rocksdb::WriteBatch batch;
  batch.Put(meta, rocks_keys::OfManifest({record.number, stored.snapshot}), EncodeManifest(stored));
  batch.Put(meta, rocks_keys::OfRepository(record.name), EncodeRepositoryRecord(record));
  // The log is one sequence: its sync makes the blobs and rows written before durable too.
  FANIN_RETURN_IF_ERROR(db->Write(batch, true));
  return stored.snapshot;
}

Result<Manifest> RocksStore::GetManifest(std::string_view repository, std::optional<SnapshotId> snapshot) {
  const ConsistentRead read(state_->db->db());
  FANIN_ASSIGN_OR_RETURN(const RepositoryRecord record, state_->FindRecord(repository, read.options()));
  const SnapshotKey key{record.number, snapshot.value_or(record.latest)};
  FANIN_ASSIGN_OR_RETURN(const auto bytes, state_->db->Get(Family::kMeta, rocks_keys::OfManifest(key), read.options()));
  if (!bytes) return FailNoSnapshot(repository, key.snapshot);
  auto manifest = DecodeManifest(*bytes);
  if (!manifest) return std::unexpected(manifest.error().Annotate("repository \"" + record.name + "\""));
  return manifest;
}

Result<std::vector<SnapshotId>> RocksStore::ListSnapshots(std::string_view repository) {
  const ConsistentRead read(state_->db->db());
  FANIN_ASSIGN_OR_RETURN(const RepositoryRecord record, state_->FindRecord(repository, read.options()));
  std::vector<SnapshotId> ids;
  FANIN_RETURN_IF_ERROR(state_->Scan(Family::kMeta, rocks_keys::OfManifests(record.number), read.options(),
                                     [&](std::string_view key, std::string_view) {
                                       ids.push_back(rocks_keys::ManifestKeyOf(key).snapshot);
                                       return true;
                                     }));
  return ids;
}

Result<std::shared_ptr<void>> RocksStore::Pin(std::string_view repository, SnapshotId snapshot) {
  FANIN_ASSIGN_OR_RETURN(const RepositoryRecord record, state_->FindRecord(repository, {}));
  const SnapshotKey key{record.number, snapshot};
  std::shared_ptr<void> pin = state_->pins.Pin(key);
  if (pin == nullptr) return FailNoSnapshot(repository, snapshot);
  FANIN_ASSIGN_OR_RETURN(const auto manifest, state_->db->Get(Family::kMeta, rocks_keys::OfManifest(key)));
  if (!manifest) return FailNoSnapshot(repository, snapshot);
  return pin;
}

Result<SegmentId> RocksStore::NewSegmentId() {
  FANIN_RETURN_IF_ERROR(state_->db->CheckWritable());
  std::lock_guard lock(state_->ids_mutex);
  SegmentId& next = state_->next_segment;
  if (next == 0) {
    FANIN_ASSIGN_OR_RETURN(next, state_->ReadCounter(rocks_keys::kNextSegment));
  }
  rocksdb::WriteBatch batch;
  batch.Put(state_->db->family(Family::kMeta), ToSlice(rocks_keys::kNextSegment), rocks_keys::OfNumber(next + 1));
  // Unsynced: in the log it comes before all rows of the segment, so that none is stored under an id that may come
  // again.
  FANIN_RETURN_IF_ERROR(state_->db->Write(batch, false));
  return next++;
}

}  // namespace fanin::graph
