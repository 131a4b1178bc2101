#include "retriever/log_reader.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>
#include <utility>

#include "graph/expression_text.h"

namespace fanin::retriever {
namespace {

constexpr size_t kMaxLines = 100'000;
constexpr size_t kMaxPerMessage = 16;
constexpr std::string_view kSuffixes[] = {".sv", ".svh", ".v", ".vh", ".vp", ".inc", ".svp", ".verilog"};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsPathByte(char c) { return graph::IsNameChar(c) || c == '/' || c == '.' || c == '-' || c == '+' || c == '~'; }

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

// Whether `word` stands in a lower-case text, not inside a longer word.
bool HasWord(std::string_view lower, std::string_view word) {
  for (size_t at = lower.find(word); at != std::string_view::npos; at = lower.find(word, at + 1)) {
    const bool begins = at == 0 || std::isalnum(static_cast<unsigned char>(lower[at - 1])) == 0;
    const size_t end = at + word.size();
    if (begins && (end == lower.size() || std::isalnum(static_cast<unsigned char>(lower[end])) == 0)) return true;
  }
  return false;
}

// "*E," of Xcelium.
bool HasCode(std::string_view line, char code) {
  const size_t at = line.find('*');
  return at != std::string_view::npos && at + 2 < line.size() && line[at + 1] == code && line[at + 2] == ',';
}

LogSeverity SeverityOf(std::string_view line) {
  const std::string lower = Lower(line.substr(0, 200));
  if (HasWord(lower, "fatal") || HasCode(line, 'F')) return LogSeverity::kFatal;
  if (HasWord(lower, "error") || HasCode(line, 'E') || HasWord(lower, "assertion failed") ||
      HasWord(lower, "mismatch") || HasWord(lower, "failed") || HasWord(lower, "fail") || HasWord(lower, "failure")) {
    return LogSeverity::kError;
  }
  if (HasWord(lower, "warning") || HasWord(lower, "warn") || HasCode(line, 'W')) return LogSeverity::kWarning;
  if (HasWord(lower, "info") || HasWord(lower, "note") || HasCode(line, 'N')) return LogSeverity::kInfo;
  return LogSeverity::kNone;
}

std::optional<uint32_t> TakeNumber(std::string_view text, size_t& at) {
  const size_t begin = at;
  uint64_t value = 0;
  while (at < text.size() && IsDigit(text[at]) && at - begin < 9)
    value = value * 10 + static_cast<uint64_t>(text[at++] - '0');
  if (at == begin || (at < text.size() && IsDigit(text[at]))) return std::nullopt;
  return static_cast<uint32_t>(value);
}

bool IsSource(std::string_view path) {
  return std::ranges::any_of(
      kSuffixes, [&](std::string_view suffix) { return path.size() > suffix.size() && path.ends_with(suffix); });
}

// The line number behind a file's name: "a.v:12", "a.v(12)", "a.v,12", `a.v", 12`, "a.v Line: 12".
std::optional<uint32_t> LineAfter(std::string_view line, size_t at) {
  const auto skip = [&](std::string_view marks) {
    while (at < line.size() && marks.find(line[at]) != std::string_view::npos) ++at;
  };
  const size_t begin = at;
  skip("\"':(, \t");
  if (at == begin) return std::nullopt;
  if (Lower(line.substr(at, 4)) == "line") {
    at += 4;
    skip(": \t");
  } else if (line.substr(begin, at - begin).find_first_of(":(,") == std::string_view::npos) {
    return std::nullopt;  // "a.v 12" is no place
  }
  return TakeNumber(line, at);
}

void AddOnce(std::vector<std::string>& list, std::string_view text) {
  if (list.size() < kMaxPerMessage && std::ranges::find(list, text) == list.end()) list.emplace_back(text);
}

// Runs of path bytes are files or dotted names.
void FindNames(std::string_view line, LogMessage& message) {
  for (size_t at = 0; at < line.size();) {
    if (!IsPathByte(line[at])) {
      ++at;
      continue;
    }
    const size_t begin = at;
    // Selects within a dotted name belong to it: "u_lane[3].q".
    while (at < line.size()) {
      if (IsPathByte(line[at])) {
        ++at;
      } else if (line[at] == '[' && at > begin && graph::IsNameChar(line[at - 1])) {
        size_t end = at + 1;
        while (end < line.size() && (IsDigit(line[end]) || line[end] == ':')) ++end;
        if (end == at + 1 || end == line.size() || line[end] != ']') break;
        at = end + 1;
      } else {
        break;
      }
    }
    std::string_view run = line.substr(begin, at - begin);
    while (!run.empty() && (run.back() == '.' || run.back() == '-')) run.remove_suffix(1);
    if (IsSource(run)) {
      const std::optional<uint32_t> number = LineAfter(line, begin + run.size());
      if (number && *number > 0 && message.places.size() < kMaxPerMessage) {
        const LogPlace place{std::string(run), *number};
        if (std::ranges::find(message.places, place) == message.places.end()) message.places.push_back(place);
      }
      continue;
    }
    while (!run.empty() && !graph::IsNameChar(run.front())) run.remove_prefix(1);
    const size_t dot = run.find('.');
    const bool is_name = !run.empty() && !IsDigit(run.front()) && run.find_first_of("/-+~") == std::string_view::npos;
    const bool is_dotted = dot != std::string_view::npos && run.find("..") == std::string_view::npos;
    if (is_name && is_dotted) AddOnce(message.paths, run);
    const bool in_quotes =
        begin > 0 && at < line.size() && (line[begin - 1] == '\'' || line[begin - 1] == '`') && line[at] == '\'';
    if (is_name && dot == std::string_view::npos && in_quotes) AddOnce(message.names, run);
  }
}

// "[110]" at the front, "@ 110", "@110ns", "Time: 110 ns", "(time 110 NS)", "at time 110", "failed at 110ns".
std::string TimeOf(std::string_view line) {
  const std::string lower = Lower(line);
  const auto number_at = [&](size_t at) -> std::string {
    while (at < line.size() && (line[at] == ' ' || line[at] == ':' || line[at] == '=')) ++at;
    const size_t begin = at;
    while (at < line.size() && (IsDigit(line[at]) || line[at] == '.')) ++at;
    if (at == begin || !IsDigit(line[begin])) return "";
    std::string time(line.substr(begin, at - begin));
    size_t unit = at;
    while (unit < line.size() && line[unit] == ' ') ++unit;
    for (const std::string_view known : {"fs", "ps", "ns", "us", "ms"}) {
      if (lower.compare(unit, 2, known) == 0 && (unit + 2 == line.size() || !graph::IsNameChar(line[unit + 2])))
        return time + std::string(known);
    }
    return time;
  };
  if (line.starts_with('[')) {
    const std::string time = number_at(1);
    const size_t close = line.find(']');
    if (!time.empty() && close != std::string_view::npos) return time;
  }
  for (const std::string_view mark : {"failed at ", "time: ", "(time ", "at time ", "time=", "@ ", "@"}) {
    for (size_t at = lower.find(mark); at != std::string::npos; at = lower.find(mark, at + 1)) {
      if (std::string time = number_at(at + mark.size()); !time.empty()) return time;
    }
  }
  return "";
}

// Whether a line says more of the message before it.
bool Continues(std::string_view line) {
  if (line.empty()) return false;
  if (line.front() == ' ' || line.front() == '\t') return true;
  return line.starts_with("Offending ") || line.starts_with(": ...");
}

// Questa's "# " and Verilator's "%" marks say nothing.
std::string_view Stripped(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
  if (line.starts_with("# ")) line.remove_prefix(2);
  return line;
}

// The message without numbers, to tell repeated ones.
std::string ShapeOf(std::string_view text) {
  std::string shape;
  for (const char c : text) {
    if (!IsDigit(c)) shape += c;
  }
  return shape;
}

}  // namespace

std::string TellingWords(std::string_view message) {
  static const std::set<std::string, std::less<>> kPrinted = {
      "error",  "errors",    "fatal", "warning", "info",    "note",    "expected",  "expect",    "got",
      "actual", "time",      "scope", "failed",  "fail",    "failure", "assert",    "assertion", "mismatch",
      "wrong",  "incorrect", "check", "at",      "line",    "file",    "uvm_error", "uvm_fatal", "uvm_warning",
      "test",   "ns",        "ps",    "us",      "fs",      "started", "offending", "received",  "saw",
      "bad",    "is",        "was",   "has",     "started", "tb",      "dut"};
  std::string words;
  for (size_t at = 0; at < message.size();) {
    if (!IsPathByte(message[at])) {
      ++at;
      continue;
    }
    const size_t begin = at;
    while (at < message.size() && IsPathByte(message[at])) ++at;
    const std::string_view run = message.substr(begin, at - begin);
    if (IsSource(run)) continue;
    for (size_t i = 0; i < run.size();) {
      const size_t word_begin = i;
      while (i < run.size() && graph::IsNameChar(run[i])) ++i;
      const std::string_view word = run.substr(word_begin, i - word_begin);
      if (i == word_begin) {
        ++i;
      } else if (!IsDigit(word.front()) && !kPrinted.contains(Lower(word))) {
        words += (words.empty() ? "" : " ") + std::string(word);
      }
    }
  }
  return words;
}

std::string_view LogSeverityName(LogSeverity severity) {
  static constexpr std::string_view kNames[] = {"", "info", "warning", "error", "fatal"};
  return kNames[static_cast<size_t>(severity)];
}

Log ReadLog(std::string_view text) {
  Log log;
  size_t lines = 0;
  std::vector<LogMessage> all;
  for (size_t begin = 0; begin < text.size() && lines < kMaxLines; ++lines) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = Stripped(text.substr(begin, end - begin));
    begin = end + 1;
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    const bool continues = Continues(line) && !all.empty() && all.back().text.size() < kMaxLogMessageBytes;
    if (!continues) all.emplace_back();
    LogMessage& message = all.back();
    message.text += (message.text.empty() ? "" : "\n") + std::string(line.substr(0, kMaxLogMessageBytes));
    message.severity = std::max(message.severity, continues ? LogSeverity::kNone : SeverityOf(line));
    if (message.time.empty()) message.time = TimeOf(line);
    FindNames(line, message);
  }
  log.truncated = lines == kMaxLines;

  std::set<std::string> shapes;
  for (LogMessage& message : all) {
    if (message.text.size() > kMaxLogMessageBytes) message.text.resize(kMaxLogMessageBytes);
    if (shapes.insert(ShapeOf(message.text)).second) log.messages.push_back(std::move(message));
  }
  if (log.messages.size() > kMaxLogMessages) {
    log.truncated = true;
    std::vector<size_t> order(log.messages.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::stable_sort(order, std::greater<>(), [&](size_t i) { return log.messages[i].severity; });
    order.resize(kMaxLogMessages);
    std::ranges::sort(order);
    std::vector<LogMessage> kept;
    for (const size_t i : order) kept.push_back(std::move(log.messages[i]));
    log.messages = std::move(kept);
  }
  return log;
}

}  // namespace fanin::retriever
