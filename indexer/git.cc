#include "indexer/git.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string_view>
#include <utility>

#include "indexer/git_process.h"

namespace fanin::indexer {
namespace {

// Of a blob, read at once.
constexpr uint64_t kPartBytes = 1 << 20;
constexpr size_t kMaxDiffBytes = 16 << 20;

bool SendAll(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    text.remove_prefix(static_cast<size_t>(put));
  }
  return true;
}

// Appends exactly `bytes`; false: the output ended.
bool ReadExactly(int descriptor, uint64_t bytes, std::string& text) {
  const size_t before = text.size();
  text.resize(before + bytes);
  for (size_t done = 0; done < bytes;) {
    const ssize_t got = ::read(descriptor, text.data() + before + done, bytes - done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    done += static_cast<size_t>(got);
  }
  return true;
}

// The checkout that holds the folder and does not ignore it. check-ignore exits with 0 for "ignored", 1 for "not", 128
// outside of a checkout.
std::optional<Checkout> CheckoutOf(const std::filesystem::path& folder, const GitFence& fence) {
  const auto checkout = FindCheckout(folder, fence);
  if (!checkout || RunGit(*checkout, {"check-ignore", "--quiet", "."}).exit_code != 1) return std::nullopt;
  return *checkout;
}

}  // namespace

std::optional<std::vector<std::string>> ListGitFiles(const std::filesystem::path& folder, const GitFence& fence) {
  const auto checkout = CheckoutOf(folder, fence);
  if (!checkout) return std::nullopt;
  const GitOutput output = RunGit(*checkout, {"ls-files", "-z", "--cached", "--others", "--exclude-standard"});
  if (output.exit_code != 0) return std::nullopt;
  return SplitAtZeros(output.text);
}

std::vector<std::string> ListIgnoredFolders(const std::filesystem::path& folder, const GitFence& fence) {
  const auto checkout = CheckoutOf(folder, fence);
  if (!checkout) return {};
  const GitOutput output =
      RunGit(*checkout, {"ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory"});
  std::vector<std::string> folders;
  for (std::string& path : SplitAtZeros(output.text)) {
    if (!path.ends_with('/')) continue;
    path.pop_back();
    folders.push_back(std::move(path));
  }
  return folders;
}

base::Result<std::string> ResolveCommit(const std::filesystem::path& folder, const std::string& revision,
                                        const GitFence& fence) {
  FANIN_ASSIGN_OR_RETURN(const Checkout checkout, FindCheckout(folder, fence));
  if (RunGit(checkout, {"rev-parse", "--git-dir"}).exit_code != 0) {
    return base::Fail(base::Code::kFailedPrecondition, folder.string() + " is in no git checkout");
  }
  GitOutput commit = RunGit(checkout, {"rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"});
  while (commit.text.ends_with('\n')) commit.text.pop_back();
  // Before 2.30 git repeats the option.
  if (const size_t line = commit.text.rfind('\n'); line != std::string::npos) commit.text.erase(0, line + 1);
  if (commit.exit_code == 0 && !commit.text.empty()) return commit.text;
  return base::Fail(base::Code::kNotFound, "git knows no commit \"" + revision + "\" in " + folder.string());
}

base::Result<std::vector<GitEntry>> ListCommit(const std::filesystem::path& folder, const std::string& commit,
                                               const GitFence& fence) {
  FANIN_ASSIGN_OR_RETURN(const Checkout checkout, FindCheckout(folder, fence));
  const GitOutput output = RunGit(checkout, {"ls-tree", "-r", "-z", commit});
  if (output.exit_code != 0) {
    return base::Fail(base::Code::kNotFound, "git lists no commit " + commit + " in " + folder.string());
  }
  std::vector<GitEntry> entries;
  for (const std::string& line : SplitAtZeros(output.text)) {  // MODE SP TYPE SP OBJECT TAB PATH
    const size_t tab = line.find('\t');
    const size_t object = line.rfind(' ', tab);
    if (tab == std::string::npos || object == std::string::npos) continue;
    GitEntry& entry = entries.emplace_back();
    if (line.starts_with("160000")) entry.kind = GitEntry::Kind::kSubmodule;
    if (line.starts_with("120000")) entry.kind = GitEntry::Kind::kLink;
    entry.object = line.substr(object + 1, tab - object - 1);
    entry.path = line.substr(tab + 1);
  }
  return entries;
}

struct GitObjects::State {
  std::mutex mutex;  // guards the program's input and output
  GitProcess process;

  explicit State(GitProcess started) : process(std::move(started)) {}
};

GitObjects::GitObjects(std::unique_ptr<State> state) : state_(std::move(state)) {}
GitObjects::~GitObjects() { EndGit(state_->process); }

base::Result<std::unique_ptr<GitObjects>> GitObjects::Open(const std::filesystem::path& folder, const GitFence& fence) {
  FANIN_ASSIGN_OR_RETURN(const Checkout checkout, FindCheckout(folder, fence));
  std::optional<GitProcess> process = StartGit(checkout, {"cat-file", "--batch"}, /*with_input=*/true);
  if (!process) return base::Fail(base::Code::kFailedPrecondition, "git cannot be started");
  return std::unique_ptr<GitObjects>(new GitObjects(std::make_unique<State>(*std::move(process))));
}

base::Result<std::string> GitObjects::Read(const std::string& object, uint64_t max_bytes) {
  const auto ended = [] { return base::Fail(base::Code::kInternal, "git cat-file ended early"); };
  const std::lock_guard lock(state_->mutex);
  if (!SendAll(state_->process.input.get(), object + "\n")) return ended();
  std::string head;  // OBJECT SP TYPE SP SIZE, or OBJECT SP missing
  while (!head.ends_with('\n')) {
    if (head.size() > 1000 || !ReadExactly(state_->process.output(), 1, head)) return ended();
  }
  head.pop_back();
  const size_t space = head.rfind(' ');
  uint64_t size = 0;
  const auto parsed = std::from_chars(head.data() + space + 1, head.data() + head.size(), size);
  if (space == std::string::npos || parsed.ec != std::errc{}) {
    return base::Fail(base::Code::kNotFound, "git has no object " + object);
  }
  std::string content;
  const bool too_large = size > max_bytes;
  // What is too large is read and dropped: the program cannot be told to stop.
  for (uint64_t left = size + 1; left > 0;) {
    const uint64_t part = std::min<uint64_t>(left, kPartBytes);
    if (!ReadExactly(state_->process.output(), part, content)) return ended();
    left -= part;
    if (too_large) content.clear();
  }
  if (too_large) {
    return base::Fail(base::Code::kResourceExhausted,
                      std::to_string(size) + " bytes, more than " + std::to_string(max_bytes));
  }
  content.pop_back();  // the newline after it
  return content;
}

base::Result<std::string> DiffOfRange(const std::filesystem::path& folder, const std::string& range,
                                      const GitFence& fence) {
  FANIN_ASSIGN_OR_RETURN(const Checkout checkout, FindCheckout(folder, fence));
  // Of submodules their commits alone: git would ask each with its own configuration.
  std::vector<std::string> command = {
      "diff", "--no-ext-diff", "--no-textconv", "--no-color", "--unified=0", "--relative", "--ignore-submodules=dirty"};
  const size_t dots = range.find("..");
  FANIN_ASSIGN_OR_RETURN(std::string from, ResolveCommit(folder, range.substr(0, dots), fence));
  command.push_back(std::move(from));
  if (dots != std::string::npos) {
    const std::string last = range.substr(dots + 2);
    FANIN_ASSIGN_OR_RETURN(std::string to, ResolveCommit(folder, last.empty() ? "HEAD" : last, fence));
    command.push_back(std::move(to));
  }
  command.insert(command.end(), {"--", "."});
  GitOutput output = RunGit(checkout, std::move(command));
  if (output.exit_code != 0) return base::Fail(base::Code::kNotFound, "git cannot compare \"" + range + "\"");
  if (output.text.size() > kMaxDiffBytes) {
    return base::Fail(base::Code::kResourceExhausted, "the changes of \"" + range + "\" are more than 16 MiB");
  }
  return std::move(output.text);
}

std::string GitRevision(const std::filesystem::path& folder, const GitFence& fence) {
  const auto checkout = CheckoutOf(folder, fence);
  if (!checkout) return {};
  // "# branch.oid COMMIT", other lines that begin with "# ", then a line per change.
  const GitOutput status =
      RunGit(*checkout, {"status", "--porcelain=v2", "--branch", "--ignore-submodules=dirty", "--", "."});
  constexpr std::string_view kHead = "# branch.oid ";
  std::string revision;
  bool changed = status.exit_code != 0;
  for (std::string_view left = status.text; !left.empty();) {
    const std::string_view line = left.substr(0, left.find('\n'));
    left.remove_prefix(std::min(left.size(), line.size() + 1));
    if (line.starts_with(kHead)) revision = line.substr(kHead.size());
    changed |= !line.starts_with("# ");
  }
  if (revision.empty() || revision.starts_with('(')) return {};  // "(initial)": no commit yet
  return revision + (changed ? "+" : "");
}

}  // namespace fanin::indexer
