#include "graph/rocks_repository_list.h"

#include <string>

#include "base/coding.h"
#include "base/file.h"
#include "graph/sealed.h"

namespace fanin::graph {

using base::Result;
using base::Status;

namespace {

constexpr std::string_view kMagic = "FNRL";
constexpr uint8_t kVersion = 1;

std::filesystem::path ListOf(const std::filesystem::path& dir) { return dir / "repositories"; }

}  // namespace

Status WriteRepositoryList(const std::filesystem::path& dir, std::span<const RepositoryRecord> records) {
  base::ByteWriter out;
  out.Varint(records.size());
  for (const RepositoryRecord& record : records) {
    RepositoryRecord kept;
    kept.name = record.name;
    kept.root = record.root;
    kept.options_json = record.options_json;
    kept.created_unix_ms = record.created_unix_ms;
    out.String(EncodeRepositoryRecord(kept));
  }
  const std::string file = Seal(kMagic, kVersion, out.bytes());
  if (base::ReadFile(ListOf(dir)) == file) return {};
  return base::WriteFileAtomically(ListOf(dir), file);
}

Result<std::vector<RepositoryRecord>> ReadRepositoryList(const std::filesystem::path& dir) {
  const std::string what = "file " + ListOf(dir).string();
  FANIN_ASSIGN_OR_RETURN(const std::string file, base::ReadFile(ListOf(dir)));
  FANIN_ASSIGN_OR_RETURN(const std::string_view body, Unseal(file, kMagic, kVersion, what));
  base::ByteReader in(body);
  std::vector<RepositoryRecord> records;
  for (size_t count = in.Count(); count > 0 && in.ok(); --count) {
    FANIN_ASSIGN_OR_RETURN(records.emplace_back(), DecodeRepositoryRecord(in.String()));
  }
  if (!in.ok() || !in.AtEnd()) return FailMalformed(what);
  return records;
}

}  // namespace fanin::graph
