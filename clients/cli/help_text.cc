#include "clients/cli/help_text.h"

#include <algorithm>
#include <sstream>

#include "clients/cli/option_text.h"
#include "clients/cli/terminal.h"

namespace fanin::cli {
namespace {

constexpr size_t kNamesWidth = 30;
// Longer lines are hard to read; shorter ones leave nothing for the text.
constexpr size_t kMaxWidth = 120;
constexpr size_t kMinTextWidth = 40;

}  // namespace

HelpText::HelpText() : width_(std::min(TerminalWidth(stdout), kMaxWidth)) { column_width(kNamesWidth); }

std::string HelpText::Wrap(const std::string& text) const {
  const size_t width = std::max(width_ - std::min(width_, kNamesWidth), kMinTextWidth);
  std::string wrapped;
  size_t used = 0;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (used > 0) {
      const bool fits = used + 1 + word.size() <= width;
      wrapped += fits ? ' ' : '\n';
      used = fits ? used + 1 : 0;
    }
    wrapped += word;
    used += word.size();
  }
  return wrapped;
}

std::string HelpText::make_option_opts(const CLI::Option* option) const {
  const OptionText text = TextOf(*option);
  return text.value.empty() ? "" : " " + text.value;
}

std::string HelpText::make_option_desc(const CLI::Option* option) const { return Wrap(TextOf(*option).description); }

std::string HelpText::make_subcommand(const CLI::App* command) const {
  std::ostringstream out;
  CLI::detail::format_help(out, command->get_name(), Wrap(command->get_description()), kNamesWidth);
  return out.str();
}

std::string HelpText::make_usage(const CLI::App* command, std::string name) const {
  std::string usage = "Usage: " + name;
  if (!CommandsOf(*command).empty()) usage += " COMMAND";
  if (const std::string arguments = UsageOf(*command); !arguments.empty()) usage += " " + arguments;
  return usage + " [OPTIONS]\n";
}

}  // namespace fanin::cli
