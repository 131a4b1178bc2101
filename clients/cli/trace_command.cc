// fanin trace
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

constexpr uint32_t kMaxDepth = 64;
constexpr uint32_t kCommonDepth = 32;
constexpr uint32_t kMaxSignals = 100'000;

struct TraceFlags {
  std::string mode;
  std::vector<std::string> signals;
  uint32_t depth = 0;  // 0: as the mode needs
  std::string stop;
  std::string design;
  std::vector<std::string> stop_at;
  uint32_t cycles = 0;
  uint32_t limit = 0;
  std::string format = "tree";
  bool clocks = false;
  std::vector<std::string> overlays;
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
              << lines.Prefix(step.depth(), is_last) << style.Bold(step.hierarchical_path());
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

void PrintDot(const v1::TraceResponse& response, v1::TraceDirection direction) {
  std::cout << "digraph trace {\n  rankdir=LR;\n  node [shape=box, fontname=monospace];\n";
  for (int i = 0; i < response.steps_size(); ++i) {
    const v1::TraceStep& step = response.steps(i);
    std::cout << "  n" << i << " [label=" << DotQuote(step.hierarchical_path())
              << ", tooltip=" << DotQuote(step.node().path() + ":" + std::to_string(step.node().start_line()))
              << (step.has_parent() ? "" : ", penwidth=2") << "];\n";
    if (!step.has_parent()) continue;
    const std::string from = "n" + std::to_string(direction == v1::TRACE_DIRECTION_FANIN ? i : int(step.parent()));
    const std::string to = "n" + std::to_string(direction == v1::TRACE_DIRECTION_FANIN ? int(step.parent()) : i);
    const bool is_register = step.edge().assignment() == v1::ASSIGNMENT_NONBLOCKING;
    std::cout << "  " << from << " -> " << to << " [label=" << DotQuote(RoleText(step.edge().role()))
              << ", tooltip=" << DotQuote(FlowText(step.edge())) << (is_register ? ", style=bold" : "") << "];\n";
  }
  std::cout << "}\n";
}

// How far a common signal is from one of the roots: "3 steps, 1 register to fifo.full".
std::string Distance(const v1::TraceStep& step, const std::string& root) {
  std::string text = Count(step.depth(), "step");
  if (step.registers() > 0) text += ", " + Count(step.registers(), "register");
  return text + " to " + root;
}

void PrintCommon(const v1::TraceResponse& response, const TraceFlags& flags, const PathPrinter& paths) {
  const Style style(stdout);
  for (const v1::CommonSignal& common : response.common()) {
    const v1::Node& node = common.node();
    std::string distances;
    for (int i = 0; i < common.steps_size(); ++i) {
      const v1::TraceStep& step = response.steps(static_cast<int>(common.steps(i)));
      distances += (distances.empty() ? "" : "; ") + Distance(step, flags.signals[static_cast<size_t>(i)]);
    }
    std::cout << style.Cyan(paths.Location(node.resource_name(), node.path(), node.start_line())) << "  "
              << style.Bold(common.hierarchical_path()) << "  " << style.Dim(distances) << '\n';
  }
}

v1::TraceRequest MakeRequest(const TraceFlags& flags) {
  v1::TraceRequest request;
  const bool is_path = flags.mode == "path";
  const bool is_common = flags.mode == "common";
  for (const std::string& signal : flags.signals) request.add_signals(signal);
  if (is_path) {
    request.add_targets(request.signals(1));
    request.mutable_signals()->RemoveLast();
  }
  request.set_common(is_common);
  const bool is_fanin = is_common || flags.mode == "fanin";
  request.set_direction(is_fanin ? v1::TRACE_DIRECTION_FANIN : v1::TRACE_DIRECTION_FANOUT);
  const uint32_t default_depth = is_path ? kMaxDepth : is_common ? kCommonDepth : 0;
  request.set_max_depth(flags.depth == 0 ? default_depth : flags.depth);
  request.set_max_nodes(flags.limit == 0 && (is_path || is_common) ? kMaxSignals : flags.limit);
  request.mutable_stop()->set_registers(flags.stop == "register");
  request.mutable_stop()->set_ports(flags.stop == "port");
  request.mutable_stop()->set_max_registers(flags.cycles);
  for (const std::string& signal : flags.stop_at) request.mutable_stop()->add_signals(signal);
  request.set_include_clock_reset(flags.clocks);
  request.set_render_text(flags.format == "text");
  request.set_design(flags.design);
  return request;
}

std::expected<Answer<v1::TraceResponse>, Exit> Ask(Session& session, v1::TraceRequest request) {
  return AskEach<v1::TraceResponse>(session, request.signals(0),
                                    [&](service::Api& api, const v1::Repository& repository) {
                                      request.set_repository(repository.name());
                                      return api.Trace(request, {});
                                    });
}

Exit Trace(const TraceFlags& flags, Session& session) {
  const bool is_path = flags.mode == "path";
  if (const size_t wanted = is_path || flags.mode == "common" ? 2 : 1;
      flags.signals.size() < wanted || (is_path && flags.signals.size() > wanted)) {
    return session.Fail(
        {base::Code::kInvalidArgument, flags.mode + " takes two signals" + (is_path ? "" : " or more")});
  }
  v1::TraceRequest request = MakeRequest(flags);
  base::Result<OverlaidRepositories> asked = ReadOverlaysOfOne(flags.overlays, session);
  if (!asked) return session.Fail(asked.error());
  *request.mutable_overlays() = std::move(asked->overlays);
  auto answer = Ask(session, request);
  if (!answer) return answer.error();
  if (is_path && answer->response.steps().empty() && answer->response.ambiguous().empty()) {
    session.Note(flags.signals[0] + " does not reach " + flags.signals[1] + "; looking the other way");
    request.set_direction(v1::TRACE_DIRECTION_FANIN);
    answer = Ask(session, request);
    if (!answer) return answer.error();
  }
  const v1::TraceResponse& response = answer->response;
  const bool is_ambiguous = !response.ambiguous().empty();
  const Exit exit = response.steps().empty() ? Exit::kNothingFound : Exit::kFound;
  if (session.flags().json || flags.format == "json") {
    session.PrintJson(response);
    return is_ambiguous ? Exit::kUsage : exit;
  }
  const PathPrinter paths({answer->repository});
  if (is_ambiguous) return PrintAmbiguous(response.ambiguous(), paths);
  if (flags.format == "dot") {
    PrintDot(response, request.direction());
  } else if (flags.format == "text") {
    std::cout << response.text();
  } else if (request.common()) {
    PrintCommon(response, flags, paths);
  } else {
    PrintTree(response, paths);
  }
  for (const std::string& warning : response.warnings()) session.Note("note: " + warning);
  if (!response.design().empty()) session.Note("elaborated design " + response.design());
  session.Note((exit == Exit::kNothingFound ? "no such signals" : Count(response.stats().signals(), "signal")) +
               " in " + FormatDecimal(response.stats().total_ms(), 1) + " ms" +
               (response.truncated() ? "; cut short, there are more" : ""));
  return exit;
}

}  // namespace

void AddTraceCommand(CLI::App& app, Run& run) {
  const auto flags = std::make_shared<TraceFlags>();
  CLI::App* command =
      app.add_subcommand("trace", "What drives a signal, what it drives, and how signals are connected");
  command
      ->add_option("mode", flags->mode,
                   "fanin SIGNAL: what drives it; fanout SIGNAL: what it drives; path A B: how one reaches the other; "
                   "common A B...: what drives all of them")
      ->required()
      ->check(CLI::IsMember({"fanin", "fanout", "path", "common"}));
  command
      ->add_option("signals", flags->signals,
                   "Qualified name (fifo.wptr), a name that is unique, hierarchical path (top.u_fifo.wptr) or id")
      ->required()
      ->type_name(kName);
  command
      ->add_option("--depth", flags->depth,
                   "Steps at most; 1: drivers or loads only; default 8, of path 64, of common 32")
      ->check(CLI::Range(1U, kMaxDepth));
  command->add_option("--stop", flags->stop, "Do not walk on at these")->check(CLI::IsMember({"register", "port"}));
  command->add_option("--stop-at", flags->stop_at, "Do not walk through these signals")->type_name(kName);
  command->add_option("--cycles", flags->cycles, "Cross at most this many registers")->check(CLI::Range(1, 1000));
  AddDesignOption(*command, flags->design);
  command->add_option("--limit", flags->limit, "Signals at most; default 2000, of path and common 100000")
      ->check(CLI::Range(1U, kMaxSignals));
  command->add_option("--format", flags->format, "tree, json, dot (Graphviz) or text (docs/flow_text.md)")
      ->capture_default_str()
      ->check(CLI::IsMember({"tree", "json", "dot", "text"}));
  command->add_flag("--clocks", flags->clocks, "Follow clocks and resets too");
  AddOverlayOption(*command, flags->overlays);
  command->footer(
      "Each line: where the flow is made, the signal, how it flows.\n"
      "Examples:\n"
      "  fanin trace fanin async_fifo.rd_data --stop register\n"
      "  fanin trace fanin top.u_core.valid_o --cycles 2 --stop-at top.u_core.stall\n"
      "  fanin trace path top.u_rx.data_i top.irq_o\n"
      "  fanin trace common fifo.full fifo.empty\n"
      "  fanin trace fanout rst_n --depth 2 --clocks --format dot | dot -Tsvg > cone.svg\n"
      "Flags of all commands: fanin --help.");
  command->callback([flags, &run] { run = [flags](Session& session) { return Trace(*flags, session); }; });
}

}  // namespace fanin::cli
