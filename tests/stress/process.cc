#include "tests/stress/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"

namespace fanin::stress {
namespace {

constexpr size_t kErrShown = 2000;

}  // namespace

std::string Ended::Describe() const {
  const std::string how = signal != 0 ? "signal " + std::to_string(signal) : "exit code " + std::to_string(exit_code);
  return how + (err.empty() ? "" : ", saying: " + err);
}

Child::Child(const std::vector<std::string>& arguments, const std::vector<std::string>& environment) {
  int ends[2];
  FANIN_CHECK(::pipe2(ends, O_CLOEXEC) == 0);
  out_ = ends[0];
  err_path_ = std::filesystem::temp_directory_path() / "fanin_stress_err_XXXXXX";
  const int err = ::mkostemp(err_path_.data(), O_CLOEXEC);
  FANIN_CHECK(err >= 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
  std::string program = "/proc/self/exe";
  std::vector<std::string> texts = arguments;
  std::vector<char*> argv{program.data()};
  for (std::string& text : texts) argv.push_back(text.data());
  argv.push_back(nullptr);
  std::vector<std::string> added = environment;
  std::vector<char*> envp;
  for (std::string& text : added) envp.push_back(text.data());
  for (char** one = environ; *one != nullptr; ++one) envp.push_back(*one);
  envp.push_back(nullptr);
  const std::string path = std::filesystem::read_symlink(program);
  FANIN_CHECK(::posix_spawn(&pid_, path.c_str(), &actions, nullptr, argv.data(), envp.data()) == 0);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  ::close(err);
}

Child::~Child() {
  if (pid_ > 0) {
    Kill();
    Wait();
  }
  if (out_ >= 0) ::close(out_);
  ::unlink(err_path_.c_str());
}

void Child::ReadSome() {
  char bytes[65536];
  const ssize_t got = ::read(out_, bytes, sizeof bytes);
  if (got > 0) buffer_.append(bytes, static_cast<size_t>(got));
  at_end_ = got == 0;
}

bool Child::ReadLine(std::string& line) {
  size_t end = buffer_.find('\n');
  while (end == std::string::npos && !at_end_) {
    ReadSome();
    end = buffer_.find('\n');
  }
  if (end == std::string::npos) return false;
  line = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  return true;
}

void Child::Kill() { ::kill(pid_, SIGKILL); }

Ended Child::Wait(double at_most_s) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::duration<double>(at_most_s);
  while (!at_end_) {
    pollfd ready{out_, POLLIN, 0};
    if (::poll(&ready, 1, 1000) > 0) ReadSome();
    if (std::chrono::steady_clock::now() > give_up) Kill();
  }
  int status = 0;
  FANIN_CHECK(::waitpid(pid_, &status, 0) == pid_);
  pid_ = -1;
  Ended ended;
  if (WIFEXITED(status)) ended.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) ended.signal = WTERMSIG(status);
  ended.out = std::move(buffer_);
  ended.err = base::ReadFile(err_path_).value_or("");
  if (ended.err.size() > kErrShown) ended.err.erase(0, ended.err.size() - kErrShown);
  return ended;
}

}  // namespace fanin::stress
