// fanin index
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <iostream>
#include <memory>

#include "clients/cli/command.h"
#include "clients/cli/progress.h"
#include "clients/cli/terminal.h"
#include "service/resource_name.h"

namespace fanin::cli {
namespace {

constexpr int kNamesShown = 8;
constexpr int kLostShown = 20;

struct IndexFlags {
  std::string path;
  std::string name;
  std::vector<std::string> file_lists;
  std::vector<std::string> include_dirs;
  std::vector<std::string> defines;
  bool no_embed = false;
};

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

void PrintRow(std::string_view name, const std::string& value, const Style& style) {
  std::cout << "  " << style.Dim(std::string(name) + std::string(12 - name.size(), ' ')) << value << '\n';
}

std::string KindsText(const v1::IndexSummary& summary) {
  std::vector<std::pair<uint32_t, std::string>> kinds;
  for (const auto& [kind, count] : summary.nodes()) kinds.emplace_back(count, kind);
  std::ranges::sort(kinds, std::greater<>());
  std::string text;
  for (const auto& [count, kind] : kinds) text += (text.empty() ? "" : ", ") + WithCommas(count) + " " + kind;
  return text;
}

std::string ExternalText(const v1::IndexSummary& summary) {
  std::string text;
  for (int i = 0; i < std::min(summary.external_names_size(), kNamesShown); ++i) {
    const v1::UnresolvedName& name = summary.external_names(i);
    text += (text.empty() ? "" : ", ") + name.name() + " (" + name.look_up() + ", " + WithCommas(name.count()) + "x)";
  }
  const int more = summary.external_names_size() - kNamesShown;
  return more > 0 ? text + ", and " + std::to_string(more) + " more" : text;
}

void PrintSummary(const std::string& name, const v1::IndexSummary& summary) {
  const Style style(stdout);
  std::cout << style.Bold(name) << ": " << (summary.up_to_date() ? "up to date, " : "") << summary.snapshot()
            << (summary.revision().empty() ? "" : " of " + summary.revision()) << '\n';
  PrintRow(
      "files",
      WithCommas(summary.files()) + " (" + WithCommas(summary.files() - summary.files_reused()) + " parsed, " +
          WithCommas(summary.files_reused()) + " unchanged), " + Count(summary.lines(), "line") +
          (summary.files_with_errors() > 0 ? ", " + Count(summary.files_with_errors(), "file") + " with parse errors"
                                           : ""),
      style);
  if (!summary.up_to_date()) {
    PrintRow("nodes", KindsText(summary), style);
    PrintRow("edges", WithCommas(summary.edges()), style);
    PrintRow("links",
             WithCommas(summary.references_resolved()) + " of " + Count(summary.references(), "reference") + " bound",
             style);
    if (!summary.external_names().empty()) PrintRow("external", ExternalText(summary), style);
  }
  PrintRow(
      "passages",
      WithCommas(summary.chunks()) + ", " + FormatDecimal(summary.semantic_coverage() * 100, 0) + " % with embeddings",
      style);
  std::string times;
  for (const v1::PhaseTime& phase : summary.phases()) {
    times += (times.empty() ? "" : ", ") + PhaseName(phase.phase()) + " " + FormatDecimal(phase.seconds(), 2);
    if (phase.phase() == v1::IndexProgress::PHASE_EMBED && summary.chunks_embedded() > 0) {
      times += " (" + FormatDecimal(summary.chunks_embedded() / phase.seconds(), 0) + " passages/s)";
    }
  }
  PrintRow("seconds", FormatDecimal(summary.total_seconds(), 2) + " (" + times + ")", style);
  if (!summary.lost_files().empty()) {
    PrintRow("not indexed", Count(static_cast<uint64_t>(summary.lost_files_size()), "file"), style);
    for (int i = 0; i < std::min(summary.lost_files_size(), kLostShown); ++i) {
      std::cout << "    " << style.Yellow(summary.lost_files(i).path()) << ": " << summary.lost_files(i).reason()
                << '\n';
    }
    const int more = summary.lost_files_size() - kLostShown;
    if (more > 0) std::cout << "    and " << more << " more; --json lists all\n";
  }
}

base::Result<v1::IndexRepositoryResponse> RunIndex(const IndexFlags& flags, const std::string& name, service::Api& api,
                                                   const Session& session) {
  v1::IndexRepositoryRequest request;
  request.set_name(service::RepositoryName(name));
  request.set_skip_embeddings(flags.no_embed);
  if (!flags.file_lists.empty() || !flags.include_dirs.empty() || !flags.defines.empty()) {
    v1::IndexOptions& options = *request.mutable_options();
    options.mutable_file_lists()->Add(flags.file_lists.begin(), flags.file_lists.end());
    options.mutable_include_dirs()->Add(flags.include_dirs.begin(), flags.include_dirs.end());
    options.mutable_defines()->Add(flags.defines.begin(), flags.defines.end());
  }
  ProgressPrinter progress(session.flags().quiet);
  v1::IndexRepositoryResponse last;
  FANIN_RETURN_IF_ERROR(api.IndexRepository(request, {}, [&](const v1::IndexRepositoryResponse& event) {
    progress.Show(event.job());
    last = event;
    return true;
  }));
  return last;
}

Exit Index(const IndexFlags& flags, Session& session) {
  const base::Result<std::string> folder = ResolveFolder(flags, session);
  if (!folder) return session.Fail(folder.error());
  const std::string name = flags.name.empty() ? NameOfFolder(*folder) : flags.name;
  base::Result<service::Api*> api = session.OpenApi(Session::Access::kWrite);
  if (!api) return session.Fail(api.error());
  if (const base::Status registered = Register(**api, name, *folder); !registered) {
    return session.Fail(registered.error());
  }
  const base::Result<v1::IndexRepositoryResponse> response = RunIndex(flags, name, **api, session);
  if (!response) return session.Fail(response.error());
  const v1::IndexSummary& summary = response->job().summary();
  if (session.flags().json) {
    session.PrintJson(*response);
  } else {
    PrintSummary(name, summary);
  }
  for (const std::string& warning : summary.warnings()) session.Note("note: " + warning);
  return Exit::kFound;
}

}  // namespace

void AddIndexCommand(CLI::App& app, Run& run) {
  const auto flags = std::make_shared<IndexFlags>();
  CLI::App* command = app.add_subcommand("index", "Index a folder of RTL, or bring its index up to date");
  command->add_option("path", flags->path, "The folder; with --server an absolute path on the server")->required();
  command->add_option("--name", flags->name, "Name of the repository; default: the folder's name");
  command->add_option("--filelist", flags->file_lists, "A .f file list with include directories and defines");
  command->add_option("-I,--include", flags->include_dirs, "A folder to look for include files in");
  command->add_option("-D,--define", flags->defines, "A macro: NAME or NAME=VALUE");
  command->add_flag("--no-embed", flags->no_embed,
                    "Make no embeddings: faster, but search by meaning misses what is new");
  command->footer(
      "None of the options is required: include files and macros are looked for in the whole folder.\n"
      "Given none, those of the last run hold. Files that did not change are not parsed again.\n"
      "Example:\n  fanin index ~/work/soc --name soc\nFlags of all commands: fanin --help.");
  command->callback([flags, &run] { run = [flags](Session& session) { return Index(*flags, session); }; });
}

}  // namespace fanin::cli
