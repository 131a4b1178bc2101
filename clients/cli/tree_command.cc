// fanin tree
#include <algorithm>
#include <iostream>
#include <memory>

#include "clients/cli/ask.h"
#include "clients/cli/command.h"
#include "clients/cli/terminal.h"

namespace fanin::cli {
namespace {

constexpr uint32_t kDefaultDepth = 32;

struct TreeFlags {
  std::string top;
  uint32_t depth = kDefaultDepth;
};

void PrintTree(const v1::GetHierarchyResponse& response, const PathPrinter& paths) {
  const Style style(stdout);
  // Whether a node is its parent's last child: no later node has the same parent.
  std::vector<bool> is_last(static_cast<size_t>(response.nodes_size()), true);
  std::vector<int> last_child(static_cast<size_t>(response.nodes_size()), -1);
  std::vector<std::string> locations;
  size_t width = 0;
  for (int i = 0; i < response.nodes_size(); ++i) {
    const v1::HierarchyNode& node = response.nodes(i);
    if (node.has_parent()) {
      int& last = last_child[node.parent()];
      if (last >= 0) is_last[static_cast<size_t>(last)] = false;
      last = i;
    }
    const v1::Node& place = node.has_instance() ? node.instance() : node.definition();
    locations.push_back(paths.Location(place.resource_name(), place.path(), place.start_line()));
    width = std::max(width, locations.back().size());
  }
  TreeLines lines;
  for (int i = 0; i < response.nodes_size(); ++i) {
    const v1::HierarchyNode& node = response.nodes(i);
    const std::string& location = locations[static_cast<size_t>(i)];
    std::cout << style.Cyan(location) << std::string(width - location.size() + 2, ' ')
              << lines.Prefix(node.depth(), is_last[static_cast<size_t>(i)]) << style.Bold(node.name());
    if (node.has_parent()) std::cout << ": " << node.module();
    if (!node.has_definition()) std::cout << style.Dim("  not in this repository");
    if (node.candidates() > 1) std::cout << style.Dim("  one of " + Count(node.candidates(), "definition"));
    if (node.recursive()) std::cout << style.Dim("  inside itself");
    std::cout << '\n';
  }
}

Exit Tree(const TreeFlags& flags, Session& session) {
  v1::GetHierarchyRequest request;
  request.set_top(flags.top);
  request.set_max_depth(flags.depth);
  const auto answer =
      AskEach<v1::GetHierarchyResponse>(session, flags.top, [&](service::Api& api, const v1::Repository& repository) {
        request.set_repository(repository.name());
        return api.GetHierarchy(request, {});
      });
  if (!answer) return answer.error();
  const v1::GetHierarchyResponse& response = answer->response;
  const bool is_ambiguous = !response.ambiguous().empty();
  const bool is_empty = response.nodes().empty();
  if (session.flags().json) {
    session.PrintJson(response);
    return is_ambiguous ? Exit::kUsage : is_empty ? Exit::kNothingFound : Exit::kFound;
  }
  const PathPrinter paths({answer->repository});
  if (is_ambiguous) return PrintAmbiguous(response.ambiguous(), paths);
  PrintTree(response, paths);
  for (const std::string& warning : response.warnings()) session.Note("note: " + warning);
  session.Note(Count(static_cast<uint64_t>(response.nodes_size()), "module instance") + " in " +
               FormatDecimal(response.stats().total_ms(), 1) + " ms" +
               (response.truncated() ? "; cut short, there are more" : ""));
  return is_empty ? Exit::kNothingFound : Exit::kFound;
}

}  // namespace

void AddTreeCommand(CLI::App& app, Run& run) {
  const auto flags = std::make_shared<TreeFlags>();
  CLI::App* command = app.add_subcommand("tree", "The tree of instances under a module");
  command->add_option("top", flags->top, "Module; left out: every module that nothing instantiates");
  command->add_option("--depth", flags->depth, "Levels below the top at most")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  command->footer("Example:\n  fanin tree async_fifo --depth 2\nFlags of all commands: fanin --help.");
  command->callback([flags, &run] { run = [flags](Session& session) { return Tree(*flags, session); }; });
}

}  // namespace fanin::cli
