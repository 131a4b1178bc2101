// A file system for RocksDB that runs out of space on demand and knows what a loss of power would leave.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace fanin::graph {

class FaultyFileSystem : public rocksdb::FileSystemWrapper {
 public:
  using IOStatus = rocksdb::IOStatus;
  using FileOptions = rocksdb::FileOptions;
  using Context = rocksdb::IODebugContext*;
  using File = std::unique_ptr<rocksdb::FSWritableFile>;

  FaultyFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  static const char* kClassName() { return "FaultyFileSystem"; }
  const char* Name() const override { return kClassName(); }

  // While set, appending to a file whose name ends so fails as on a full disk. "": none.
  void SetFull(std::string suffix) {
    std::lock_guard lock(mutex_);
    full_suffix_ = std::move(suffix);
  }
  // Whether a failing append writes the first half, as a disk does that fills up meanwhile.
  void SetPartial(bool partial) { partial_ = partial; }
  int sync_count() const { return sync_count_; }

  // Copies a folder as it would be after a loss of power now: of files written here, what was synced.
  void CopyAfterPowerLoss(const std::filesystem::path& from, const std::filesystem::path& to) {
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
    std::lock_guard lock(mutex_);
    for (const auto& [path, size] : synced_bytes_) {
      const std::filesystem::path copy = to / std::filesystem::path(path).lexically_relative(from);
      if (std::filesystem::exists(copy)) std::filesystem::resize_file(copy, size);
    }
  }

  // After a copy of a folder: what was not synced in it is not in the copy either.
  void CarrySynced(const std::filesystem::path& from, const std::filesystem::path& to) {
    std::lock_guard lock(mutex_);
    std::map<std::string, uint64_t> carried;
    for (const auto& [path, size] : synced_bytes_) {
      carried.emplace(to / std::filesystem::path(path).lexically_relative(from), size);
    }
    synced_bytes_.merge(carried);
  }

  IOStatus NewWritableFile(const std::string& path, const FileOptions& options, File* file, Context context) override {
    return Track(path, 0, FileSystemWrapper::NewWritableFile(path, options, file, context), file);
  }
  IOStatus ReopenWritableFile(const std::string& path, const FileOptions& options, File* file,
                              Context context) override {
    std::error_code none;
    const auto size = std::filesystem::file_size(path, none);
    return Track(path, none ? 0 : size, FileSystemWrapper::ReopenWritableFile(path, options, file, context), file);
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                      Context context) override {
    IOStatus status = FileSystemWrapper::RenameFile(from, to, options, context);
    if (status.ok()) Carry(from, to, true);
    return status;
  }
  IOStatus LinkFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                    Context context) override {
    IOStatus status = FileSystemWrapper::LinkFile(from, to, options, context);
    if (status.ok()) Carry(from, to, false);
    return status;
  }
  IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options, Context context) override {
    std::lock_guard lock(mutex_);
    synced_bytes_.erase(path);
    return FileSystemWrapper::DeleteFile(path, options, context);
  }

 private:
  class TrackedFile : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    TrackedFile(File file, FaultyFileSystem* owner, std::string path, uint64_t size)
        : FSWritableFileOwnerWrapper(std::move(file)), owner_(owner), path_(std::move(path)), size_(size) {}

    IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options, Context context) override {
      if (owner_->IsFull(path_)) {
        const rocksdb::Slice half(data.data(), data.size() / 2);
        if (owner_->partial_) FSWritableFileOwnerWrapper::Append(half, options, context).PermitUncheckedError();
        return IOStatus::NoSpace("injected: " + path_);
      }
      size_ += data.size();
      return FSWritableFileOwnerWrapper::Append(data, options, context);
    }
    IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options, const rocksdb::DataVerificationInfo&,
                    Context context) override {
      return Append(data, options, context);
    }
    IOStatus Sync(const rocksdb::IOOptions& options, Context context) override {
      owner_->Synced(path_, size_);
      return FSWritableFileOwnerWrapper::Sync(options, context);
    }
    IOStatus Fsync(const rocksdb::IOOptions& options, Context context) override {
      owner_->Synced(path_, size_);
      return FSWritableFileOwnerWrapper::Fsync(options, context);
    }

   private:
    FaultyFileSystem* owner_;
    std::string path_;
    uint64_t size_;
  };

  IOStatus Track(const std::string& path, uint64_t size, IOStatus status, File* file) {
    if (!status.ok()) return status;
    {
      std::lock_guard lock(mutex_);
      synced_bytes_.try_emplace(path, 0);
    }
    *file = std::make_unique<TrackedFile>(std::move(*file), this, path, size);
    return status;
  }
  bool IsFull(const std::string& path) {
    std::lock_guard lock(mutex_);
    return !full_suffix_.empty() && path.ends_with(full_suffix_);
  }
  void Synced(const std::string& path, uint64_t size) {
    ++sync_count_;
    std::lock_guard lock(mutex_);
    synced_bytes_[path] = size;
  }
  void Carry(const std::string& from, const std::string& to, bool moved) {
    std::lock_guard lock(mutex_);
    auto entry = synced_bytes_.find(from);
    if (entry == synced_bytes_.end()) return;
    const uint64_t size = entry->second;
    if (moved) synced_bytes_.erase(entry);
    synced_bytes_[to] = size;
  }

  std::atomic<int> sync_count_ = 0;
  std::atomic<bool> partial_ = false;
  std::mutex mutex_;  // protects all below
  std::string full_suffix_;
  std::map<std::string, uint64_t> synced_bytes_;
};

}  // namespace fanin::graph
