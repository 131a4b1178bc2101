// Api: every method of the two services, as a call on messages. One implementation answers from a data directory
// (LocalApi), one asks a server (clients/cpp/remote_api.h); the gRPC server and the command line are written against
// it, so that both give the same answers.
//
// Thread-safe. Requests, answers and errors are documented in proto/fanin/v1; error codes are those of gRPC.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "base/error.h"
#include "fanin/v1/context.pb.h"
#include "fanin/v1/diff.pb.h"
#include "fanin/v1/export.pb.h"
#include "fanin/v1/fsm.pb.h"
#include "fanin/v1/node.pb.h"
#include "fanin/v1/query.pb.h"
#include "fanin/v1/repository_service.pb.h"
#include "fanin/v1/search.pb.h"
#include "fanin/v1/trace.pb.h"

namespace fanin::service {

class Caller;

// What surrounds one call.
struct CallContext {
  // Who calls, where callers are told apart; null: one who may do everything. Outlives the call.
  const Caller* caller = nullptr;
  std::optional<std::chrono::steady_clock::time_point> deadline;
  // Whether the caller has gone away; may be empty. Called from the thread of the call.
  std::function<bool()> cancelled;
};

class Api {
 public:
  virtual ~Api() = default;

  virtual base::Result<v1::SearchResponse> Search(const v1::SearchRequest& request, const CallContext& context) = 0;
  virtual base::Result<v1::QueryResponse> Query(const v1::QueryRequest& request, const CallContext& context) = 0;
  virtual base::Result<v1::TraceResponse> Trace(const v1::TraceRequest& request, const CallContext& context) = 0;
  virtual base::Result<v1::GetHierarchyResponse> GetHierarchy(const v1::GetHierarchyRequest& request,
                                                              const CallContext& context) = 0;
  virtual base::Result<v1::GetFsmsResponse> GetFsms(const v1::GetFsmsRequest& request, const CallContext& context) = 0;
  virtual base::Result<v1::GetNodeResponse> GetNode(const v1::GetNodeRequest& request, const CallContext& context) = 0;
  virtual base::Result<v1::GetSourceResponse> GetSource(const v1::GetSourceRequest& request,
                                                        const CallContext& context) = 0;
  virtual base::Result<v1::CompareSnapshotsResponse> CompareSnapshots(const v1::CompareSnapshotsRequest& request,
                                                                      const CallContext& context) = 0;
  virtual base::Result<v1::AssembleContextResponse> AssembleContext(const v1::AssembleContextRequest& request,
                                                                    const CallContext& context) = 0;

  virtual base::Result<v1::CreateRepositoryResponse> CreateRepository(const v1::CreateRepositoryRequest& request,
                                                                      const CallContext& context) = 0;
  virtual base::Result<v1::GetRepositoryResponse> GetRepository(const v1::GetRepositoryRequest& request,
                                                                const CallContext& context) = 0;
  virtual base::Result<v1::ListRepositoriesResponse> ListRepositories(const v1::ListRepositoriesRequest& request,
                                                                      const CallContext& context) = 0;
  virtual base::Result<v1::DeleteRepositoryResponse> DeleteRepository(const v1::DeleteRepositoryRequest& request,
                                                                      const CallContext& context) = 0;
  // Calls on_event for each message of the stream, on the caller's thread, until it returns false.
  using IndexEvents = std::function<bool(const v1::IndexRepositoryResponse&)>;
  virtual base::Status IndexRepository(const v1::IndexRepositoryRequest& request, const CallContext& context,
                                       const IndexEvents& on_event) = 0;
  virtual base::Result<v1::GetJobResponse> GetJob(const v1::GetJobRequest& request, const CallContext& context) = 0;
  virtual base::Result<v1::CancelJobResponse> CancelJob(const v1::CancelJobRequest& request,
                                                        const CallContext& context) = 0;
  virtual base::Result<v1::ListSnapshotsResponse> ListSnapshots(const v1::ListSnapshotsRequest& request,
                                                                const CallContext& context) = 0;
  // Calls on_piece for each message of the stream, on the caller's thread, until it returns false.
  using ExportPieces = std::function<bool(const v1::ExportGraphResponse&)>;
  virtual base::Status ExportGraph(const v1::ExportGraphRequest& request, const CallContext& context,
                                   const ExportPieces& on_piece) = 0;
  // Calls on_piece for each message of the stream, on the caller's thread, until it returns false.
  using ArchivePieces = std::function<bool(const v1::ExportSnapshotResponse&)>;
  virtual base::Status ExportSnapshot(const v1::ExportSnapshotRequest& request, const CallContext& context,
                                      const ArchivePieces& on_piece) = 0;
  // Calls next_piece, on the caller's thread, until it returns nullptr, which ends the archive. What it points to lives
  // until its next call.
  using NextArchivePiece = std::function<const v1::ImportSnapshotRequest*()>;
  virtual base::Result<v1::ImportSnapshotResponse> ImportSnapshot(const NextArchivePiece& next_piece,
                                                                  const CallContext& context) = 0;
  virtual base::Result<v1::GetStatusResponse> GetStatus(const v1::GetStatusRequest& request,
                                                        const CallContext& context) = 0;
  virtual base::Result<v1::CheckDataResponse> CheckData(const v1::CheckDataRequest& request,
                                                        const CallContext& context) = 0;
};

}  // namespace fanin::service
