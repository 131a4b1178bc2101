// An opened RocksDB of a data directory: its families, its lock, and its errors as ours. Private to graph/rocks_*.
#pragma once

#include <rocksdb/db.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/file.h"
#include "graph/graph_store.h"
#include "graph/rocks_store.h"

namespace fanin::graph {

enum class Family : uint8_t { kMeta = 0, kShards, kEdgesOut, kVectors, kNames, kEdgesIn, kPostings };
inline constexpr int kFamilyCount = 7;

// Remembers errors of RocksDB's background threads. Thread-safe.
class BackgroundErrors;

class RocksDb {
 public:
  static base::Result<std::unique_ptr<RocksDb>> Open(const std::filesystem::path& dir, const RocksOptions& options);
  // For repairs, whose caller holds the lock of `dir`: the database in `database` alone, with no look at the
  // directory's other files. `create`: a new one.
  static base::Result<std::unique_ptr<RocksDb>> OpenPart(const std::filesystem::path& dir,
                                                         const std::filesystem::path& database, bool create);
  // Makes what can be made of a database that does not open: its log of versions from its table files, for one. What it
  // holds then is a mix of states.
  static base::Status Reassemble(const std::filesystem::path& dir, const std::filesystem::path& database);
  ~RocksDb();

  rocksdb::DB& db() { return *db_; }
  rocksdb::ColumnFamilyHandle* family(Family which) { return families_[static_cast<size_t>(which) + 1]; }  // 0: default
  const std::vector<rocksdb::ColumnFamilyHandle*>& families() const { return families_; }
  const std::filesystem::path& dir() const { return dir_; }
  bool is_part() const { return is_part_; }
  std::filesystem::path vectors_dir() const { return dir_ / "vectors"; }
  std::filesystem::path ingest_dir() const { return dir_ / "ingest"; }
  rocksdb::Options options_of(Family family) const { return {options_, family_options_[static_cast<size_t>(family)]}; }

  // PERMISSION_DENIED when opened read-only.
  base::Status CheckWritable() const;
  base::Status Write(rocksdb::WriteBatch& batch, bool sync);
  // Resumes RocksDB's background work where it stopped with an error. Write does so first; so must other writes.
  base::Status Recover();
  // nullopt: no such key.
  base::Result<std::optional<std::string>> Get(Family family, const rocksdb::Slice& key,
                                               const rocksdb::ReadOptions& options = {});
  // In the order of the keys.
  base::Result<std::vector<std::optional<std::string>>> MultiGet(Family family, const std::vector<std::string>& keys);

  // Our form of a status of RocksDB, OK included; `what` was being done.
  base::Status ToStatus(const rocksdb::Status& status, std::string_view what) const;
  std::optional<base::Error> BackgroundError() const;
  // Once per opening, and only if that is for writing.
  void NoteDamage(const std::string& what) const;

 private:
  RocksDb(const std::filesystem::path& dir, const RocksOptions& options);
  base::Status OpenToRead(bool has_format);
  base::Status OpenToWrite();
  // Checks the mark of a clean close, if there is one, and has the logs read as strictly as it permits.
  base::Status ExpectCleanClose();
  base::Status OpenDatabase(bool create);
  uint64_t LogBytes() const;

  const std::filesystem::path dir_;
  std::filesystem::path database_;
  bool is_part_ = false;  // of OpenPart
  OpenMode mode_ = OpenMode::kReadWrite;
  std::optional<base::FileLock> lock_;
  rocksdb::Options options_;
  std::vector<rocksdb::ColumnFamilyOptions> family_options_;
  std::shared_ptr<BackgroundErrors> background_errors_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  mutable std::atomic<bool> damage_noted_ = false;
};

// The format version of a directory; nullopt: it is absent or new. Errors: FAILED_PRECONDITION (newer, or not ours),
// DATA_LOSS.
base::Result<std::optional<int>> ReadFormat(const std::filesystem::path& dir);
base::Status WriteFormat(const std::filesystem::path& dir);

inline rocksdb::Slice ToSlice(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

}  // namespace fanin::graph
