#include "service/http_server.h"

#include <arpa/inet.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "service/grpc_status.h"
#include "service/http_connection.h"
#include "service/http_routes.h"
#include "service/message_stream.h"
#include "service/openapi.h"
#include "service/web_files.h"

namespace fanin::service {
namespace {

using Handled = httplib::Server::HandlerResponse;

constexpr const char* kJson = "application/json";
constexpr const char* kPrometheusText = "text/plain; version=0.0.4; charset=utf-8";
constexpr const char* kRequestId = "X-Request-Id";
constexpr const char* kJsonLines = "application/x-ndjson";
// The UI loads nothing from elsewhere; styles are set on elements; an editor's web view may show it in a frame.
constexpr const char* kContentPolicy =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self' vscode-webview:";

void Answer(httplib::Response& response, int http_status, const base::Error& error,
            const Violations& violations = Violations(), const RetryAfter& retry_after = {}) {
  response.status = http_status;
  if (retry_after) {  // in whole seconds
    response.set_header("Retry-After", std::to_string(std::chrono::ceil<std::chrono::seconds>(*retry_after).count()));
  }
  if (http_status == 401) response.set_header("WWW-Authenticate", "Bearer");
  response.set_content(ToJson(ToRpcStatus(error, violations, retry_after)), kJson);
}

void Refuse(httplib::Response& response, int http_status, base::Code code, std::string message) {
  // The body, if there is one, was not read.
  ConnectionServer::Current().CloseAfterAnswer();
  Answer(response, http_status, {code, std::move(message)});
}

// "[::1]:80" -> "::1"; "a.b:80" -> "a.b".
std::string HostName(std::string_view host) {
  if (host.starts_with('[')) return std::string(host.substr(1, host.find(']') - 1));
  return std::string(host.substr(0, host.find(':')));
}

bool IsAddress(const std::string& name) {
  unsigned char bytes[sizeof(in6_addr)];
  return ::inet_pton(AF_INET, name.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, name.c_str(), bytes) == 1;
}

// "100m" as gRPC over HTTP writes it: digits and one of H M S m u n. nullopt: not so.
std::optional<std::chrono::nanoseconds> ParseTimeout(const std::string& text) {
  constexpr size_t kMaxDigits = 8;
  if (text.size() < 2 || text.size() > kMaxDigits + 1) return std::nullopt;
  if (text.find_first_not_of("0123456789") != text.size() - 1) return std::nullopt;
  const int64_t value = std::stoll(text);
  switch (text.back()) {
    case 'H': return std::chrono::hours(value);
    case 'M': return std::chrono::minutes(value);
    case 'S': return std::chrono::seconds(value);
    case 'm': return std::chrono::milliseconds(value);
    case 'u': return std::chrono::microseconds(value);
    case 'n': return std::chrono::nanoseconds(value);
    default: return std::nullopt;
  }
}

std::string PeerOf(const httplib::Request& request) {
  return request.remote_addr + ":" + std::to_string(request.remote_port);
}

}  // namespace

struct HttpServer::State {
  State(Api& the_api, CallGate& the_gate, const HttpOptions& the_options)
      : api(the_api), gate(the_gate), options(the_options), server(ConnectionLimits{}) {}

  void SetHandlers();
  std::optional<std::pair<int, std::string>> Objection(const httplib::Request& request) const;
  bool IsAllowedName(const std::string& name) const;
  void Call(const httplib::Request& request, httplib::Response& response);
  CallGate::Outcome CallOnce(const RpcMethod& rpc, const google::protobuf::Message& request, const CallInfo& info,
                             httplib::Response& response);
  CallGate::Outcome CallStream(const RpcMethod& rpc, std::shared_ptr<const google::protobuf::Message> request,
                               CallInfo info, httplib::Response& response);

  Api& api;
  CallGate& gate;
  const HttpOptions options;
  const HttpRoutes routes;
  WebFiles web;
  ConnectionServer server;
  std::jthread thread;
};

bool HttpServer::State::IsAllowedName(const std::string& name) const {
  return name == "localhost" || IsAddress(name) || std::ranges::find(options.hosts, name) != options.hosts.end();
}

// What is wrong with a request before its body is read.
std::optional<std::pair<int, std::string>> HttpServer::State::Objection(const httplib::Request& request) const {
  const std::string host = request.get_header_value("Host");
  if (!IsAllowedName(HostName(host))) {
    return {{403, "host " + host + " is not served here; allow it with --http-host"}};
  }
  const std::string origin = request.get_header_value("Origin");
  if (!origin.empty() && origin != "http://" + host && origin != "https://" + host) {
    return {{403, "requests from pages of " + origin + " are not served"}};
  }
  if (request.has_header("Transfer-Encoding")) return {{411, "send the body with its Content-Length"}};
  if (request.has_header("Content-Encoding")) return {{415, "send the body uncompressed"}};
  const std::string length = request.get_header_value("Content-Length");
  if (length.empty() || length == "0") return std::nullopt;
  if (length.size() > 9 || length.find_first_not_of("0123456789") != std::string::npos ||
      std::stoull(length) > options.max_request_bytes) {
    return {{413, "a body may have " + std::to_string(options.max_request_bytes) + " bytes"}};
  }
  if (!request.get_header_value("Content-Type").starts_with(kJson)) {
    return {{415, std::string("send the body as JSON, with Content-Type: ") + kJson}};
  }
  return std::nullopt;
}

void HttpServer::State::SetHandlers() {
  server.set_payload_max_length(options.max_request_bytes);
  server.set_default_headers({{"X-Content-Type-Options", "nosniff"}, {"Referrer-Policy", "no-referrer"}});
  server.set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
    const auto objection = Objection(request);
    if (!objection) return Handled::Unhandled;
    const auto code = objection->first == 403 ? base::Code::kPermissionDenied : base::Code::kInvalidArgument;
    Refuse(response, objection->first, code, objection->second);
    return Handled::Handled;
  });
  server.set_error_handler([](const httplib::Request& request, httplib::Response& response) {
    if (!response.body.empty()) return;
    // httplib's own: a request that it could not read, or a method that no handler has.
    const auto code = response.status == 404 ? base::Code::kNotFound : base::Code::kInvalidArgument;
    Refuse(response, response.status, code, "cannot serve " + request.method + " " + request.path);
  });
  if (options.metrics) {
    server.Get("/metrics", [this](const httplib::Request& request, httplib::Response& response) {
      if (options.metrics_need_token) {
        const base::Status may = gate.CheckMayReadAll(request.get_header_value("Authorization"));
        if (!may) return Answer(response, ToHttpStatus(may.error().code), may.error());
      }
      response.set_content(options.metrics(), kPrometheusText);
    });
  }
  if (options.metrics_only) return;
  const auto call = [this](const httplib::Request& request, httplib::Response& response) { Call(request, response); };
  server.Get("/v1[/:].*", call);
  server.Post("/v1[/:].*", call);
  server.Delete("/v1[/:].*", call);
  server.Get("/openapi\\.json", [](const httplib::Request&, httplib::Response& response) {
    response.set_content(OpenApiDocument().data(), OpenApiDocument().size(), kJson);
  });
  server.Get("/.*", [this](const httplib::Request& request, httplib::Response& response) {
    const WebFile* file = web.Find(request.path);
    if (file == nullptr) return Answer(response, 404, {base::Code::kNotFound, "no such file: " + request.path});
    response.set_header("Content-Security-Policy", kContentPolicy);
    response.set_header("Cache-Control", file->immutable ? "public, max-age=31536000, immutable" : "no-cache");
    response.set_content(file->content, file->type);
  });
}

void HttpServer::State::Call(const httplib::Request& request, httplib::Response& response) {
  const auto start = std::chrono::steady_clock::now();
  const auto target = routes.Find(request.method, request.path);
  if (!target) {
    const bool is_other_method = target.error().code == base::Code::kUnimplemented;
    return Answer(response, is_other_method ? 405 : 404, target.error());
  }
  const RpcMethod& rpc = *target->route->rpc;
  response.set_header("Cache-Control", "no-store");
  CallInfo info;
  info.front = "http";
  info.peer = PeerOf(request);
  info.authorization = request.get_header_value("Authorization");
  info.request_id = CallGate::RequestIdOf(request.get_header_value(kRequestId));
  info.traceparent = request.get_header_value("Traceparent");
  response.set_header(kRequestId, info.request_id);
  info.context.cancelled = [connection = &ConnectionServer::Current()] { return connection->IsUseless(); };
  base::Status readable;
  if (const std::string timeout = request.get_header_value("Grpc-Timeout"); !timeout.empty()) {
    const auto time = ParseTimeout(timeout);
    if (time) info.context.deadline = start + *time;
    if (!time)
      readable = base::Fail(base::Code::kInvalidArgument, "Grpc-Timeout: " + timeout + " is no time like 500m");
  }
  auto message = HttpRoutes::ReadRequest(*target, request.params, request.body);
  if (!message) readable = std::unexpected(message.error());
  const std::shared_ptr<const google::protobuf::Message> shared = message ? std::move(*message) : rpc.NewRequest();
  CallGate::Outcome outcome;
  if (!readable) {
    // It is told to whom it may, and recorded, as any other.
    outcome = gate.Run(rpc.descriptor->name(), *shared, info, [&](const CallContext&) { return readable; });
    return Answer(response, ToHttpStatus(outcome.status.error().code), outcome.status.error());
  }
  outcome = rpc.descriptor->server_streaming() ? CallStream(rpc, shared, info, response)
                                               : CallOnce(rpc, *shared, info, response);
  if (outcome.status) return;
  const base::Error& error = outcome.status.error();
  Answer(response, ToHttpStatus(error.code), error, rpc.validate(*shared), outcome.retry_after);
}

CallGate::Outcome HttpServer::State::CallOnce(const RpcMethod& rpc, const google::protobuf::Message& request,
                                              const CallInfo& info, httplib::Response& response) {
  return gate.Run(rpc.descriptor->name(), request, info, [&](const CallContext& context) {
    return rpc.call(api, request, context, [&](const google::protobuf::Message& message) {
      response.set_content(ToJson(message), kJson);
      return true;
    });
  });
}

// A line for each message, {"result": message}; where the call fails after the first, a last line {"error": status}.
CallGate::Outcome HttpServer::State::CallStream(const RpcMethod& rpc,
                                                std::shared_ptr<const google::protobuf::Message> request, CallInfo info,
                                                httplib::Response& response) {
  const std::function<bool()> is_useless = info.context.cancelled;
  // Written by the stream's thread before it ends; read after that.
  const auto outcome = std::make_shared<CallGate::Outcome>();
  const auto stream = std::make_shared<MessageStream>(
      [this, &rpc, request, info, outcome](const MessageStream::Emit& emit,
                                           const std::function<bool()>& is_stopped) mutable {
        info.context.cancelled = is_stopped;
        *outcome = gate.Run(rpc.descriptor->name(), *request, info, [&](const CallContext& context) {
          return rpc.call(api, *request, context, [&](const google::protobuf::Message& message) {
            return emit("{\"result\":" + ToJson(message) + "}\n");
          });
        });
        return outcome->status;
      });
  auto first = std::make_shared<std::optional<std::string>>(stream->Next(is_useless));
  if (!*first && !stream->status()) return *outcome;
  response.set_chunked_content_provider(
      kJsonLines,
      [stream, next = std::move(first), is_useless](size_t, httplib::DataSink& sink) {
        if (!*next) {
          if (const base::Status status = stream->status(); !status) {
            const std::string line = "{\"error\":" + ToJson(ToRpcStatus(status.error(), {})) + "}\n";
            sink.write(line.data(), line.size());
          }
          sink.done();
          return true;
        }
        if (!sink.write((*next)->data(), (*next)->size())) return false;
        *next = stream->Next(is_useless);
        return true;
      },
      [stream](bool) { stream->Stop(); });
  return {};
}

HttpServer::HttpServer() = default;

base::Result<std::unique_ptr<HttpServer>> HttpServer::Start(Api& api, CallGate& gate, const HttpOptions& options) {
  const size_t colon = options.listen.rfind(':');
  const std::string port_text = colon == std::string::npos ? "" : options.listen.substr(colon + 1);
  if (port_text.empty() || port_text.size() > 5 || port_text.find_first_not_of("0123456789") != std::string::npos) {
    return base::Fail(base::Code::kInvalidArgument, "no host:port: " + options.listen);
  }
  const std::string host = HostName(options.listen);
  std::unique_ptr<HttpServer> self(new HttpServer());
  self->state_ = std::make_unique<State>(api, gate, options);
  State& state = *self->state_;
  FANIN_RETURN_IF_ERROR(self->ReloadTls());
  if (auto web = WebFiles::Load(options.web_folder)) state.web = std::move(*web);
  state.SetHandlers();
  int port = std::stoi(port_text);
  const bool is_bound =
      port == 0 ? (port = state.server.bind_to_any_port(host)) > 0 : state.server.bind_to_port(host, port);
  if (!is_bound) {
    return base::Fail(base::Code::kUnavailable,
                      "cannot listen on " + options.listen + "; is the port taken, or no address of this machine?");
  }
  self->address_ = options.listen.substr(0, colon + 1) + std::to_string(port);
  state.thread = std::jthread([&state] { state.server.listen_after_bind(); });
  while (!state.server.is_running()) std::this_thread::yield();
  return self;
}

base::Status HttpServer::ReloadTls() {
  if (!state_->options.tls) return {};
  FANIN_ASSIGN_OR_RETURN(SslContext context, MakeServerContext(*state_->options.tls));
  state_->server.SetTls(std::move(context));
  return {};
}

HttpServer::~HttpServer() {
  if (state_ != nullptr) state_->server.StopSoon();
}

}  // namespace fanin::service
