// The HTTP server: every method of fanin.v1 as JSON (docs/http.md), /openapi.json, and the web UI, over one Api.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "service/api.h"
#include "service/call_gate.h"
#include "service/tls_files.h"

namespace fanin::service {

struct HttpOptions {
  std::string listen = "127.0.0.1:7412";  // host:port; port 0: any free one
  // Names besides "localhost" and addresses under which browsers may reach it. Any other name is refused: it may be a
  // stranger's that was made to mean this machine.
  std::vector<std::string> hosts;
  // Folder of the built web UI; one that is not there: a page that says how to build it.
  std::filesystem::path web_folder;
  std::optional<TlsFiles> tls;
  size_t max_request_bytes = 16 << 20;
  // What GET /metrics answers, in Prometheus' text format; empty: nothing is there.
  std::function<std::string()> metrics;
  bool metrics_only = false;       // nothing else is served
  bool metrics_need_token = true;  // where there are tokens
};

class HttpServer {
 public:
  // Serves at once. The api and the gate must outlive the server. Errors: INVALID_ARGUMENT, UNAVAILABLE when the
  // address cannot be had.
  static base::Result<std::unique_ptr<HttpServer>> Start(Api& api, CallGate& gate, const HttpOptions& options);
  // Takes no new requests, cancels those that run and waits for them.
  ~HttpServer();

  // Reads the files of TLS again, for connections that come. Errors: INVALID_ARGUMENT; then the old ones stay.
  base::Status ReloadTls();

  // "127.0.0.1:7412", with the port that was chosen.
  const std::string& address() const { return address_; }

 private:
  struct State;
  HttpServer();
  std::unique_ptr<State> state_;
  std::string address_;
};

}  // namespace fanin::service
