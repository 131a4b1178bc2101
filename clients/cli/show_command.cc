// fanin show
#include <algorithm>
#include <iostream>
#include <memory>

#include "clients/cli/ask.h"
#include "clients/cli/command.h"
#include "clients/cli/design_option.h"
#include "clients/cli/edge_text.h"
#include "clients/cli/option_text.h"
#include "clients/cli/overlay_option.h"
#include "clients/cli/terminal.h"

namespace fanin::cli {
namespace {

constexpr uint32_t kDefaultLines = 60;
constexpr uint32_t kDefaultEdges = 50;
constexpr uint32_t kDefaultPaths = 5;
constexpr uint32_t kMaxFlowLines = 10'000;

struct ShowFlags {
  std::string target;
  uint32_t lines = kDefaultLines;
  uint32_t edges = kDefaultEdges;
  uint32_t paths = kDefaultPaths;
  bool flow = false;
  std::string design;
  std::vector<std::string> overlays;
};

void PrintField(std::string_view name, const std::string& value, const Style& style) {
  if (value.empty()) return;
  std::cout << "  " << style.Dim(std::string(name) + std::string(12 - name.size(), ' ')) << value << '\n';
}

void PrintEdges(const google::protobuf::RepeatedPtrField<v1::NeighborEdge>& edges, std::string_view arrow,
                const PathPrinter& paths, const Style& style) {
  for (const v1::NeighborEdge& neighbor : edges) {
    const v1::Node& node = neighbor.node();
    std::cout << "  " << style.Dim(std::string(arrow) + " " + neighbor.edge().kind()) << "  " << Describe(node) << "  "
              << style.Cyan(paths.Location(node.resource_name(), node.path(), node.start_line()));
    std::string about = neighbor.edge().text();
    if (const std::string flow = FlowText(neighbor.edge()); !flow.empty()) about += (about.empty() ? "" : ", ") + flow;
    std::cout << (about.empty() ? "" : "  " + style.Dim(about)) << '\n';
  }
}

// "logic[7:0], 8 bits in fifo #(WIDTH=8, DEPTH=4), 2 instances"
std::string SpecialisationText(const v1::Specialisation& one) {
  std::string fact = one.type();
  if (one.width_bits() > 0) fact += (fact.empty() ? "" : ", ") + Count(one.width_bits(), "bit");
  if (!one.value().empty()) fact += (fact.empty() ? "" : ", ") + one.value();
  if (one.copies() > 0) fact += (fact.empty() ? "" : ", ") + Count(one.copies(), "time");
  std::string parameters;
  for (const v1::ParameterValue& parameter : one.parameters()) {
    if (!parameter.local()) parameters += (parameters.empty() ? "" : ", ") + parameter.name() + "=" + parameter.value();
  }
  return fact + (fact.empty() ? "" : " in ") + one.definition() + (parameters.empty() ? "" : " #(" + parameters + ")") +
         ", " + Count(one.instances(), "instance");
}

void PrintNode(const v1::GetNodeResponse& response, const ShowFlags& flags, const PathPrinter& paths) {
  const Style style(stdout);
  const v1::Node& node = response.node();
  std::cout << style.Cyan(paths.Location(node.resource_name(), node.path(), node.start_line())) << "  "
            << style.Bold(Describe(node)) << '\n';
  std::string scope;
  for (const v1::Node& ancestor : response.ancestors()) {
    if (ancestor.kind() != "file") scope += (scope.empty() ? "" : " > ") + ancestor.kind() + " " + ancestor.name();
  }
  PrintField("inside", scope, style);
  constexpr const char* kDirections[] = {"", "input", "output", "inout", "ref"};
  PrintField("direction", kDirections[node.direction()], style);
  PrintField("type", node.type() + (node.width().empty() ? "" : " " + node.width()), style);
  PrintField("value", node.value(), style);
  PrintField("condition", node.condition(), style);
  PrintField("comment", node.doc(), style);
  for (const v1::Specialisation& one : response.specialisations()) {
    PrintField("elaborated", SpecialisationText(one), style);
  }
  for (const std::string& path : response.hierarchical_paths()) PrintField("at", path, style);
  PrintField("id", node.resource_name(), style);
  PrintEdges(response.out_edges(), "→", paths, style);
  PrintEdges(response.in_edges(), "←", paths, style);
  PrintCode(response.source().text(), response.source().range().start_line(), flags.lines, style);
}

Exit ShowNode(const ShowFlags& flags, Session& session, const std::function<void(v1::GetNodeRequest&)>& set_target) {
  v1::GetNodeRequest request;
  base::Result<OverlaidRepositories> asked = ReadOverlaysOfOne(flags.overlays, session);
  if (!asked) return session.Fail(asked.error());
  *request.mutable_overlays() = std::move(asked->overlays);
  request.set_design(flags.design);
  if (flags.flow) {
    request.set_max_flow_lines(kMaxFlowLines);
  } else {
    request.set_max_edges(flags.edges);
    request.set_max_source_lines(flags.lines);
    request.set_max_hierarchical_paths(flags.paths);
  }
  const auto answer =
      AskEach<v1::GetNodeResponse>(session, flags.target, [&](service::Api& api, const v1::Repository& repository) {
        request.set_repository(repository.name());
        set_target(request);
        return api.GetNode(request, {});
      });
  if (!answer) return answer.error();
  const v1::GetNodeResponse& response = answer->response;
  const bool is_ambiguous = !response.ambiguous().empty();
  if (session.flags().json) {
    session.PrintJson(response);
    return is_ambiguous ? Exit::kUsage : Exit::kFound;
  }
  const PathPrinter paths({answer->repository});
  if (is_ambiguous) return PrintAmbiguous(response.ambiguous(), paths);
  if (flags.flow) {
    std::cout << response.flow_text();
    return Exit::kFound;
  }
  PrintNode(response, flags, paths);
  for (const std::string& warning : response.warnings()) session.Note("note: " + warning);
  if (!response.design().empty()) session.Note("elaborated design " + response.design());
  if (response.truncated()) session.Note("cut short; --lines, --edges and --paths show more");
  return Exit::kFound;
}

Exit Show(const ShowFlags& flags, Session& session) {
  const FilePosition position = ParseFilePosition(flags.target);
  if (position.line == 0) {
    return ShowNode(flags, session, [&](v1::GetNodeRequest& request) {
      const bool is_resource = flags.target.starts_with("repositories/");
      is_resource ? request.set_node(flags.target) : request.set_qualified_name(flags.target);
    });
  }
  const auto repositories = session.ChooseRepositories();
  if (!repositories) return session.Fail(repositories.error());
  const std::vector<RepositoryFile> files = LocateFile(*repositories, position.path);
  return ShowNode(flags, session, [&](v1::GetNodeRequest& request) {
    v1::SourcePosition& target = *request.mutable_position();
    const auto file =
        std::ranges::find(files, request.repository(), [](const RepositoryFile& one) { return one.repository.name(); });
    target.set_path(file == files.end() ? position.path : file->path);
    target.set_line(position.line);
    target.set_column(position.column);
  });
}

}  // namespace

void AddShowCommand(CLI::App& app, Run& run) {
  const auto flags = std::make_shared<ShowFlags>();
  CLI::App* command = app.add_subcommand("show", "One element: what it is, its neighbours, its source");
  command->add_option("target", flags->target, "Qualified name, hierarchical path, node id, or FILE:LINE[:COLUMN]")
      ->required()
      ->type_name(kNameOrPosition);
  command->add_option("--lines", flags->lines, "Source lines at most")
      ->capture_default_str()
      ->check(CLI::Range(0, 10000));
  command->add_option("--edges", flags->edges, "Neighbours at most, each way")
      ->capture_default_str()
      ->check(CLI::Range(0, 1000));
  command->add_option("--paths", flags->paths, "Hierarchical paths at most")
      ->capture_default_str()
      ->check(CLI::Range(0, 1000));
  command->add_flag(
      "--flow", flags->flow,
      "Only the control flow: of a block, of what drives a signal, of a whole module (docs/flow_text.md)");
  AddDesignOption(*command, flags->design);
  AddOverlayOption(*command, flags->overlays);
  command->footer(
      "Examples:\n  fanin show async_fifo.wptr\n  fanin show top.u_fifo.wptr\n  fanin show rtl/async_fifo.v:41\n  "
      "fanin show --flow async_fifo.wptr\nFlags "
      "of all commands: fanin "
      "--help.");
  command->callback([flags, &run] { run = [flags](Session& session) { return Show(*flags, session); }; });
}

}  // namespace fanin::cli
