#include "retriever/query_values.h"

#include <algorithm>
#include <array>

namespace fanin::retriever {
namespace {

using graph::NodeKind;

constexpr std::string_view kDefinitionClass = "definition";
constexpr std::string_view kBlockClass = "block";
constexpr std::string_view kAlwaysClass = "always";
constexpr std::string_view kSignalClass = "signal";

struct Language {
  std::string_view extension;
  std::string_view name;
};
constexpr std::array kLanguages = {
    Language{".v", "verilog"},         Language{".vh", "verilog"},  Language{".sv", "systemverilog"},
    Language{".svh", "systemverilog"}, Language{".md", "markdown"}, Language{".rst", "rst"},
    Language{".hjson", "hjson"},       Language{".rdl", "rdl"},
};
constexpr std::string_view kSystemVerilogShort = "sv";

// Licences that let the work be used without publishing what it is used in, lower case. A "*" at the end stands for any
// version. Everything else that is known counts as copyleft.
constexpr std::array<std::string_view, 19> kPermissive = {
    "mit",          "mit-0",     "apache-2.0", "bsd-*",      "0bsd",    "isc",  "shl-*",
    "cern-ohl-p-*", "unlicense", "cc0-1.0",    "zlib",       "bsl-1.0", "ncsa", "x11",
    "cc-by-4.0",    "cc-by-3.0", "postgresql", "python-2.0", "wtfpl"};

bool IsInClass(NodeKind kind, std::string_view name) {
  if (name == kDefinitionClass) return IsDefinition(kind);
  if (name == kBlockClass) return IsBlock(kind);
  if (name == kSignalClass) return kind == NodeKind::kPort || kind == NodeKind::kSignal;
  return name == kAlwaysClass && NodeKindName(kind).starts_with(kAlwaysClass);
}

bool IsPermissive(std::string_view id) {
  size_t exception = id.find(" with ");
  id = id.substr(0, exception);
  return std::ranges::any_of(kPermissive, [id](std::string_view entry) {
    return entry.ends_with('*') ? id.starts_with(entry.substr(0, entry.size() - 1)) : id == entry;
  });
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t()";
  size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

// Calls visit for each part between separators. Parentheses are not needed: files' headers hardly ever nest.
template <typename Visit>
void ForEachPart(std::string_view text, std::string_view separator, Visit visit) {
  while (true) {
    size_t end = text.find(separator);
    visit(Trim(text.substr(0, end)));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + separator.size());
  }
}

bool IsPermissiveExpression(std::string_view expression) {
  bool all = true;
  ForEachPart(expression, " and ", [&all](std::string_view part) {
    bool any = false;
    ForEachPart(part, " or ", [&any](std::string_view id) { any = any || IsPermissive(id); });
    all = all && any;
  });
  return all;
}

}  // namespace

KindSet KindsOf(const Pattern& value) {
  KindSet kinds;
  auto matcher = PatternMatcher::ForTerms(value);
  if (!matcher.has_value()) return kinds;
  for (int i = 0; i < graph::kNodeKindCount; ++i) {
    auto kind = static_cast<NodeKind>(i);
    const bool by_class = matcher->literal() != nullptr && IsInClass(kind, *matcher->literal());
    if (by_class || matcher->Matches(NodeKindName(kind))) kinds.set(static_cast<size_t>(i));
  }
  return kinds;
}

std::vector<std::string_view> KindValueNames() {
  std::vector<std::string_view> names = {kDefinitionClass, kBlockClass};
  for (int i = 0; i < graph::kNodeKindCount; ++i) names.push_back(NodeKindName(static_cast<NodeKind>(i)));
  return names;
}

std::vector<std::string_view> LanguagesOf(const Pattern& value) {
  std::vector<std::string_view> languages;
  auto matcher = PatternMatcher::ForTerms(value);
  if (!matcher.has_value()) return languages;
  for (const Language& language : kLanguages) {
    bool by_short =
        matcher->literal() != nullptr && *matcher->literal() == kSystemVerilogShort && language.name == "systemverilog";
    if ((by_short || matcher->Matches(language.name)) &&
        std::ranges::find(languages, language.name) == languages.end()) {
      languages.push_back(language.name);
    }
  }
  return languages;
}

std::vector<std::string_view> LanguageNames() {
  std::vector<std::string_view> names = {kSystemVerilogShort};
  for (const Language& language : kLanguages) {
    if (std::ranges::find(names, language.name) == names.end()) names.push_back(language.name);
  }
  return names;
}

std::string_view LanguageOfPath(std::string_view path) {
  size_t dot = path.find_last_of("./");
  if (dot == std::string_view::npos || path[dot] != '.') return {};
  std::string extension = LowerCase(path.substr(dot));
  for (const Language& language : kLanguages) {
    if (language.extension == extension) return language.name;
  }
  return {};
}

bool LicenseMatches(const Pattern& value, const PatternMatcher& matcher, std::string_view expression) {
  if (matcher.literal() != nullptr) {
    const std::string& literal = *matcher.literal();
    if (literal == "unknown") return expression.empty();
    if (literal == "permissive") return !expression.empty() && IsPermissiveExpression(expression);
    if (literal == "copyleft") return !expression.empty() && !IsPermissiveExpression(expression);
  }
  if (expression.empty()) return false;
  if (value.type == Pattern::Type::kRegex && matcher.Matches(expression)) return true;
  bool any = false;
  ForEachPart(expression, " and ", [&](std::string_view part) {
    ForEachPart(part, " or ", [&](std::string_view id) { any = any || matcher.Matches(id); });
  });
  return any;
}

}  // namespace fanin::retriever
