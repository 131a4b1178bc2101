#include "service/grpc_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <chrono>

#include "fanin/v1/repository_service.grpc.pb.h"
#include "fanin/v1/retrieval_service.grpc.pb.h"
#include "service/call_log.h"
#include "service/grpc_status.h"
#include "service/validate.h"

namespace fanin::service {
namespace {

// Overlays may have 8 MiB; the rest is small.
constexpr int kMaxRequestBytes = 16 << 20;
constexpr std::chrono::seconds kDrainTime{5};

CallContext MakeContext(const grpc::ServerContext& server_context) {
  CallContext context;
  const auto deadline = server_context.deadline();
  if (deadline != std::chrono::system_clock::time_point::max()) {
    context.deadline = std::chrono::steady_clock::now() + (deadline - std::chrono::system_clock::now());
  }
  context.cancelled = [&server_context] { return server_context.IsCancelled(); };
  return context;
}

template <typename Request>
grpc::Status Finish(const grpc::ServerContext& context, std::chrono::steady_clock::time_point start,
                    const Request& request, const base::Status& status) {
  // SearchRequest -> Search.
  std::string_view method = Request::descriptor()->name();
  method.remove_suffix(std::string_view("Request").size());
  LogCall(method, context.peer(), start, status);
  return status ? grpc::Status::OK : ToGrpcStatus(status.error(), Validate(request));
}

// The one handler of all unary methods.
template <typename Request, typename Response>
grpc::Status Handle(Api& api, base::Result<Response> (Api::*method)(const Request&, const CallContext&),
                    const grpc::ServerContext& context, const Request& request, Response& response) {
  const auto start = std::chrono::steady_clock::now();
  base::Result<Response> result = (api.*method)(request, MakeContext(context));
  if (result) response = std::move(*result);
  return Finish(context, start, request, result ? base::Status() : std::unexpected(result.error()));
}

class RetrievalServer final : public v1::RetrievalService::Service {
 public:
  explicit RetrievalServer(Api& api) : api_(api) {}

  template <typename T>
  using In = const T*;
  using Context = grpc::ServerContext*;

  grpc::Status Search(Context context, In<v1::SearchRequest> in, v1::SearchResponse* out) override {
    return Handle(api_, &Api::Search, *context, *in, *out);
  }
  grpc::Status Query(Context context, In<v1::QueryRequest> in, v1::QueryResponse* out) override {
    return Handle(api_, &Api::Query, *context, *in, *out);
  }
  grpc::Status Trace(Context context, In<v1::TraceRequest> in, v1::TraceResponse* out) override {
    return Handle(api_, &Api::Trace, *context, *in, *out);
  }
  grpc::Status GetHierarchy(Context context, In<v1::GetHierarchyRequest> in, v1::GetHierarchyResponse* out) override {
    return Handle(api_, &Api::GetHierarchy, *context, *in, *out);
  }
  grpc::Status GetFsms(Context context, In<v1::GetFsmsRequest> in, v1::GetFsmsResponse* out) override {
    return Handle(api_, &Api::GetFsms, *context, *in, *out);
  }
  grpc::Status GetNode(Context context, In<v1::GetNodeRequest> in, v1::GetNodeResponse* out) override {
    return Handle(api_, &Api::GetNode, *context, *in, *out);
  }
  grpc::Status GetSource(Context context, In<v1::GetSourceRequest> in, v1::GetSourceResponse* out) override {
    return Handle(api_, &Api::GetSource, *context, *in, *out);
  }
  grpc::Status CompareSnapshots(Context context, In<v1::CompareSnapshotsRequest> in,
                                v1::CompareSnapshotsResponse* out) override {
    return Handle(api_, &Api::CompareSnapshots, *context, *in, *out);
  }
  grpc::Status AssembleContext(Context context, In<v1::AssembleContextRequest> in,
                               v1::AssembleContextResponse* out) override {
    return Handle(api_, &Api::AssembleContext, *context, *in, *out);
  }

 private:
  Api& api_;
};

class RepositoryServer final : public v1::RepositoryService::Service {
 public:
  explicit RepositoryServer(Api& api) : api_(api) {}

  template <typename T>
  using In = const T*;
  using Context = grpc::ServerContext*;

  grpc::Status CreateRepository(Context context, In<v1::CreateRepositoryRequest> in,
                                v1::CreateRepositoryResponse* out) override {
    return Handle(api_, &Api::CreateRepository, *context, *in, *out);
  }
  grpc::Status GetRepository(Context context, In<v1::GetRepositoryRequest> in,
                             v1::GetRepositoryResponse* out) override {
    return Handle(api_, &Api::GetRepository, *context, *in, *out);
  }
  grpc::Status ListRepositories(Context context, In<v1::ListRepositoriesRequest> in,
                                v1::ListRepositoriesResponse* out) override {
    return Handle(api_, &Api::ListRepositories, *context, *in, *out);
  }
  grpc::Status DeleteRepository(Context context, In<v1::DeleteRepositoryRequest> in,
                                v1::DeleteRepositoryResponse* out) override {
    return Handle(api_, &Api::DeleteRepository, *context, *in, *out);
  }
  grpc::Status IndexRepository(Context context, In<v1::IndexRepositoryRequest> in,
                               grpc::ServerWriter<v1::IndexRepositoryResponse>* out) override {
    const auto start = std::chrono::steady_clock::now();
    const base::Status status = api_.IndexRepository(
        *in, MakeContext(*context), [out](const v1::IndexRepositoryResponse& event) { return out->Write(event); });
    return Finish(*context, start, *in, status);
  }
  grpc::Status GetJob(Context context, In<v1::GetJobRequest> in, v1::GetJobResponse* out) override {
    return Handle(api_, &Api::GetJob, *context, *in, *out);
  }
  grpc::Status CancelJob(Context context, In<v1::CancelJobRequest> in, v1::CancelJobResponse* out) override {
    return Handle(api_, &Api::CancelJob, *context, *in, *out);
  }
  grpc::Status ListSnapshots(Context context, In<v1::ListSnapshotsRequest> in,
                             v1::ListSnapshotsResponse* out) override {
    return Handle(api_, &Api::ListSnapshots, *context, *in, *out);
  }
  grpc::Status ExportGraph(Context context, In<v1::ExportGraphRequest> in,
                           grpc::ServerWriter<v1::ExportGraphResponse>* out) override {
    const auto start = std::chrono::steady_clock::now();
    const base::Status status = api_.ExportGraph(
        *in, MakeContext(*context), [out](const v1::ExportGraphResponse& piece) { return out->Write(piece); });
    return Finish(*context, start, *in, status);
  }
  grpc::Status GetStatus(Context context, In<v1::GetStatusRequest> in, v1::GetStatusResponse* out) override {
    return Handle(api_, &Api::GetStatus, *context, *in, *out);
  }
  grpc::Status CheckData(Context context, In<v1::CheckDataRequest> in, v1::CheckDataResponse* out) override {
    return Handle(api_, &Api::CheckData, *context, *in, *out);
  }

 private:
  Api& api_;
};

}  // namespace

struct GrpcServer::State {
  explicit State(Api& api) : retrieval(api), repository(api) {}

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

base::Result<std::unique_ptr<GrpcServer>> GrpcServer::Start(Api& api, const ServerOptions& options) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  std::unique_ptr<GrpcServer> self(new GrpcServer());
  self->state_ = std::make_unique<State>(api);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(options.listen, grpc::InsecureServerCredentials(), &port);
  // Two servers on one port would share its calls by chance.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(kMaxRequestBytes);
  builder.RegisterService(&self->state_->retrieval);
  builder.RegisterService(&self->state_->repository);
  self->state_->server = builder.BuildAndStart();
  if (self->state_->server == nullptr || port == 0) {
    return base::Fail(base::Code::kUnavailable,
                      "cannot listen on " + options.listen + "; is the port taken, or no address of this machine?");
  }
  self->address_ = options.listen.substr(0, options.listen.rfind(':') + 1) + std::to_string(port);
  self->state_->SetServing(true);
  return self;
}

void GrpcServer::Shutdown() {
  if (state_ == nullptr || state_->server == nullptr) return;
  state_->SetServing(false);
  state_->server->Shutdown(std::chrono::system_clock::now() + kDrainTime);
  state_->server->Wait();
  state_->server = nullptr;
}

GrpcServer::~GrpcServer() { Shutdown(); }

}  // namespace fanin::service
