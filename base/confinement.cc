#include "base/confinement.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/file.h"

namespace fanin::base {
namespace {

namespace fs = std::filesystem;

// O_NONBLOCK: opening a FIFO must not wait for its writer.
constexpr uint64_t kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

int OpenBelow(int folder, const fs::path& path, uint64_t resolve) {
  open_how how{};
  how.flags = kFlags;
  how.resolve = resolve;
  return static_cast<int>(::syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how));
}

std::unexpected<Error> FailOutside(const fs::path& path, const fs::path& folder) {
  return Fail(Code::kPermissionDenied, path.string() + " leads out of " + folder.string() + " and is not read");
}

}  // namespace

bool IsInside(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

Result<Roots> Roots::Open(const std::vector<fs::path>& folders) {
  Roots roots;
  for (const fs::path& folder : folders) {
    std::error_code error;
    fs::path canonical = fs::canonical(folder, error);
    if (error) return FailErrno("root " + folder.string(), error.value());
    if (!fs::is_directory(canonical, error)) {
      return Fail(Code::kInvalidArgument, "root " + folder.string() + " is no folder");
    }
    roots.folders_.push_back(std::move(canonical));
  }
  return roots;
}

const fs::path* Roots::Holding(const fs::path& canonical) const {
  const fs::path* innermost = nullptr;
  for (const fs::path& folder : folders_) {
    if (IsInside(canonical, folder) && (innermost == nullptr || IsInside(folder, *innermost))) innermost = &folder;
  }
  return innermost;
}

Status Roots::Check(const fs::path& path) const {
  if (!confined()) return {};
  std::error_code error;
  const fs::path canonical = fs::canonical(path, error);
  // Whether something is there is said only of what is in the roots.
  if (Holding(error ? path.lexically_normal() : canonical) == nullptr) {
    return Fail(Code::kPermissionDenied, path.string() + " is in none of the roots that this server may read");
  }
  if (error) return FailErrno("open " + path.string(), error.value());
  return {};
}

Result<Descriptor> OpenFileBelow(const fs::path& folder, const fs::path& path) {
  const Descriptor directory(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open()) return FailErrno("open " + folder.string(), errno);
  Descriptor file(OpenBelow(directory.get(), path, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS));
  int error = errno;
  if (!file.is_open() && (error == EXDEV || error == ENOSYS || error == EPERM)) {
    // A link that is absolute may lead into the folder all the same: then the file it leads to is opened, without
    // links. Kernels before 5.6 have no openat2, and the last component alone is guarded there.
    std::error_code unknown;
    const fs::path canonical = fs::canonical(folder / path, unknown);
    if (unknown) return FailErrno("open " + (folder / path).string(), unknown.value());
    if (!IsInside(canonical, folder)) return FailOutside(folder / path, folder);
    file = Descriptor(error == EXDEV ? OpenBelow(directory.get(), canonical.lexically_relative(folder),
                                                 RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS)
                                     : ::open(canonical.c_str(), static_cast<int>(kFlags) | O_NOFOLLOW));
    error = errno;
  }
  if (!file.is_open() && (error == EXDEV || error == ELOOP)) return FailOutside(folder / path, folder);
  if (!file.is_open()) return FailErrno("open " + (folder / path).string(), error);
  struct stat info {};
  if (::fstat(file.get(), &info) == 0 && S_ISREG(info.st_mode)) return file;
  return Fail(Code::kInvalidArgument, "not a regular file: " + (folder / path).string());
}

Result<std::string> ReadFileBelow(const fs::path& folder, const fs::path& path, uint64_t max_bytes) {
  FANIN_ASSIGN_OR_RETURN(Descriptor file, OpenFileBelow(folder, path));
  return ReadDescriptor(file.Release(), folder / path, max_bytes);
}

}  // namespace fanin::base
