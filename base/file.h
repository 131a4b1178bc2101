// Files: whole reads, durable atomic writes, and the lock of a data directory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"

namespace fanin::base {

// The whole file. Errors: NOT_FOUND, PERMISSION_DENIED; INVALID_ARGUMENT when it is no regular file (a device or FIFO
// is never opened); RESOURCE_EXHAUSTED when it is larger than max_bytes.
Result<std::string> ReadFile(const std::filesystem::path& path, uint64_t max_bytes = UINT64_MAX);

// The same of a file that is open for reading, which it closes; `path` is for messages.
Result<std::string> ReadDescriptor(int descriptor, const std::filesystem::path& path, uint64_t max_bytes);

// Replaces `path` durably: a crash leaves the old content or the new, never a mix. Writes to a temporary name beside
// it, syncs, renames, syncs the folder; on failure the temporary is removed.
Status WriteFileAtomically(const std::filesystem::path& path, std::string_view content);

// Flushes a file, or a folder's entries, to the device.
Status SyncPath(const std::filesystem::path& path);

// An exclusive lock on a file, held while this object lives and given up by the kernel when the process dies. Movable.
class FileLock {
 public:
  // Errors: UNAVAILABLE with the holder's process id when another process holds it; PERMISSION_DENIED.
  static Result<FileLock> Acquire(const std::filesystem::path& path);
  // Whether it could be acquired now, for one who may not write to the folder; writes nothing. No such file: OK.
  // Errors: UNAVAILABLE with the holder's process id.
  static Status CheckFree(const std::filesystem::path& path);
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace fanin::base
