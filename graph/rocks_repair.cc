// Repair of a damaged data directory: what is whole moves into a new database, the rest is to be indexed again.
#include <algorithm>
#include <set>

#include "base/file.h"
#include "graph/rocks_keys.h"
#include "graph/rocks_repository_list.h"
#include "graph/rocks_state.h"
#include "graph/shard.h"

namespace fanin::graph {

using base::Code;
using base::Digest;
using base::Result;
using base::Status;

namespace {

namespace fs = std::filesystem;

constexpr size_t kBatchBlobs = 256;

fs::path MarkOf(const fs::path& dir) { return dir / "damaged"; }

Status Move(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) return base::FailErrno("move " + from.string() + " to " + to.string(), error.value());
  return base::SyncPath(to.parent_path());
}

Status Remove(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) return base::FailErrno("remove " + path.string(), error.value());
  return {};
}

// Puts the database aside. Returns where it is; where there is none that of an interrupted repair, else nothing.
Result<fs::path> Quarantine(const fs::path& dir) {
  const fs::path database = dir / "rocksdb";
  const fs::path quarantine = dir / "quarantine" / "rocksdb";
  if (!fs::exists(database)) return fs::exists(quarantine) ? quarantine : fs::path();
  FANIN_RETURN_IF_ERROR(Remove(quarantine.parent_path()));
  std::error_code error;
  fs::create_directory(quarantine.parent_path(), error);
  if (error) return base::FailErrno("create " + quarantine.parent_path().string(), error.value());
  FANIN_RETURN_IF_ERROR(Move(database, quarantine));
  FANIN_RETURN_IF_ERROR(base::SyncPath(dir));
  return quarantine;
}

}  // namespace

// Moves what is whole from one store to another. What cannot be read is left behind.
class RocksStore::Salvage {
 public:
  Salvage(State& from, RocksStore& to, RepairReport& report) : from_(from), to_(to), report_(report) {}

  // `number` of the repository in the old store.
  Status MoveRepository(const RepositoryRecord& record) {
    report_.rebuild.push_back({record.name, ""});
    std::vector<Manifest> manifests;
    [[maybe_unused]] const Status scanned = from_.Scan(Family::kMeta, rocks_keys::OfManifests(record.number), {},
                                                       [&](std::string_view, std::string_view bytes) {
                                                         if (auto manifest = DecodeManifest(bytes))
                                                           manifests.push_back(*std::move(manifest));
                                                         return true;
                                                       });  // those read before it failed are as good
    for (const Manifest& manifest : manifests) {
      if (std::ranges::find(record.named, manifest.snapshot) != record.named.end()) {
        report_.rebuild.push_back({record.name, manifest.revision});
      }
      FANIN_RETURN_IF_ERROR(MoveFiles(manifest));
    }
    return {};
  }

  Status MoveVectors() {
    std::vector<Digest> keys;
    [[maybe_unused]] const Status scanned = from_.Scan(Family::kMeta, rocks_keys::OfBlobEntries(BlobKind::kVector), {},
                                                       [&](std::string_view key, std::string_view) {
                                                         if (key.size() == kVectorEntryBytes)
                                                           keys.push_back(rocks_keys::DigestOfBlobEntry(key));
                                                         return true;
                                                       });
    std::vector<Blob> batch;
    for (const Digest& key : keys) {
      if (std::optional<std::string> bytes = Read(BlobKind::kVector, key)) batch.push_back({key, *std::move(bytes)});
      if (batch.size() < kBatchBlobs && &key != &keys.back()) continue;
      report_.vectors_kept += batch.size();
      FANIN_RETURN_IF_ERROR(to_.PutBlobs(BlobKind::kVector, std::exchange(batch, {})));
    }
    return {};
  }

 private:
  static constexpr size_t kVectorEntryBytes = 2 + sizeof(Digest::bytes);

  std::optional<std::string> Read(BlobKind kind, const Digest& digest) {
    auto bytes = from_.db->Get(rocks_keys::FamilyOf(kind), rocks_keys::OfBlob(kind, digest));
    return bytes ? *std::move(bytes) : std::nullopt;
  }

  // A text and its shard, or neither: a stored shard promises its text.
  Status MoveFiles(const Manifest& manifest) {
    std::vector<Blob> texts, shards;
    for (const FileEntry& file : manifest.files) {
      if (!seen_.insert(file.shard).second) continue;
      std::optional<std::string> text = Read(BlobKind::kText, file.content);
      std::optional<std::string> shard = Read(BlobKind::kShard, file.shard);
      const bool whole = text && shard && base::DigestOf(*text) == file.content && Shard::Decode(*shard).has_value();
      ++(whole ? report_.files_kept : report_.files_lost);
      if (!whole) continue;
      texts.push_back({file.content, *std::move(text)});
      shards.push_back({file.shard, *std::move(shard)});
      if (texts.size() < kBatchBlobs) continue;
      FANIN_RETURN_IF_ERROR(to_.PutBlobs(BlobKind::kText, std::exchange(texts, {})));
      FANIN_RETURN_IF_ERROR(to_.PutBlobs(BlobKind::kShard, std::exchange(shards, {})));
    }
    FANIN_RETURN_IF_ERROR(to_.PutBlobs(BlobKind::kText, std::move(texts)));
    return to_.PutBlobs(BlobKind::kShard, std::move(shards));
  }

  State& from_;
  RocksStore& to_;
  RepairReport& report_;
  std::set<Digest> seen_;
};

Result<RepairReport> RocksStore::Repair(const fs::path& dir,
                                        const std::function<Status(const RepairReport&)>& before_swap) {
  if (!fs::exists(dir)) return base::Fail(Code::kNotFound, "no data directory at " + dir.string());
  FANIN_ASSIGN_OR_RETURN(const base::FileLock lock, base::FileLock::Acquire(dir / "lock"));
  if (const auto format = ReadFormat(dir); !format && format.error().code != Code::kDataLoss) {
    return std::unexpected(format.error());
  }
  RepairReport report;
  FANIN_ASSIGN_OR_RETURN(report.quarantine, Quarantine(dir));

  State old;
  if (!report.quarantine.empty()) {
    auto opened = RocksDb::OpenPart(dir, report.quarantine, false);
    if (!opened && RocksDb::Reassemble(dir, report.quarantine)) {
      opened = RocksDb::OpenPart(dir, report.quarantine, false);
    }
    if (opened) old.db = *std::move(opened);
  }
  std::vector<RepositoryRecord> records;
  const auto listed = old.db == nullptr ? base::Fail(Code::kDataLoss, "no database") : old.ListRecords({});
  if (listed) records = *listed;
  const auto kept = ReadRepositoryList(dir);
  report.list_lost = !listed && !kept;
  for (const RepositoryRecord& record : kept.value_or(std::vector<RepositoryRecord>())) {
    // A list that could be read whole is newer than the one beside it.
    if (!listed) records.push_back(record);
  }

  const fs::path database = dir / "rocksdb.new";
  FANIN_RETURN_IF_ERROR(Remove(database));
  {
    auto state = std::make_unique<State>();
    FANIN_ASSIGN_OR_RETURN(state->db, RocksDb::OpenPart(dir, database, true));
    RocksStore store(std::move(state));
    Salvage salvage(old, store, report);
    for (const RepositoryRecord& record : records) {
      RepositoryRecord created = record;
      created.named.clear();
      FANIN_RETURN_IF_ERROR(store.CreateRepository(created));
      if (old.db != nullptr) FANIN_RETURN_IF_ERROR(salvage.MoveRepository(record));
      if (old.db == nullptr) report.rebuild.push_back({record.name, ""});
    }
    if (old.db != nullptr) FANIN_RETURN_IF_ERROR(salvage.MoveVectors());
    FANIN_RETURN_IF_ERROR(store.state_->db->ToStatus(store.state_->db->db().SyncWAL(), "sync " + database.string()));
  }
  old.db.reset();
  FANIN_RETURN_IF_ERROR(before_swap(report));
  FANIN_RETURN_IF_ERROR(Remove(dir / "clean"));
  FANIN_RETURN_IF_ERROR(Move(database, dir / "rocksdb"));
  FANIN_RETURN_IF_ERROR(WriteFormat(dir));
  FANIN_RETURN_IF_ERROR(Remove(MarkOf(dir)));
  return report;
}

std::optional<std::string> RocksStore::KnownDamage(const fs::path& dir) {
  auto text = base::ReadFile(MarkOf(dir));
  if (!text) return std::nullopt;
  while (text->ends_with('\n')) text->pop_back();
  return *std::move(text);
}

}  // namespace fanin::graph
