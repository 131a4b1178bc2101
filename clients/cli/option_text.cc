#include "clients/cli/option_text.h"

#include <algorithm>
#include <cctype>

namespace fanin::cli {
namespace {

// Longer lists stand in the description.
constexpr size_t kMaxChoicesLength = 30;

bool IsUnlimited(const CLI::Option& option) {
  return option.get_expected_max() >= CLI::detail::expected_max_vector_size;
}

// What lies between two marks of a text; empty where it does not.
std::string Between(const std::string& text, const std::string& begin, const std::string& end) {
  const size_t from = text.find(begin);
  const size_t to = from == std::string::npos ? from : text.find(end, from + begin.size());
  return to == std::string::npos ? "" : text.substr(from + begin.size(), to - from - begin.size());
}

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::string Join(const std::vector<std::string>& parts, const std::string& separator) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : separator) + part;
  return text;
}

std::string NamesOf(const std::set<CLI::Option*>& options) {
  std::vector<std::string> names;
  for (const CLI::Option* option : options) names.push_back(option->get_name());
  return Join(names, ", ");
}

void Collect(const CLI::App& command, bool positional, std::vector<const CLI::Option*>& options) {
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_positional() == positional && !option->get_group().empty()) options.push_back(option);
  }
  for (const CLI::App* group : command.get_subcommands([](const CLI::App* app) { return app->get_name().empty(); })) {
    Collect(*group, positional, options);
  }
}

}  // namespace

std::string KindOf(const CLI::Option& option) {
  // CLI11 appends what validators say: "UINT:INT in [1 - 64]", "TEXT:{tree,dot}".
  const std::string name = option.get_type_name();
  return name.substr(0, name.find(':'));
}

OptionText TextOf(const CLI::Option& option) {
  OptionText text;
  if (option.get_positional()) {
    text.names = option.get_name(/*positional=*/true);
  } else {
    std::vector<std::string> names;
    for (const std::string& name : option.get_snames()) names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
    text.names = Join(names, ", ");
  }
  text.description = option.get_description();
  if (option.get_expected_max() == 0) return text;
  const std::string type = option.get_type_name();
  text.choices = Split(Between(type, ":{", "}"), ',');
  const std::string kind = KindOf(option);
  text.value = kind == "UINT" || kind == "INT" ? "N" : kind;
  std::vector<std::string> notes;
  if (const std::string choices = Join(text.choices, "|"); choices.size() > kMaxChoicesLength) {
    notes.push_back("one of " + Join(text.choices, ", "));
  } else if (!choices.empty()) {
    text.value = choices;
  }
  if (std::string range = Between(type, " in [", "]"); !range.empty()) {
    range.replace(range.find(" - "), 3, " to ");
    notes.push_back(range);
  }
  if (!option.get_default_str().empty()) notes.push_back("default: " + option.get_default_str());
  if (IsUnlimited(option) && option.nonpositional()) notes.push_back("several may be given");
  if (!option.get_needs().empty()) notes.push_back("with " + NamesOf(option.get_needs()));
  if (!option.get_excludes().empty()) notes.push_back("not with " + NamesOf(option.get_excludes()));
  if (!notes.empty()) text.description += " (" + Join(notes, "; ") + ")";
  return text;
}

std::vector<const CLI::Option*> ArgumentsOf(const CLI::App& command) {
  std::vector<const CLI::Option*> options;
  Collect(command, /*positional=*/true, options);
  return options;
}

std::vector<const CLI::Option*> FlagsOf(const CLI::App& command) {
  std::vector<const CLI::Option*> options;
  Collect(command, /*positional=*/false, options);
  return options;
}

std::vector<const CLI::App*> CommandsOf(const CLI::App& command) {
  return command.get_subcommands(
      [](const CLI::App* app) { return !app->get_name().empty() && !app->get_group().empty(); });
}

std::string UsageOf(const CLI::App& command) {
  std::string usage;
  for (const CLI::Option* argument : ArgumentsOf(command)) {
    std::string name = argument->get_name(/*positional=*/true);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
    if (IsUnlimited(*argument)) name += "...";
    usage += (usage.empty() ? "" : " ") + (argument->get_required() ? name : "[" + name + "]");
  }
  return usage;
}

}  // namespace fanin::cli
