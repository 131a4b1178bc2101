// fanin serve
#include <glog/logging.h>
#include <pthread.h>

#include <csignal>
#include <iostream>
#include <memory>

#include "clients/cli/command.h"
#include "service/grpc_server.h"

namespace fanin::cli {
namespace {

Exit Serve(const service::ServerOptions& options, Session& session) {
  if (!session.flags().server.empty()) {
    return session.Fail({base::Code::kInvalidArgument, "serve has a data directory, not a --server"});
  }
  // Blocked before any thread starts, so that only sigwait below gets them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const base::Result<service::Api*> api = session.OpenApi(Session::Access::kWrite);
  if (!api) return session.Fail(api.error());
  const auto server = service::GrpcServer::Start(**api, options);
  if (!server) return session.Fail(server.error());
  std::cout << "listening on " << (*server)->address() << std::endl;
  LOG(INFO) << "event=start address=" << (*server)->address() << " data_dir=" << session.data_dir();
  int signal = 0;
  sigwait(&signals, &signal);
  LOG(INFO) << "event=stop signal=" << signal;
  (*server)->Shutdown();
  return Exit::kFound;
}

}  // namespace

void AddServeCommand(CLI::App& app, Run& run) {
  const auto options = std::make_shared<service::ServerOptions>();
  CLI::App* command = app.add_subcommand("serve", "Serve the data directory over gRPC");
  command->add_option("--listen", options->listen, "host:port; port 0: any free one")->capture_default_str();
  command->footer(
      "Prints the address once it listens; ends at SIGINT or SIGTERM after running calls. There is no authentication:\n"
      "listen on the loopback interface, or where everybody may read the code.\n"
      "Flags of all commands: fanin --help.");
  command->callback([options, &run] { run = [options](Session& session) { return Serve(*options, session); }; });
}

}  // namespace fanin::cli
