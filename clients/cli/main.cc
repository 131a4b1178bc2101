// The program `fanin`. Commands, flags and exit codes: docs/cli.md.
#include <glog/logging.h>

#include "clients/cli/command.h"
#include "clients/cli/session.h"
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
  app.add_option("--repo", flags.repositories, "Repository to ask; may be given more than once; default: all")
      ->allow_extra_args(false);
  app.add_option("--snapshot", flags.snapshot,
                 "Ask this snapshot of the repository: its number, or a commit that was indexed; default: the newest");
  app.add_option("--data-dir", flags.data_dir,
                 "Data directory; default: $FANIN_DATA_DIR, else $XDG_DATA_HOME/fanin, else ~/.local/share/fanin");
  app.add_option("--server", flags.server, "Ask the server at host:port instead of a data directory");
  app.add_flag("--json", flags.json, "Print the answer's message in proto3 JSON");
  app.add_flag("--quiet", flags.quiet, "No progress, no remarks on stderr");
}

}  // namespace

int main(int argc, char** argv) {
  CommonFlags flags;
  fanin::cli::Run run;
  CLI::App app("Finds the right few hundred lines of RTL out of a million.", "fanin");
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
  fanin::cli::AddWatchCommand(app, run);
  fanin::cli::AddDiffCommand(app, run);
  app.footer("Exit codes: 0 found or done, 1 nothing found, 2 wrong usage, 3 bad data or input, 4 server unreachable.");
  // CLI11 reports by exception; this is the adapter that calls it.
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(Exit::kUsage);
  }
  StartLogging(argv[0], app.got_subcommand("serve"));
  fanin::cli::Session session(flags);
  return static_cast<int>(run(session));
}
