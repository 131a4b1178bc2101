// fanin manual
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>

#include "clients/cli/command.h"
#include "clients/cli/option_text.h"
#include "clients/cli/terminal.h"
#include "service/version.h"

namespace fanin::cli {
namespace {

constexpr std::pair<const char*, const char*> kEnvironment[] = {
    {"FANIN_DATA_DIR",
     "The data directory, where --data-dir is not given; else $XDG_DATA_HOME/fanin, else ~/.local/share/fanin."},
    {"FANIN_MODEL_DIR", "The folder of the embedding model."},
    {"FANIN_PAGER, PAGER", "What shows answers that are longer than the screen; \"cat\" or nothing: no pager."},
    {"NO_COLOR", "Where it is set and not empty, nothing is coloured."},
};

// Text as roff shows it unchanged.
std::string Escape(std::string_view text) {
  std::string escaped;
  bool at_start = true;
  for (const char c : text) {
    if (at_start && (c == '.' || c == '\'')) escaped += "\\&";
    if (c == '\\') {
      escaped += "\\e";
    } else if (c == '-') {
      escaped += "\\-";
    } else {
      escaped += c;
    }
    at_start = c == '\n';
  }
  return escaped;
}

std::string Entry(const std::string& names, const std::string& value, const std::string& description) {
  return ".TP\n.B " + Escape(names) + (value.empty() ? "" : "\\fR " + Escape(value)) + "\n" + Escape(description) +
         "\n";
}

std::string Entries(const std::vector<const CLI::Option*>& options) {
  std::string page;
  for (const CLI::Option* option : options) {
    const OptionText text = TextOf(*option);
    if (text.names != "-h, --help") page += Entry(text.names, text.value, text.description);
  }
  return page;
}

// A command, and those below it.
std::string Section(const CLI::App& command, const std::string& above) {
  const std::string name = above + " " + command.get_name();
  std::string page;
  const std::vector<const CLI::App*> below = CommandsOf(command);
  if (below.empty()) {
    page += ".SS " + Escape(name + " " + UsageOf(command)) + "\n" + Escape(command.get_description()) + ".\n";
    page += Entries(ArgumentsOf(command)) + Entries(FlagsOf(command));
    if (!command.get_footer().empty()) page += ".PP\n.nf\n" + Escape(command.get_footer()) + "\n.fi\n";
  }
  for (const CLI::App* each : below) page += Section(*each, name);
  return page;
}

std::string Page(const CLI::App& app) {
  std::string page = ".TH FANIN 1 \"\" \"fanin " + std::string(service::Version()) + "\" \"User Commands\"\n";
  page += ".SH NAME\nfanin \\- finds the right few hundred lines of RTL out of a million\n";
  page += ".SH SYNOPSIS\n.B fanin\n.I COMMAND\n[ARGUMENTS] [OPTIONS]\n";
  page += ".SH OPTIONS OF ALL COMMANDS\nBefore or after the command's name.\n" + Entries(FlagsOf(app));
  page += ".SH COMMANDS\n";
  for (const CLI::App* command : CommandsOf(app)) page += Section(*command, "fanin");
  page += ".SH EXIT STATUS\n" + Escape(app.get_footer()) + "\n.SH ENVIRONMENT\n";
  for (const auto& [name, description] : kEnvironment) page += Entry(name, "", description);
  return page;
}

}  // namespace

void AddManualCommand(CLI::App& app, Run& run) {
  CLI::App* command =
      app.add_subcommand("manual", "Show the manual page of all commands; not on a terminal: print its source");
  command->footer("As a file: fanin manual >~/.local/share/man/man1/fanin.1");
  command->callback([&app, &run] {
    run = [&app](Session&) {
      const std::string page = Page(app);
      std::FILE* man = IsTerminal(stdout) ? ::popen("man -l -", "w") : nullptr;
      if (man == nullptr) {
        std::cout << page;
        return Exit::kFound;
      }
      std::fwrite(page.data(), 1, page.size(), man);
      return ::pclose(man) == 0 ? Exit::kFound : Exit::kBadData;
    };
  });
}

}  // namespace fanin::cli
