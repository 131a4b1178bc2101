// The configuration of a server: one TOML file, docs/operation.md. What is wrong with it is told with file and line.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "service/admission.h"
#include "service/tls_files.h"

namespace fanin::service {

struct ServerConfig {
  std::filesystem::path data_dir;            // empty: the default
  std::vector<std::filesystem::path> roots;  // what may be read for callers; empty: all that the server's user may

  std::string grpc_listen = "127.0.0.1:7411";
  std::string http_listen;  // empty: no HTTP
  std::vector<std::string> http_hosts;
  std::filesystem::path http_web;  // empty: where the program finds it
  std::string metrics_listen;      // empty: /metrics of the HTTP port

  std::optional<TlsFiles> tls;
  bool behind_proxy = false;  // another program ends TLS before this one

  std::filesystem::path tokens;     // empty: callers are not told apart
  std::filesystem::path audit_log;  // empty: none
  std::string log_level = "info";   // error, warning, info, debug

  AdmissionLimits admission = DefaultAdmission();
  uint64_t max_repositories = 1000;
  uint64_t max_waiting_jobs = 64;
  uint64_t max_request_bytes = 16 << 20;
  std::chrono::seconds drain_time{10};

  // Reads it; paths in it are relative to its folder. Errors: INVALID_ARGUMENT "file:line: what".
  static base::Result<ServerConfig> Parse(std::string_view text, const std::filesystem::path& file);

  // Whether the parts fit together, whoever set them. Beyond this machine there must be TLS (or a proxy that ends it),
  // tokens and roots. Errors: INVALID_ARGUMENT, saying what to add.
  base::Status Check() const;
};

// Whether an address is reached from this machine alone: a Unix socket or a loopback address.
bool IsLocalAddress(std::string_view listen);

}  // namespace fanin::service
