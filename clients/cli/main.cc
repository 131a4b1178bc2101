// The program `fanin`. Commands, flags and exit codes: docs/cli.md.
#include <glog/logging.h>

#include <algorithm>
#include <iostream>
#include <optional>

#include "base/spelling.h"
#include "clients/cli/command.h"
#include "clients/cli/help_text.h"
#include "clients/cli/option_text.h"
#include "clients/cli/session.h"
#include "clients/cli/terminal.h"
#include "service/version.h"

namespace {

using fanin::cli::CommonFlags;
using fanin::cli::Exit;

// One key=value line a record, on stderr. Only the server has something to log; commands print what they have to say.
void StartLogging(const char* program, bool is_server) {
  FLAGS_logtostderr = true;
  FLAGS_minloglevel = is_server ? google::GLOG_INFO : google::GLOG_FATAL;
  google::InitGoogleLogging(program);
}

void AddCommonFlags(CLI::App& app, CommonFlags& flags) {
  app.add_option("--repo", flags.repositories, "Repository to ask; default: all")
      ->type_name(fanin::cli::kRepository)
      ->allow_extra_args(false);
  app.add_option("--snapshot", flags.snapshot,
                 "Ask this snapshot of the repository: its number, or a commit that was indexed; default: the newest")
      ->type_name(fanin::cli::kSnapshot);
  app.add_option("--data-dir", flags.data_dir,
                 "Data directory; default: $FANIN_DATA_DIR, else $XDG_DATA_HOME/fanin, else ~/.local/share/fanin")
      ->type_name(fanin::cli::kFolder);
  app.add_option("--server", flags.server, "Ask the server at host:port, or unix:/path, instead of a data directory")
      ->type_name(fanin::cli::kAddress);
  app.add_option("--token-file", flags.token_file,
                 "File with the token for the server; default: $FANIN_TOKEN_FILE, else the token in $FANIN_TOKEN")
      ->envname("FANIN_TOKEN_FILE")
      ->type_name(fanin::cli::kFile);
  app.add_option(
         "--tls-ca", flags.tls_ca,
         "Ask the server over TLS, with these authorities (PEM), or 'system' for those of this machine; default: "
         "$FANIN_TLS_CA, else no TLS")
      ->envname("FANIN_TLS_CA")
      ->type_name(fanin::cli::kFile);
  app.add_option("--tls-cert", flags.tls_cert, "Certificate to show the server (PEM); default: $FANIN_TLS_CERT")
      ->envname("FANIN_TLS_CERT")
      ->type_name(fanin::cli::kFile);
  app.add_option("--tls-key", flags.tls_key, "Its key (PEM); default: $FANIN_TLS_KEY")
      ->envname("FANIN_TLS_KEY")
      ->type_name(fanin::cli::kFile);
  app.add_flag("--json", flags.json, "Print the answer's message in proto3 JSON");
  app.add_flag("--quiet", flags.quiet, "No progress, no remarks on stderr");
}

// What the first word that the program does not know was to be: a command, or a flag.
std::string MeantInstead(const CLI::App& app, int argc, char** argv) {
  const CLI::App* chosen = &app;
  std::vector<std::string> commands;
  std::vector<std::string> flags;
  const auto know = [&](const CLI::App& command) {
    commands.clear();
    for (const CLI::App* below : fanin::cli::CommandsOf(command)) commands.push_back(below->get_name());
    for (const CLI::Option* option : fanin::cli::FlagsOf(command)) {
      for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
    }
  };
  know(app);
  for (int i = 1; i < argc; ++i) {
    const std::string word = std::string(argv[i]).substr(0, std::string(argv[i]).find('='));
    const bool is_flag = word.starts_with("--");
    if (!is_flag && commands.empty()) continue;
    if (const auto below = std::ranges::find(commands, word); !is_flag && below != commands.end()) {
      chosen = chosen->get_subcommand(word);
      know(*chosen);
      continue;
    }
    const std::vector<std::string>& known = is_flag ? flags : commands;
    if (std::ranges::find(known, word) != known.end()) continue;
    const std::vector<std::string> near = fanin::base::NearestNames(word, known, 1);
    if (!near.empty()) return near.front();
  }
  return "";
}

// Commands whose answers may be longer than a screen, and which end.
bool IsForReading(const CLI::App& app) {
  constexpr const char* kCommands[] = {"search", "query", "trace", "tree", "show", "fsm", "diff", "context"};
  return std::ranges::any_of(kCommands, [&](const char* name) { return app.got_subcommand(name); });
}

}  // namespace

int main(int argc, char** argv) {
  CommonFlags flags;
  fanin::cli::Run run;
  CLI::App app("Finds the right few hundred lines of RTL out of a million.", "fanin");
  app.formatter(std::make_shared<fanin::cli::HelpText>());
  app.set_version_flag("--version", "fanin " + std::string(fanin::service::Version()));
  app.require_subcommand(1);
  app.fallthrough();
  AddCommonFlags(app, flags);
  fanin::cli::AddIndexCommand(app, run);
  fanin::cli::AddSearchCommand(app, run);
  fanin::cli::AddQueryCommand(app, run);
  fanin::cli::AddTraceCommand(app, run);
  fanin::cli::AddTreeCommand(app, run);
  fanin::cli::AddShowCommand(app, run);
  fanin::cli::AddFsmCommand(app, run);
  fanin::cli::AddContextCommand(app, run);
  fanin::cli::AddExportCommand(app, run);
  fanin::cli::AddStatusCommand(app, run);
  fanin::cli::AddDoctorCommand(app, run);
  fanin::cli::AddRepoCommand(app, run);
  fanin::cli::AddServeCommand(app, run);
  fanin::cli::AddTokenCommand(app, run);
  fanin::cli::AddSnapshotCommand(app, run);
  fanin::cli::AddWatchCommand(app, run);
  fanin::cli::AddDiffCommand(app, run);
  fanin::cli::AddPythonCommands(app, run);
  fanin::cli::AddCompletionCommand(app, run);
  fanin::cli::AddManualCommand(app, run);
  app.footer("Exit codes: 0 found or done, 1 nothing found, 2 wrong usage, 3 bad data or input, 4 server unreachable.");
  if (argc > 2 && std::string_view(argv[1]) == fanin::cli::kCompleteCommand) {
    return static_cast<int>(fanin::cli::PrintCompletion(app, std::vector<std::string>(argv + 2, argv + argc)));
  }
  // CLI11 reports by exception; this is the adapter that calls it.
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    if (code == 0) return 0;
    const std::string meant = MeantInstead(app, argc, argv);
    if (!meant.empty()) std::cerr << "Did you mean " << meant << "?" << std::endl;
    return static_cast<int>(Exit::kUsage);
  }
  StartLogging(argv[0], app.got_subcommand("serve"));
  fanin::cli::Session session(flags);
  std::optional<fanin::cli::Pager> pager;
  if (!flags.json && IsForReading(app)) pager.emplace();
  return static_cast<int>(run(session));
}
