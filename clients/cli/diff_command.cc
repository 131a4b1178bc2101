// fanin diff
#include <iostream>
#include <map>
#include <memory>
#include <set>

#include "clients/cli/ask.h"
#include "clients/cli/command.h"
#include "clients/cli/edge_text.h"
#include "clients/cli/option_text.h"
#include "clients/cli/terminal.h"

namespace fanin::cli {
namespace {

struct DiffFlags {
  std::string from;
  std::string to;
  uint32_t limit = 1000;
  bool edges = false;
};

std::string Sign(v1::ChangeKind change, const Style& style) {
  switch (change) {
    case v1::CHANGE_KIND_ADDED: return style.Green("+");
    case v1::CHANGE_KIND_REMOVED: return style.Red("-");
    default: return style.Yellow("~");
  }
}

const v1::Node& Shown(const v1::NodeChange& change) { return change.has_after() ? change.after() : change.before(); }

// What is different, with both values where they are short.
std::string DifferencesText(const v1::NodeChange& change) {
  const auto value_of = [](const v1::Node& node, const std::string& what) -> std::string {
    if (what == "type") return node.type();
    if (what == "width") return node.width();
    if (what == "value") return node.value();
    if (what == "condition") return node.condition();
    return "";
  };
  constexpr size_t kShort = 40;
  std::string text;
  for (const std::string& what : change.differences()) {
    text += (text.empty() ? "" : ", ") + what;
    const std::string before = value_of(change.before(), what);
    const std::string after = value_of(change.after(), what);
    if (before == after || before.size() > kShort || after.size() > kShort) continue;
    text += " " + (before.empty() ? "none" : before) + " → " + (after.empty() ? "none" : after);
  }
  return text;
}

// Added and removed elements are shown without what is inside them, whose number follows.
void PrintNodes(const v1::CompareSnapshotsResponse& response, const PathPrinter& paths, const Style& style) {
  std::map<std::pair<v1::ChangeKind, std::string>, uint32_t> inside;  // by the outermost one's name
  std::vector<const v1::NodeChange*> shown;
  std::map<v1::ChangeKind, std::vector<const v1::Node*>> outer;
  for (const v1::NodeChange& change : response.nodes()) {
    const v1::Node& node = Shown(change);
    const auto holds = [&node](const v1::Node* other) {
      return other->path() == node.path() && other->start_byte() <= node.start_byte() &&
             node.end_byte() <= other->end_byte();
    };
    std::vector<const v1::Node*>& open = outer[change.change()];
    while (!open.empty() && !holds(open.back())) open.pop_back();
    if (change.change() != v1::CHANGE_KIND_CHANGED && !open.empty()) {
      ++inside[{change.change(), open.back()->resource_name()}];
      continue;
    }
    if (change.change() != v1::CHANGE_KIND_CHANGED) open.push_back(&node);
    shown.push_back(&change);
  }
  for (const v1::NodeChange* change : shown) {
    const v1::Node& node = Shown(*change);
    std::string about = DifferencesText(*change);
    if (const uint32_t count = inside[{change->change(), node.resource_name()}]; count > 0) {
      about = "with " + Count(count, "element") + " inside";
    }
    std::cout << Sign(change->change(), style) << ' '
              << style.Cyan(paths.Location(node.resource_name(), node.path(), node.start_line())) << "  "
              << Describe(node) << (about.empty() ? "" : "  " + style.Dim(about)) << '\n';
  }
}

void PrintEdges(const v1::CompareSnapshotsResponse& response, const PathPrinter& paths, const Style& style) {
  for (const v1::EdgeChange& change : response.edges()) {
    const v1::Node& place = change.edge().has_statement() ? change.edge().statement() : change.from();
    const std::string flow = FlowText(change.edge());
    std::cout << Sign(change.change(), style) << ' '
              << style.Cyan(paths.Location(place.resource_name(), place.path(), place.start_line())) << "  "
              << Describe(change.from()) << ' ' << style.Dim(change.edge().kind()) << ' ' << Describe(change.to())
              << (flow.empty() ? "" : "  " + style.Dim(flow)) << '\n';
  }
}

std::string CountsText(const v1::ChangeCounts& counts) {
  return WithCommas(counts.added()) + " added, " + WithCommas(counts.removed()) + " removed, " +
         WithCommas(counts.changed()) + " changed";
}

Exit Diff(const DiffFlags& flags, Session& session) {
  const auto repositories = session.ChooseRepositories();
  if (!repositories) return session.Fail(repositories.error());
  if (repositories->size() != 1) {
    return session.Fail({base::Code::kInvalidArgument, "several repositories are indexed; choose one with --repo"});
  }
  const base::Result<service::Api*> api = session.OpenApi();
  if (!api) return session.Fail(api.error());
  v1::CompareSnapshotsRequest request;
  const base::Result<std::string> from = session.FindSnapshot(repositories->front(), flags.from);
  if (!from) return session.Fail(from.error());
  const base::Result<std::string> to = session.FindSnapshot(repositories->front(), flags.to);
  if (!to) return session.Fail(to.error());
  request.set_from(*from);
  request.set_to(*to);
  request.set_max_nodes(flags.limit);
  request.set_max_edges(flags.limit);
  const base::Result<v1::CompareSnapshotsResponse> response = (*api)->CompareSnapshots(request, {});
  if (!response) return session.Fail(response.error());
  const bool differs = !response->nodes().empty() || !response->edges().empty();
  if (session.flags().json) {
    session.PrintJson(*response);
    return differs ? Exit::kFound : Exit::kNothingFound;
  }
  const Style style(stdout);
  const PathPrinter paths(*repositories);
  PrintNodes(*response, paths, style);
  if (flags.edges) PrintEdges(*response, paths, style);
  std::cout << "elements: " << CountsText(response->node_counts()) << "; edges: " << CountsText(response->edge_counts())
            << "; in " << Count(response->files_compared(), "file") << '\n';
  if (response->truncated()) session.Note("note: not all are listed; --limit");
  return differs ? Exit::kFound : Exit::kNothingFound;
}

}  // namespace

void AddDiffCommand(CLI::App& app, Run& run) {
  const auto flags = std::make_shared<DiffFlags>();
  CLI::App* command = app.add_subcommand("diff", "What differs between two snapshots, in elements and edges");
  command->add_option("from", flags->from, "The older: a snapshot's number, or a commit that was indexed")
      ->required()
      ->type_name(kSnapshot);
  command->add_option("to", flags->to, "The newer; default: the repository's newest snapshot")->type_name(kSnapshot);
  command->add_option("--limit", flags->limit, "Elements, and edges, to list at most")
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000));
  command->add_flag("--edges", flags->edges, "List edges too, not only count them");
  command->footer(
      "A line each: + added, - removed, ~ changed, where it is, what it is. Moves within a file are no changes.\n"
      "Examples:\n"
      "  fanin index . --revision HEAD~1 && fanin diff HEAD~1\n"
      "  fanin diff v1.0 v1.1 --edges\n"
      "Flags of all commands: fanin --help.");
  command->callback([flags, &run] { run = [flags](Session& session) { return Diff(*flags, session); }; });
}

}  // namespace fanin::cli
