#include "retriever/query_pattern.h"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

namespace fanin::retriever {
namespace {

// Bounds the automaton of a hostile pattern.
constexpr int64_t kMaxRegexBytes = 4 << 20;

RE2::Options RegexOptions() {
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);
  options.set_log_errors(false);
  options.set_case_sensitive(false);
  options.set_max_mem(kMaxRegexBytes);
  return options;
}

// A glob as a regex without anchors. In a path "*" and "?" stay within a component and "**" crosses them.
std::string GlobRegex(std::string_view glob, bool path) {
  std::string regex;
  for (size_t i = 0; i < glob.size(); ++i) {
    if (glob[i] == '*') {
      bool crosses = i + 1 < glob.size() && glob[i + 1] == '*';
      if (crosses) ++i;
      regex += path && !crosses ? "[^/]*" : "(?s:.*)";
    } else if (glob[i] == '?') {
      regex += path ? "[^/]" : "(?s:.)";
    } else {
      regex += RE2::QuoteMeta(re2::StringPiece(glob.data() + i, 1));
    }
  }
  return regex;
}

base::Result<std::shared_ptr<const RE2>> Compile(const std::string& regex) {
  auto compiled = std::make_shared<const RE2>(regex, RegexOptions());
  if (!compiled->ok()) return base::Fail(base::Code::kInvalidArgument, "bad regular expression: " + compiled->error());
  return compiled;
}

// The literal that a regex anchored at its start begins with.
std::string AnchoredPrefix(const RE2& regex) {
  std::string low;
  std::string high;
  const std::string& pattern = regex.pattern();
  if (pattern.empty() || pattern[0] != '^' || !regex.PossibleMatchRange(&low, &high, 64)) return "";
  // Matching ignores case, so the range begins in upper case: [FIFO, fifo\xff]. Its common prefix in lower case holds.
  std::string low_lower = LowerCase(low);
  std::string high_lower = LowerCase(high);
  auto end = std::mismatch(low_lower.begin(), low_lower.end(), high_lower.begin(), high_lower.end()).first;
  return {low_lower.begin(), end};
}

bool NeedsQuotes(std::string_view text) {
  if (text.empty() || text[0] == '/') return true;
  return std::ranges::any_of(text, [](char c) {
    auto byte = static_cast<uint8_t>(c);
    return byte <= ' ' || byte == 0x7f || c == '"' || c == '(' || c == ')' || c == '*' || c == '?';
  });
}

}  // namespace

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string Quote(std::string_view text) {
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

std::string Pattern::ToString() const {
  switch (type) {
    case Type::kLiteral: return NeedsQuotes(text) ? Quote(text) : text;
    case Type::kGlob: return text;
    case Type::kRegex: break;
  }
  std::string out = "/";
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      out += text[i++];
    } else if (text[i] == '/') {
      out += '\\';
    }
    out += text[i];
  }
  return out + "/";
}

base::Result<PatternMatcher> PatternMatcher::ForTerms(const Pattern& pattern) {
  PatternMatcher matcher;
  switch (pattern.type) {
    case Pattern::Type::kLiteral: matcher.prefix_ = LowerCase(pattern.text); return matcher;
    case Pattern::Type::kGlob: {
      FANIN_ASSIGN_OR_RETURN(matcher.regex_, Compile("^" + GlobRegex(pattern.text, false) + "$"));
      matcher.prefix_ = LowerCase(std::string_view(pattern.text).substr(0, pattern.text.find_first_of("*?")));
      return matcher;
    }
    case Pattern::Type::kRegex: {
      FANIN_ASSIGN_OR_RETURN(matcher.regex_, Compile(pattern.text));
      matcher.prefix_ = AnchoredPrefix(*matcher.regex_);
      return matcher;
    }
  }
  return matcher;
}

base::Result<PatternMatcher> PatternMatcher::ForPaths(const Pattern& pattern) {
  PatternMatcher matcher;
  if (pattern.type == Pattern::Type::kRegex) {
    FANIN_ASSIGN_OR_RETURN(matcher.regex_, Compile(pattern.text));
    return matcher;
  }
  std::string_view text = pattern.text;
  bool folder_only = text.ends_with('/');
  if (folder_only) text.remove_suffix(1);
  std::string body = pattern.type == Pattern::Type::kGlob ? GlobRegex(text, true)
                                                          : RE2::QuoteMeta(re2::StringPiece(text.data(), text.size()));
  FANIN_ASSIGN_OR_RETURN(matcher.regex_, Compile("(?:^|/)(?:" + body + (folder_only ? ")/" : ")(?:/|$)")));
  return matcher;
}

bool PatternMatcher::Matches(std::string_view text) const {
  if (regex_ == nullptr) return text == prefix_;
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *regex_);
}

}  // namespace fanin::retriever
