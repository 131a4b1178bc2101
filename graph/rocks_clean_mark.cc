#include "graph/rocks_clean_mark.h"

#include <map>
#include <string>

#include "base/coding.h"
#include "base/file.h"
#include "graph/sealed.h"

namespace fanin::graph {

using base::Code;
using base::Fail;
using base::Result;
using base::Status;

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "FNCL";
constexpr uint8_t kVersion = 1;
constexpr size_t kMinEntryBytes = 2;

fs::path MarkOf(const fs::path& dir) { return dir / "clean"; }

// Name and size of the write-ahead logs and of the log of versions with the file that names it.
Result<std::map<std::string, uint64_t>> LogSizes(const fs::path& dir) {
  std::map<std::string, uint64_t> sizes;
  std::error_code error;
  for (fs::directory_iterator entry(dir / "rocksdb", error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename();
    if (!name.ends_with(".log") && !name.starts_with("MANIFEST-") && name != "CURRENT") continue;
    sizes[name] = entry->file_size(error);
    if (error) break;
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return base::FailErrno("list " + (dir / "rocksdb").string(), error.value());
  }
  return sizes;
}

}  // namespace

Result<bool> CheckCleanMark(const fs::path& dir) {
  const auto mark = base::ReadFile(MarkOf(dir));
  if (!mark && mark.error().code == Code::kNotFound) return false;
  if (!mark) return std::unexpected(mark.error());
  FANIN_ASSIGN_OR_RETURN(const std::string_view body, Unseal(*mark, kMagic, kVersion, "file " + MarkOf(dir).string()));
  FANIN_ASSIGN_OR_RETURN(const auto sizes, LogSizes(dir));
  base::ByteReader in(body);
  for (size_t count = in.Count(kMinEntryBytes); count > 0 && in.ok(); --count) {
    const std::string name(in.String());
    const uint64_t size = in.Varint();
    const auto found = sizes.find(name);
    if (found != sizes.end() && found->second == size) continue;
    return Fail(Code::kDataLoss, (dir / "rocksdb" / name).string() + " was damaged: it had " + std::to_string(size) +
                                     " bytes when it was closed and " +
                                     (found == sizes.end() ? "is gone" : "has " + std::to_string(found->second)) +
                                     "; run fanin doctor --repair");
  }
  if (!in.ok() || !in.AtEnd()) return FailMalformed("file " + MarkOf(dir).string());
  return true;
}

Status RemoveCleanMark(const fs::path& dir) {
  std::error_code error;
  const bool removed = fs::remove(MarkOf(dir), error);
  if (error) return base::FailErrno("remove " + MarkOf(dir).string(), error.value());
  return removed ? base::SyncPath(dir) : Status{};
}

Status WriteCleanMark(const fs::path& dir) {
  FANIN_ASSIGN_OR_RETURN(const auto sizes, LogSizes(dir));
  base::ByteWriter out;
  out.Varint(sizes.size());
  for (const auto& [name, size] : sizes) {
    out.String(name);
    out.Varint(size);
  }
  return base::WriteFileAtomically(MarkOf(dir), Seal(kMagic, kVersion, out.bytes()));
}

}  // namespace fanin::graph
