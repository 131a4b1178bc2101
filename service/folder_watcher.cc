#include "service/folder_watcher.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <system_error>
#include <utility>

#include "indexer/git.h"
#include "indexer/language.h"
#include "indexer/manifests.h"
#include "indexer/path_index.h"

namespace fanin::service {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kEvents = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF |
                             IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK;
constexpr size_t kPathsKept = 8;
// What git writes when the current commit changes: the log of HEAD, and HEAD itself.
constexpr std::string_view kGitFolders[] = {".git", ".git/logs"};
constexpr std::string_view kGitHead = "HEAD";

bool IsInGit(std::string_view folder) { return folder == ".git" || folder.starts_with(".git/"); }

enum class Weight { kNone, kOther, kIndexed };

Weight WeightOf(std::string_view folder, std::string_view name) {
  if (IsInGit(folder)) return name == kGitHead ? Weight::kIndexed : Weight::kNone;
  const std::string path = indexer::JoinPath(folder, name);
  if (indexer::LanguageOf(path) != indexer::Language::kNone || indexer::IsManifest(path) || name.ends_with(".f") ||
      name == ".gitignore") {
    return Weight::kIndexed;
  }
  // Editors' own files.
  const bool is_scratch = name.starts_with('.') || name.ends_with('~') || name.starts_with('#') || name == "4913";
  return is_scratch ? Weight::kNone : Weight::kOther;
}

}  // namespace

base::Result<std::unique_ptr<FolderWatcher>> FolderWatcher::Open(const fs::path& root, const WatchTiming& timing) {
  std::error_code error;
  fs::path canonical = fs::canonical(root, error);
  if (error) return base::FailErrno("folder " + root.string(), error.value());
  const int inotify = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (inotify < 0) return base::FailErrno("watch " + root.string(), errno);
  std::unique_ptr<FolderWatcher> watcher(new FolderWatcher(std::move(canonical), inotify, timing));
  FANIN_RETURN_IF_ERROR(watcher->WatchAll());
  return watcher;
}

FolderWatcher::~FolderWatcher() { ::close(inotify_); }

base::Status FolderWatcher::WatchAll() {
  const std::unordered_map<int, std::string> before = std::exchange(folders_, {});
  const std::vector<std::string> ignored_list = indexer::ListIgnoredFolders(root_);
  const std::set<std::string, std::less<>> ignored(ignored_list.begin(), ignored_list.end());
  for (std::vector<std::string> left{""}; !left.empty();) {
    const std::string folder = std::move(left.back());
    left.pop_back();
    // Watched before it is listed: what is made later is told.
    FANIN_RETURN_IF_ERROR(Watch(folder));
    std::error_code error;
    for (fs::directory_iterator entry(root_ / folder, error), end; !error && entry != end; entry.increment(error)) {
      std::error_code gone;
      if (entry->is_symlink(gone) || !entry->is_directory(gone)) continue;
      std::string path = indexer::JoinPath(folder, entry->path().filename().string());
      if (entry->path().filename() != ".git" && !ignored.contains(path)) left.push_back(std::move(path));
    }
  }
  for (const std::string_view folder : kGitFolders) FANIN_RETURN_IF_ERROR(Watch(std::string(folder)));
  for (const auto& [watch, folder] : before) {
    if (!folders_.contains(watch)) ::inotify_rm_watch(inotify_, watch);
  }
  if (folders_.empty()) return base::Fail(base::Code::kNotFound, "folder " + root_.string() + " is gone");
  return {};
}

base::Status FolderWatcher::Watch(const std::string& folder) {
  const int watch = ::inotify_add_watch(inotify_, (root_ / folder).c_str(), kEvents);
  if (watch >= 0) {
    folders_[watch] = folder;
    return {};
  }
  if (errno == ENOSPC || errno == ENOMEM) {
    return base::Fail(base::Code::kResourceExhausted,
                      "the system watches no more folders than " + std::to_string(folders_.size()) + " of " +
                          root_.string() + "; raise the limit: sysctl fs.inotify.max_user_watches=1048576");
  }
  return {};  // gone meanwhile, or not readable: the indexer says so
}

FolderWatcher::Clock::time_point FolderWatcher::End() const {
  Clock::time_point end = *first_ + timing_.at_most;
  if (last_) end = std::min(end, *last_ + timing_.quiet);
  if (!last_ && last_other_) end = *last_other_ + timing_.quiet_others;
  return end;
}

base::Result<std::optional<FolderChanges>> FolderWatcher::Wait(int stop) {
  FolderChanges changes;
  first_ = last_ = last_other_ = std::nullopt;
  folders_changed_ = false;
  other_paths_.clear();
  while (true) {
    int timeout_ms = -1;
    if (first_) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(End() - Clock::now());
      timeout_ms = static_cast<int>(std::max<int64_t>(left.count(), 0));
      std::error_code error;
      const bool git_works = timeout_ms == 0 && Clock::now() < *first_ + timing_.at_most_in_git &&
                             fs::exists(root_ / ".git/index.lock", error);
      if (git_works) timeout_ms = static_cast<int>(timing_.quiet.count());
    }
    std::array<pollfd, 2> polled{{{inotify_, POLLIN, 0}, {stop, POLLIN, 0}}};
    const int ready = ::poll(polled.data(), polled.size(), timeout_ms);
    if (ready < 0 && errno != EINTR) return base::FailErrno("watch " + root_.string(), errno);
    if (ready > 0 && polled[1].revents != 0) return std::optional<FolderChanges>();
    if (ready > 0 && polled[0].revents != 0) ReadEvents(changes);
    if (ready != 0 || !first_ || Clock::now() < End()) continue;
    if (folders_changed_ || changes.overflow) FANIN_RETURN_IF_ERROR(WatchAll());
    if (changes.paths.empty()) changes.paths = std::move(other_paths_);
    return std::optional(std::move(changes));
  }
}

void FolderWatcher::ReadEvents(FolderChanges& changes) {
  alignas(inotify_event) std::array<char, 1 << 16> buffer;
  while (true) {
    const ssize_t size = ::read(inotify_, buffer.data(), buffer.size());
    if (size <= 0) return;  // no more for now
    for (ssize_t at = 0; at < size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      if ((event->mask & IN_Q_OVERFLOW) != 0) {
        changes.overflow = true;
        last_ = Clock::now();
        if (!first_) first_ = last_;
        continue;
      }
      const auto folder = folders_.find(event->wd);
      if (folder == folders_.end()) continue;
      if ((event->mask & IN_IGNORED) != 0) {
        folders_.erase(folder);
        continue;
      }
      const std::string_view name = event->len == 0 ? std::string_view() : std::string_view(event->name);
      const bool is_folder = (event->mask & (IN_ISDIR | IN_DELETE_SELF | IN_MOVE_SELF)) != 0;
      // A new file is told again when its writer closes it, unless it is a link or was moved there.
      if (is_folder && (event->mask & IN_ATTRIB) != 0) continue;
      Take(folder->second, name, is_folder, changes);
    }
  }
}

void FolderWatcher::Take(const std::string& folder, std::string_view name, bool is_folder, FolderChanges& changes) {
  const Weight weight = is_folder && !IsInGit(folder) && name != ".git" ? Weight::kIndexed : WeightOf(folder, name);
  if (weight == Weight::kNone) return;
  folders_changed_ |= is_folder;
  const Clock::time_point now = Clock::now();
  if (!first_) first_ = now;
  (weight == Weight::kIndexed ? last_ : last_other_) = now;
  std::string path = name.empty() ? folder : indexer::JoinPath(folder, name);
  if (IsInGit(folder)) path = "git's current commit";
  std::vector<std::string>& paths = weight == Weight::kIndexed ? changes.paths : other_paths_;
  if (path.empty() || std::ranges::find(paths, path) != paths.end()) return;
  if (paths.size() < kPathsKept) {
    paths.push_back(std::move(path));
  } else if (weight == Weight::kIndexed) {
    ++changes.more;
  }
}

}  // namespace fanin::service
