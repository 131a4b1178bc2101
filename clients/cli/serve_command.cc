// fanin serve
#include <glog/logging.h>
#include <pthread.h>

#include <csignal>
#include <filesystem>
#include <iostream>
#include <memory>
#include <system_error>

#include "clients/cli/command.h"
#include "clients/cli/option_text.h"
#include "service/grpc_server.h"
#include "service/http_server.h"

namespace fanin::cli {
namespace {

struct ServeFlags {
  service::ServerOptions grpc;
  service::HttpOptions http;  // listen empty: no HTTP
};

// Where the built web UI is: beside the program in a build folder, or where an installation has it.
std::filesystem::path FindWebFolder() {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  const std::filesystem::path beside = folder / "web";
  return std::filesystem::exists(beside, error) ? beside : folder.parent_path() / "share/fanin/web";
}

Exit Serve(const ServeFlags& flags, Session& session) {
  if (!session.flags().server.empty()) {
    return session.Fail({base::Code::kInvalidArgument, "serve has a data directory, not a --server"});
  }
  // Blocked before any thread starts, so that only sigwait below gets them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const base::Result<service::Api*> api = session.OpenApi(Session::Access::kServe);
  if (!api) return session.Fail(api.error());
  const auto server = service::GrpcServer::Start(**api, flags.grpc);
  if (!server) return session.Fail(server.error());
  std::cout << "listening on " << (*server)->address() << std::endl;
  std::unique_ptr<service::HttpServer> http;
  if (!flags.http.listen.empty()) {
    auto started = service::HttpServer::Start(**api, flags.http);
    if (!started) return session.Fail(started.error());
    http = std::move(*started);
    std::cout << "open http://" << http->address() << "/" << std::endl;
  }
  LOG(INFO) << "event=start address=" << (*server)->address() << " data_dir=" << session.data_dir();
  int signal = 0;
  sigwait(&signals, &signal);
  LOG(INFO) << "event=stop signal=" << signal;
  http = nullptr;
  (*server)->Shutdown();
  return Exit::kFound;
}

}  // namespace

void AddServeCommand(CLI::App& app, Run& run) {
  const auto flags = std::make_shared<ServeFlags>();
  flags->http.listen.clear();
  flags->http.web_folder = FindWebFolder();
  CLI::App* command = app.add_subcommand("serve", "Serve the data directory over gRPC, and over HTTP to browsers");
  command->add_option("--listen", flags->grpc.listen, "host:port for gRPC; port 0: any free one")
      ->type_name(kAddress)
      ->capture_default_str();
  command
      ->add_option("--http", flags->http.listen,
                   "host:port for JSON over HTTP and the web interface, 127.0.0.1:7412 for instance; default: none")
      ->type_name(kAddress);
  command->add_option("--http-host", flags->http.hosts, "A name, besides localhost, under which browsers reach it");
  command
      ->add_option("--web", flags->http.web_folder,
                   "Folder of the built web interface; default: web/ beside the program, or ../share/fanin/web")
      ->type_name(kFolder);
  command->footer(
      "Prints each address once it listens; ends at SIGINT or SIGTERM after running calls. There is no "
      "authentication:\n"
      "listen on the loopback interface, or where everybody may read the code.\n"
      "Flags of all commands: fanin --help.");
  command->callback([flags, &run] { run = [flags](Session& session) { return Serve(*flags, session); }; });
}

}  // namespace fanin::cli
