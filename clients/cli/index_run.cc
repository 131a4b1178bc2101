#include "clients/cli/index_run.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "clients/cli/option_text.h"
#include "service/resource_name.h"

namespace fanin::cli {
namespace {

// A repository's name made from a folder's: lower case, '-' for what may not be in it.
std::string NameOfFolder(const std::filesystem::path& folder) {
  std::string name = folder.filename().string();
  std::ranges::transform(name, name.begin(), [](unsigned char c) {
    const auto lower = static_cast<char>(std::tolower(c));
    return service::IsRepositoryId(std::string(1, lower)) || lower == '.' || lower == '_' ? lower : '-';
  });
  constexpr std::string_view kEdges = "-._";
  const size_t begin = name.find_first_not_of(kEdges);
  if (begin == std::string::npos) return "";
  return name.substr(begin, name.find_last_not_of(kEdges) - begin + 1);
}

// The folder as the machine that indexes knows it: with a server the path is the server's.
base::Result<std::string> ResolveFolder(const IndexFlags& flags, const Session& session) {
  if (!session.flags().server.empty()) return flags.path;
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::canonical(flags.path, error);
  if (error) return base::FailErrno("folder " + flags.path, error.value());
  if (!std::filesystem::is_directory(folder, error)) {
    return base::Fail(base::Code::kFailedPrecondition, flags.path + " is a file; give the folder that holds the RTL");
  }
  return folder.string();
}

// Registers the folder, unless that name is its own already.
base::Status Register(service::Api& api, const std::string& name, const std::string& folder) {
  v1::GetRepositoryRequest get;
  get.set_name(service::RepositoryName(name));
  const base::Result<v1::GetRepositoryResponse> existing = api.GetRepository(get, {});
  if (existing) {
    if (existing->repository().root() == folder) return {};
    return base::Fail(base::Code::kInvalidArgument,
                      "repository " + name + " is that of " + existing->repository().root() +
                          "; choose another name with --name, or delete it: fanin repo delete " + name);
  }
  if (existing.error().code != base::Code::kNotFound) return std::unexpected(existing.error());
  v1::CreateRepositoryRequest create;
  create.set_repository_id(name);
  create.mutable_repository()->set_root(folder);
  FANIN_RETURN_IF_ERROR(api.CreateRepository(create, {}));
  return {};
}

}  // namespace

void AddIndexFlags(CLI::App& command, IndexFlags& flags) {
  command.add_option("path", flags.path, "The folder; with --server an absolute path on the server")
      ->required()
      ->type_name(kFolder);
  command.add_option("--name", flags.name, "Name of the repository; default: the folder's name");
  command.add_option("--filelist", flags.file_lists, "A .f file list with include directories and defines")
      ->type_name(kFile);
  command.add_option("-I,--include", flags.include_dirs, "A folder to look for include files in")->type_name(kFolder);
  command.add_option("-D,--define", flags.defines, "A macro: NAME or NAME=VALUE");
  command
      .add_option("--top", flags.tops, "A module to elaborate, with the files that it needs; other designs: fanin.toml")
      ->type_name(kModule);
  command.add_flag("--no-embed", flags.no_embed,
                   "Make no embeddings: faster, but search by meaning misses what is new");
}

base::Result<IndexTarget> OpenTarget(const IndexFlags& flags, Session& session) {
  IndexTarget target;
  FANIN_ASSIGN_OR_RETURN(target.folder, ResolveFolder(flags, session));
  target.name = flags.name.empty() ? NameOfFolder(target.folder) : flags.name;
  FANIN_ASSIGN_OR_RETURN(target.api, session.OpenApi(Session::Access::kWrite));
  FANIN_RETURN_IF_ERROR(Register(*target.api, target.name, target.folder));
  return target;
}

base::Result<v1::IndexRepositoryResponse> RunIndex(const IndexFlags& flags, const IndexTarget& target,
                                                   const std::function<bool(const v1::Job&)>& on_progress) {
  v1::IndexRepositoryRequest request;
  request.set_name(service::RepositoryName(target.name));
  request.set_skip_embeddings(flags.no_embed);
  request.set_revision(flags.revision);
  if (!flags.file_lists.empty() || !flags.include_dirs.empty() || !flags.defines.empty() || !flags.tops.empty()) {
    v1::IndexOptions& options = *request.mutable_options();
    options.mutable_file_lists()->Add(flags.file_lists.begin(), flags.file_lists.end());
    options.mutable_include_dirs()->Add(flags.include_dirs.begin(), flags.include_dirs.end());
    options.mutable_defines()->Add(flags.defines.begin(), flags.defines.end());
    options.mutable_tops()->Add(flags.tops.begin(), flags.tops.end());
  }
  v1::IndexRepositoryResponse last;
  FANIN_RETURN_IF_ERROR(target.api->IndexRepository(request, {}, [&](const v1::IndexRepositoryResponse& event) {
    last = event;
    return on_progress(event.job());
  }));
  return last;
}

}  // namespace fanin::cli
