// RemoteApi: a Fanin server's methods over gRPC, behind the interface that local data has too.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "fanin/v1/repository_service.grpc.pb.h"
#include "fanin/v1/retrieval_service.grpc.pb.h"
#include "service/api.h"

namespace fanin::clients {

// What a client shows of itself, and whom it trusts.
struct Credentials {
  std::string token;  // empty: none
  bool tls = false;
  std::string ca;           // PEM texts; empty: the machine's authorities
  std::string certificate;  // empty: none
  std::string key;
};

// Thread-safe. Deadlines of a CallContext are passed on. Errors: those of the method; UNAVAILABLE with the server's
// address when it cannot be reached any more.
class RemoteApi : public service::Api {
 public:
  // Waits a few seconds for the server. Errors: UNAVAILABLE, naming the address and what to try.
  static base::Result<std::unique_ptr<RemoteApi>> Connect(const std::string& address,
                                                          const Credentials& credentials = {});

  base::Result<v1::SearchResponse> Search(const v1::SearchRequest& request,
                                          const service::CallContext& context) override;
  base::Result<v1::QueryResponse> Query(const v1::QueryRequest& request, const service::CallContext& context) override;
  base::Result<v1::TraceResponse> Trace(const v1::TraceRequest& request, const service::CallContext& context) override;
  base::Result<v1::GetHierarchyResponse> GetHierarchy(const v1::GetHierarchyRequest& request,
                                                      const service::CallContext& context) override;
  base::Result<v1::GetFsmsResponse> GetFsms(const v1::GetFsmsRequest& request,
                                            const service::CallContext& context) override;
  base::Result<v1::GetNodeResponse> GetNode(const v1::GetNodeRequest& request,
                                            const service::CallContext& context) override;
  base::Result<v1::GetSourceResponse> GetSource(const v1::GetSourceRequest& request,
                                                const service::CallContext& context) override;
  base::Result<v1::CompareSnapshotsResponse> CompareSnapshots(const v1::CompareSnapshotsRequest& request,
                                                              const service::CallContext& context) override;
  base::Result<v1::AssembleContextResponse> AssembleContext(const v1::AssembleContextRequest& request,
                                                            const service::CallContext& context) override;

  base::Result<v1::CreateRepositoryResponse> CreateRepository(const v1::CreateRepositoryRequest& request,
                                                              const service::CallContext& context) override;
  base::Result<v1::GetRepositoryResponse> GetRepository(const v1::GetRepositoryRequest& request,
                                                        const service::CallContext& context) override;
  base::Result<v1::ListRepositoriesResponse> ListRepositories(const v1::ListRepositoriesRequest& request,
                                                              const service::CallContext& context) override;
  base::Result<v1::DeleteRepositoryResponse> DeleteRepository(const v1::DeleteRepositoryRequest& request,
                                                              const service::CallContext& context) override;
  base::Status IndexRepository(const v1::IndexRepositoryRequest& request, const service::CallContext& context,
                               const IndexEvents& on_event) override;
  base::Result<v1::GetJobResponse> GetJob(const v1::GetJobRequest& request,
                                          const service::CallContext& context) override;
  base::Result<v1::CancelJobResponse> CancelJob(const v1::CancelJobRequest& request,
                                                const service::CallContext& context) override;
  base::Result<v1::ListSnapshotsResponse> ListSnapshots(const v1::ListSnapshotsRequest& request,
                                                        const service::CallContext& context) override;
  base::Status ExportGraph(const v1::ExportGraphRequest& request, const service::CallContext& context,
                           const ExportPieces& on_piece) override;
  base::Status ExportSnapshot(const v1::ExportSnapshotRequest& request, const service::CallContext& context,
                              const ArchivePieces& on_piece) override;
  base::Result<v1::ImportSnapshotResponse> ImportSnapshot(const NextArchivePiece& next_piece,
                                                          const service::CallContext& context) override;
  base::Result<v1::GetStatusResponse> GetStatus(const v1::GetStatusRequest& request,
                                                const service::CallContext& context) override;
  base::Result<v1::CheckDataResponse> CheckData(const v1::CheckDataRequest& request,
                                                const service::CallContext& context) override;

 private:
  RemoteApi(const std::string& address, const Credentials& credentials);
  void Prepare(const service::CallContext& context, grpc::ClientContext& out) const;

  template <typename Stub, typename Request, typename Response>
  base::Result<Response> Call(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                              const Request& request, const service::CallContext& context) const;

  // Passes on the messages of a stream until on_message returns false.
  template <typename Reader, typename Message>
  base::Status Read(grpc::ClientContext& context, const Reader& reader,
                    const std::function<bool(const Message&)>& on_message) const;

  const std::string address_;
  const std::string token_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::RetrievalService::Stub> retrieval_;
  std::unique_ptr<v1::RepositoryService::Stub> repository_;
};

}  // namespace fanin::clients
