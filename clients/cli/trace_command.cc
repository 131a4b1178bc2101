// fanin trace
#include <algorithm>
#include <iostream>
#include <memory>

#include "clients/cli/ask.h"
#include "clients/cli/command.h"
#include "clients/cli/edge_text.h"
#include "clients/cli/terminal.h"

namespace fanin::cli {
namespace {

constexpr uint32_t kDefaultDepth = 8;

struct TraceFlags {
  std::string direction;
  std::string signal;
  uint32_t depth = kDefaultDepth;
  std::string stop;
  std::string format = "tree";
  bool clocks = false;
};

// Where the flow to a step is made; of a root, where it is declared.
const v1::Node& PlaceOf(const v1::TraceStep& step) {
  return step.edge().has_statement() ? step.edge().statement() : step.node();
}

void PrintTree(const v1::TraceResponse& response, const PathPrinter& paths) {
  const Style style(stdout);
  std::vector<std::vector<int>> children(static_cast<size_t>(response.steps_size()));
  std::vector<std::string> locations;
  size_t width = 0;
  for (int i = 0; i < response.steps_size(); ++i) {
    const v1::TraceStep& step = response.steps(i);
    if (step.has_parent()) children[step.parent()].push_back(i);
    const v1::Node& place = PlaceOf(step);
    locations.push_back(paths.Location(place.resource_name(), place.path(), place.start_line()));
    width = std::max(width, locations.back().size());
  }
  TreeLines lines;
  const std::function<void(int, bool)> print = [&](int i, bool is_last) {
    const v1::TraceStep& step = response.steps(i);
    const std::string& location = locations[static_cast<size_t>(i)];
    std::cout << style.Cyan(location) << std::string(width - location.size() + 2, ' ')
              << lines.Prefix(step.depth(), is_last) << style.Bold(step.node().qualified_name());
    std::string flow = FlowText(step.edge());
    if (step.stopped()) flow += flow.empty() ? "goes on" : ", goes on";
    std::cout << (flow.empty() ? "" : "  " + style.Dim(flow)) << '\n';
    const std::vector<int>& next = children[static_cast<size_t>(i)];
    for (const int child : next) print(child, child == next.back());
  };
  for (int i = 0; i < response.steps_size(); ++i) {
    if (!response.steps(i).has_parent()) print(i, true);
  }
}

// A string of the dot language.
std::string Quote(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c == '\n' ? ' ' : c;
  }
  return quoted + '"';
}

void PrintDot(const v1::TraceResponse& response, v1::TraceDirection direction) {
  std::cout << "digraph trace {\n  rankdir=LR;\n  node [shape=box, fontname=monospace];\n";
  for (int i = 0; i < response.steps_size(); ++i) {
    const v1::TraceStep& step = response.steps(i);
    std::cout << "  n" << i << " [label=" << Quote(step.node().qualified_name())
              << ", tooltip=" << Quote(step.node().path() + ":" + std::to_string(step.node().start_line()))
              << (step.has_parent() ? "" : ", penwidth=2") << "];\n";
    if (!step.has_parent()) continue;
    const std::string from = "n" + std::to_string(direction == v1::TRACE_DIRECTION_FANIN ? i : int(step.parent()));
    const std::string to = "n" + std::to_string(direction == v1::TRACE_DIRECTION_FANIN ? int(step.parent()) : i);
    const bool is_register = step.edge().assignment() == v1::ASSIGNMENT_NONBLOCKING;
    std::cout << "  " << from << " -> " << to << " [label=" << Quote(RoleText(step.edge().role()))
              << ", tooltip=" << Quote(FlowText(step.edge())) << (is_register ? ", style=bold" : "") << "];\n";
  }
  std::cout << "}\n";
}

Exit Trace(const TraceFlags& flags, Session& session) {
  v1::TraceRequest request;
  request.add_signals(flags.signal);
  request.set_direction(flags.direction == "fanin" ? v1::TRACE_DIRECTION_FANIN : v1::TRACE_DIRECTION_FANOUT);
  request.set_max_depth(flags.depth);
  request.mutable_stop()->set_registers(flags.stop == "register");
  request.mutable_stop()->set_ports(flags.stop == "port");
  request.set_include_clock_reset(flags.clocks);
  const auto answer =
      AskEach<v1::TraceResponse>(session, flags.signal, [&](service::Api& api, const v1::Repository& repository) {
        request.set_repository(repository.name());
        return api.Trace(request, {});
      });
  if (!answer) return answer.error();
  const v1::TraceResponse& response = answer->response;
  const bool is_ambiguous = !response.ambiguous().empty();
  if (session.flags().json || flags.format == "json") {
    session.PrintJson(response);
    return is_ambiguous ? Exit::kUsage : Exit::kFound;
  }
  const PathPrinter paths({answer->repository});
  if (is_ambiguous) return PrintAmbiguous(response.ambiguous(), paths);
  flags.format == "dot" ? PrintDot(response, request.direction()) : PrintTree(response, paths);
  for (const std::string& warning : response.warnings()) session.Note("note: " + warning);
  session.Note(Count(static_cast<uint64_t>(response.steps_size()), "signal") + " in " +
               FormatDecimal(response.stats().total_ms(), 1) + " ms" +
               (response.truncated() ? "; cut short, there are more" : ""));
  return Exit::kFound;
}

}  // namespace

void AddTraceCommand(CLI::App& app, Run& run) {
  const auto flags = std::make_shared<TraceFlags>();
  CLI::App* command = app.add_subcommand("trace", "What drives a signal (fanin), or what it drives (fanout)");
  command->add_option("direction", flags->direction, "fanin or fanout")
      ->required()
      ->check(CLI::IsMember({"fanin", "fanout"}));
  command->add_option("signal", flags->signal, "Qualified path (fifo.wptr), a name that is unique, or a node's id")
      ->required();
  command->add_option("--depth", flags->depth, "Steps at most; 1: drivers or loads only")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  command->add_option("--stop", flags->stop, "Do not walk on at: register, port")
      ->check(CLI::IsMember({"register", "port"}));
  command->add_option("--format", flags->format, "tree, json or dot (Graphviz)")
      ->capture_default_str()
      ->check(CLI::IsMember({"tree", "json", "dot"}));
  command->add_flag("--clocks", flags->clocks, "Follow clocks and resets too");
  command->footer(
      "Each line: where the flow is made, the signal, how it flows.\n"
      "Examples:\n"
      "  fanin trace fanin async_fifo.rd_data --stop register\n"
      "  fanin trace fanout rst_n --depth 2 --clocks --format dot | dot -Tsvg > cone.svg\n"
      "Flags of all commands: fanin --help.");
  command->callback([flags, &run] { run = [flags](Session& session) { return Trace(*flags, session); }; });
}

}  // namespace fanin::cli
