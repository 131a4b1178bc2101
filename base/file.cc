#include "base/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/descriptor.h"

namespace fanin::base {
namespace {

Status WriteAll(int descriptor, std::string_view content, const std::filesystem::path& path) {
  while (!content.empty()) {
    ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return FailErrno("write " + path.string(), errno);
    }
    content.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

Status WriteAndSync(const std::filesystem::path& path, std::string_view content) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (file.get() < 0) return FailErrno("create " + path.string(), errno);
  FANIN_RETURN_IF_ERROR(WriteAll(file.get(), content, path));
  if (::fsync(file.get()) != 0) return FailErrno("sync " + path.string(), errno);
  return {};
}

std::unexpected<Error> FailHeld(const std::filesystem::path& lock) {
  const std::string holder = ReadFile(lock, 32).value_or("");
  return Fail(Code::kUnavailable, lock.parent_path().string() + " is in use by " +
                                      (holder.empty() ? "another process" : "process " + holder) +
                                      "; stop it, or reach it with --server");
}

}  // namespace

Result<std::string> ReadFile(const std::filesystem::path& path, uint64_t max_bytes) {
  // O_NONBLOCK: opening a FIFO must not wait for its writer.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return FailErrno("open " + path.string(), errno);
  return ReadDescriptor(descriptor, path, max_bytes);
}

Result<std::string> ReadDescriptor(int descriptor, const std::filesystem::path& path, uint64_t max_bytes) {
  Descriptor file(descriptor);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return FailErrno("stat " + path.string(), errno);
  if (!S_ISREG(info.st_mode)) return Fail(Code::kInvalidArgument, "not a regular file: " + path.string());
  const auto size = static_cast<uint64_t>(info.st_size);
  if (size > max_bytes) {
    return Fail(Code::kResourceExhausted, path.string() + " has " + std::to_string(size) +
                                              " bytes, more than the limit of " + std::to_string(max_bytes));
  }
  std::string content(size, '\0');
  size_t filled = 0;
  while (filled < content.size()) {
    ssize_t got = ::read(file.get(), content.data() + filled, content.size() - filled);
    if (got < 0) {
      if (errno == EINTR) continue;
      return FailErrno("read " + path.string(), errno);
    }
    if (got == 0) break;  // it shrank since fstat
    filled += static_cast<size_t>(got);
  }
  content.resize(filled);
  return content;
}

Status SyncPath(const std::filesystem::path& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return FailErrno("open " + path.string(), errno);
  if (::fsync(file.get()) != 0) return FailErrno("sync " + path.string(), errno);
  return {};
}

Status WriteFileAtomically(const std::filesystem::path& path, std::string_view content) {
  std::filesystem::path temporary = path;
  temporary += ".tmp" + std::to_string(::getpid());
  if (Status written = WriteAndSync(temporary, content); !written) {
    ::unlink(temporary.c_str());
    return written;
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const int error_number = errno;
    ::unlink(temporary.c_str());
    return FailErrno("rename to " + path.string(), error_number);
  }
  return SyncPath(path.has_parent_path() ? path.parent_path() : ".");
}

Result<FileLock> FileLock::Acquire(const std::filesystem::path& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (file.get() < 0) return FailErrno("open lock " + path.string(), errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return FailErrno("lock " + path.string(), errno);
    return FailHeld(path);
  }
  const std::string pid = std::to_string(::getpid());
  if (::ftruncate(file.get(), 0) != 0) return FailErrno("write lock " + path.string(), errno);
  FANIN_RETURN_IF_ERROR(WriteAll(file.get(), pid, path));
  return FileLock(file.Release());
}

Status FileLock::CheckFree(const std::filesystem::path& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0 && errno == ENOENT) return {};
  if (file.get() < 0) return FailErrno("open lock " + path.string(), errno);
  // A holder that gives the lock up empties the file, so that asking, which takes the lock for an instant, is needed
  // only while it is held or after a crash.
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return FailErrno("stat " + path.string(), errno);
  if (info.st_size == 0 || ::flock(file.get(), LOCK_SH | LOCK_NB) == 0) return {};
  if (errno != EWOULDBLOCK) return FailErrno("lock " + path.string(), errno);
  return FailHeld(path);
}

FileLock::~FileLock() {
  if (descriptor_ < 0) return;
  // Only spares CheckFree its question; nothing is wrong when it fails.
  [[maybe_unused]] const int emptied = ::ftruncate(descriptor_, 0);
  ::close(descriptor_);
}
FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

}  // namespace fanin::base
