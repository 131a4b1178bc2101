#include "indexer/git_process.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/confinement.h"
#include "base/file.h"

namespace fanin::indexer {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxGitFileBytes = 1 << 20;

// The caller's environment, without what would point git elsewhere (as inside a git hook) or make it write, ask or
// fetch.
std::vector<std::string> GitEnvironment(const Checkout& checkout) {
  std::vector<std::string> environment = {"GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "GIT_NO_LAZY_FETCH=1",
                                          "GIT_ALLOW_PROTOCOL=none", "LC_ALL=C"};
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    if (!variable.starts_with("GIT_") && !variable.starts_with("LC_ALL=")) environment.emplace_back(variable);
  }
  // Not by -c, which would take a '=' in a name for the end of it.
  const size_t count = checkout.settings.size() / 2;
  environment.push_back("GIT_CONFIG_COUNT=" + std::to_string(count));
  for (size_t i = 0; i < count; ++i) {
    environment.push_back("GIT_CONFIG_KEY_" + std::to_string(i) + "=" + checkout.settings[2 * i]);
    environment.push_back("GIT_CONFIG_VALUE_" + std::to_string(i) + "=" + checkout.settings[2 * i + 1]);
  }
  return environment;
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

std::unexpected<base::Error> FailNoCheckout(const fs::path& folder, const std::string& why) {
  return base::Fail(base::Code::kFailedPrecondition, folder.string() + " is in no git checkout" + why);
}

// Where the .git of the checkout that holds the folder lies; empty: nowhere.
fs::path FindTop(const fs::path& folder) {
  for (fs::path at = folder;; at = at.parent_path()) {
    std::error_code error;
    if (fs::exists(fs::symlink_status(at / ".git", error))) return at;
    if (at == at.parent_path()) return {};
  }
}

// Whether the words that need git's own reading of a configuration stand in it. Section and key names have no escapes.
bool IsPlainConfiguration(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return text.find("filter") == std::string::npos && text.find("include") == std::string::npos &&
         text.find("worktree") == std::string::npos;
}

// An ordinary checkout, of which git needs to be asked nothing before it is used: .git is a folder of its own, and its
// configuration names neither filters nor other files nor a work tree.
bool IsPlain(const fs::path& top) {
  const fs::path git = top / ".git";
  std::error_code error;
  if (fs::symlink_status(git, error).type() != fs::file_type::directory) return false;
  if (fs::exists(fs::symlink_status(git / "commondir", error))) return false;
  const auto configuration = base::ReadFile(git / "config", kMaxGitFileBytes);
  return configuration && IsPlainConfiguration(*configuration);
}

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

bool LiesIn(const fs::path& path, const fs::path& folder) {
  std::error_code error;
  const fs::path canonical = fs::canonical(path, error);
  return !error && base::IsInside(canonical, folder);
}

// Whether all that git would read of its folder lies in `fence`: no link, and no list of other object stores, leads
// out.
base::Status CheckGitFolder(const fs::path& git, const fs::path& fence) {
  const auto fail = [&](const fs::path& path) {
    return FailNoCheckout(git.parent_path(),
                          " that may be asked: " + path.string() + " leads out of " + fence.string());
  };
  if (!LiesIn(git, fence)) return fail(git);
  std::error_code error;
  fs::recursive_directory_iterator entry(git, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (entry->is_symlink(error) && !LiesIn(entry->path(), fence)) return fail(entry->path());
    if (entry->path().filename() != "alternates") continue;
    const auto text = base::ReadFile(entry->path(), kMaxGitFileBytes);
    if (!text) return fail(entry->path());
    for (const std::string& line : Lines(*text)) {  // relative to objects/
      if (line.starts_with('"') || !LiesIn(entry->path().parent_path().parent_path() / line, fence)) {
        return fail(entry->path());
      }
    }
  }
  if (error) return FailNoCheckout(git.parent_path(), " that may be asked: " + git.string() + ": " + error.message());
  return {};
}

// Switches the filters of the checkout's own configuration off.
void AddFilterSettings(Checkout& checkout) {
  const GitOutput output =
      RunGit(checkout, {"config", "--null", "--name-only", "--show-scope", "--get-regexp", "^filter\\."});
  std::set<std::string> filters;
  const std::vector<std::string> parts = SplitAtZeros(output.text);
  for (size_t i = 0; i + 1 < parts.size(); i += 2) {  // scope, name
    if (parts[i] != "local" && parts[i] != "worktree") continue;
    filters.insert(parts[i + 1].substr(0, parts[i + 1].rfind('.')));
  }
  for (const std::string& filter : filters) {
    // An empty process counts before clean and smudge.
    for (const char* key : {".process", ".clean", ".smudge"}) {
      checkout.settings.insert(checkout.settings.end(), {filter + key, ""});
    }
    checkout.settings.insert(checkout.settings.end(), {filter + ".required", "false"});
  }
}

}  // namespace

base::Result<Checkout> FindCheckout(const fs::path& folder, const GitFence& fence) {
  std::error_code error;
  const fs::path canonical = fs::canonical(folder, error);
  if (error) return base::FailErrno("open folder " + folder.string(), error.value());
  const fs::path top = FindTop(canonical);
  if (top.empty()) return FailNoCheckout(folder, "");
  Checkout checkout{canonical, {}};
  std::vector<fs::path> git_folders = {top / ".git"};
  if (!IsPlain(top)) {
    const GitOutput output = RunGit(
        checkout, {"rev-parse", "--path-format=absolute", "--show-toplevel", "--absolute-git-dir", "--git-common-dir"});
    const std::vector<std::string> lines = Lines(output.text);
    if (output.exit_code != 0 || lines.size() != 3) return FailNoCheckout(folder, " that git can read");
    if (fs::canonical(lines[0], error) != top || error) {
      return FailNoCheckout(folder, " that may be asked: its work tree is " + lines[0]);
    }
    git_folders.assign(lines.begin() + 1, lines.end());
    AddFilterSettings(checkout);
  }
  if (!fence.roots.confined()) return checkout;
  // What is in the repository may not lead out of it; what lies above it is the operator's, as far as a root holds it.
  const fs::path repository = fence.repository.empty() ? canonical : fence.repository;
  const fs::path* root = fence.roots.Holding(top);
  if (root == nullptr) return FailNoCheckout(folder, " below a root of this server");
  for (const fs::path& git : git_folders) {
    FANIN_RETURN_IF_ERROR(CheckGitFolder(git, base::IsInside(top, repository) ? repository : *root));
  }
  return checkout;
}

std::optional<GitProcess> StartGit(const Checkout& checkout, std::vector<std::string> arguments, bool with_input) {
  // A checkout's own configuration must not start programs.
  std::vector<std::string> command = {"git",
                                      "-c",
                                      "core.fsmonitor=false",
                                      "-c",
                                      "core.hooksPath=/dev/null",
                                      "-c",
                                      "safe.bareRepository=explicit",
                                      "--no-pager",
                                      "-C",
                                      checkout.folder.string()};
  for (std::string& argument : arguments) command.push_back(std::move(argument));

  int ends[2] = {-1, -1};
  if (with_input && ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return std::nullopt;
  const base::Descriptor read_end(ends[0]);
  base::Descriptor input(ends[1]);
  auto process = base::ChildProcess::Start({"git", std::move(command), GitEnvironment(checkout), read_end.get()});
  if (!process) return std::nullopt;
  return GitProcess{std::move(*process), std::move(input)};
}

int EndGit(GitProcess& process) {
  process.input = base::Descriptor();
  const int status = process.process.Wait();
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

GitOutput RunGit(const Checkout& checkout, std::vector<std::string> arguments) {
  std::optional<GitProcess> process = StartGit(checkout, std::move(arguments), /*with_input=*/false);
  if (!process) return {};
  GitOutput output;
  output.text = ReadAll(process->output());
  output.exit_code = EndGit(*process);
  return output;
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

}  // namespace fanin::indexer
