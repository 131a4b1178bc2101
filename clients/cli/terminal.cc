#include "clients/cli/terminal.h"

#include <unistd.h>

#include <cstdlib>
#include <system_error>

#include "clients/cli/session.h"

namespace fanin::cli {

Style::Style(std::FILE* stream) : enabled_(IsTerminal(stream) && std::getenv("NO_COLOR") == nullptr) {}

std::string Style::Wrap(std::string_view code, std::string_view text) const {
  if (!enabled_) return std::string(text);
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

bool IsTerminal(std::FILE* stream) { return ::isatty(::fileno(stream)) == 1; }

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
