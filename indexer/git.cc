#include "indexer/git.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

namespace fanin::indexer {
namespace {

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

GitOutput RunGit(const std::filesystem::path& folder, std::vector<std::string> arguments) {
  // A checkout's own configuration must not start programs.
  std::vector<std::string> command = {"git", "-c",           "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null",
                                      "-C",  folder.string()};
  for (std::string& argument : arguments) command.push_back(std::move(argument));
  std::vector<std::string> environment = GitEnvironment();

  GitOutput output;
  int pipe_ends[2];
  if (::pipe2(pipe_ends, O_CLOEXEC) != 0) return output;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t process = 0;
  const int error =
      ::posix_spawnp(&process, "git", &actions, nullptr, Pointers(command).data(), Pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe_ends[1]);
  if (error == 0) {
    output.text = ReadAll(pipe_ends[0]);
    int status = 0;
    while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status)) output.exit_code = WEXITSTATUS(status);
  }
  ::close(pipe_ends[0]);
  return output;
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
  std::vector<std::string> paths;
  std::string_view rest = output.text;
  while (!rest.empty()) {
    const size_t end = rest.find('\0');
    paths.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(rest.size(), end + 1));
  }
  return paths;
}

std::string GitRevision(const std::filesystem::path& folder) {
  if (!IsInCheckout(folder)) return {};
  GitOutput commit = RunGit(folder, {"rev-parse", "--verify", "--quiet", "HEAD"});
  if (commit.exit_code != 0) return {};
  while (commit.text.ends_with('\n')) commit.text.pop_back();
  const GitOutput changes = RunGit(folder, {"status", "--porcelain", "--", "."});
  return commit.text + (changes.exit_code == 0 && changes.text.empty() ? "" : "+");
}

}  // namespace fanin::indexer
