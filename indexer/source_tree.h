// SourceTree: where the files of a repository are read from, the folder itself or a commit of its git checkout.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "indexer/discovery.h"

namespace fanin::indexer {

// Immutable; thread-safe.
class SourceTree {
 public:
  virtual ~SourceTree() = default;

  // Canonical. Paths given to the functions below are relative to it, '/' separated and normalised.
  const std::filesystem::path& root() const { return root_; }
  // See DiscoverFiles.
  virtual base::Result<Discovery> Discover() const = 0;
  virtual bool Exists(const std::string& path) const = 0;
  // The whole file. Errors: as base::ReadFile.
  virtual base::Result<std::string> Read(const std::string& path, uint64_t max_bytes) const = 0;
  // Equal stamps of one path mean equal texts; 0: nothing is said, the file must be read.
  virtual uint64_t Stamp(const std::string& path) const = 0;

  // By an absolute path, which may lie outside of the root: then the machine's file is meant. Not for what a repository
  // names.
  bool ExistsAt(const std::filesystem::path& path) const;
  base::Result<std::string> ReadAt(const std::filesystem::path& path, uint64_t max_bytes) const;

 protected:
  explicit SourceTree(std::filesystem::path root) : root_(std::move(root)) {}

 private:
  const std::filesystem::path root_;
};

// The files as they are. A stamp is made of what the file system says of a file; one that changed a moment ago has
// none, as it may change again unnoticed. No read leaves the folder, whatever links there are. Errors: those of
// DiscoverFiles that concern the folder.
base::Result<std::shared_ptr<const SourceTree>> OpenFolder(const std::filesystem::path& root,
                                                           const base::Roots& roots = {});

// The files of one commit below the root, read from git's objects without a checkout: what is tracked, submodules left
// out and named as lost, links followed within the commit. Texts are those that git stores: no line ends are converted,
// no filters run. Errors: FAILED_PRECONDITION (no checkout, or no git), NOT_FOUND (no such commit).
base::Result<std::shared_ptr<const SourceTree>> OpenCommit(const std::filesystem::path& root, const std::string& commit,
                                                           const base::Roots& roots = {});

}  // namespace fanin::indexer
