#include "retriever/diff_reader.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

namespace fanin::retriever {
namespace {

// "+++ b/rtl/a.sv\t2024-..." -> "rtl/a.sv"; empty: the file is no more.
std::string PathOf(std::string_view line) {
  std::string_view path = line.substr(4);
  path = path.substr(0, path.find('\t'));
  while (!path.empty() && (path.back() == '\r' || path.back() == ' ')) path.remove_suffix(1);
  if (path.size() >= 2 && path.front() == '"' && path.back() == '"') path = path.substr(1, path.size() - 2);
  if (path == "/dev/null") return "";
  if (path.starts_with("b/")) path.remove_prefix(2);
  return std::string(path);
}

// "@@ -a,b +c,d @@": c and d, and b.
struct Hunk {
  uint32_t old_left = 1;
  uint32_t new_line = 0;
  uint32_t new_left = 1;
};
std::optional<Hunk> HunkOf(std::string_view line) {
  const auto number = [&](size_t at, uint32_t& value) {
    return std::from_chars(line.data() + at, line.data() + line.size(), value).ec == std::errc{};
  };
  Hunk hunk;
  const size_t minus = line.find('-');
  const size_t plus = line.find('+');
  const size_t end = line.find("@@", 2);
  if (minus == std::string_view::npos || plus == std::string_view::npos || end == std::string_view::npos ||
      plus < minus || !number(plus + 1, hunk.new_line)) {
    return std::nullopt;
  }
  const size_t old_comma = line.substr(0, plus).find(',');
  if (old_comma != std::string_view::npos && !number(old_comma + 1, hunk.old_left)) return std::nullopt;
  const size_t new_comma = line.substr(0, end).find(',', plus);
  if (new_comma != std::string_view::npos && !number(new_comma + 1, hunk.new_left)) return std::nullopt;
  if (hunk.new_left == 0) ++hunk.new_line;  // the line after the place
  return hunk;
}

}  // namespace

ChangedLines ReadUnifiedDiff(std::string_view text) {
  ChangedLines changed;
  std::string path;
  Hunk hunk{0, 0, 0};
  bool removed = false;  // lines just before hunk.new_line, and none were added in their place
  const auto end_removal = [&] {
    if (removed && hunk.new_line > 1) changed.by_path[path].insert(hunk.new_line - 1);
    if (removed) changed.by_path[path].insert(hunk.new_line);
    removed = false;
  };
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    if (hunk.old_left == 0 && hunk.new_left == 0) {
      end_removal();
      if (line.starts_with("+++ ")) path = PathOf(line);
      if (line.starts_with("@@ ")) hunk = HunkOf(line).value_or(Hunk{0, 0, 0});
      continue;
    }
    const char mark = line.empty() ? ' ' : line.front();
    if (mark == '\\') continue;  // "\ No newline at end of file"
    if (mark == '-') {
      removed = !path.empty();
    } else if (mark == '+') {
      removed = false;
      if (!path.empty()) changed.by_path[path].insert(hunk.new_line);
    } else {
      end_removal();
    }
    if (mark != '-') {
      ++hunk.new_line;
      hunk.new_left -= hunk.new_left > 0 ? 1 : 0;
    }
    if (mark != '+') hunk.old_left -= hunk.old_left > 0 ? 1 : 0;
  }
  end_removal();
  return changed;
}

}  // namespace fanin::retriever
