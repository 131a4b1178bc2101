// Preloaded (LD_PRELOAD), makes the disk fail below one folder, or ends the process there, as FANIN_FAULT says. A
// *write point* is a call that changes or syncs what is below the folder: create, truncate, write, sync, rename, link,
// unlink, mkdir, rmdir, allocate; they are numbered from 1 as they come.
//   count:FILE:FOLDER        appends a line to FILE for each write point, before it is done: its name and path
//   fail:N:ERRNO:FOLDER      the N-th write point fails with that error number, the others do not
//   failfrom:N:ERRNO:FOLDER  all from the N-th on fail
//   kill:N:FOLDER            SIGKILL before the N-th
//   powercut:N:FOLDER        the same; and what the process had not synced is gone: contents after the last sync of
//                            their file, names after the last sync of their folder
//   enospc:BYTES:FOLDER      writes fail with ENOSPC once BYTES were written to files below FOLDER
//   erofs:FOLDER             nothing below FOLDER can be written, created, renamed or locked for writing: EROFS
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace {

enum class Kind : uint8_t { kNone, kCount, kFail, kFailFrom, kKill, kPowerCut, kFull, kReadOnly };

struct Fault {
  Kind kind = Kind::kNone;
  int64_t number = 0;  // of the write point, or bytes
  int error = 0;
  std::string file;
  std::string folder;
};

std::string_view NextField(std::string_view& rest) {
  const size_t end = std::min(rest.find(':'), rest.size());
  const std::string_view field = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return field;
}

const Fault& TheFault() {
  static const Fault fault = [] {
    static const std::map<std::string_view, Kind> kKinds = {
        {"count", Kind::kCount},       {"fail", Kind::kFail},   {"failfrom", Kind::kFailFrom}, {"kill", Kind::kKill},
        {"powercut", Kind::kPowerCut}, {"enospc", Kind::kFull}, {"erofs", Kind::kReadOnly}};
    Fault parsed;
    const char* text = std::getenv("FANIN_FAULT");
    if (text == nullptr) return parsed;
    std::string_view rest(text);
    const auto kind = kKinds.find(NextField(rest));
    if (kind == kKinds.end()) return parsed;
    const auto number = [&] { return std::strtoll(std::string(NextField(rest)).c_str(), nullptr, 10); };
    if (kind->second == Kind::kCount) parsed.file = NextField(rest);
    if (kind->second != Kind::kCount && kind->second != Kind::kReadOnly) parsed.number = number();
    if (kind->second == Kind::kFail || kind->second == Kind::kFailFrom) parsed.error = static_cast<int>(number());
    parsed.folder = rest;
    parsed.kind = kind->second;
    return parsed;
  }();
  return fault;
}

template <typename Function>
Function Next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

bool IsBelow(std::string_view path) { return TheFault().kind != Kind::kNone && path.starts_with(TheFault().folder); }

// The path of a descriptor below the folder; else empty.
std::string PathBelow(int descriptor) {
  if (TheFault().kind == Kind::kNone) return "";
  char link[64];
  char path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t length = ::readlink(link, path, sizeof path);
  if (length <= 0) return "";
  const std::string_view found(path, static_cast<size_t>(length));
  return IsBelow(found) ? std::string(found) : "";
}

// --- what a loss of power would leave

std::string FolderOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

// A name that was made or moved and whose folder was not synced since.
struct NewName {
  std::string path;
  std::string moved_from;  // empty: it was made
  bool replaced = false;
  std::string old_content;  // of the file that it replaced
};

struct Unsynced {
  std::mutex mutex;                        // protects all below
  std::map<std::string, off_t> synced_to;  // of files written by this process
  std::vector<NewName> names;
};

// Never destroyed: threads use it until the process ends.
Unsynced& TheUnsynced() {
  static Unsynced* const unsynced = new Unsynced;
  return *unsynced;
}

std::string ContentOf(const std::string& path) {
  std::string content;
  const int file = Next<int (*)(const char*, int, mode_t)>("open")(path.c_str(), O_RDONLY, 0);
  if (file < 0) return content;
  char bytes[65536];
  for (ssize_t got = 0; (got = ::read(file, bytes, sizeof bytes)) > 0;) content.append(bytes, static_cast<size_t>(got));
  ::close(file);
  return content;
}

void WriteContent(const std::string& path, const std::string& content) {
  const int file = Next<int (*)(const char*, int, mode_t)>("open")(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  [[maybe_unused]] const ssize_t written =
      Next<ssize_t (*)(int, const void*, size_t)>("write")(file, content.data(), content.size());
  ::close(file);
}

void NoteMade(const std::string& path) {
  if (TheFault().kind != Kind::kPowerCut) return;
  Unsynced& unsynced = TheUnsynced();
  std::lock_guard lock(unsynced.mutex);
  unsynced.synced_to[path] = 0;
  unsynced.names.push_back({path, "", false, ""});
}

// Before the rename.
void NoteMoved(const std::string& from, const std::string& to) {
  if (TheFault().kind != Kind::kPowerCut) return;
  Unsynced& unsynced = TheUnsynced();
  std::lock_guard lock(unsynced.mutex);
  struct stat info {};
  const bool replaces = ::stat(to.c_str(), &info) == 0 && S_ISREG(info.st_mode);
  unsynced.names.push_back({to, from, replaces, replaces ? ContentOf(to) : ""});
  if (const auto synced = unsynced.synced_to.find(from); synced != unsynced.synced_to.end()) {
    unsynced.synced_to[to] = synced->second;
    unsynced.synced_to.erase(from);
  }
}

void NoteLinked(const std::string& from, const std::string& to) {
  if (TheFault().kind != Kind::kPowerCut) return;
  Unsynced& unsynced = TheUnsynced();
  std::lock_guard lock(unsynced.mutex);
  unsynced.names.push_back({to, "", false, ""});
  if (const auto synced = unsynced.synced_to.find(from); synced != unsynced.synced_to.end()) {
    unsynced.synced_to[to] = synced->second;
  }
}

void NoteWritten(const std::string& path) {
  if (TheFault().kind != Kind::kPowerCut) return;
  Unsynced& unsynced = TheUnsynced();
  std::lock_guard lock(unsynced.mutex);
  struct stat info {};
  if (!unsynced.synced_to.contains(path) && ::stat(path.c_str(), &info) == 0) unsynced.synced_to[path] = info.st_size;
}

void NoteSynced(const std::string& path) {
  if (TheFault().kind != Kind::kPowerCut) return;
  Unsynced& unsynced = TheUnsynced();
  std::lock_guard lock(unsynced.mutex);
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return;
  if (S_ISREG(info.st_mode)) unsynced.synced_to[path] = info.st_size;
  if (S_ISDIR(info.st_mode))
    std::erase_if(unsynced.names, [&](const NewName& name) { return FolderOf(name.path) == path; });
}

// Files here are only appended to, so that what was synced is a beginning of each.
void LosePower() {
  Unsynced& unsynced = TheUnsynced();
  std::lock_guard lock(unsynced.mutex);
  const auto unlink_next = Next<int (*)(const char*)>("unlink");
  for (const auto& [path, size] : unsynced.synced_to) {
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0 && info.st_size > size) {
      [[maybe_unused]] const int cut = Next<int (*)(const char*, off_t)>("truncate")(path.c_str(), size);
    }
  }
  for (auto name = unsynced.names.rbegin(); name != unsynced.names.rend(); ++name) {
    if (name->moved_from.empty()) {
      unlink_next(name->path.c_str());
    } else {
      Next<int (*)(const char*, const char*)>("rename")(name->path.c_str(), name->moved_from.c_str());
      if (name->replaced) WriteContent(name->path, name->old_content);
    }
  }
}

// --- write points

std::atomic<int64_t> points{0};

// Whether the call is to fail; errno is set then. May end the process.
bool PointFails(const char* name, std::string_view path) {
  const Fault& fault = TheFault();
  const int64_t number = points.fetch_add(1) + 1;
  switch (fault.kind) {
    case Kind::kCount: {
      std::string line =
          std::string(name) + " " + std::string(path.substr(std::min(path.size(), fault.folder.size()))) + "\n";
      const int file =
          Next<int (*)(const char*, int, mode_t)>("open")(fault.file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
      [[maybe_unused]] const ssize_t written =
          Next<ssize_t (*)(int, const void*, size_t)>("write")(file, line.data(), line.size());
      ::close(file);
      return false;
    }
    case Kind::kFail:
    case Kind::kFailFrom:
      if (fault.kind == Kind::kFail ? number != fault.number : number < fault.number) return false;
      errno = fault.error;
      return true;
    case Kind::kKill:
    case Kind::kPowerCut:
      if (number != fault.number) return false;
      if (fault.kind == Kind::kPowerCut) LosePower();
      ::kill(::getpid(), SIGKILL);
      for (;;) ::pause();
    default: return false;
  }
}

std::atomic<int64_t> written_bytes{0};

bool WriteFails(int descriptor, size_t size) {
  const std::string path = PathBelow(descriptor);
  if (path.empty()) return false;
  if (PointFails("write", path)) return true;
  NoteWritten(path);
  const Fault& fault = TheFault();
  if (fault.kind != Kind::kFull) return false;
  if (written_bytes.fetch_add(static_cast<int64_t>(size)) + static_cast<int64_t>(size) <= fault.number) return false;
  errno = ENOSPC;
  return true;
}

bool DescriptorFails(const char* name, int descriptor) {
  const std::string path = PathBelow(descriptor);
  return !path.empty() && PointFails(name, path);
}

// Of a change of a name: also what a read-only disk refuses.
bool PathFails(const char* name, const char* path) {
  if (!IsBelow(path)) return false;
  if (TheFault().kind == Kind::kReadOnly) {
    errno = EROFS;
    return true;
  }
  return PointFails(name, path);
}

int SyncNext(const char* name, int descriptor) {
  const std::string path = PathBelow(descriptor);
  if (!path.empty() && PointFails(name, path)) return -1;
  const int result = Next<int (*)(int)>(name)(descriptor);
  if (result == 0 && !path.empty()) NoteSynced(path);
  return result;
}

int OpenNext(const char* name, const char* path, int flags, mode_t mode) {
  const bool writes = (flags & (O_WRONLY | O_RDWR | O_CREAT)) != 0;
  if (!writes || !IsBelow(path)) return Next<int (*)(const char*, int, mode_t)>(name)(path, flags, mode);
  struct stat info {};
  const bool is_new = (flags & O_CREAT) != 0 && ::stat(path, &info) != 0;
  if (TheFault().kind == Kind::kReadOnly || is_new || (flags & O_TRUNC) != 0) {
    if (PathFails(is_new ? "create" : "open", path)) return -1;
  }
  const int descriptor = Next<int (*)(const char*, int, mode_t)>(name)(path, flags, mode);
  if (descriptor >= 0 && is_new) NoteMade(path);
  return descriptor;
}

}  // namespace

extern "C" {

ssize_t write(int descriptor, const void* data, size_t size) {
  if (WriteFails(descriptor, size)) return -1;
  return Next<ssize_t (*)(int, const void*, size_t)>("write")(descriptor, data, size);
}

ssize_t writev(int descriptor, const iovec* parts, int count) {
  size_t size = 0;
  for (int i = 0; i < count; ++i) size += parts[i].iov_len;
  if (WriteFails(descriptor, size)) return -1;
  return Next<ssize_t (*)(int, const iovec*, int)>("writev")(descriptor, parts, count);
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
  if ((mode & W_OK) != 0 && TheFault().kind == Kind::kReadOnly && IsBelow(path)) {
    errno = EROFS;
    return -1;
  }
  return Next<int (*)(const char*, int)>("access")(path, mode);
}

int mkdir(const char* path, mode_t mode) {
  struct stat info {};
  if (::stat(path, &info) != 0 && PathFails("mkdir", path)) return -1;
  return Next<int (*)(const char*, mode_t)>("mkdir")(path, mode);
}

int rmdir(const char* path) {
  if (PathFails("rmdir", path)) return -1;
  return Next<int (*)(const char*)>("rmdir")(path);
}

int rename(const char* from, const char* to) {
  if (PathFails("rename", to)) return -1;
  if (IsBelow(to)) NoteMoved(from, to);
  return Next<int (*)(const char*, const char*)>("rename")(from, to);
}

int link(const char* from, const char* to) {
  if (PathFails("link", to)) return -1;
  const int result = Next<int (*)(const char*, const char*)>("link")(from, to);
  if (result == 0 && IsBelow(to)) NoteLinked(from, to);
  return result;
}

int unlink(const char* path) {
  if (PathFails("unlink", path)) return -1;
  return Next<int (*)(const char*)>("unlink")(path);
}

int unlinkat(int folder, const char* path, int flags) {
  if (DescriptorFails("unlink", folder)) return -1;
  return Next<int (*)(int, const char*, int)>("unlinkat")(folder, path, flags);
}

int fsync(int descriptor) { return SyncNext("fsync", descriptor); }
int fdatasync(int descriptor) { return SyncNext("fdatasync", descriptor); }

int ftruncate(int descriptor, off_t size) {
  if (DescriptorFails("truncate", descriptor)) return -1;
  return Next<int (*)(int, off_t)>("ftruncate")(descriptor, size);
}

int ftruncate64(int descriptor, off64_t size) {
  if (DescriptorFails("truncate", descriptor)) return -1;
  return Next<int (*)(int, off64_t)>("ftruncate64")(descriptor, size);
}

int fallocate(int descriptor, int mode, off_t offset, off_t size) {
  if (DescriptorFails("allocate", descriptor)) return -1;
  return Next<int (*)(int, int, off_t, off_t)>("fallocate")(descriptor, mode, offset, size);
}

int fallocate64(int descriptor, int mode, off64_t offset, off64_t size) {
  if (DescriptorFails("allocate", descriptor)) return -1;
  return Next<int (*)(int, int, off64_t, off64_t)>("fallocate64")(descriptor, mode, offset, size);
}

}  // extern "C"
