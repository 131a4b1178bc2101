// What the commands that index share: their flags, the repository of a folder, and one run.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "clients/cli/session.h"

namespace fanin::cli {

struct IndexFlags {
  std::string path;
  std::string name;
  std::vector<std::string> file_lists;
  std::vector<std::string> include_dirs;
  std::vector<std::string> defines;
  std::vector<std::string> tops;
  bool no_embed = false;
  std::string revision;
};

// Adds all but --revision.
void AddIndexFlags(CLI::App& command, IndexFlags& flags);

// The repository of a folder, opened for writing and registered.
struct IndexTarget {
  service::Api* api = nullptr;
  std::string name;
  std::string folder;
};
base::Result<IndexTarget> OpenTarget(const IndexFlags& flags, Session& session);

// Runs one job and returns its last event. `on_progress` returns false to stop it.
base::Result<v1::IndexRepositoryResponse> RunIndex(const IndexFlags& flags, const IndexTarget& target,
                                                   const std::function<bool(const v1::Job&)>& on_progress);

}  // namespace fanin::cli
