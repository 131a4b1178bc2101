// LocalApi: snapshots as archives.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "graph/snapshot_archive.h"
#include "retriever/search_index.h"
#include "service/local_api.h"
#include "service/local_api_common.h"
#include "service/validate.h"

namespace fanin::service {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPieceBytes = 1 << 20;

// A file of this process alone, gone with this object.
class TemporaryFile {
 public:
  static base::Result<TemporaryFile> Make(const fs::path& folder) {
    TemporaryFile file;
    file.path_ = (folder / "import_XXXXXX").string();
    const int descriptor = ::mkstemp(file.path_.data());
    if (descriptor < 0) return base::FailErrno("create a file in " + folder.string(), errno);
    ::close(descriptor);
    return file;
  }
  TemporaryFile(TemporaryFile&& other) noexcept { std::swap(path_, other.path_); }
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  const std::string& path() const { return path_; }

 private:
  TemporaryFile() = default;
  std::string path_;
};

}  // namespace

base::Status LocalApi::ExportSnapshot(const v1::ExportSnapshotRequest& request, const CallContext& context,
                                      const ArchivePieces& on_piece) {
  FANIN_RETURN_IF_ERROR(Check(request));
  FANIN_ASSIGN_OR_RETURN(const auto snapshot, OpenSnapshot(request.name()));
  const graph::Manifest& manifest = snapshot->manifest();
  FANIN_ASSIGN_OR_RETURN(const graph::RepositoryRecord record, engine_->store().GetRepository(manifest.repository));
  FANIN_ASSIGN_OR_RETURN(const std::vector<base::Digest> vectors, retriever::VectorKeys(*snapshot));
  v1::ExportSnapshotResponse piece;
  piece.set_snapshot(SnapshotNameOf(*snapshot));
  const auto send = [&]() -> base::Status {
    const bool go_on = on_piece(piece) && !(context.cancelled && context.cancelled());
    piece.Clear();
    if (!go_on) return base::Fail(base::Code::kCancelled, "the caller left");
    if (context.deadline && std::chrono::steady_clock::now() >= *context.deadline) {
      return base::Fail(base::Code::kDeadlineExceeded, "the archive was not complete in time");
    }
    return {};
  };
  const auto sink = [&](std::string_view bytes) -> base::Status {
    while (!bytes.empty()) {
      const size_t part = std::min(bytes.size(), kPieceBytes - piece.data().size());
      piece.mutable_data()->append(bytes.substr(0, part));
      bytes.remove_prefix(part);
      if (piece.data().size() == kPieceBytes) FANIN_RETURN_IF_ERROR(send());
    }
    return {};
  };
  FANIN_RETURN_IF_ERROR(graph::WriteArchive(engine_->store(), engine_->vectors_dir(), record, manifest, vectors, sink));
  return piece.data().empty() ? base::Status() : send();
}

base::Result<v1::ImportSnapshotResponse> LocalApi::ImportSnapshot(const NextArchivePiece& next_piece,
                                                                  const CallContext&) {
  const v1::ImportSnapshotRequest* piece = next_piece();
  if (piece == nullptr) return base::Fail(base::Code::kInvalidArgument, "the stream has no message");
  FANIN_RETURN_IF_ERROR(Check(*piece));
  const std::string name = piece->name();
  const std::string root = piece->root();

  FANIN_ASSIGN_OR_RETURN(const TemporaryFile file, TemporaryFile::Make(engine_->data_dir()));
  std::ofstream out(file.path(), std::ios::binary);
  for (; piece != nullptr; piece = next_piece()) out << piece->data();
  if (!out.flush()) return base::Fail(base::Code::kResourceExhausted, "cannot keep the archive in " + file.path());
  FANIN_ASSIGN_OR_RETURN(const graph::ArchiveHead head, graph::CheckArchive(file.path()));
  // Ids of nodes are made of the repository's name.
  if (!name.empty() && name != RepositoryName(head.record.name)) {
    return base::Fail(base::Code::kInvalidArgument, "the archive is of repository " + head.record.name + ", not " +
                                                        name + "; a snapshot keeps its repository's name");
  }

  base::Result<v1::ImportSnapshotResponse> response;
  const bool ran = jobs_.RunIfIdle([&] { response = Import(head, root, file.path()); });
  if (!ran) return base::Fail(base::Code::kUnavailable, "an indexing job runs; import when it has ended");
  return response;
}

base::Result<v1::ImportSnapshotResponse> LocalApi::Import(const graph::ArchiveHead& head, const std::string& root,
                                                          const std::string& archive) {
  graph::RepositoryRecord record = head.record;
  const auto existing = engine_->store().GetRepository(record.name);
  if (!existing && existing.error().code != base::Code::kNotFound) return std::unexpected(existing.error());
  if (existing) record.root = existing->root;
  if (!root.empty()) record.root = root;
  // A folder that is not there yet, or not here, is only needed to index.
  std::error_code unknown;
  if (fs::exists(record.root, unknown)) FANIN_RETURN_IF_ERROR(engine_->roots().Check(record.root));
  if (!existing) FANIN_RETURN_IF_ERROR(CheckRoom());
  FANIN_ASSIGN_OR_RETURN(const graph::Manifest manifest,
                         graph::ReadArchive(engine_->store(), engine_->vectors_dir(), archive));
  if (!existing) {
    FANIN_RETURN_IF_ERROR(engine_->store().CreateRepository(record));
  } else if (record.root != existing->root) {
    graph::RepositoryRecord moved = *existing;
    moved.root = record.root;
    FANIN_RETURN_IF_ERROR(engine_->store().UpdateRepository(moved));
  }
  FANIN_RETURN_IF_ERROR(engine_->store().Publish(manifest));
  engine_->TakeMemory(record.name);  // what the last run knew is of another snapshot
  FANIN_RETURN_IF_ERROR(engine_->Refresh(record.name));
  v1::ImportSnapshotResponse response;
  FANIN_ASSIGN_OR_RETURN(const graph::RepositoryRecord published, engine_->store().GetRepository(record.name));
  *response.mutable_repository() = Describe(published);
  return response;
}

}  // namespace fanin::service
