#include "clients/cli/ask.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iostream>

namespace fanin::cli {
namespace {

// Takes ":number" off the end.
std::optional<uint32_t> TakeNumber(std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon + 1 == text.size()) return std::nullopt;
  uint32_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data() + colon + 1, end, value);
  if (error != std::errc{} || parsed != end) return std::nullopt;
  text.resize(colon);
  return value;
}

}  // namespace

Exit PrintAmbiguous(const google::protobuf::RepeatedPtrField<v1::AmbiguousName>& ambiguous, const PathPrinter& paths) {
  for (const v1::AmbiguousName& name : ambiguous) {
    std::cerr << "fanin: '" << name.name() << "' could be any of these; give a longer name or an id:" << std::endl;
    for (const v1::Node& node : name.candidates()) {
      const std::string& resource = node.resource_name();
      std::cout << paths.Location(resource, node.path(), node.start_line()) << "  " << Describe(node) << "  "
                << resource.substr(resource.rfind('/') + 1) << '\n';
    }
  }
  return Exit::kUsage;
}

std::string Describe(const v1::Node& node) {
  if (!node.anonymous())
    return node.kind() + " " + (node.qualified_name().empty() ? node.name() : node.qualified_name());
  const size_t end = node.qualified_name().rfind('.');
  return end == std::string::npos ? node.kind() : node.kind() + " in " + node.qualified_name().substr(0, end);
}

void PrintCode(const std::string& text, uint32_t first_line, uint32_t max_lines, const Style& style) {
  const auto lines = static_cast<uint32_t>(std::ranges::count(text, '\n')) + (text.ends_with('\n') ? 0 : 1);
  const uint32_t shown = std::min(lines, max_lines);
  const size_t width = std::to_string(first_line + lines).size();
  size_t begin = 0;
  for (uint32_t line = 0; line < shown; ++line) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string number = std::to_string(first_line + line);
    number.insert(0, width - number.size(), ' ');
    std::cout << "  " << style.Dim(number + " │ ") << std::string_view(text).substr(begin, end - begin) << '\n';
    begin = end + 1;
  }
  if (shown < lines) std::cout << "  " << style.Dim("… " + Count(lines - shown, "more line")) << '\n';
}

FilePosition ParseFilePosition(const std::string& text) {
  FilePosition position{text};
  if (const std::optional<uint32_t> last = TakeNumber(position.path)) {
    position.line = *last;
    if (const std::optional<uint32_t> before = TakeNumber(position.path)) {
      position.line = *before;
      position.column = *last;
    }
  }
  return position;
}

std::vector<RepositoryFile> LocateFile(const std::vector<v1::Repository>& repositories, const std::string& path) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::weakly_canonical(std::filesystem::absolute(path), error);
  std::vector<RepositoryFile> found;
  for (const v1::Repository& repository : repositories) {
    const std::filesystem::path relative = absolute.lexically_relative(repository.root());
    if (!relative.empty() && *relative.begin() != ".." && std::filesystem::exists(absolute, error)) {
      found.push_back({repository, relative.generic_string()});
    }
  }
  if (!found.empty()) {
    // Of repositories inside each other the innermost.
    const auto innermost =
        std::ranges::max_element(found, {}, [](const RepositoryFile& file) { return file.repository.root().size(); });
    return {*innermost};
  }
  if (std::filesystem::path(path).is_absolute()) return {};
  for (const v1::Repository& repository : repositories) {
    found.push_back({repository, std::filesystem::path(path).lexically_normal().generic_string()});
  }
  return found;
}

}  // namespace fanin::cli
