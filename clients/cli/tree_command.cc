// fanin tree
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <string>

#include "clients/cli/ask.h"
#include "clients/cli/command.h"
#include "clients/cli/option_text.h"
#include "clients/cli/overlay_option.h"
#include "clients/cli/terminal.h"

namespace fanin::cli {
namespace {

constexpr uint32_t kDefaultDepth = 32;

struct TreeFlags {
  std::string top;
  uint32_t depth = kDefaultDepth;
  std::string instances_of;
  std::string design;
  bool parameters = false;
  bool modules = false;
  std::vector<std::string> overlays;
};

// " #(WIDTH=8, DEPTH=16*)": what the instance overrides has a star.
std::string ParametersText(const v1::HierarchyNode& node) {
  std::string list;
  for (const v1::WrittenParameter& parameter : node.written_parameters()) {
    list +=
        (list.empty() ? "" : ", ") + parameter.name() + "=" + parameter.value() + (parameter.overridden() ? "*" : "");
  }
  for (const auto& [name, value] : std::map(node.parameters().begin(), node.parameters().end())) {
    list += (list.empty() ? "" : ", ") + name + "=" + value;
  }
  return list.empty() ? "" : " #(" + list + ")";
}

void PrintTree(const v1::GetHierarchyResponse& response, const PathPrinter& paths) {
  const Style style(stdout);
  // Whether a node is its parent's last child: no later node has the same parent.
  std::vector<bool> is_last(static_cast<size_t>(response.nodes_size()), true);
  std::vector<bool> has_children(static_cast<size_t>(response.nodes_size()), false);
  std::vector<int> last_child(static_cast<size_t>(response.nodes_size()), -1);
  std::vector<std::string> locations;
  size_t width = 0;
  for (int i = 0; i < response.nodes_size(); ++i) {
    const v1::HierarchyNode& node = response.nodes(i);
    if (node.has_parent()) {
      has_children[node.parent()] = true;
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
    std::cout << style.Dim(ParametersText(node));
    if (!node.has_definition()) std::cout << style.Dim("  not in this repository");
    if (node.candidates() > 1) std::cout << style.Dim("  one of " + Count(node.candidates(), "definition"));
    if (node.recursive()) std::cout << style.Dim("  inside itself");
    if (!has_children[static_cast<size_t>(i)] && node.instances_below() > 0) {
      std::cout << style.Dim("  … " + Count(node.instances_below(), "instance") + " below");
    }
    std::cout << '\n';
  }
}

void PrintInstances(const v1::GetHierarchyResponse& response, const PathPrinter& paths) {
  const Style style(stdout);
  for (const v1::HierarchyNode& node : response.nodes()) {
    const v1::Node& place = node.instance();
    std::cout << style.Cyan(paths.Location(place.resource_name(), place.path(), place.start_line())) << "  "
              << style.Bold(node.path()) << style.Dim(ParametersText(node)) << '\n';
  }
}

void PrintModules(const v1::GetHierarchyResponse& response, const PathPrinter& paths) {
  const Style style(stdout);
  for (const v1::ModuleCount& module : response.modules()) {
    const std::string count = WithCommas(module.instances());
    const v1::Node& place = module.definition();
    std::cout << std::string(8 - std::min<size_t>(count.size(), 8), ' ') << count << "  " << style.Bold(module.module())
              << "  "
              << (module.has_definition()
                      ? style.Cyan(paths.Location(place.resource_name(), place.path(), place.start_line()))
                      : style.Dim("not in this repository"))
              << '\n';
  }
}

Exit Tree(const TreeFlags& flags, Session& session) {
  v1::GetHierarchyRequest request;
  base::Result<OverlaidRepositories> asked = ReadOverlaysOfOne(flags.overlays, session);
  if (!asked) return session.Fail(asked.error());
  *request.mutable_overlays() = std::move(asked->overlays);
  request.set_top(flags.top);
  request.set_max_depth(flags.depth);
  request.set_instances_of(flags.instances_of);
  request.set_design(flags.design);
  request.set_parameters(flags.parameters);
  request.set_counts(true);
  const std::string& named = flags.instances_of.empty() ? flags.top : flags.instances_of;
  const auto answer =
      AskEach<v1::GetHierarchyResponse>(session, named, [&](service::Api& api, const v1::Repository& repository) {
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
  if (!flags.instances_of.empty()) {
    PrintInstances(response, paths);
  } else if (flags.modules) {
    PrintModules(response, paths);
  } else {
    PrintTree(response, paths);
  }
  for (const std::string& warning : response.warnings()) session.Note("note: " + warning);
  if (!response.design().empty()) session.Note("elaborated design " + response.design());
  session.Note(Count(static_cast<uint64_t>(response.nodes_size()), "module instance") + " in " +
               FormatDecimal(response.stats().total_ms(), 1) + " ms" +
               (response.truncated() ? "; cut short, there are more" : ""));
  return is_empty ? Exit::kNothingFound : Exit::kFound;
}

}  // namespace

void AddTreeCommand(CLI::App& app, Run& run) {
  const auto flags = std::make_shared<TreeFlags>();
  CLI::App* command = app.add_subcommand("tree", "The tree of instances under a module");
  command->add_option("top", flags->top, "Module; left out: every module that nothing instantiates")
      ->type_name(kModule);
  command->add_option("--depth", flags->depth, "Levels below the top at most")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  command
      ->add_option("--design", flags->design,
                   "Elaborated design, \"-\" for none; default: the first of which the module is a top")
      ->type_name(kDesign);
  command->add_option("--instances-of", flags->instances_of, "Instead: everywhere that this module is instantiated")
      ->type_name(kModule);
  command->add_flag("--modules", flags->modules, "Instead: how often each module is instantiated");
  command->add_flag(
      "--parameters", flags->parameters,
      "Show parameters: their values where a design is elaborated, else as written, with a star where overridden");
  AddOverlayOption(*command, flags->overlays);
  command->footer(
      "Examples:\n  fanin tree async_fifo --depth 2 --parameters\n  fanin tree top --instances-of sync_2ff\n"
      "Flags of all commands: fanin --help.");
  command->callback([flags, &run] { run = [flags](Session& session) { return Tree(*flags, session); }; });
}

}  // namespace fanin::cli
