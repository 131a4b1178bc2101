// Which part of the file system may be read for others: the roots a server is confined to, and reads that cannot leave
// a folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "base/error.h"

namespace fanin::base {

// Whether a path is the folder or lies in it, by text alone. REQUIRES: both canonical or both normal.
bool IsInside(const std::filesystem::path& path, const std::filesystem::path& folder);

// The folders below which a process may read for its callers. None: it reads whatever its user may, as a program that
// people run for themselves does. Immutable.
class Roots {
 public:
  Roots() = default;
  // Errors: NOT_FOUND, INVALID_ARGUMENT (no folder), naming it.
  static Result<Roots> Open(const std::vector<std::filesystem::path>& folders);

  bool confined() const { return !folders_.empty(); }
  const std::vector<std::filesystem::path>& folders() const { return folders_; }
  // The innermost root that holds a canonical path; null: none does.
  const std::filesystem::path* Holding(const std::filesystem::path& canonical) const;
  // OK where nothing is confined or a root holds the path, links followed. Errors: PERMISSION_DENIED, NOT_FOUND.
  Status Check(const std::filesystem::path& path) const;

  friend bool operator==(const Roots&, const Roots&) = default;

 private:
  std::vector<std::filesystem::path> folders_;  // canonical
};

// Opens a regular file below a folder for reading. Otherwise as ReadFileBelow.
Result<Descriptor> OpenFileBelow(const std::filesystem::path& folder, const std::filesystem::path& path);

// As ReadFile, of a path below a folder, which links on the way cannot leave: not even those that are made while it is
// opened. REQUIRES: a canonical folder, a relative path. Errors: as ReadFile; PERMISSION_DENIED for what leads out.
Result<std::string> ReadFileBelow(const std::filesystem::path& folder, const std::filesystem::path& path,
                                  uint64_t max_bytes = UINT64_MAX);

}  // namespace fanin::base
