#include "graph/expression_text.h"

#include <algorithm>
#include <cctype>

namespace fanin::graph {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }
bool IsOperatorChar(char c) { return std::string_view("&|^~!=<>+-*/%?:").find(c) != std::string_view::npos; }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

// The end of a string literal that begins at `begin`.
size_t EndOfString(std::string_view text, size_t begin) {
  size_t end = begin + 1;
  while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
  return std::min(end + 1, text.size());
}

// The end of a comment that begins at `begin`; `begin`: there is none.
size_t EndOfComment(std::string_view text, size_t begin) {
  if (text.substr(begin, 2) == "//") return std::min(text.find('\n', begin), text.size());
  if (text.substr(begin, 2) != "/*") return begin;
  const size_t end = text.find("*/", begin + 2);
  return end == std::string_view::npos ? text.size() : end + 2;
}

// Calls visit(position) for each byte outside of brackets and strings until it returns false.
template <typename Visit>
void ForEachOutside(std::string_view text, const Visit& visit) {
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      i = EndOfString(text, i) - 1;
    } else if (c == '(' || c == '[' || c == '{') {
      ++depth;
    } else if (c == ')' || c == ']' || c == '}') {
      --depth;
    } else if (depth == 0 && !visit(i)) {
      return;
    }
  }
}

// Whether the operator stands at a place, and not as a part of a longer one.
bool IsOperatorAt(std::string_view text, size_t at, std::string_view op) {
  if (text.substr(at, op.size()) != op) return false;
  if (!IsOperatorChar(op.front())) return true;
  const bool longer_before = at > 0 && IsOperatorChar(text[at - 1]);
  const char after = at + op.size() < text.size() ? text[at + op.size()] : ' ';
  return !longer_before && (!IsOperatorChar(after) || after == '!' || after == '~' || after == '-');
}

}  // namespace

bool IsNameChar(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$'; }

std::string CollapseSource(std::string_view text, size_t limit_bytes) {
  std::string out;
  bool blank = false;
  for (size_t i = 0; i < text.size() && out.size() <= limit_bytes;) {
    size_t end = EndOfComment(text, i);
    if (end > i || IsBlank(text[i])) {
      blank = true;
      i = std::max(end, i + 1);
      continue;
    }
    end = text[i] == '"' ? EndOfString(text, i) : i + 1;
    if (blank && !out.empty()) out += ' ';
    blank = false;
    out += text.substr(i, end - i);
    i = end;
  }
  if (out.size() > limit_bytes) {
    while (limit_bytes > 0 && (static_cast<unsigned char>(out[limit_bytes]) & 0xc0) == 0x80) --limit_bytes;
    out.resize(limit_bytes);
    out += "...";
  }
  return out;
}

std::string_view Unwrap(std::string_view text) {
  text = Trim(text);
  while (text.size() >= 2 && text.front() == '(' && text.back() == ')') {
    // The first parenthesis must close at the end: nothing stands outside before that.
    int depth = 0;
    size_t close = 0;
    for (size_t i = 0; i < text.size() && close == 0; ++i) {
      depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
      if (depth == 0) close = i;
    }
    if (close + 1 != text.size()) break;
    text = Trim(text.substr(1, text.size() - 2));
  }
  return text;
}

std::vector<std::string_view> SplitOperands(std::string_view text, std::string_view op) {
  std::vector<std::string_view> operands;
  size_t begin = 0;
  ForEachOutside(text, [&](size_t at) {
    if (at >= begin && IsOperatorAt(text, at, op)) {
      operands.push_back(Trim(text.substr(begin, at - begin)));
      begin = at + op.size();
    }
    return true;
  });
  operands.push_back(Trim(text.substr(begin)));
  if (std::ranges::any_of(operands, &std::string_view::empty)) return {Trim(text)};
  return operands;
}

std::optional<Choice> SplitChoice(std::string_view text) {
  size_t question = std::string_view::npos, colon = std::string_view::npos;
  int open = 0;
  ForEachOutside(text, [&](size_t at) {
    if (text[at] == '?') {
      if (open++ == 0) question = at;
    } else if (text[at] == ':' && open > 0) {
      const bool is_scope = text.substr(at, 2) == "::" || (at > 0 && text[at - 1] == ':');
      if (!is_scope && --open == 0) colon = at;
    }
    return colon == std::string_view::npos;
  });
  if (colon == std::string_view::npos) return std::nullopt;
  return Choice{Trim(text.substr(0, question)), Trim(text.substr(question + 1, colon - question - 1)),
                Trim(text.substr(colon + 1))};
}

std::optional<AssignmentText> SplitAssignment(std::string_view text) {
  if (text.starts_with("assign ")) text.remove_prefix(7);
  size_t left_end = 0, right_begin = 0;
  ForEachOutside(text, [&](size_t at) {
    if (IsOperatorAt(text, at, "=")) {
      left_end = at;
      right_begin = at + 1;
    } else if (IsOperatorAt(text, at, "<=")) {
      left_end = at;
      right_begin = at + 2;
    }
    return right_begin == 0;
  });
  if (right_begin == 0) return std::nullopt;
  AssignmentText sides{Trim(text.substr(0, left_end)), Trim(text.substr(right_begin))};
  while (sides.right.ends_with(';')) sides.right = Trim(sides.right.substr(0, sides.right.size() - 1));
  if (sides.right.starts_with('#')) {
    size_t end = sides.right.find(' ');
    if (sides.right.starts_with("#(")) end = sides.right.find(')');
    if (end == std::string_view::npos) return std::nullopt;
    sides.right = Trim(sides.right.substr(end + 1));
  }
  if (sides.left.empty() || sides.right.empty()) return std::nullopt;
  return sides;
}

std::optional<uint64_t> LiteralValue(std::string_view text) {
  text = Trim(text);
  const size_t quote = text.find('\'');
  std::string_view digits = text;
  int base = 10;
  if (quote != std::string_view::npos) {
    const std::string_view size = text.substr(0, quote);
    if (!std::ranges::all_of(size, [](unsigned char c) { return std::isdigit(c) != 0; })) return std::nullopt;
    digits = Trim(text.substr(quote + 1));
    if (size.empty() && (digits == "0" || digits == "1")) return digits == "1" ? ~uint64_t{0} : 0;
    if (!digits.empty() && (digits.front() == 's' || digits.front() == 'S')) digits.remove_prefix(1);
    if (digits.empty()) return std::nullopt;
    switch (std::tolower(static_cast<unsigned char>(digits.front()))) {
      case 'b': base = 2; break;
      case 'o': base = 8; break;
      case 'd': base = 10; break;
      case 'h': base = 16; break;
      default: return std::nullopt;
    }
    digits = Trim(digits.substr(1));
  }
  if (digits.empty() || digits.front() == '_') return std::nullopt;
  uint64_t value = 0;
  for (const char c : digits) {
    if (c == '_') continue;
    const int digit = std::isdigit(static_cast<unsigned char>(c)) != 0 ? c - '0'
                      : std::isxdigit(static_cast<unsigned char>(c)) != 0
                          ? std::tolower(static_cast<unsigned char>(c)) - 'a' + 10
                          : base;
    if (digit >= base) return std::nullopt;
    if (value > (~uint64_t{0} - static_cast<uint64_t>(digit)) / static_cast<uint64_t>(base)) return std::nullopt;
    value = value * static_cast<uint64_t>(base) + static_cast<uint64_t>(digit);
  }
  return value;
}

bool IsName(std::string_view text) {
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text.front())) != 0) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsNameChar(text[i])) continue;
    if (text.substr(i, 2) != "::" || i == 0 || i + 2 >= text.size()) return false;
    ++i;
  }
  return true;
}

std::string_view LastOfScoped(std::string_view name) {
  const size_t scope = name.rfind("::");
  return scope == std::string_view::npos ? name : name.substr(scope + 2);
}

std::string MemberOf(std::string_view text, std::string_view signal) {
  std::string member;
  if (!text.starts_with(signal)) return member;
  text.remove_prefix(signal.size());
  int selects = 0;
  for (const char c : text) {
    if (c == '[') ++selects;
    const bool is_path = IsNameChar(c) || c == '.';
    if (selects == 0 && (!is_path || (member.empty() && c != '.'))) return "";
    if (selects == 0) member += c;
    if (c == ']') --selects;
  }
  return member;
}

}  // namespace fanin::graph
