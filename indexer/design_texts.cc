#include "indexer/design_texts.h"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <unordered_set>
#include <utility>

#include "indexer/path_index.h"

namespace fanin::indexer {
namespace {

namespace fs = std::filesystem;
using graph::FileRef;

// A folder that no file system has: what slang looks for and does not find here is nowhere.
constexpr std::string_view kRoot = "repository:";
constexpr uint32_t kMaxNesting = 1000;
// Names under which texts may be included. Folders that include each other in circles make ever new ones.
constexpr size_t kMaxNames = 100'000;

}  // namespace

std::string DesignTexts::NameOf(std::string_view path) { return (fs::path(kRoot) / path).string(); }

base::Result<DesignTexts> DesignTexts::Read(const graph::Snapshot& snapshot, const DesignSources& sources) {
  DesignTexts result;
  FANIN_RETURN_IF_ERROR(result.AddFiles(snapshot, sources, sources.files));
  FANIN_RETURN_IF_ERROR(result.FindMacroFiles(snapshot, sources));
  std::ranges::sort(result.files_);
  return result;
}

base::Status DesignTexts::AddFiles(const graph::Snapshot& snapshot, const DesignSources& sources,
                                   const std::vector<FileRef>& files) {
  std::vector<std::string_view> paths;
  for (FileRef file = 0; file < snapshot.file_count(); ++file) paths.push_back(snapshot.file(file).path);
  const PathIndex index(paths, sources.include_dirs, {});

  std::deque<std::pair<std::string, FileRef>> open;
  for (FileRef file : files) open.emplace_back(NameOf(paths[file]), file);
  while (!open.empty() && files_by_name_.size() < kMaxNames) {
    const auto [name, file] = std::move(open.front());
    open.pop_front();
    if (!files_by_name_.emplace(name, file).second) continue;
    const auto [entry, is_new] = texts_.try_emplace(file);
    if (is_new) {
      FANIN_ASSIGN_OR_RETURN(entry->second.text, snapshot.GetText(file));
      entry->second.scan = ScanText(entry->second.text, kMaxNesting);
      files_.push_back(file);
    }
    for (const IncludeDirective& include : entry->second.scan.includes) {
      const fs::path text(include.path);
      if (text.is_absolute()) {
        if (std::ranges::find(hidden_, include.path) == hidden_.end()) hidden_.push_back(include.path);
        continue;
      }
      const auto target = index.ResolveInclude(paths[file], include.path);
      if (!target) continue;
      if (is_new) includes_[file].push_back(*target);
      open.emplace_back((fs::path(name).parent_path() / text).string(), *target);
    }
  }
  return {};
}

base::Status DesignTexts::FindMacroFiles(const graph::Snapshot& snapshot, const DesignSources& sources) {
  std::vector<FileRef> wanted;
  for (FileRef file : sources.files) {
    std::vector<graph::NodeRef> nodes;
    for (uint32_t i = 0; i < snapshot.file(file).node_count; ++i) nodes.push_back(snapshot.RefOf(file, i));
    FANIN_ASSIGN_OR_RETURN(
        const auto edges, snapshot.GetEdges(nodes, graph::Direction::kOut, graph::MaskOf(graph::EdgeKind::kUsesMacro)));
    const std::vector<FileRef> included = IncludedBy(file);
    std::vector<FileRef>& found = macro_files_[file];
    for (const auto& of_node : edges) {
      for (const graph::Edge& edge : of_node) {
        const FileRef from = snapshot.FileOf(edge.to);
        if (std::ranges::find(included, from) == included.end()) found.push_back(from);
      }
    }
    std::ranges::sort(found);
    found.erase(std::ranges::unique(found).begin(), found.end());
    wanted.insert(wanted.end(), found.begin(), found.end());
  }
  return AddFiles(snapshot, sources, wanted);
}

const std::vector<FileRef>& DesignTexts::MacroFilesOf(FileRef file) const {
  static const std::vector<FileRef> kNone;
  const auto found = macro_files_.find(file);
  return found == macro_files_.end() ? kNone : found->second;
}

std::vector<FileRef> DesignTexts::IncludedBy(FileRef file) const {
  std::vector<FileRef> found{file};
  std::unordered_set<FileRef> known{file};
  for (size_t i = 0; i < found.size(); ++i) {
    const auto includes = includes_.find(found[i]);
    if (includes == includes_.end()) continue;
    for (FileRef included : includes->second) {
      if (known.insert(included).second) found.push_back(included);
    }
  }
  return found;
}

}  // namespace fanin::indexer
