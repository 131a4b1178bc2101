// FolderWatcher: waits until something changes in a repository's folder, by inotify.
//
// It says when to index, never what: an indexing run reads the whole folder, so that an event that is lost, late or
// doubled costs time and no truth. Not thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"

namespace fanin::service {

struct WatchTiming {
  // After the last change of what is indexed, so that a burst is one run.
  std::chrono::milliseconds quiet{50};
  // After the last change of another file: something may include it.
  std::chrono::milliseconds quiet_others{2000};
  // From the first change on, whatever goes on.
  std::chrono::milliseconds at_most{2000};
  // While git holds its lock: a checkout or rebase is under way.
  std::chrono::milliseconds at_most_in_git{10'000};
};

// A burst of changes.
struct FolderChanges {
  std::vector<std::string> paths;  // relative to the root, distinct, the first few; of other files only if of no others
  size_t more = 0;                 // changes beyond those
  bool overflow = false;           // there were more than the system keeps
};

class FolderWatcher {
 public:
  // Watches the folder and all below it, but what git ignores and a .git, of which only the current commit counts.
  // Errors: NOT_FOUND, RESOURCE_EXHAUSTED (the system's limit on watches, and how to raise it), UNAVAILABLE.
  static base::Result<std::unique_ptr<FolderWatcher>> Open(const std::filesystem::path& root,
                                                           const WatchTiming& timing = {});
  ~FolderWatcher();
  FolderWatcher(const FolderWatcher&) = delete;
  FolderWatcher& operator=(const FolderWatcher&) = delete;

  // Waits for a burst of changes and for quiet after it; nullopt: `stop`, a descriptor, became readable. Errors:
  // NOT_FOUND (the root is gone), RESOURCE_EXHAUSTED (a new folder cannot be watched).
  base::Result<std::optional<FolderChanges>> Wait(int stop);

  size_t folder_count() const { return folders_.size(); }

 private:
  using Clock = std::chrono::steady_clock;

  FolderWatcher(std::filesystem::path root, int inotify, const WatchTiming& timing)
      : root_(std::move(root)), inotify_(inotify), timing_(timing) {}
  // Watches what is there now, and nothing else.
  base::Status WatchAll();
  base::Status Watch(const std::string& folder);
  void ReadEvents(FolderChanges& changes);
  // Takes one event: a change of the entry `name` of a folder.
  void Take(const std::string& folder, std::string_view name, bool is_folder, FolderChanges& changes);
  // When the burst so far ends, if nothing more comes.
  Clock::time_point End() const;

  const std::filesystem::path root_;
  const int inotify_;
  const WatchTiming timing_;
  std::unordered_map<int, std::string> folders_;  // by watch; relative to the root, "" for itself

  // Of the burst.
  std::optional<Clock::time_point> first_;
  std::optional<Clock::time_point> last_;        // of what is indexed
  std::optional<Clock::time_point> last_other_;  // of other files
  bool folders_changed_ = false;
  std::vector<std::string> other_paths_;
};

}  // namespace fanin::service
