#include "clients/cpp/remote_api.h"

#include <grpcpp/create_channel.h>

#include <chrono>

#include "service/grpc_status.h"

namespace fanin::clients {
namespace {

constexpr std::chrono::seconds kConnectTime{3};
// Whole files, wide cones.
constexpr int kMaxResponseBytes = 256 << 20;

std::shared_ptr<grpc::ChannelCredentials> CredentialsOf(const Credentials& credentials) {
  if (!credentials.tls) return grpc::InsecureChannelCredentials();
  return grpc::SslCredentials({credentials.ca, credentials.key, credentials.certificate});
}

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address, const Credentials& credentials) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxResponseBytes);
  return grpc::CreateCustomChannel(address, CredentialsOf(credentials), arguments);
}

}  // namespace

void RemoteApi::Prepare(const service::CallContext& context, grpc::ClientContext& out) const {
  if (!token_.empty()) out.AddMetadata("authorization", "Bearer " + token_);
  if (!context.deadline) return;
  out.set_deadline(std::chrono::system_clock::now() + (*context.deadline - std::chrono::steady_clock::now()));
}

RemoteApi::RemoteApi(const std::string& address, const Credentials& credentials)
    : address_(address),
      token_(credentials.token),
      channel_(MakeChannel(address, credentials)),
      retrieval_(v1::RetrievalService::NewStub(channel_)),
      repository_(v1::RepositoryService::NewStub(channel_)) {}

base::Result<std::unique_ptr<RemoteApi>> RemoteApi::Connect(const std::string& address,
                                                            const Credentials& credentials) {
  std::unique_ptr<RemoteApi> api(new RemoteApi(address, credentials));
  if (!api->channel_->WaitForConnected(std::chrono::system_clock::now() + kConnectTime)) {
    return base::Fail(base::Code::kUnavailable,
                      "no server answers at " + address +
                          (credentials.tls ? " over TLS, or its certificate is not trusted: see --tls-ca"
                                           : "; start one with: fanin serve --listen " + address));
  }
  return api;
}

template <typename Stub, typename Request, typename Response>
base::Result<Response> RemoteApi::Call(Stub& stub,
                                       grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                                       const Request& request, const service::CallContext& context) const {
  grpc::ClientContext client_context;
  Prepare(context, client_context);
  Response response;
  const grpc::Status status = (stub.*method)(&client_context, request, &response);
  if (!status.ok()) return std::unexpected(service::FromGrpcStatus(status, address_));
  return response;
}

base::Result<v1::SearchResponse> RemoteApi::Search(const v1::SearchRequest& request,
                                                   const service::CallContext& context) {
  return Call(*retrieval_, &v1::RetrievalService::Stub::Search, request, context);
}

base::Result<v1::QueryResponse> RemoteApi::Query(const v1::QueryRequest& request, const service::CallContext& context) {
  return Call(*retrieval_, &v1::RetrievalService::Stub::Query, request, context);
}

base::Result<v1::TraceResponse> RemoteApi::Trace(const v1::TraceRequest& request, const service::CallContext& context) {
  return Call(*retrieval_, &v1::RetrievalService::Stub::Trace, request, context);
}

base::Result<v1::GetHierarchyResponse> RemoteApi::GetHierarchy(const v1::GetHierarchyRequest& request,
                                                               const service::CallContext& context) {
  return Call(*retrieval_, &v1::RetrievalService::Stub::GetHierarchy, request, context);
}

base::Result<v1::GetFsmsResponse> RemoteApi::GetFsms(const v1::GetFsmsRequest& request,
                                                     const service::CallContext& context) {
  return Call(*retrieval_, &v1::RetrievalService::Stub::GetFsms, request, context);
}

base::Result<v1::GetNodeResponse> RemoteApi::GetNode(const v1::GetNodeRequest& request,
                                                     const service::CallContext& context) {
  return Call(*retrieval_, &v1::RetrievalService::Stub::GetNode, request, context);
}

base::Result<v1::GetSourceResponse> RemoteApi::GetSource(const v1::GetSourceRequest& request,
                                                         const service::CallContext& context) {
  return Call(*retrieval_, &v1::RetrievalService::Stub::GetSource, request, context);
}

base::Result<v1::CompareSnapshotsResponse> RemoteApi::CompareSnapshots(const v1::CompareSnapshotsRequest& request,
                                                                       const service::CallContext& context) {
  return Call(*retrieval_, &v1::RetrievalService::Stub::CompareSnapshots, request, context);
}

base::Result<v1::AssembleContextResponse> RemoteApi::AssembleContext(const v1::AssembleContextRequest& request,
                                                                     const service::CallContext& context) {
  return Call(*retrieval_, &v1::RetrievalService::Stub::AssembleContext, request, context);
}

base::Result<v1::CreateRepositoryResponse> RemoteApi::CreateRepository(const v1::CreateRepositoryRequest& request,
                                                                       const service::CallContext& context) {
  return Call(*repository_, &v1::RepositoryService::Stub::CreateRepository, request, context);
}

base::Result<v1::GetRepositoryResponse> RemoteApi::GetRepository(const v1::GetRepositoryRequest& request,
                                                                 const service::CallContext& context) {
  return Call(*repository_, &v1::RepositoryService::Stub::GetRepository, request, context);
}

base::Result<v1::ListRepositoriesResponse> RemoteApi::ListRepositories(const v1::ListRepositoriesRequest& request,
                                                                       const service::CallContext& context) {
  return Call(*repository_, &v1::RepositoryService::Stub::ListRepositories, request, context);
}

base::Result<v1::DeleteRepositoryResponse> RemoteApi::DeleteRepository(const v1::DeleteRepositoryRequest& request,
                                                                       const service::CallContext& context) {
  return Call(*repository_, &v1::RepositoryService::Stub::DeleteRepository, request, context);
}

base::Result<v1::GetJobResponse> RemoteApi::GetJob(const v1::GetJobRequest& request,
                                                   const service::CallContext& context) {
  return Call(*repository_, &v1::RepositoryService::Stub::GetJob, request, context);
}

base::Result<v1::CancelJobResponse> RemoteApi::CancelJob(const v1::CancelJobRequest& request,
                                                         const service::CallContext& context) {
  return Call(*repository_, &v1::RepositoryService::Stub::CancelJob, request, context);
}

base::Result<v1::ListSnapshotsResponse> RemoteApi::ListSnapshots(const v1::ListSnapshotsRequest& request,
                                                                 const service::CallContext& context) {
  return Call(*repository_, &v1::RepositoryService::Stub::ListSnapshots, request, context);
}

base::Result<v1::GetStatusResponse> RemoteApi::GetStatus(const v1::GetStatusRequest& request,
                                                         const service::CallContext& context) {
  return Call(*repository_, &v1::RepositoryService::Stub::GetStatus, request, context);
}

base::Result<v1::CheckDataResponse> RemoteApi::CheckData(const v1::CheckDataRequest& request,
                                                         const service::CallContext& context) {
  return Call(*repository_, &v1::RepositoryService::Stub::CheckData, request, context);
}

base::Status RemoteApi::IndexRepository(const v1::IndexRepositoryRequest& request, const service::CallContext& context,
                                        const IndexEvents& on_event) {
  grpc::ClientContext client_context;
  Prepare(context, client_context);
  return Read(client_context, repository_->IndexRepository(&client_context, request), on_event);
}

base::Status RemoteApi::ExportGraph(const v1::ExportGraphRequest& request, const service::CallContext& context,
                                    const ExportPieces& on_piece) {
  grpc::ClientContext client_context;
  Prepare(context, client_context);
  return Read(client_context, repository_->ExportGraph(&client_context, request), on_piece);
}

base::Status RemoteApi::ExportSnapshot(const v1::ExportSnapshotRequest& request, const service::CallContext& context,
                                       const ArchivePieces& on_piece) {
  grpc::ClientContext client_context;
  Prepare(context, client_context);
  return Read(client_context, repository_->ExportSnapshot(&client_context, request), on_piece);
}

base::Result<v1::ImportSnapshotResponse> RemoteApi::ImportSnapshot(const NextArchivePiece& next_piece,
                                                                   const service::CallContext& context) {
  grpc::ClientContext client_context;
  Prepare(context, client_context);
  v1::ImportSnapshotResponse response;
  const auto writer = repository_->ImportSnapshot(&client_context, &response);
  while (const v1::ImportSnapshotRequest* piece = next_piece()) {
    if (!writer->Write(*piece)) break;  // Finish says why
  }
  writer->WritesDone();
  const grpc::Status status = writer->Finish();
  if (!status.ok()) return std::unexpected(service::FromGrpcStatus(status, address_));
  return response;
}

template <typename Reader, typename Message>
base::Status RemoteApi::Read(grpc::ClientContext& context, const Reader& reader,
                             const std::function<bool(const Message&)>& on_message) const {
  Message message;
  while (reader->Read(&message)) {
    if (!on_message(message)) context.TryCancel();
  }
  const grpc::Status status = reader->Finish();
  if (!status.ok()) return std::unexpected(service::FromGrpcStatus(status, address_));
  return {};
}

}  // namespace fanin::clients
