// The paths of a repository's files, and the repository-wide search for what an `include means.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace fanin::indexer {

// Steps from the folder of `from` to the folder of `to`, up and down. Both are relative paths of files, '/' separated.
uint32_t FolderDistance(std::string_view from, std::string_view to);

// "a/b/../c//./d" -> "a/c/d", by text alone. nullopt: it leads out of the root, or is absolute.
std::optional<std::string> NormalisePath(std::string_view path);

// The folder of a path without the last '/'; "" for a file in the root.
std::string_view FolderOf(std::string_view path);
std::string_view FileNameOf(std::string_view path);
// `folder` may be "".
std::string JoinPath(std::string_view folder, std::string_view name);

// Immutable; thread-safe. The paths must outlive it.
class PathIndex {
 public:
  using FileIndex = uint32_t;  // position in `paths`

  PathIndex() = default;
  // `paths` are normalised and distinct. `include_dirs` come in order of preference; among `manifest_dirs`, which
  // unrelated manifests name, the nearest counts.
  PathIndex(const std::vector<std::string_view>& paths, std::vector<std::string> include_dirs,
            const std::vector<std::string>& manifest_dirs);

  std::optional<FileIndex> Find(std::string_view path) const;

  // The file that `include "text" in the file `from` means: relative to its folder, else in an include folder, else any
  // file whose path ends in `text`: those in a manifest's include folder first, then the nearest (FolderDistance), then
  // by path. Cost: linear in the files of that name.
  std::optional<FileIndex> ResolveInclude(std::string_view from, std::string_view text) const;

 private:
  std::vector<std::string_view> paths_;
  std::vector<std::string> include_dirs_;
  std::unordered_set<std::string> manifest_dirs_;
  std::unordered_map<std::string_view, FileIndex> by_path_;
  std::unordered_map<std::string_view, std::vector<FileIndex>> by_name_;  // ascending by path
};

}  // namespace fanin::indexer
