// Preloaded into `fanin` (LD_PRELOAD), makes the disk fail below one folder, as FANIN_FAULT says:
//   enospc:BYTES:FOLDER   writes fail with ENOSPC once BYTES were written to files below FOLDER
//   erofs:FOLDER          nothing below FOLDER can be written, created, renamed or locked for writing: EROFS
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

struct Fault {
  bool full_disk = false;
  bool read_only = false;
  int64_t bytes = 0;
  std::string folder;
};

const Fault& TheFault() {
  static const Fault fault = [] {
    Fault parsed;
    const char* text = std::getenv("FANIN_FAULT");
    if (text == nullptr) return parsed;
    std::string_view rest(text);
    if (rest.starts_with("enospc:")) {
      parsed.full_disk = true;
      char* end = nullptr;
      parsed.bytes = std::strtoll(text + std::strlen("enospc:"), &end, 10);
      parsed.folder = end + 1;
    } else if (rest.starts_with("erofs:")) {
      parsed.read_only = true;
      parsed.folder = text + std::strlen("erofs:");
    }
    return parsed;
  }();
  return fault;
}

bool IsBelow(const char* path) { return std::string_view(path).starts_with(TheFault().folder); }

bool IsFileBelow(int descriptor) {
  char link[64];
  char path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t length = ::readlink(link, path, sizeof path - 1);
  if (length <= 0) return false;
  path[length] = '\0';
  return IsBelow(path);
}

std::atomic<int64_t> written{0};

// Whether a write of this size fails; errno is set then.
bool WriteFails(int descriptor, size_t size) {
  const Fault& fault = TheFault();
  if (!fault.full_disk || !IsFileBelow(descriptor)) return false;
  if (written.fetch_add(static_cast<int64_t>(size)) + static_cast<int64_t>(size) <= fault.bytes) return false;
  errno = ENOSPC;
  return true;
}

bool IsReadOnly(const char* path) {
  if (!TheFault().read_only || !IsBelow(path)) return false;
  errno = EROFS;
  return true;
}

template <typename Function>
Function Next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

int OpenNext(const char* name, const char* path, int flags, mode_t mode) {
  if ((flags & (O_WRONLY | O_RDWR | O_CREAT)) != 0 && IsReadOnly(path)) return -1;
  return Next<int (*)(const char*, int, mode_t)>(name)(path, flags, mode);
}

}  // namespace

extern "C" {

ssize_t write(int descriptor, const void* data, size_t size) {
  if (WriteFails(descriptor, size)) return -1;
  return Next<ssize_t (*)(int, const void*, size_t)>("write")(descriptor, data, size);
}

ssize_t pwrite64(int descriptor, const void* data, size_t size, off64_t offset) {
  if (WriteFails(descriptor, size)) return -1;
  return Next<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64")(descriptor, data, size, offset);
}

ssize_t pwrite(int descriptor, const void* data, size_t size, off_t offset) {
  if (WriteFails(descriptor, size)) return -1;
  return Next<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite")(descriptor, data, size, offset);
}

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = va_arg(arguments, mode_t);
  va_end(arguments);
  return OpenNext("open", path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = va_arg(arguments, mode_t);
  va_end(arguments);
  return OpenNext("open64", path, flags, mode);
}

int access(const char* path, int mode) {
  if ((mode & W_OK) != 0 && IsReadOnly(path)) return -1;
  return Next<int (*)(const char*, int)>("access")(path, mode);
}

int mkdir(const char* path, mode_t mode) {
  struct stat info {};
  if (::stat(path, &info) != 0 && IsReadOnly(path)) return -1;
  return Next<int (*)(const char*, mode_t)>("mkdir")(path, mode);
}

int rename(const char* from, const char* to) {
  if (IsReadOnly(to)) return -1;
  return Next<int (*)(const char*, const char*)>("rename")(from, to);
}

int unlink(const char* path) {
  if (IsReadOnly(path)) return -1;
  return Next<int (*)(const char*)>("unlink")(path);
}

}  // extern "C"
