#include "service/server.h"

#include <glog/logging.h>

#include <utility>

#include "base/file.h"
#include "service/audit_log.h"
#include "service/call_gate.h"
#include "service/call_log.h"
#include "service/data_repair.h"
#include "service/grpc_server.h"
#include "service/http_server.h"
#include "service/local_api.h"
#include "service/metrics.h"
#include "service/tokens.h"

namespace fanin::service {
namespace {

// Of gRPC, for calls that wait in no lane: followed jobs, lists.
constexpr uint32_t kOtherThreads = 256;
constexpr uint64_t kMaxTokensBytes = 16 << 20;

// Null: the configuration names none.
base::Result<std::shared_ptr<const Tokens>> ReadTokens(const ServerConfig& config) {
  if (config.tokens.empty()) return nullptr;
  FANIN_ASSIGN_OR_RETURN(const std::string text, base::ReadFile(config.tokens, kMaxTokensBytes));
  return Tokens::Parse(text, config.tokens.string());
}

void SetLogLevel(const std::string& level) {
  FLAGS_minloglevel = level == "error"     ? google::GLOG_ERROR
                      : level == "warning" ? google::GLOG_WARNING
                                           : google::GLOG_INFO;
  FLAGS_v = level == "debug" ? 1 : 0;
}

// Names of settings that differ and count from the next start only.
std::string NeedsRestart(const ServerConfig& before, const ServerConfig& after) {
  std::string names;
  const auto compare = [&](std::string_view name, const auto& one, const auto& other) {
    if (one != other) names += (names.empty() ? "" : ",") + std::string(name);
  };
  compare("data_dir", before.data_dir, after.data_dir);
  compare("roots", before.roots, after.roots);
  compare("grpc.listen", before.grpc_listen, after.grpc_listen);
  compare("http.listen", before.http_listen, after.http_listen);
  compare("http.hosts", before.http_hosts, after.http_hosts);
  compare("http.web", before.http_web, after.http_web);
  compare("metrics.listen", before.metrics_listen, after.metrics_listen);
  compare("tls", before.tls, after.tls);
  compare("log.audit", before.audit_log, after.audit_log);
  compare("limits.repositories", before.max_repositories, after.max_repositories);
  compare("limits.waiting_jobs", before.max_waiting_jobs, after.max_waiting_jobs);
  compare("limits.request_bytes", before.max_request_bytes, after.max_request_bytes);
  compare("limits.drain_seconds", before.drain_time, after.drain_time);
  return names;
}

}  // namespace

struct Server::State {
  explicit State(const ServerConfig& the_config) : config(the_config), gate(the_config.admission) {}

  ServerConfig config;
  std::unique_ptr<AuditLog> audit;
  std::unique_ptr<LocalApi> api;
  CallGate gate;
  std::unique_ptr<Metrics> metrics;
  std::unique_ptr<GrpcServer> grpc;
  std::unique_ptr<HttpServer> http;
  std::unique_ptr<HttpServer> metrics_http;
};

Server::Server() = default;

base::Result<std::unique_ptr<Server>> Server::Start(const ServerConfig& config) {
  FANIN_RETURN_IF_ERROR(config.Check());
  std::unique_ptr<Server> self(new Server());
  self->state_ = std::make_unique<State>(config);
  State& state = *self->state_;
  SetLogLevel(config.log_level);
  FANIN_ASSIGN_OR_RETURN(std::shared_ptr<const Tokens> tokens, ReadTokens(config));
  if (tokens == nullptr) {
    LOG(WARNING) << "event=no_authentication message=\"whoever reaches this server on this machine may do everything\"";
  }
  state.gate.SetTokens(std::move(tokens));
  if (!config.audit_log.empty()) {
    FANIN_ASSIGN_OR_RETURN(state.audit, AuditLog::Open(config.audit_log));
    state.gate.SetAuditLog(state.audit.get());
  }

  if (const std::optional<std::string> damage = FindDamage(config.data_dir)) {
    LOG(ERROR) << "event=data_damaged data_dir=" << config.data_dir << " message=" << Quoted(*damage);
    FANIN_ASSIGN_OR_RETURN(const graph::RepairReport report, RepairData(config.data_dir));
    LOG(WARNING) << "event=data_repaired message=" << Quoted(Describe(report));
  }
  EngineOptions options;
  options.data_dir = config.data_dir;
  FANIN_ASSIGN_OR_RETURN(options.roots, base::Roots::Open(config.roots));
  FANIN_ASSIGN_OR_RETURN(std::unique_ptr<Engine> engine, Engine::Open(options));
  state.api = std::make_unique<LocalApi>(std::move(engine), LocalApiOptions{.max_repositories = config.max_repositories,
                                                                            .max_waiting_jobs = config.max_waiting_jobs,
                                                                            .resume_jobs = true});
  state.metrics = std::make_unique<Metrics>(state.api->engine(), state.api->jobs(), state.gate);
  state.gate.SetOnRecord([metrics = state.metrics.get()](const CallRecord& record) { metrics->Count(record); });

  ServerOptions grpc;
  grpc.listen = config.grpc_listen;
  grpc.tls = config.tls;
  grpc.max_request_bytes = static_cast<int>(config.max_request_bytes);
  grpc.drain_time = std::chrono::seconds(1);  // the gate waits for calls before
  const AdmissionLimits& lanes = config.admission;
  grpc.max_threads = static_cast<int>(lanes.interactive.units + lanes.interactive.waiting + lanes.batch.units +
                                      lanes.batch.waiting + kOtherThreads);
  FANIN_ASSIGN_OR_RETURN(state.grpc, GrpcServer::Start(*state.api, state.gate, grpc));
  HttpOptions http;
  http.hosts = config.http_hosts;
  http.web_folder = config.http_web;
  http.tls = config.tls;
  http.max_request_bytes = config.max_request_bytes;
  const auto metrics_text = [metrics = state.metrics.get()] { return metrics->Text(); };
  if (config.metrics_listen.empty()) http.metrics = metrics_text;
  if (!config.http_listen.empty()) {
    http.listen = config.http_listen;
    FANIN_ASSIGN_OR_RETURN(state.http, HttpServer::Start(*state.api, state.gate, http));
  }
  if (!config.metrics_listen.empty()) {
    http.listen = config.metrics_listen;
    http.metrics = metrics_text;
    http.metrics_only = true;
    http.metrics_need_token = !IsLocalAddress(config.metrics_listen);
    FANIN_ASSIGN_OR_RETURN(state.metrics_http, HttpServer::Start(*state.api, state.gate, http));
  }
  return self;
}

const std::string& Server::grpc_address() const { return state_->grpc->address(); }

std::string Server::http_url() const {
  if (state_->http == nullptr) return "";
  return (state_->config.tls ? "https://" : "http://") + state_->http->address() + "/";
}

std::string Server::metrics_url() const {
  if (state_->metrics_http == nullptr) return "";
  return (state_->config.tls ? "https://" : "http://") + state_->metrics_http->address() + "/metrics";
}

base::Status Server::Reload(const ServerConfig& config) {
  State& state = *state_;
  // All that can fail comes first.
  FANIN_RETURN_IF_ERROR(config.Check());
  FANIN_ASSIGN_OR_RETURN(std::shared_ptr<const Tokens> tokens, ReadTokens(config));
  if (tokens == nullptr && !state.config.tokens.empty()) {
    return base::Fail(base::Code::kInvalidArgument, "tokens cannot be switched off while the server runs");
  }
  if (state.config.tls) FANIN_RETURN_IF_ERROR(MakeServerContext(*state.config.tls));
  if (state.audit != nullptr) FANIN_RETURN_IF_ERROR(state.audit->Reopen());
  // gRPC looks at its files by itself.
  for (HttpServer* http : {state.http.get(), state.metrics_http.get()}) {
    if (http != nullptr) FANIN_RETURN_IF_ERROR(http->ReloadTls());
  }
  state.gate.SetTokens(std::move(tokens));
  state.gate.SetLimits(config.admission);
  SetLogLevel(config.log_level);
  state.config.tokens = config.tokens;
  const std::string left = NeedsRestart(state.config, config);
  if (!left.empty()) LOG(WARNING) << "event=reload_needs_restart settings=" << left;
  return {};
}

void Server::Stop() {
  if (state_ == nullptr || state_->grpc == nullptr) return;
  state_->grpc->StopServing();
  state_->gate.Close(state_->config.drain_time);
  state_->http = nullptr;
  state_->grpc->Shutdown();
  state_->metrics_http = nullptr;
  state_->grpc = nullptr;
}

Server::~Server() { Stop(); }

}  // namespace fanin::service
