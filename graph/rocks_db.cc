#include "graph/rocks_db.h"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdarg>
#include <cstring>
#include <mutex>
#include <set>

#include "graph/rocks_clean_mark.h"

namespace fanin::graph {

using base::Code;
using base::Error;
using base::Fail;
using base::Result;
using base::Status;

namespace {

namespace fs = std::filesystem;

constexpr int kFormatVersion = 1;
constexpr std::string_view kFormatPrefix = "fanin ";
// A log that is left when the store is closed is read again by every open until the next writer's; 1 MiB takes 5 ms.
constexpr uint64_t kMaxLogBytesLeft = uint64_t{1} << 20;

constexpr std::array<const char*, kFamilyCount> kFamilyNames = {"meta",  "shards",   "edges_out", "vectors",
                                                                "names", "edges_in", "postings"};

// RocksDB's log for people. It would be a file on the disk that is full, and once a write to it fails, the next one
// fails an assertion of RocksDB 7.8. What goes wrong is told by statuses and by BackgroundErrors.
class NoInfoLog final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

// What a data directory may hold: anything else means that it is someone else's.
bool IsOurs(const std::string& name) {
  static const std::set<std::string> kNames = {"FORMAT",  "lock",        "clean",   "repositories",
                                               "damaged", "jobs",        "rocksdb", "quarantine",
                                               "vectors", "rocksdb.new", "ingest",  "tokenizers"};
  return kNames.contains(name.substr(0, name.find(".tmp")));
}

}  // namespace

Result<std::optional<int>> ReadFormat(const fs::path& dir) {
  auto text = base::ReadFile(dir / "FORMAT", 64);
  if (text) {
    int version = 0;
    const char* begin = text->data() + std::min(kFormatPrefix.size(), text->size());
    const auto parsed = std::from_chars(begin, text->data() + text->size(), version);
    if (!text->starts_with(kFormatPrefix) || parsed.ec != std::errc{} || version < 1) {
      return Fail(Code::kDataLoss, (dir / "FORMAT").string() + " is damaged: expected \"fanin 1\"");
    }
    if (version > kFormatVersion) {
      return Fail(Code::kFailedPrecondition, dir.string() + " has format version " + std::to_string(version) +
                                                 ", this fanin knows up to " + std::to_string(kFormatVersion) +
                                                 "; use a newer fanin");
    }
    return version;
  }
  if (text.error().code != Code::kNotFound) return std::unexpected(text.error());
  std::error_code error;
  for (fs::directory_iterator entry(dir, error), end; !error && entry != end; entry.increment(error)) {
    if (!IsOurs(entry->path().filename())) {
      return Fail(Code::kFailedPrecondition, dir.string() + " is not a data directory of fanin (it holds " +
                                                 entry->path().filename().string() +
                                                 "); name an empty or a new folder");
    }
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return base::FailErrno("list " + dir.string(), error.value());
  }
  return std::nullopt;
}

Status WriteFormat(const fs::path& dir) {
  return base::WriteFileAtomically(dir / "FORMAT", std::string(kFormatPrefix) + std::to_string(kFormatVersion) + "\n");
}

namespace {

Status MakeDirectory(const fs::path& dir) {
  std::error_code error;
  fs::create_directories(dir, error);
  if (error) return base::FailErrno("create folder " + dir.string(), error.value());
  return {};
}

rocksdb::Options DatabaseOptions(const RocksOptions& from) {
  rocksdb::Options options;
  options.env = from.env != nullptr ? from.env : rocksdb::Env::Default();
  options.db_write_buffer_size = from.write_buffer_bytes;
  options.max_total_wal_size = 2 * from.write_buffer_bytes;
  options.wal_bytes_per_sync = uint64_t{1} << 20;  // so that the sync of a publication finds little left to write
  options.bytes_per_sync = uint64_t{1} << 20;
  // Damage within the log is an error: a published snapshot must not vanish silently. An unfinished end is a crash.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.track_and_verify_wals_in_manifest = true;
  // What is recovered from a log may not have been synced there. Flushing it, and so syncing it, before going on is
  // what keeps a later publication from naming content that a loss of power would take.
  options.avoid_flush_during_recovery = false;
  options.paranoid_checks = true;
  options.info_log = std::make_shared<NoInfoLog>();
  return options;
}

rocksdb::ColumnFamilyOptions FamilyOptions(Family family, const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.checksum = rocksdb::kXXH3;
  table.format_version = 5;
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = size_t{32} << 20;
  options.level_compaction_dynamic_level_bytes = true;
  switch (family) {
    case Family::kShards:
    case Family::kEdgesOut:
      table.block_size = size_t{16} << 10;
      options.compression = rocksdb::kZSTD;
      break;
    case Family::kVectors:
      table.block_size = size_t{16} << 10;
      options.compression = rocksdb::kNoCompression;  // floats do not compress
      break;
    default: table.block_size = size_t{8} << 10; options.compression = rocksdb::kLZ4Compression;
  }
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

}  // namespace

class BackgroundErrors final : public rocksdb::EventListener {
 public:
  struct State {
    rocksdb::Status error;
    bool log_failed = false;  // an append to the write-ahead log failed
  };

  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* status) override {
    std::lock_guard lock(mutex_);
    state_.error = *status;
    state_.log_failed |= reason == rocksdb::BackgroundErrorReason::kWriteCallback;
  }
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* auto_recovery) override {
    *auto_recovery = false;  // the next write tries to (RocksDb::Write), at once and not when a poll comes round
  }

  State Get() const {
    std::lock_guard lock(mutex_);
    return state_;
  }
  void Clear() {
    std::lock_guard lock(mutex_);
    state_ = {};
  }

 private:
  mutable std::mutex mutex_;
  State state_;
};

RocksDb::RocksDb(const fs::path& dir, const RocksOptions& options)
    : dir_(dir),
      database_(dir / "rocksdb"),
      mode_(options.mode),
      options_(DatabaseOptions(options)),
      background_errors_(std::make_shared<BackgroundErrors>()) {
  options_.listeners.push_back(background_errors_);
  const std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  for (int i = 0; i < kFamilyCount; ++i) family_options_.push_back(FamilyOptions(static_cast<Family>(i), cache));
}

Result<std::unique_ptr<RocksDb>> RocksDb::Open(const fs::path& dir, const RocksOptions& options) {
  std::unique_ptr<RocksDb> opened(new RocksDb(dir, options));
  FANIN_ASSIGN_OR_RETURN(const std::optional<int> format, ReadFormat(dir));
  FANIN_RETURN_IF_ERROR(options.mode == OpenMode::kReadOnly ? opened->OpenToRead(format.has_value())
                                                            : opened->OpenToWrite());
  return opened;
}

Result<std::unique_ptr<RocksDb>> RocksDb::OpenPart(const fs::path& dir, const fs::path& database, bool create) {
  RocksOptions options;
  options.mode = create ? OpenMode::kReadWrite : OpenMode::kReadOnly;
  std::unique_ptr<RocksDb> opened(new RocksDb(dir, options));
  opened->database_ = database;
  opened->is_part_ = true;
  FANIN_RETURN_IF_ERROR(opened->OpenDatabase(create));
  return opened;
}

Status RocksDb::Reassemble(const fs::path& dir, const fs::path& database) {
  const RocksDb options(dir, {});
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions());
  for (int i = 0; i < kFamilyCount; ++i) families.emplace_back(kFamilyNames[i], options.family_options_[i]);
  return options.ToStatus(rocksdb::RepairDB(database.string(), options.options_, families),
                          "reassemble " + database.string());
}

Status RocksDb::OpenToRead(bool has_format) {
  if (!has_format) {
    if (!fs::exists(dir_ / "rocksdb")) {
      return Fail(Code::kNotFound, "no data directory at " + dir_.string() + "; index a repository first");
    }
    return Fail(Code::kDataLoss, (dir_ / "FORMAT").string() + " is missing; index a repository to complete " +
                                     dir_.string() + ", or delete it");
  }
  FANIN_RETURN_IF_ERROR(base::FileLock::CheckFree(dir_ / "lock"));
  Status opened = ExpectCleanClose();
  if (opened) opened = OpenDatabase(false);
  // What looks wrong may be the work of a writer that came meanwhile.
  if (!opened) FANIN_RETURN_IF_ERROR(base::FileLock::CheckFree(dir_ / "lock"));
  return opened;
}

Status RocksDb::OpenToWrite() {
  FANIN_RETURN_IF_ERROR(MakeDirectory(dir_));
  if (::access(dir_.c_str(), W_OK) != 0) return base::FailErrno("write to " + dir_.string(), errno);
  FANIN_ASSIGN_OR_RETURN(lock_, base::FileLock::Acquire(dir_ / "lock"));
  FANIN_ASSIGN_OR_RETURN(const std::optional<int> format, ReadFormat(dir_));  // another process may have just made it
  FANIN_RETURN_IF_ERROR(ExpectCleanClose());
  FANIN_RETURN_IF_ERROR(RemoveCleanMark(dir_));
  std::error_code ignored;  // what is left there is replaced, or in no one's way
  fs::remove_all(ingest_dir(), ignored);
  FANIN_RETURN_IF_ERROR(MakeDirectory(vectors_dir()));
  FANIN_RETURN_IF_ERROR(MakeDirectory(ingest_dir()));
  FANIN_RETURN_IF_ERROR(OpenDatabase(!format));
  return format ? Status() : WriteFormat(dir_);
}

Status RocksDb::ExpectCleanClose() {
  FANIN_ASSIGN_OR_RETURN(const bool clean, CheckCleanMark(dir_));
  // After a clean close there is no unfinished end: a record at the end that cannot be read is damage.
  if (clean) options_.wal_recovery_mode = rocksdb::WALRecoveryMode::kAbsoluteConsistency;
  return {};
}

Status RocksDb::OpenDatabase(bool create) {
  const std::string path = database_;
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (int i = 0; i < kFamilyCount; ++i) descriptors.emplace_back(kFamilyNames[i], family_options_[i]);
  const rocksdb::ColumnFamilyDescriptor unnamed(rocksdb::kDefaultColumnFamilyName, {});  // RocksDB insists on it
  rocksdb::DB* db = nullptr;
  rocksdb::Status status;
  if (create && !fs::exists(fs::path(path) / "CURRENT")) {
    // Families are made in one call: RocksDB syncs its options file for each call, and would make one for each family.
    options_.create_if_missing = true;
    status = rocksdb::DB::Open(options_, path, {unnamed}, &families_, &db);
    db_.reset(db);
    if (status.ok()) {
      std::vector<rocksdb::ColumnFamilyHandle*> made;
      status = db->CreateColumnFamilies(descriptors, &made);
      families_.insert(families_.end(), made.begin(), made.end());
    }
    return ToStatus(status, "create the database in " + path);
  }
  options_.create_missing_column_families = create;  // an interrupted creation
  descriptors.insert(descriptors.begin(), unnamed);
  status = mode_ == OpenMode::kReadOnly ? rocksdb::DB::OpenForReadOnly(options_, path, descriptors, &families_, &db)
                                        : rocksdb::DB::Open(options_, path, descriptors, &families_, &db);
  db_.reset(db);
  if (status.IsInvalidArgument() || status.IsNotFound()) {  // no database where one must be, or other families
    return Fail(Code::kDataLoss,
                "the database in " + path + " is damaged: " + status.ToString() + "; run fanin " + "doctor --repair");
  }
  return ToStatus(status, "open the database in " + path);
}

RocksDb::~RocksDb() {
  if (db_ == nullptr) return;
  // All that was published is durable already: when closing fails nothing is lost, and no one is there to be told.
  if (mode_ == OpenMode::kReadWrite && LogBytes() > kMaxLogBytesLeft) {
    [[maybe_unused]] const rocksdb::Status flushed = db_->Flush({}, families_);
  }
  for (rocksdb::ColumnFamilyHandle* handle : families_) {
    [[maybe_unused]] const rocksdb::Status destroyed = db_->DestroyColumnFamilyHandle(handle);
  }
  const bool clean = db_->Close().ok() && background_errors_->Get().error.ok();
  db_.reset();
  if (mode_ != OpenMode::kReadWrite || !clean || is_part_) return;
  [[maybe_unused]] const Status marked = WriteCleanMark(dir_);  // without it the next open checks less
}

uint64_t RocksDb::LogBytes() const {
  rocksdb::VectorLogPtr logs;
  if (!db_->GetSortedWalFiles(logs).ok()) return 0;
  uint64_t bytes = 0;
  for (const auto& log : logs) bytes += log->SizeFileBytes();
  return bytes;
}

Status RocksDb::CheckWritable() const {
  if (mode_ == OpenMode::kReadWrite) return {};
  return Fail(Code::kPermissionDenied, dir_.string() + " is open for reading only");
}

Status RocksDb::Write(rocksdb::WriteBatch& batch, bool sync) {
  FANIN_RETURN_IF_ERROR(CheckWritable());
  if (batch.Count() == 0) return {};
  FANIN_RETURN_IF_ERROR(Recover());
  rocksdb::WriteOptions options;
  options.sync = sync;
  return ToStatus(db_->Write(options, &batch), "write to " + dir_.string());
}

Status RocksDb::Recover() {
  const BackgroundErrors::State state = background_errors_->Get();
  if (state.error.ok()) return {};
  // RocksDB 7.8 cannot append to a log again once that failed: it aborts. Opening the directory anew is safe.
  if (state.log_failed) {
    FANIN_RETURN_IF_ERROR(ToStatus(state.error, "an earlier write failed, start again to write to " + dir_.string()));
  }
  // The cause may be gone, as when a full disk was cleared.
  FANIN_RETURN_IF_ERROR(ToStatus(db_->Resume(), "write to " + dir_.string() + " after a failure in the background"));
  background_errors_->Clear();
  return {};
}

Result<std::optional<std::string>> RocksDb::Get(Family from, const rocksdb::Slice& key,
                                                const rocksdb::ReadOptions& options) {
  std::string value;
  const rocksdb::Status status = db_->Get(options, family(from), key, &value);
  if (status.IsNotFound()) return std::nullopt;
  FANIN_RETURN_IF_ERROR(ToStatus(status, "read from " + dir_.string()));
  return value;
}

Result<std::vector<std::optional<std::string>>> RocksDb::MultiGet(Family from, const std::vector<std::string>& keys) {
  std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
  std::vector<rocksdb::PinnableSlice> found(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  db_->MultiGet({}, family(from), keys.size(), slices.data(), found.data(), statuses.data());
  std::vector<std::optional<std::string>> values(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i].IsNotFound()) continue;
    FANIN_RETURN_IF_ERROR(ToStatus(statuses[i], "read from " + dir_.string()));
    values[i] = found[i].ToString();
  }
  return values;
}

Status RocksDb::ToStatus(const rocksdb::Status& status, std::string_view what) const {
  if (status.ok()) return {};
  const std::string text = std::string(what) + ": " + status.ToString();
  const auto mentions = [&](int error_number) { return text.find(std::strerror(error_number)) != std::string::npos; };
  if (status.IsNoSpace() || status.subcode() == rocksdb::Status::kSpaceLimit ||
      (status.IsIOError() && (mentions(EDQUOT) || mentions(EFBIG)))) {
    return Fail(Code::kResourceExhausted, text + "; free space on the disk of " + dir_.string());
  }
  if (status.IsIOError() && (mentions(EACCES) || mentions(EROFS))) return Fail(Code::kPermissionDenied, text);
  if (status.IsCorruption() || status.IsPathNotFound()) {
    NoteDamage(text);
    return Fail(Code::kDataLoss, text + "; the store is damaged: run fanin doctor --repair");
  }
  if (status.IsInvalidArgument() || status.IsNotSupported()) return Fail(Code::kInternal, text);
  return Fail(Code::kUnavailable, text);
}

void RocksDb::NoteDamage(const std::string& what) const {
  if (is_part_ || !lock_ || damage_noted_.exchange(true)) return;
  [[maybe_unused]] const Status noted =
      base::WriteFileAtomically(dir_ / "damaged", what + "\n");  // the error is told too
}

std::optional<Error> RocksDb::BackgroundError() const {
  const Status status = ToStatus(background_errors_->Get().error, "background work on " + dir_.string());
  if (status) return std::nullopt;
  return status.error();
}

}  // namespace fanin::graph
