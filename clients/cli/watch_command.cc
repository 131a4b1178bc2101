// fanin watch
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <memory>

#include "clients/cli/command.h"
#include "clients/cli/index_run.h"
#include "clients/cli/option_text.h"
#include "clients/cli/progress.h"
#include "clients/cli/terminal.h"
#include "service/folder_watcher.h"
#include "service/grpc_server.h"
#include "service/server_config.h"

namespace fanin::cli {
namespace {

struct WatchFlags {
  IndexFlags index;
  std::string listen;
  uint32_t debounce_ms = 50;
};

// SIGINT and SIGTERM as a descriptor that becomes readable. There is one at a time. A handler, and not a blocked
// signal: libraries have threads before any code of ours runs, which would take the signal.
class StopSignals {
 public:
  StopSignals() {
    FANIN_CHECK(::pipe2(pipe_, O_CLOEXEC | O_NONBLOCK) == 0);
    struct sigaction action {};
    action.sa_flags = SA_RESTART;
    action.sa_handler = [](int) {
      const int saved_errno = errno;
      [[maybe_unused]] const ssize_t written = ::write(pipe_[1], "x", 1);
      errno = saved_errno;
    };
    for (const int signal : {SIGINT, SIGTERM}) {
      struct sigaction before {};
      FANIN_CHECK(::sigaction(signal, &action, &before) == 0);
      // A shell ignores SIGINT for what it starts in the background.
      if (before.sa_handler == SIG_IGN) ::sigaction(signal, &before, nullptr);
    }
  }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  int descriptor() const { return pipe_[0]; }
  bool arrived() const {
    pollfd polled{descriptor(), POLLIN, 0};
    return ::poll(&polled, 1, 0) > 0;
  }

 private:
  static inline int pipe_[2] = {-1, -1};  // open until the process ends, as the handler may run until then
};

std::string TimeOfDay() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char text[16];
  std::strftime(text, sizeof text, "%H:%M:%S", &local);
  return text;
}

std::string ChangesText(const service::FolderChanges& changes) {
  std::string text;
  for (const std::string& path : changes.paths) text += (text.empty() ? "" : ", ") + path;
  if (changes.more > 0) text += " and " + std::to_string(changes.more) + " more";
  if (changes.overflow) text += (text.empty() ? "" : "; ") + std::string("more changes than the system keeps");
  return text;
}

// One line for one run: when, why, what it did.
void PrintRun(const std::string& why, const v1::IndexSummary& summary, const Style& style) {
  std::cout << style.Dim(TimeOfDay()) << "  " << why << ": ";
  if (summary.up_to_date()) {
    std::cout << "nothing to do";
  } else {
    std::cout << style.Bold("snapshot " + summary.snapshot().substr(summary.snapshot().rfind('/') + 1)) << ", "
              << Count(summary.files() - summary.files_reused(), "file") << " of " << WithCommas(summary.files())
              << " parsed";
    if (summary.chunks_embedded() > 0) std::cout << ", " << Count(summary.chunks_embedded(), "passage") << " embedded";
  }
  std::cout << ", " << FormatDecimal(summary.total_seconds(), 2) << " s" << std::endl;
}

class Watch {
 public:
  Watch(const WatchFlags& flags, Session& session) : flags_(flags), session_(session) {
    // A server is to see the folder under the same path.
    std::error_code error;
    const std::filesystem::path folder = std::filesystem::canonical(flags.index.path, error);
    if (!error) flags_.index.path = folder.string();
  }

  Exit Run() && {
    base::Result<IndexTarget> target = OpenTarget(flags_.index, session_);
    if (!target) return session_.Fail(target.error());
    std::unique_ptr<service::GrpcServer> server;
    if (!flags_.listen.empty()) {
      service::ServerOptions options;
      options.listen = flags_.listen;
      if (!service::IsLocalAddress(flags_.listen)) {
        return session_.Fail(
            {base::Code::kInvalidArgument,
             flags_.listen + " can be reached from other machines; serve it with: fanin serve --config"});
      }
      auto started = service::GrpcServer::Start(*target->api, gate_, options);
      if (!started) return session_.Fail(started.error());
      server = std::move(*started);
      session_.Note("listening on " + server->address());
    }
    service::WatchTiming timing;
    timing.quiet = std::chrono::milliseconds(flags_.debounce_ms);
    // Watched before it is indexed: what changes meanwhile is not missed.
    auto watcher = service::FolderWatcher::Open(target->folder, timing);
    if (!watcher) return session_.Fail(watcher.error());
    if (const std::optional<Exit> exit = Index(*target, "start", /*progress=*/true)) return *exit;
    session_.Note("watching " + Count((*watcher)->folder_count(), "folder") + " of " + target->folder +
                  "; ends at Ctrl-C");
    while (!signals_.arrived()) {
      const auto changes = (*watcher)->Wait(signals_.descriptor());
      if (!changes) return session_.Fail(changes.error());
      if (!*changes) break;
      if (const std::optional<Exit> exit = Index(*target, ChangesText(**changes), /*progress=*/false)) return *exit;
    }
    if (server != nullptr) server->Shutdown();
    return Exit::kFound;
  }

 private:
  // Indexes once. A run that fails for the folder's sake leaves the last snapshot, and the next change may mend it;
  // returns an exit code where going on is no use, or the user stopped it.
  std::optional<Exit> Index(const IndexTarget& target, const std::string& why, bool progress) {
    ProgressPrinter printer(session_.flags().quiet || !progress);
    const auto response = RunIndex(flags_.index, target, [&](const v1::Job& job) {
      printer.Show(job);
      return !signals_.arrived();
    });
    if (signals_.arrived()) return Exit::kFound;
    if (!response) {
      const Exit exit = session_.Fail(response.error());
      const base::Code code = response.error().code;
      const bool may_mend = code == base::Code::kFailedPrecondition || code == base::Code::kInvalidArgument;
      return may_mend ? std::nullopt : std::optional(exit);
    }
    if (session_.flags().json) {
      session_.PrintJsonLine(*response);
    } else if (!session_.flags().quiet) {
      PrintRun(why, response->job().summary(), Style(stdout));
    }
    return std::nullopt;
  }

  WatchFlags flags_;
  Session& session_;
  service::CallGate gate_;
  const StopSignals signals_;
};

}  // namespace

void AddWatchCommand(CLI::App& app, Run& run) {
  const auto flags = std::make_shared<WatchFlags>();
  CLI::App* command = app.add_subcommand("watch", "Index a folder, and again whenever it changes");
  AddIndexFlags(*command, flags->index);
  command->add_option("--listen", flags->listen, "Serve the data directory meanwhile, at host:port")
      ->type_name(kAddress);
  command->add_option("--debounce", flags->debounce_ms, "Quiet after a change before it is indexed, in ms")
      ->capture_default_str()
      ->check(CLI::Range(1, 60'000));
  command->footer(
      "Prints a line for each run; with --json the answer's message, one a line. Ends at SIGINT or SIGTERM.\n"
      "It has the data directory for itself. To search meanwhile: --listen, or a server that sees the folder:\n"
      "  fanin serve & fanin watch soc --server localhost:7411\n"
      "Flags of all commands: fanin --help.");
  command->callback([flags, &run] { run = [flags](Session& session) { return Watch(*flags, session).Run(); }; });
}

}  // namespace fanin::cli
