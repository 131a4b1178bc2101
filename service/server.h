// Server: one data directory served to others: the engine, the gate, both front ends, metrics and the audit log, by one
// configuration.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/error.h"
#include "service/server_config.h"

namespace fanin::service {

class Server {
 public:
  // Opens the data directory, which is repaired first if it is damaged, and serves at once; jobs that an earlier server
  // did not end go on. REQUIRES: config.data_dir and, with HTTP, config.http_web are set.
  // Errors: of the configuration, the data directory, the addresses.
  static base::Result<std::unique_ptr<Server>> Start(const ServerConfig& config);
  // Like Stop().
  ~Server();

  const std::string& grpc_address() const;
  // Empty: it does not serve HTTP.
  std::string http_url() const;
  // Empty: metrics have no address of their own.
  std::string metrics_url() const;

  // Takes over what can change while it serves: tokens, certificates, limits of admission, the level of the log, the
  // audit log's file. Errors: INVALID_ARGUMENT; then nothing has changed. What cannot change is left as it is, and
  // named in the log.
  base::Status Reload(const ServerConfig& config);

  // Says NOT_SERVING, lets running calls end for the time they have, then cancels them. Blocks.
  void Stop();

 private:
  struct State;
  Server();
  std::unique_ptr<State> state_;
};

}  // namespace fanin::service
