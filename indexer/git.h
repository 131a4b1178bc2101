// What git knows of a folder. Asks the git program; where there is none, or no checkout, everything is simply unknown.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/confinement.h"
#include "base/error.h"

namespace fanin::indexer {

// Where git's own files of a checkout may lie. A checkout's configuration, links and lists of other object stores can
// make git read elsewhere: with roots, one that does is no checkout.
struct GitFence {
  base::Roots roots;                 // not confined: anywhere
  std::filesystem::path repository;  // canonical, what holds the folder that is asked of; empty: that folder itself
};

// Paths below `folder`, relative to it, of the files that git tracks or would track: neither ignored nor inside .git.
// A submodule or nested checkout is one entry, of a folder. nullopt: no git, no checkout, or the checkout ignores the
// folder as a whole (then it is someone's build result, and the rules say nothing about what is in it).
std::optional<std::vector<std::string>> ListGitFiles(const std::filesystem::path& folder, const GitFence& fence = {});

// Folders below `folder` that git ignores as a whole, relative to it; none where nothing is known.
std::vector<std::string> ListIgnoredFolders(const std::filesystem::path& folder, const GitFence& fence = {});

// The full name of a commit that `revision` (a branch, tag, HEAD~2, a shortened name ...) means in the checkout that
// holds the folder. Errors: FAILED_PRECONDITION (no checkout, or no git), NOT_FOUND.
base::Result<std::string> ResolveCommit(const std::filesystem::path& folder, const std::string& revision,
                                        const GitFence& fence = {});

// A file, link or submodule of a commit.
struct GitEntry {
  enum class Kind : uint8_t { kFile, kLink, kSubmodule } kind = Kind::kFile;
  std::string object;
  std::string path;  // relative to the folder
};

// What a commit holds below the folder. Errors: as ResolveCommit.
base::Result<std::vector<GitEntry>> ListCommit(const std::filesystem::path& folder, const std::string& commit,
                                               const GitFence& fence = {});

// Reads git's objects, through one git program that runs as long as this lives. Thread-safe; calls wait for each other.
class GitObjects {
 public:
  static base::Result<std::unique_ptr<GitObjects>> Open(const std::filesystem::path& folder,
                                                        const GitFence& fence = {});
  ~GitObjects();

  // The content of a blob. Errors: NOT_FOUND, RESOURCE_EXHAUSTED (larger than max_bytes), INTERNAL (git ended).
  base::Result<std::string> Read(const std::string& object, uint64_t max_bytes);

 private:
  struct State;
  explicit GitObjects(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// What `range` ("v1.2..main", "HEAD~3"; one revision: from it to the folder's files) changed below the folder, as a
// unified diff without context, paths relative to it. Errors: FAILED_PRECONDITION (no checkout, or no git), NOT_FOUND
// (no such range), RESOURCE_EXHAUSTED (above 16 MiB).
base::Result<std::string> DiffOfRange(const std::filesystem::path& folder, const std::string& range,
                                      const GitFence& fence = {});

// The commit of the checkout that holds the folder, with "+" when files in the folder differ from it; "" when unknown.
// Of a submodule its commit counts, not what was changed in it since.
std::string GitRevision(const std::filesystem::path& folder, const GitFence& fence = {});

}  // namespace fanin::indexer
