// fanin snapshot
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <utility>

#include "clients/cli/command.h"
#include "clients/cli/option_text.h"
#include "service/resource_name.h"

namespace fanin::cli {
namespace {

constexpr size_t kPieceBytes = 1 << 20;

struct ArchiveFlags {
  std::string repository;
  std::string file;
  std::string root;
};

// Writes beside the file and renames, so that a file of that name is always whole.
Exit Export(const ArchiveFlags& flags, Session& session) {
  const base::Result<service::Api*> api = session.OpenApi();
  if (!api) return session.Fail(api.error());
  v1::GetRepositoryRequest get;
  get.set_name(service::RepositoryName(flags.repository));
  const auto repository = (*api)->GetRepository(get, {});
  if (!repository) return session.Fail(repository.error());
  const auto name = session.FindSnapshot(repository->repository(), session.flags().snapshot);
  if (!name) return session.Fail(name.error());
  v1::ExportSnapshotRequest request;
  request.set_name(*name);
  const std::string partial = flags.file + ".part";
  std::ofstream out(partial, std::ios::binary | std::ios::trunc);
  std::string snapshot;
  uint64_t bytes = 0;
  base::Status status = (*api)->ExportSnapshot(request, {}, [&](const v1::ExportSnapshotResponse& piece) {
    if (!piece.snapshot().empty()) snapshot = piece.snapshot();
    bytes += piece.data().size();
    return bool(out << piece.data());
  });
  out.close();
  if (!out) status = base::Fail(base::Code::kResourceExhausted, "cannot write " + partial);
  std::error_code error;
  if (status) std::filesystem::rename(partial, flags.file, error);
  if (error) status = base::FailErrno("rename " + partial, error.value());
  if (!status) {
    std::filesystem::remove(partial, error);
    return session.Fail(status.error());
  }
  session.Note("exported " + snapshot + ", " + std::to_string(bytes) + " bytes");
  return Exit::kFound;
}

Exit Import(const ArchiveFlags& flags, Session& session) {
  std::ifstream in(flags.file, std::ios::binary);
  if (!in) return session.Fail({base::Code::kNotFound, "cannot read " + flags.file});
  const base::Result<service::Api*> api = session.OpenApi(Session::Access::kWrite);
  if (!api) return session.Fail(api.error());
  v1::ImportSnapshotRequest piece;
  piece.set_root(flags.root);
  bool is_first = true;
  const auto next = [&]() -> const v1::ImportSnapshotRequest* {
    const bool was_first = std::exchange(is_first, false);
    if (!was_first) piece.Clear();
    piece.mutable_data()->resize(kPieceBytes);
    in.read(piece.mutable_data()->data(), kPieceBytes);
    piece.mutable_data()->resize(static_cast<size_t>(in.gcount()));
    // An empty file is for the server to refuse.
    return piece.data().empty() && !was_first ? nullptr : &piece;
  };
  const auto response = (*api)->ImportSnapshot(next, {});
  if (!response) return session.Fail(response.error());
  if (session.flags().json) {
    session.PrintJson(*response);
  } else {
    session.Note("imported " + response->repository().latest_snapshot().name() + ", " +
                 std::to_string(response->repository().latest_snapshot().files()) + " files");
  }
  return Exit::kFound;
}

}  // namespace

void AddSnapshotCommand(CLI::App& app, Run& run) {
  CLI::App* command = app.add_subcommand("snapshot", "Snapshots as files: to keep, or for another data directory");
  command->require_subcommand(1);
  const auto flags = std::make_shared<ArchiveFlags>();
  CLI::App* to_file = command->add_subcommand("export", "Write a snapshot to a file, also while it is served");
  to_file->add_option("repository", flags->repository, "Name")->type_name(kRepository)->required();
  to_file->add_option("file", flags->file, "The file to write")->type_name(kFile)->required();
  to_file->callback([flags, &run] { run = [flags](Session& session) { return Export(*flags, session); }; });
  CLI::App* from_file = command->add_subcommand("import", "Make the snapshot of a file the newest of its repository");
  from_file->add_option("file", flags->file, "The file to read")->type_name(kFile)->required();
  from_file
      ->add_option("--root", flags->root,
                   "The repository's folder on the machine that indexes, where it is not the archived one")
      ->type_name(kFolder);
  from_file->callback([flags, &run] { run = [flags](Session& session) { return Import(*flags, session); }; });
}

}  // namespace fanin::cli
