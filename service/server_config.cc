#include "service/server_config.h"

#include <arpa/inet.h>

#include <algorithm>

#include "base/toml_reader.h"

namespace fanin::service {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLogLevels[] = {"error", "warning", "info", "debug"};
constexpr uint64_t kMostCalls = 100'000;
constexpr uint64_t kMostRequestBytes = 256 << 20;
constexpr uint64_t kMostDrainSeconds = 3600;

// Where relative paths begin.
class Paths {
 public:
  explicit Paths(const fs::path& file) : folder_(fs::absolute(file).parent_path()) {}
  fs::path Of(const std::string& text) const { return text.empty() ? fs::path() : (folder_ / text).lexically_normal(); }

 private:
  const fs::path folder_;
};

}  // namespace

bool IsLocalAddress(std::string_view listen) {
  if (listen.starts_with("unix:")) return true;
  std::string host(listen.substr(0, listen.rfind(':')));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "localhost") return true;
  in6_addr v6{};
  if (::inet_pton(AF_INET6, host.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  in_addr v4{};
  constexpr uint32_t kLoopback = 127;
  return ::inet_pton(AF_INET, host.c_str(), &v4) == 1 && (ntohl(v4.s_addr) >> 24) == kLoopback;
}

base::Result<ServerConfig> ServerConfig::Parse(std::string_view text, const fs::path& file) {
  const base::TomlReader toml(file.string());
  const Paths paths(file);
  FANIN_ASSIGN_OR_RETURN(const toml::table root, toml.Parse(text));
  ServerConfig config;
  // A path, and where it may be left out.
  const auto path = [&](fs::path& out) -> base::TomlReader::KeyReader {
    return [&](const toml::node& node) -> base::Status {
      std::string written;
      FANIN_RETURN_IF_ERROR(toml.String(written)(node));
      if (written.empty()) return toml.FailAt(node, "is to be a path");
      out = paths.Of(written);
      return {};
    };
  };
  const auto file_path = [&](fs::path& out) -> base::TomlReader::KeyReader {
    return [&](const toml::node& node) -> base::Status {
      FANIN_RETURN_IF_ERROR(path(out)(node));
      std::error_code error;
      if (!fs::is_regular_file(out, error)) return toml.FailAt(node, "there is no file " + out.string());
      return {};
    };
  };
  const auto roots = [&](const toml::node& node) -> base::Status {
    if (!node.is_array()) return toml.FailAt(node, "roots is to be an array of folders");
    for (const toml::node& item : *node.as_array()) {
      std::string written;
      FANIN_RETURN_IF_ERROR(toml.String(written)(item));
      std::error_code error;
      if (!fs::is_directory(paths.Of(written), error)) return toml.FailAt(item, "there is no folder " + written);
      config.roots.push_back(paths.Of(written));
    }
    return {};
  };
  const auto listen = [&](std::string& out) -> base::TomlReader::KeyReader {
    return [&](const toml::node& node) -> base::Status {
      FANIN_RETURN_IF_ERROR(toml.String(out)(node));
      const bool is_address = out.starts_with("unix:") || out.find(':') != std::string::npos;
      return is_address ? base::Status() : toml.FailAt(node, "listen is to be host:port, is '" + out + "'");
    };
  };
  const auto log_level = [&](const toml::node& node) -> base::Status {
    FANIN_RETURN_IF_ERROR(toml.String(config.log_level)(node));
    if (std::ranges::find(kLogLevels, config.log_level) != std::end(kLogLevels)) return {};
    return toml.FailAt(node, "level is to be error, warning, info or debug");
  };
  const auto lane = [&](LaneLimits& out) -> base::TomlReader::KeyReader {
    return [&](const toml::node& node) -> base::Status {
      uint64_t units = out.units;
      uint64_t waiting = out.waiting;
      FANIN_RETURN_IF_ERROR(toml.Table(
          {{"running", toml.Number(units, 1, kMostCalls)}, {"waiting", toml.Number(waiting, 0, kMostCalls)}})(node));
      out = {static_cast<uint32_t>(units), static_cast<uint32_t>(waiting)};
      return {};
    };
  };
  TlsFiles tls;
  const toml::node* tls_node = root.get("tls");
  uint64_t drain_seconds = static_cast<uint64_t>(config.drain_time.count());
  FANIN_RETURN_IF_ERROR(toml.ReadTable(
      root, "a server's configuration",
      {{"data_dir", path(config.data_dir)},
       {"roots", roots},
       {"grpc", toml.Table({{"listen", listen(config.grpc_listen)}})},
       {"http", toml.Table({{"listen", listen(config.http_listen)},
                            {"hosts", toml.Strings(config.http_hosts)},
                            {"web", path(config.http_web)}})},
       {"metrics", toml.Table({{"listen", listen(config.metrics_listen)}})},
       {"tls", toml.Table({{"certificate", file_path(tls.certificate)},
                           {"key", file_path(tls.key)},
                           {"client_ca", file_path(tls.client_ca)}})},
       {"behind_proxy", toml.Bool(config.behind_proxy)},
       {"tokens", file_path(config.tokens)},
       {"log", toml.Table({{"level", log_level}, {"audit", path(config.audit_log)}})},
       {"limits", toml.Table({{"interactive", lane(config.admission.interactive)},
                              {"batch", lane(config.admission.batch)},
                              {"repositories", toml.Number(config.max_repositories, 1, kMostCalls)},
                              {"waiting_jobs", toml.Number(config.max_waiting_jobs, 1, kMostCalls)},
                              {"request_bytes", toml.Number(config.max_request_bytes, 1 << 10, kMostRequestBytes)},
                              {"drain_seconds", toml.Number(drain_seconds, 0, kMostDrainSeconds)}})}}));
  config.drain_time = std::chrono::seconds(drain_seconds);
  if (tls_node == nullptr) return config;
  if (tls.certificate.empty() || tls.key.empty()) return toml.FailAt(*tls_node, "tls needs a certificate and a key");
  config.tls = tls;
  return config;
}

base::Status ServerConfig::Check() const {
  for (const std::string& listen : {grpc_listen, http_listen, metrics_listen}) {
    if (listen.empty() || IsLocalAddress(listen)) continue;
    std::string missing;
    const auto need = [&](bool is_there, std::string_view what) {
      if (!is_there) missing += (missing.empty() ? "" : ", ") + std::string(what);
    };
    need(tls.has_value() || behind_proxy, "[tls] (or behind_proxy = true)");
    need(!tokens.empty(), "tokens");
    need(!roots.empty(), "roots");
    if (missing.empty()) continue;
    return base::Fail(
        base::Code::kInvalidArgument,
        listen + " can be reached from other machines; the configuration lacks " + missing + ". See docs/operation.md");
  }
  return {};
}

}  // namespace fanin::service
