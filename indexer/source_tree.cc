#include "indexer/source_tree.h"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <climits>
#include <map>
#include <system_error>
#include <utility>

#include "base/digest.h"
#include "base/file.h"
#include "indexer/git.h"
#include "indexer/path_index.h"

namespace fanin::indexer {
namespace {

namespace fs = std::filesystem;

// Links in a row that are followed within a commit.
constexpr int kMaxLinks = 16;

// Time stamps within this of the present may be given to a later change too: file systems count in steps, which are of
// a clock tick, or of seconds where the fraction is always 0.
constexpr int64_t kTickNs = 100'000'000;
constexpr int64_t kSecondsNs = 2'000'000'000;

int64_t Nanoseconds(const timespec& time) { return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

int64_t NowNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

class FolderTree final : public SourceTree {
 public:
  FolderTree(fs::path root, const base::Roots& roots) : SourceTree(std::move(root)), roots_(roots) {}

  base::Result<Discovery> Discover() const override { return DiscoverFiles(root(), roots_); }

  bool Exists(const std::string& path) const override {
    std::error_code error;
    return fs::exists(root() / path, error);
  }

  base::Result<std::string> Read(const std::string& path, uint64_t max_bytes) const override {
    return base::ReadFileBelow(root(), path, max_bytes);
  }

  uint64_t Stamp(const std::string& path) const override {
    struct ::stat status;
    if (::stat((root() / path).c_str(), &status) != 0) return 0;
    const int64_t changed = std::max(Nanoseconds(status.st_ctim), Nanoseconds(status.st_mtim));
    const int64_t step = status.st_ctim.tv_nsec == 0 ? kSecondsNs : kTickNs;
    if (changed + step >= NowNs()) return 0;
    const uint64_t facts[] = {status.st_dev, status.st_ino, static_cast<uint64_t>(status.st_size),
                              static_cast<uint64_t>(Nanoseconds(status.st_mtim)),
                              static_cast<uint64_t>(Nanoseconds(status.st_ctim))};
    return std::max<uint64_t>(1, base::Hash64({reinterpret_cast<const char*>(facts), sizeof facts}));
  }

 private:
  const base::Roots roots_;
};

class CommitTree final : public SourceTree {
 public:
  CommitTree(fs::path root, std::vector<GitEntry> entries, std::unique_ptr<GitObjects> objects)
      : SourceTree(std::move(root)), objects_(std::move(objects)) {
    for (GitEntry& entry : entries) entries_.emplace(std::move(entry.path), Entry{entry.kind, std::move(entry.object)});
  }

  base::Result<Discovery> Discover() const override {
    Discovery found;
    found.root = root();
    for (const auto& [path, entry] : entries_) {
      const Language language = LanguageOf(path);
      if (entry.kind == GitEntry::Kind::kSubmodule) {
        found.lost.push_back({path, "submodule, of which a commit holds no files"});
        continue;
      }
      if (Follow(path) == nullptr) {
        if (language != Language::kNone) found.lost.push_back({path, "link to no file of the commit"});
      } else if (language == Language::kNone) {
        found.others.push_back(path);
      } else {
        found.files.push_back({path, language});
      }
    }
    return found;
  }

  bool Exists(const std::string& path) const override { return Follow(path) != nullptr; }

  base::Result<std::string> Read(const std::string& path, uint64_t max_bytes) const override {
    const Entry* entry = Follow(path);
    if (entry == nullptr) return base::Fail(base::Code::kNotFound, path + ": no such file in the commit");
    return objects_->Read(entry->object, max_bytes);
  }

  uint64_t Stamp(const std::string& path) const override {
    const Entry* entry = Follow(path);
    return entry == nullptr ? 0 : std::max<uint64_t>(1, base::Hash64(entry->object));
  }

 private:
  struct Entry {
    GitEntry::Kind kind = GitEntry::Kind::kFile;
    std::string object;
  };

  // The file that a path means, links followed; null: none.
  const Entry* Follow(std::string path) const {
    for (int links = 0; links <= kMaxLinks; ++links) {
      const auto found = entries_.find(path);
      if (found == entries_.end() || found->second.kind == GitEntry::Kind::kSubmodule) return nullptr;
      if (found->second.kind == GitEntry::Kind::kFile) return &found->second;
      const auto target = objects_->Read(found->second.object, PATH_MAX);
      const auto normal = target ? NormalisePath(JoinPath(FolderOf(path), *target)) : std::nullopt;
      if (!normal || target->starts_with('/')) return nullptr;
      path = *normal;
    }
    return nullptr;
  }

  std::map<std::string, Entry, std::less<>> entries_;
  std::unique_ptr<GitObjects> objects_;
};

}  // namespace

bool SourceTree::ExistsAt(const fs::path& path) const {
  const auto inside = NormalisePath(path.lexically_relative(root_).generic_string());
  std::error_code error;
  return inside ? Exists(*inside) : fs::exists(path, error);
}

base::Result<std::string> SourceTree::ReadAt(const fs::path& path, uint64_t max_bytes) const {
  const auto inside = NormalisePath(path.lexically_relative(root_).generic_string());
  return inside ? Read(*inside, max_bytes) : base::ReadFile(path, max_bytes);
}

base::Result<std::shared_ptr<const SourceTree>> OpenFolder(const fs::path& root, const base::Roots& roots) {
  FANIN_ASSIGN_OR_RETURN(fs::path canonical, CanonicalFolder(root));
  return std::make_shared<const FolderTree>(std::move(canonical), roots);
}

base::Result<std::shared_ptr<const SourceTree>> OpenCommit(const fs::path& root, const std::string& commit,
                                                           const base::Roots& roots) {
  FANIN_ASSIGN_OR_RETURN(fs::path canonical, CanonicalFolder(root));
  FANIN_ASSIGN_OR_RETURN(std::vector<GitEntry> entries, ListCommit(canonical, commit, {roots, {}}));
  FANIN_ASSIGN_OR_RETURN(std::unique_ptr<GitObjects> objects, GitObjects::Open(canonical, {roots, {}}));
  return std::make_shared<const CommitTree>(std::move(canonical), std::move(entries), std::move(objects));
}

}  // namespace fanin::indexer
