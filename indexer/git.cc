#include "indexer/git.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string_view>
#include <utility>

namespace fanin::indexer {
namespace {

// Of a blob, read at once.
constexpr uint64_t kPartBytes = 1 << 20;
constexpr size_t kMaxDiffBytes = 16 << 20;

struct GitOutput {
  int exit_code = -1;  // -1: it did not run to its end
  std::string text;
};

// The caller's environment, without what would point git elsewhere (as inside a git hook) or make it write or ask.
std::vector<std::string> GitEnvironment() {
  std::vector<std::string> environment = {"GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C"};
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    if (!variable.starts_with("GIT_") && !variable.starts_with("LC_ALL=")) environment.emplace_back(variable);
  }
  return environment;
}

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::string ReadAll(int descriptor) {
  std::string text;
  char buffer[1 << 16];
  while (true) {
    const ssize_t got = ::read(descriptor, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(buffer, static_cast<size_t>(got));
  }
}

// A git program that runs: its output, and its input where that is asked for.
struct GitProcess {
  pid_t pid = 0;
  int output = -1;
  int input = -1;  // a socket, so that writing to a program that ended is an error and no signal
};

std::optional<GitProcess> StartGit(const std::filesystem::path& folder, std::vector<std::string> arguments,
                                   bool with_input) {
  // A checkout's own configuration must not start programs.
  std::vector<std::string> command = {"git", "-c",           "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null",
                                      "-C",  folder.string()};
  for (std::string& argument : arguments) command.push_back(std::move(argument));
  std::vector<std::string> environment = GitEnvironment();

  int output[2];
  int input[2] = {-1, -1};
  if (::pipe2(output, O_CLOEXEC) != 0) return std::nullopt;
  if (with_input && ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, input) != 0) {
    ::close(output[0]);
    ::close(output[1]);
    return std::nullopt;
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (with_input) {
    posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
  } else {
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  }
  posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  GitProcess process{0, output[0], input[1]};
  const int error =
      ::posix_spawnp(&process.pid, "git", &actions, nullptr, Pointers(command).data(), Pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  ::close(output[1]);
  if (with_input) ::close(input[0]);
  if (error == 0) return process;
  ::close(output[0]);
  if (with_input) ::close(input[1]);
  return std::nullopt;
}

// The exit code; -1: it did not run to its end.
int EndGit(const GitProcess& process) {
  if (process.input >= 0) ::close(process.input);
  ::close(process.output);
  int status = 0;
  while (::waitpid(process.pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

GitOutput RunGit(const std::filesystem::path& folder, std::vector<std::string> arguments) {
  const std::optional<GitProcess> process = StartGit(folder, std::move(arguments), /*with_input=*/false);
  if (!process) return {};
  GitOutput output;
  output.text = ReadAll(process->output);
  output.exit_code = EndGit(*process);
  return output;
}

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

std::vector<std::string> SplitAtZeros(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t end = text.find('\0');
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end == std::string_view::npos ? end : end + 1));
  }
  return parts;
}

// check-ignore exits with 0 for "ignored", 1 for "not", 128 outside of a checkout.
bool IsInCheckout(const std::filesystem::path& folder) {
  return RunGit(folder, {"check-ignore", "--quiet", "."}).exit_code == 1;
}

}  // namespace

std::optional<std::vector<std::string>> ListGitFiles(const std::filesystem::path& folder) {
  if (!IsInCheckout(folder)) return std::nullopt;
  const GitOutput output = RunGit(folder, {"ls-files", "-z", "--cached", "--others", "--exclude-standard"});
  if (output.exit_code != 0) return std::nullopt;
  return SplitAtZeros(output.text);
}

std::vector<std::string> ListIgnoredFolders(const std::filesystem::path& folder) {
  if (!IsInCheckout(folder)) return {};
  const GitOutput output =
      RunGit(folder, {"ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory"});
  std::vector<std::string> folders;
  for (std::string& path : SplitAtZeros(output.text)) {
    if (!path.ends_with('/')) continue;
    path.pop_back();
    folders.push_back(std::move(path));
  }
  return folders;
}

base::Result<std::string> ResolveCommit(const std::filesystem::path& folder, const std::string& revision) {
  if (RunGit(folder, {"rev-parse", "--git-dir"}).exit_code != 0) {
    return base::Fail(base::Code::kFailedPrecondition, folder.string() + " is in no git checkout");
  }
  GitOutput commit = RunGit(folder, {"rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"});
  while (commit.text.ends_with('\n')) commit.text.pop_back();
  // Before 2.30 git repeats the option.
  if (const size_t line = commit.text.rfind('\n'); line != std::string::npos) commit.text.erase(0, line + 1);
  if (commit.exit_code == 0 && !commit.text.empty()) return commit.text;
  return base::Fail(base::Code::kNotFound, "git knows no commit \"" + revision + "\" in " + folder.string());
}

base::Result<std::vector<GitEntry>> ListCommit(const std::filesystem::path& folder, const std::string& commit) {
  const GitOutput output = RunGit(folder, {"ls-tree", "-r", "-z", commit});
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
};

GitObjects::GitObjects(std::unique_ptr<State> state) : state_(std::move(state)) {}
GitObjects::~GitObjects() { EndGit(state_->process); }

base::Result<std::unique_ptr<GitObjects>> GitObjects::Open(const std::filesystem::path& folder) {
  const std::optional<GitProcess> process = StartGit(folder, {"cat-file", "--batch"}, /*with_input=*/true);
  if (!process) return base::Fail(base::Code::kFailedPrecondition, "git cannot be started");
  auto state = std::make_unique<State>();
  state->process = *process;
  return std::unique_ptr<GitObjects>(new GitObjects(std::move(state)));
}

base::Result<std::string> GitObjects::Read(const std::string& object, uint64_t max_bytes) {
  const auto ended = [] { return base::Fail(base::Code::kInternal, "git cat-file ended early"); };
  const std::lock_guard lock(state_->mutex);
  if (!SendAll(state_->process.input, object + "\n")) return ended();
  std::string head;  // OBJECT SP TYPE SP SIZE, or OBJECT SP missing
  while (!head.ends_with('\n')) {
    if (head.size() > 1000 || !ReadExactly(state_->process.output, 1, head)) return ended();
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
    if (!ReadExactly(state_->process.output, part, content)) return ended();
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

base::Result<std::string> DiffOfRange(const std::filesystem::path& folder, const std::string& range) {
  std::vector<std::string> command = {"diff",       "--no-ext-diff", "--no-textconv",
                                      "--no-color", "--unified=0",   "--relative"};
  const size_t dots = range.find("..");
  FANIN_ASSIGN_OR_RETURN(std::string from, ResolveCommit(folder, range.substr(0, dots)));
  command.push_back(std::move(from));
  if (dots != std::string::npos) {
    const std::string last = range.substr(dots + 2);
    FANIN_ASSIGN_OR_RETURN(std::string to, ResolveCommit(folder, last.empty() ? "HEAD" : last));
    command.push_back(std::move(to));
  }
  command.insert(command.end(), {"--", "."});
  GitOutput output = RunGit(folder, std::move(command));
  if (output.exit_code != 0) return base::Fail(base::Code::kNotFound, "git cannot compare \"" + range + "\"");
  if (output.text.size() > kMaxDiffBytes) {
    return base::Fail(base::Code::kResourceExhausted, "the changes of \"" + range + "\" are more than 16 MiB");
  }
  return std::move(output.text);
}

std::string GitRevision(const std::filesystem::path& folder) {
  if (!IsInCheckout(folder)) return {};
  // "# branch.oid COMMIT", other lines that begin with "# ", then a line per change.
  const GitOutput status = RunGit(folder, {"status", "--porcelain=v2", "--branch", "--", "."});
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
