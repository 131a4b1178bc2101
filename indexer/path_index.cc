#include "indexer/path_index.h"

#include <algorithm>
#include <utility>

namespace fanin::indexer {

std::string_view FolderOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view FileNameOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string JoinPath(std::string_view folder, std::string_view name) {
  if (folder.empty()) return std::string(name);
  std::string path(folder);
  path += '/';
  path += name;
  return path;
}

uint32_t FolderDistance(std::string_view from, std::string_view to) {
  const std::string_view a = FolderOf(from);
  const std::string_view b = FolderOf(to);
  const size_t limit = std::min(a.size(), b.size());
  size_t same = 0;  // bytes of the common folder
  size_t i = 0;
  while (i < limit && a[i] == b[i]) {
    ++i;
    if ((i == a.size() || a[i] == '/') && (i == b.size() || b[i] == '/')) same = i;
  }
  const auto steps = [same](std::string_view folder) {
    if (folder.size() <= same) return int64_t{0};
    const std::string_view rest = folder.substr(same);
    return std::count(rest.begin(), rest.end(), '/') + (same == 0 ? 1 : 0);
  };
  return static_cast<uint32_t>(steps(a) + steps(b));
}

std::optional<std::string> NormalisePath(std::string_view path) {
  if (path.starts_with('/')) return std::nullopt;
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const size_t slash = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (parts.empty()) {
      return std::nullopt;
    } else {
      parts.pop_back();
    }
  }
  std::string result;
  for (std::string_view part : parts) result = JoinPath(result, part);
  return result;
}

PathIndex::PathIndex(const std::vector<std::string_view>& paths, std::vector<std::string> include_dirs,
                     const std::vector<std::string>& manifest_dirs)
    : paths_(paths),
      include_dirs_(std::move(include_dirs)),
      manifest_dirs_(manifest_dirs.begin(), manifest_dirs.end()) {
  for (FileIndex file = 0; file < paths_.size(); ++file) {
    by_path_.emplace(paths_[file], file);
    by_name_[FileNameOf(paths_[file])].push_back(file);
  }
  for (auto& [name, files] : by_name_) {
    std::sort(files.begin(), files.end(), [this](FileIndex a, FileIndex b) { return paths_[a] < paths_[b]; });
  }
}

std::optional<PathIndex::FileIndex> PathIndex::Find(std::string_view path) const {
  const auto found = by_path_.find(path);
  if (found == by_path_.end()) return std::nullopt;
  return found->second;
}

std::optional<PathIndex::FileIndex> PathIndex::ResolveInclude(std::string_view from, std::string_view text) const {
  if (const auto path = NormalisePath(JoinPath(FolderOf(from), text))) {
    if (const auto file = Find(*path)) return file;
  }
  for (const std::string& folder : include_dirs_) {
    if (const auto path = NormalisePath(JoinPath(folder, text))) {
      if (const auto file = Find(*path)) return file;
    }
  }
  // What leads upwards first can be anywhere.
  std::string_view tail = text;
  while (tail.starts_with("../") || tail.starts_with("./")) tail.remove_prefix(tail.find('/') + 1);
  const auto normal = NormalisePath(tail);
  if (!normal || normal->empty()) return std::nullopt;
  const auto same_name = by_name_.find(FileNameOf(*normal));
  if (same_name == by_name_.end()) return std::nullopt;
  std::optional<FileIndex> best;
  std::pair<bool, uint32_t> best_rank;
  for (FileIndex file : same_name->second) {
    const std::string_view path = paths_[file];
    if (!path.ends_with(*normal)) continue;
    std::string_view folder = path.substr(0, path.size() - normal->size());
    if (!folder.empty()) {
      if (folder.back() != '/') continue;
      folder.remove_suffix(1);
    }
    const std::pair rank(!manifest_dirs_.contains(std::string(folder)), FolderDistance(from, path));
    if (!best || rank < best_rank) {
      best = file;
      best_rank = rank;
    }
  }
  return best;
}

}  // namespace fanin::indexer
