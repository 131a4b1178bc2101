// fanin serve
#include <glog/logging.h>
#include <pthread.h>

#include <csignal>
#include <filesystem>
#include <iostream>
#include <memory>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "clients/cli/command.h"
#include "clients/cli/option_text.h"
#include "service/call_log.h"
#include "service/server.h"

namespace fanin::cli {
namespace {

constexpr uint64_t kMaxConfigBytes = 1 << 20;

// Each, where it is given, counts before the configuration.
struct ServeFlags {
  std::string config;
  std::string listen;
  std::string http_listen;
  std::vector<std::string> http_hosts;
  std::string web_folder;
};

// Where the built web UI is: beside the program in a build folder, or where an installation has it.
std::filesystem::path FindWebFolder() {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  const std::filesystem::path beside = folder / "web";
  return std::filesystem::exists(beside, error) ? beside : folder.parent_path() / "share/fanin/web";
}

pthread_t main_thread;

// Libraries have threads before any code of ours runs, which block no signal.
void PassOn(int signal) { ::pthread_kill(main_thread, signal); }

base::Result<service::ServerConfig> ReadConfig(const ServeFlags& flags, const Session& session) {
  service::ServerConfig config;
  if (!flags.config.empty()) {
    FANIN_ASSIGN_OR_RETURN(const std::string text, base::ReadFile(flags.config, kMaxConfigBytes));
    FANIN_ASSIGN_OR_RETURN(config, service::ServerConfig::Parse(text, flags.config));
  }
  if (!session.flags().data_dir.empty() || config.data_dir.empty()) config.data_dir = session.data_dir();
  if (!flags.listen.empty()) config.grpc_listen = flags.listen;
  if (!flags.http_listen.empty()) config.http_listen = flags.http_listen;
  config.http_hosts.insert(config.http_hosts.end(), flags.http_hosts.begin(), flags.http_hosts.end());
  if (!flags.web_folder.empty()) config.http_web = flags.web_folder;
  if (config.http_web.empty()) config.http_web = FindWebFolder();
  return config;
}

void Reload(const ServeFlags& flags, const Session& session, service::Server& server) {
  const auto config = ReadConfig(flags, session);
  const base::Status reloaded = config ? server.Reload(*config) : base::Status(std::unexpected(config.error()));
  if (reloaded) {
    LOG(INFO) << "event=reload code=OK";
  } else {
    LOG(ERROR) << "event=reload code=" << base::CodeName(reloaded.error().code)
               << " message=" << service::Quoted(reloaded.error().message) << " kept=old";
  }
}

Exit Serve(const ServeFlags& flags, Session& session) {
  if (!session.flags().server.empty()) {
    return session.Fail({base::Code::kInvalidArgument, "serve has a data directory, not a --server"});
  }
  // Blocked before any thread starts, so that only sigwait below gets them.
  sigset_t signals;
  sigemptyset(&signals);
  main_thread = ::pthread_self();
  struct sigaction pass_on {};
  pass_on.sa_handler = PassOn;
  pass_on.sa_flags = SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    sigaddset(&signals, signal);
    ::sigaction(signal, &pass_on, nullptr);
  }
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const auto config = ReadConfig(flags, session);
  if (!config) return session.Fail(config.error());
  const auto server = service::Server::Start(*config);
  if (!server) return session.Fail(server.error());
  std::cout << "listening on " << (*server)->grpc_address() << std::endl;
  if (const std::string url = (*server)->http_url(); !url.empty()) std::cout << "open " << url << std::endl;
  if (const std::string url = (*server)->metrics_url(); !url.empty()) std::cout << "metrics at " << url << std::endl;
  LOG(INFO) << "event=start address=" << (*server)->grpc_address() << " data_dir=" << config->data_dir;
  int signal = SIGHUP;
  while (true) {
    sigwait(&signals, &signal);
    if (signal != SIGHUP) break;
    Reload(flags, session, **server);
  }
  LOG(INFO) << "event=stop signal=" << signal;
  (*server)->Stop();
  return Exit::kFound;
}

}  // namespace

void AddServeCommand(CLI::App& app, Run& run) {
  const auto flags = std::make_shared<ServeFlags>();
  CLI::App* command = app.add_subcommand("serve", "Serve the data directory over gRPC, and over HTTP to browsers");
  command->add_option("--config", flags->config, "Configuration, docs/operation.md; read again at SIGHUP")
      ->type_name(kFile);
  command
      ->add_option("--listen", flags->listen,
                   "host:port for gRPC, or unix:/path; port 0: any free one; default: 127.0.0.1:7411")
      ->type_name(kAddress);
  command
      ->add_option("--http", flags->http_listen,
                   "host:port for JSON over HTTP and the web interface, 127.0.0.1:7412 for instance; default: none")
      ->type_name(kAddress);
  command->add_option("--http-host", flags->http_hosts, "A name, besides localhost, under which browsers reach it");
  command
      ->add_option("--web", flags->web_folder,
                   "Folder of the built web interface; default: web/ beside the program, or ../share/fanin/web")
      ->type_name(kFolder);
  command->footer(
      "Prints each address once it listens; ends at SIGINT or SIGTERM after running calls. Beyond this machine it "
      "listens\n"
      "only with a configuration that has certificates, tokens and roots.\n"
      "Flags of all commands: fanin --help.");
  command->callback([flags, &run] { run = [flags](Session& session) { return Serve(*flags, session); }; });
}

}  // namespace fanin::cli
