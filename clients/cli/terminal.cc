#include "clients/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <system_error>

#include "clients/cli/session.h"

namespace fanin::cli {

Style::Style(std::FILE* stream) {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string_view(value == nullptr ? "" : value);
  };
  enabled_ = IsTerminal(stream) && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
}

std::string Style::Wrap(std::string_view code, std::string_view text) const {
  if (!enabled_) return std::string(text);
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

namespace {

// The pager shows stdout on a terminal.
bool is_paged = false;

}  // namespace

bool IsTerminal(std::FILE* stream) { return (stream == stdout && is_paged) || ::isatty(::fileno(stream)) == 1; }

size_t TerminalWidth(std::FILE* stream) {
  constexpr size_t kDefault = 100;
  winsize size{};
  const bool is_known = ::ioctl(::fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return is_known ? size.ws_col : kDefault;
}

Pager::Pager() {
  if (!IsTerminal(stdout)) return;
  const char* command = std::getenv("FANIN_PAGER");
  if (command == nullptr) command = std::getenv("PAGER");
  if (command == nullptr) command = "less";
  if (std::string_view(command).empty() || std::string_view(command) == "cat") return;
  // Colours pass; one screen is left standing; unless the user has said otherwise.
  ::setenv("LESS", "FRX", /*replace=*/0);
  std::signal(SIGPIPE, SIG_IGN);  // the user may leave before all is written
  pipe_ = ::popen(command, "w");
  if (pipe_ == nullptr) return;
  terminal_ = ::dup(STDOUT_FILENO);
  ::dup2(::fileno(pipe_), STDOUT_FILENO);
  is_paged = true;
}

Pager::~Pager() {
  if (pipe_ == nullptr) return;
  std::cout.flush();
  std::fflush(stdout);
  ::dup2(terminal_, STDOUT_FILENO);
  ::close(terminal_);
  ::pclose(pipe_);
}

std::string WithCommas(uint64_t value) {
  std::string digits = std::to_string(value);
  for (size_t end = digits.size(); end > 3; end -= 3) digits.insert(end - 3, 1, ',');
  return digits;
}

std::string FormatBytes(uint64_t bytes) {
  constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  for (; value >= 1000 && unit + 1 < std::size(kUnits); ++unit) value /= 1000;
  return FormatDecimal(value, unit == 0 ? 0 : 1) + " " + kUnits[unit];
}

std::string FormatDecimal(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string Count(uint64_t count, std::string_view noun) {
  return WithCommas(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string DotQuote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c == '\n' ? ' ' : c;
  }
  return quoted + '"';
}

PathPrinter::PathPrinter(const std::vector<v1::Repository>& repositories) {
  std::error_code error;
  working_folder_ = std::filesystem::current_path(error);
  for (const v1::Repository& repository : repositories) {
    if (std::filesystem::is_directory(repository.root(), error)) {
      roots_.emplace(RepositoryIdOf(repository.name()), repository.root());
    }
  }
}

std::string PathPrinter::Path(std::string_view repository, const std::string& path) const {
  const auto root = roots_.find(RepositoryIdOf(repository));
  if (root == roots_.end()) return path;
  const std::filesystem::path absolute = root->second / path;
  const std::filesystem::path relative = absolute.lexically_relative(working_folder_);
  const bool is_below = !relative.empty() && *relative.begin() != "..";
  return (is_below ? relative : absolute).string();
}

std::string PathPrinter::Location(std::string_view repository, const std::string& path, uint32_t line) const {
  return Path(repository, path) + ":" + std::to_string(line);
}

std::string TreeLines::Prefix(uint32_t depth, bool is_last) {
  if (depth == 0) {
    last_.clear();
    return "";
  }
  last_.resize(depth);
  last_[depth - 1] = is_last;
  std::string prefix;
  for (uint32_t level = 0; level + 1 < depth; ++level) prefix += last_[level] ? "   " : "│  ";
  return prefix + (is_last ? "└─ " : "├─ ");
}

}  // namespace fanin::cli
