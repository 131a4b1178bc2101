// fanin export
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>

#include "clients/cli/command.h"
#include "clients/cli/design_option.h"
#include "clients/cli/option_text.h"
#include "clients/cli/terminal.h"

namespace fanin::cli {
namespace {

struct ExportFlags {
  std::string format;
  std::string output;
  std::string design;
};

// The files of an export as they are written: below a folder, or all of it on standard output.
class Output {
 public:
  explicit Output(std::string folder) : folder_(std::move(folder)) {}

  base::Status Write(const std::string& file_name, const std::string& data) {
    bytes_ += data.size();
    if (folder_.empty()) {
      std::cout.write(data.data(), static_cast<std::streamsize>(data.size()));
      return std::cout ? base::Status() : base::Fail(base::Code::kUnavailable, "cannot write to standard output");
    }
    // A server says how its files are called; they stay in the folder.
    const std::filesystem::path path = std::filesystem::path(folder_) / std::filesystem::path(file_name).filename();
    const auto [file, is_new] = files_.try_emplace(path.string());
    if (is_new) file->second.open(path, std::ios::binary | std::ios::trunc);
    file->second.write(data.data(), static_cast<std::streamsize>(data.size()));
    return Check(path.string(), file->second);
  }

  base::Status Close() {
    for (auto& [path, file] : files_) {
      file.close();
      FANIN_RETURN_IF_ERROR(Check(path, file));
    }
    return {};
  }

  std::string Summary() const {
    std::string names;
    for (const auto& [path, file] : files_) names += (names.empty() ? "" : ", ") + path;
    return FormatBytes(bytes_) + (names.empty() ? "" : " in " + names);
  }

 private:
  static base::Status Check(const std::string& path, const std::ofstream& file) {
    return file ? base::Status() : base::Fail(base::Code::kUnavailable, "cannot write " + path);
  }

  std::string folder_;
  std::map<std::string, std::ofstream> files_;
  uint64_t bytes_ = 0;
};

Exit Export(const ExportFlags& flags, Session& session) {
  const bool is_graphml = flags.format == "graphml";
  if (flags.output.empty() && !is_graphml) {
    return session.Fail({base::Code::kInvalidArgument, "neo4j-csv is two files; say where with --output FOLDER"});
  }
  const auto repositories = session.ChooseRepositories();
  if (!repositories) return session.Fail(repositories.error());
  if (repositories->size() > 1) {
    return session.Fail({base::Code::kInvalidArgument, "several repositories are indexed; choose with --repo"});
  }
  const base::Result<service::Api*> api = session.OpenApi();
  if (!api) return session.Fail(api.error());
  if (!flags.output.empty()) {
    std::error_code error;
    std::filesystem::create_directories(flags.output, error);
    if (error) return session.Fail({base::Code::kUnavailable, "cannot make " + flags.output + ": " + error.message()});
  }
  v1::ExportGraphRequest request;
  request.set_repository(repositories->front().name());
  request.set_format(is_graphml ? v1::GRAPH_FORMAT_GRAPHML : v1::GRAPH_FORMAT_NEO4J_CSV);
  request.set_design(flags.design);
  Output output(flags.output);
  std::string design;
  base::Status written;
  const base::Status exported = (*api)->ExportGraph(request, {}, [&](const v1::ExportGraphResponse& piece) {
    if (!piece.design().empty()) design = piece.design();
    written = output.Write(piece.file_name(), piece.data());
    return written.has_value();
  });
  if (written) written = output.Close();
  if (!written) return session.Fail(written.error());
  if (!exported) return session.Fail(exported.error());
  if (!design.empty()) session.Note("elaborated design " + design);
  session.Note(output.Summary());
  return Exit::kFound;
}

}  // namespace

void AddExportCommand(CLI::App& app, Run& run) {
  const auto flags = std::make_shared<ExportFlags>();
  CLI::App* command = app.add_subcommand("export", "The whole graph of a repository, for other graph tools");
  command->add_option("--format", flags->format, "graphml, or neo4j-csv (nodes.csv and edges.csv for its importer)")
      ->required()
      ->check(CLI::IsMember({"graphml", "neo4j-csv"}));
  command->add_option("--output", flags->output, "Folder to write to; GraphML goes to standard output without it")
      ->type_name(kFolder);
  AddDesignOption(*command, flags->design);
  command->footer(
      "Examples:\n  fanin export --repo ibex --format graphml > ibex.graphml\n"
      "  fanin export --repo ibex --format neo4j-csv --output graph/\n"
      "  neo4j-admin database import full --nodes=graph/nodes.csv --relationships=graph/edges.csv\n"
      "Flags of all commands: fanin --help.");
  command->callback([flags, &run] { run = [flags](Session& session) { return Export(*flags, session); }; });
}

}  // namespace fanin::cli
