// The gRPC server: both services of fanin.v1, grpc.health.v1 and reflection over one Api.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "service/api.h"

namespace fanin::service {

struct ServerOptions {
  std::string listen = "127.0.0.1:7411";  // host:port; port 0: any free one
};

class GrpcServer {
 public:
  // Serves at once. The api must outlive the server. Errors: UNAVAILABLE when the address cannot be had.
  static base::Result<std::unique_ptr<GrpcServer>> Start(Api& api, const ServerOptions& options);
  // Like Shutdown().
  ~GrpcServer();

  // "127.0.0.1:7411", with the port that was chosen.
  const std::string& address() const { return address_; }

  // Takes no new calls, reports NOT_SERVING, lets running calls end for a few seconds, then cancels them. Blocks.
  void Shutdown();

 private:
  struct State;
  GrpcServer();
  std::unique_ptr<State> state_;
  std::string address_;
};

}  // namespace fanin::service
