#include "service/grpc_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <sys/stat.h>

#include <chrono>
#include <functional>
#include <utility>

#include "fanin/v1/repository_service.grpc.pb.h"
#include "fanin/v1/retrieval_service.grpc.pb.h"
#include "service/grpc_status.h"
#include "service/validate.h"

namespace fanin::service {
namespace {

constexpr unsigned kCertificateReloadSeconds = 5;
constexpr std::string_view kUnixPrefix = "unix:";
constexpr const char* kRequestIdKey = "x-request-id";

std::string MetadataOf(const grpc::ServerContext& context, const char* key) {
  const auto found = context.client_metadata().find(key);
  return found == context.client_metadata().end() ? "" : std::string(found->second.data(), found->second.size());
}

CallContext MakeContext(const grpc::ServerContext& server_context) {
  CallContext context;
  const auto deadline = server_context.deadline();
  if (deadline != std::chrono::system_clock::time_point::max()) {
    context.deadline = std::chrono::steady_clock::now() + (deadline - std::chrono::system_clock::now());
  }
  context.cancelled = [&server_context] { return server_context.IsCancelled(); };
  return context;
}

// Runs a call through the gate. SearchRequest -> Search.
template <typename Request>
grpc::Status Run(CallGate& gate, grpc::ServerContext& context, const Request& request,
                 const std::function<base::Status(const CallContext&)>& call) {
  std::string_view method = Request::descriptor()->name();
  method.remove_suffix(std::string_view("Request").size());
  CallInfo info;
  info.front = "grpc";
  info.peer = context.peer();
  info.authorization = MetadataOf(context, "authorization");
  info.request_id = CallGate::RequestIdOf(MetadataOf(context, kRequestIdKey));
  info.traceparent = MetadataOf(context, "traceparent");
  info.context = MakeContext(context);
  context.AddInitialMetadata(kRequestIdKey, info.request_id);
  const CallGate::Outcome outcome = gate.Run(method, request, info, call);
  if (outcome.status) return grpc::Status::OK;
  return ToGrpcStatus(outcome.status.error(), Validate(request), outcome.retry_after);
}

// What the services of one server share.
struct Front {
  Api& api;
  CallGate& gate;

  // The one handler of all unary methods.
  template <typename Request, typename Response>
  grpc::Status Handle(base::Result<Response> (Api::*method)(const Request&, const CallContext&),
                      grpc::ServerContext& context, const Request& request, Response& response) {
    return Run(gate, context, request, [&](const CallContext& call) -> base::Status {
      FANIN_ASSIGN_OR_RETURN(response, (api.*method)(request, call));
      return {};
    });
  }

  // Likewise of those that stream.
  template <typename Request, typename Response>
  grpc::Status HandleStream(base::Status (Api::*method)(const Request&, const CallContext&,
                                                        const std::function<bool(const Response&)>&),
                            grpc::ServerContext& context, const Request& request,
                            grpc::ServerWriter<Response>& writer) {
    return Run(gate, context, request, [&](const CallContext& call) {
      return (api.*method)(request, call, [&writer](const Response& message) { return writer.Write(message); });
    });
  }
};

class RetrievalServer final : public v1::RetrievalService::Service {
 public:
  explicit RetrievalServer(Front front) : front_(front) {}

  template <typename T>
  using In = const T*;
  using Context = grpc::ServerContext*;

  grpc::Status Search(Context context, In<v1::SearchRequest> in, v1::SearchResponse* out) override {
    return front_.Handle(&Api::Search, *context, *in, *out);
  }
  grpc::Status Query(Context context, In<v1::QueryRequest> in, v1::QueryResponse* out) override {
    return front_.Handle(&Api::Query, *context, *in, *out);
  }
  grpc::Status Trace(Context context, In<v1::TraceRequest> in, v1::TraceResponse* out) override {
    return front_.Handle(&Api::Trace, *context, *in, *out);
  }
  grpc::Status GetHierarchy(Context context, In<v1::GetHierarchyRequest> in, v1::GetHierarchyResponse* out) override {
    return front_.Handle(&Api::GetHierarchy, *context, *in, *out);
  }
  grpc::Status GetFsms(Context context, In<v1::GetFsmsRequest> in, v1::GetFsmsResponse* out) override {
    return front_.Handle(&Api::GetFsms, *context, *in, *out);
  }
  grpc::Status GetNode(Context context, In<v1::GetNodeRequest> in, v1::GetNodeResponse* out) override {
    return front_.Handle(&Api::GetNode, *context, *in, *out);
  }
  grpc::Status GetSource(Context context, In<v1::GetSourceRequest> in, v1::GetSourceResponse* out) override {
    return front_.Handle(&Api::GetSource, *context, *in, *out);
  }
  grpc::Status CompareSnapshots(Context context, In<v1::CompareSnapshotsRequest> in,
                                v1::CompareSnapshotsResponse* out) override {
    return front_.Handle(&Api::CompareSnapshots, *context, *in, *out);
  }
  grpc::Status AssembleContext(Context context, In<v1::AssembleContextRequest> in,
                               v1::AssembleContextResponse* out) override {
    return front_.Handle(&Api::AssembleContext, *context, *in, *out);
  }

 private:
  Front front_;
};

class RepositoryServer final : public v1::RepositoryService::Service {
 public:
  explicit RepositoryServer(Front front) : front_(front) {}

  template <typename T>
  using In = const T*;
  using Context = grpc::ServerContext*;

  grpc::Status CreateRepository(Context context, In<v1::CreateRepositoryRequest> in,
                                v1::CreateRepositoryResponse* out) override {
    return front_.Handle(&Api::CreateRepository, *context, *in, *out);
  }
  grpc::Status GetRepository(Context context, In<v1::GetRepositoryRequest> in,
                             v1::GetRepositoryResponse* out) override {
    return front_.Handle(&Api::GetRepository, *context, *in, *out);
  }
  grpc::Status ListRepositories(Context context, In<v1::ListRepositoriesRequest> in,
                                v1::ListRepositoriesResponse* out) override {
    return front_.Handle(&Api::ListRepositories, *context, *in, *out);
  }
  grpc::Status DeleteRepository(Context context, In<v1::DeleteRepositoryRequest> in,
                                v1::DeleteRepositoryResponse* out) override {
    return front_.Handle(&Api::DeleteRepository, *context, *in, *out);
  }
  grpc::Status IndexRepository(Context context, In<v1::IndexRepositoryRequest> in,
                               grpc::ServerWriter<v1::IndexRepositoryResponse>* out) override {
    return front_.HandleStream(&Api::IndexRepository, *context, *in, *out);
  }
  grpc::Status GetJob(Context context, In<v1::GetJobRequest> in, v1::GetJobResponse* out) override {
    return front_.Handle(&Api::GetJob, *context, *in, *out);
  }
  grpc::Status CancelJob(Context context, In<v1::CancelJobRequest> in, v1::CancelJobResponse* out) override {
    return front_.Handle(&Api::CancelJob, *context, *in, *out);
  }
  grpc::Status ListSnapshots(Context context, In<v1::ListSnapshotsRequest> in,
                             v1::ListSnapshotsResponse* out) override {
    return front_.Handle(&Api::ListSnapshots, *context, *in, *out);
  }
  grpc::Status ExportGraph(Context context, In<v1::ExportGraphRequest> in,
                           grpc::ServerWriter<v1::ExportGraphResponse>* out) override {
    return front_.HandleStream(&Api::ExportGraph, *context, *in, *out);
  }
  grpc::Status ExportSnapshot(Context context, In<v1::ExportSnapshotRequest> in,
                              grpc::ServerWriter<v1::ExportSnapshotResponse>* out) override {
    return front_.HandleStream(&Api::ExportSnapshot, *context, *in, *out);
  }
  grpc::Status ImportSnapshot(Context context, grpc::ServerReader<v1::ImportSnapshotRequest>* in,
                              v1::ImportSnapshotResponse* out) override {
    // The first message says what it is about.
    v1::ImportSnapshotRequest first;
    bool has_piece = in->Read(&first);
    v1::ImportSnapshotRequest piece = first;
    bool is_first = true;
    return Run(front_.gate, *context, first, [&](const CallContext& call) -> base::Status {
      const auto next = [&]() -> const v1::ImportSnapshotRequest* {
        if (!std::exchange(is_first, false)) has_piece = in->Read(&piece);
        return has_piece ? &piece : nullptr;
      };
      FANIN_ASSIGN_OR_RETURN(*out, front_.api.ImportSnapshot(next, call));
      return {};
    });
  }
  grpc::Status GetStatus(Context context, In<v1::GetStatusRequest> in, v1::GetStatusResponse* out) override {
    return front_.Handle(&Api::GetStatus, *context, *in, *out);
  }
  grpc::Status CheckData(Context context, In<v1::CheckDataRequest> in, v1::CheckDataResponse* out) override {
    return front_.Handle(&Api::CheckData, *context, *in, *out);
  }

 private:
  Front front_;
};

std::shared_ptr<grpc::ServerCredentials> CredentialsOf(const std::optional<TlsFiles>& tls) {
  if (!tls) return grpc::InsecureServerCredentials();
  using grpc::experimental::FileWatcherCertificateProvider;
  const bool is_mutual = !tls->client_ca.empty();
  const auto provider = is_mutual ? std::make_shared<FileWatcherCertificateProvider>(
                                        tls->key, tls->certificate, tls->client_ca, kCertificateReloadSeconds)
                                  : std::make_shared<FileWatcherCertificateProvider>(tls->key, tls->certificate,
                                                                                     kCertificateReloadSeconds);
  grpc::experimental::TlsServerCredentialsOptions options(provider);
  options.watch_identity_key_cert_pairs();
  if (is_mutual) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(options);
}

}  // namespace

struct GrpcServer::State {
  explicit State(Front front) : retrieval(front), repository(front) {}

  void SetServing(bool serving) {
    grpc::HealthCheckServiceInterface* health = server->GetHealthCheckService();
    health->SetServingStatus(serving);
    health->SetServingStatus(v1::RetrievalService::service_full_name(), serving);
    health->SetServingStatus(v1::RepositoryService::service_full_name(), serving);
  }

  RetrievalServer retrieval;
  RepositoryServer repository;
  std::unique_ptr<grpc::Server> server;
};

GrpcServer::GrpcServer() = default;

base::Result<std::unique_ptr<GrpcServer>> GrpcServer::Start(Api& api, CallGate& gate, const ServerOptions& options) {
  if (options.tls) FANIN_RETURN_IF_ERROR(MakeServerContext(*options.tls));
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  std::unique_ptr<GrpcServer> self(new GrpcServer());
  self->drain_time_ = options.drain_time;
  self->state_ = std::make_unique<State>(Front{api, gate});
  const bool is_socket = options.listen.starts_with(kUnixPrefix);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(options.listen, CredentialsOf(options.tls), &port);
  // Two servers on one port would share its calls by chance.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(options.max_request_bytes);
  if (options.max_threads > 0) {
    builder.SetResourceQuota(grpc::ResourceQuota("fanin").SetMaxThreads(options.max_threads));
  }
  builder.RegisterService(&self->state_->retrieval);
  builder.RegisterService(&self->state_->repository);
  // A socket is for this user alone. Nothing else makes files yet.
  const mode_t mask = ::umask(is_socket ? 0177 : 0);
  if (!is_socket) ::umask(mask);
  self->state_->server = builder.BuildAndStart();
  if (is_socket) ::umask(mask);
  if (self->state_->server == nullptr || port == 0) {
    return base::Fail(base::Code::kUnavailable,
                      "cannot listen on " + options.listen + "; is the port taken, or no address of this machine?");
  }
  self->address_ =
      is_socket ? options.listen : options.listen.substr(0, options.listen.rfind(':') + 1) + std::to_string(port);
  self->state_->SetServing(true);
  return self;
}

void GrpcServer::StopServing() { state_->SetServing(false); }

void GrpcServer::Shutdown() {
  if (state_ == nullptr || state_->server == nullptr) return;
  state_->SetServing(false);
  state_->server->Shutdown(std::chrono::system_clock::now() + drain_time_);
  state_->server->Wait();
  state_->server = nullptr;
}

GrpcServer::~GrpcServer() { Shutdown(); }

}  // namespace fanin::service
