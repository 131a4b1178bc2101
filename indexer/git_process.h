// The git program on a folder that someone else may have filled: run so that nothing in the checkout starts a program
// or makes git read what lies elsewhere. Private to indexer/git*.
//
// What a checkout's own configuration could do, and what keeps it from that:
//   core.fsmonitor, hooks, pagers, diff drivers   switched off by options of every call
//   clean / smudge / process filters              those of the checkout's own configuration are switched off by name
//   a promisor remote that is fetched from        no protocol is allowed
//   core.worktree, a bare repository in a folder  the checkout must begin where its .git is found
//   .git, objects or links that lead elsewhere    refused where the process is confined to roots
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/child_process.h"
#include "base/error.h"
#include "indexer/git.h"

namespace fanin::indexer {

// A checkout that may be asked.
struct Checkout {
  std::filesystem::path folder;       // which git runs in
  std::vector<std::string> settings;  // names and values, in turn
};

// The checkout that holds a folder. Errors: FAILED_PRECONDITION, saying why there is none that may be asked.
base::Result<Checkout> FindCheckout(const std::filesystem::path& folder, const GitFence& fence);

// A git program that runs: its output, and its input where that is asked for.
struct GitProcess {
  base::ChildProcess process;
  base::Descriptor input;  // a socket, so that writing to a program that ended is an error and no signal

  int output() const { return process.output(); }
};

std::optional<GitProcess> StartGit(const Checkout& checkout, std::vector<std::string> arguments, bool with_input);
// The exit code; -1: it did not run to its end.
int EndGit(GitProcess& process);

struct GitOutput {
  int exit_code = -1;  // -1: it did not run to its end
  std::string text;
};

GitOutput RunGit(const Checkout& checkout, std::vector<std::string> arguments);

std::vector<std::string> SplitAtZeros(std::string_view text);

}  // namespace fanin::indexer
