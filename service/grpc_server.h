// The gRPC server: both services of fanin.v1, grpc.health.v1 and reflection over one Api.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "service/api.h"
#include "service/call_gate.h"
#include "service/tls_files.h"

namespace fanin::service {

struct ServerOptions {
  std::string listen = "127.0.0.1:7411";  // host:port; port 0: any free one; unix:/path: a socket of this user alone
  std::optional<TlsFiles> tls;            // files that change are read again within seconds
  int max_request_bytes = 16 << 20;       // overlays may have 8 MiB; the rest is small
  std::chrono::seconds drain_time{10};    // that running calls have to end
  int max_threads = 0;                    // one for each call that runs or waits; 0: no limit
};

class GrpcServer {
 public:
  // Serves at once. The api and the gate must outlive the server. Errors: UNAVAILABLE when the address cannot be had;
  // INVALID_ARGUMENT for files of TLS.
  static base::Result<std::unique_ptr<GrpcServer>> Start(Api& api, CallGate& gate, const ServerOptions& options);
  // Like Shutdown().
  ~GrpcServer();

  // "127.0.0.1:7411", with the port that was chosen.
  const std::string& address() const { return address_; }

  // Reports NOT_SERVING to who asks for health, and goes on serving.
  void StopServing();
  // Takes no new calls, lets running ones end for the time they have, then cancels them. Blocks.
  void Shutdown();

 private:
  struct State;
  GrpcServer();
  std::unique_ptr<State> state_;
  std::string address_;
  std::chrono::seconds drain_time_{0};
};

}  // namespace fanin::service
