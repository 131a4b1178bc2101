// Finding the files of a repository.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/confinement.h"
#include "base/error.h"
#include "graph/manifest.h"
#include "indexer/language.h"

namespace fanin::indexer {

struct SourceFile {
  std::string path;  // relative to the root, '/' separated
  Language language = Language::kNone;
};

struct Discovery {
  std::filesystem::path root;         // canonical
  std::vector<SourceFile> files;      // to be indexed, sorted by path
  std::vector<std::string> others;    // all other regular files, sorted
  std::vector<graph::LostFile> lost;  // links and devices that were not followed, folders that could not be read
};

// All files of a folder. In a git checkout those that git does not ignore, else all; never what is in a .git.
// Submodules and nested checkouts are part of it. A link to a file inside the root counts as a file; a link to a folder
// inside the root is not followed, as its files are found under their own path; any other link that could lead to HDL
// is lost. With roots git is asked within them (git.h). Errors: NOT_FOUND (no such folder), INVALID_ARGUMENT (not a
// folder), PERMISSION_DENIED.
base::Result<Discovery> DiscoverFiles(const std::filesystem::path& root, const base::Roots& roots = {});

// The folder without links in its path. Errors: as DiscoverFiles.
base::Result<std::filesystem::path> CanonicalFolder(const std::filesystem::path& root);

}  // namespace fanin::indexer
