// LocalApi: the services' methods over one data directory, in this process.
//
// Each method validates its request, converts it, asks the engine, and converts the answer. Thread-safe.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "graph/snapshot_archive.h"
#include "service/api.h"
#include "service/engine.h"
#include "service/job_queue.h"
#include "service/overlays.h"
#include "service/resource_name.h"
#include "service/tokenizers.h"

namespace fanin::service {

struct LocalApiOptions {
  size_t max_repositories = SIZE_MAX;
  size_t max_waiting_jobs = SIZE_MAX;
  // Whether jobs that wait or run are written down, and begun again by the next process with this option.
  bool resume_jobs = false;
};

class LocalApi : public Api {
 public:
  explicit LocalApi(std::unique_ptr<Engine> engine, const LocalApiOptions& options = {});
  ~LocalApi() override;

  Engine& engine() { return *engine_; }
  const JobQueue& jobs() const { return jobs_; }

  base::Result<v1::SearchResponse> Search(const v1::SearchRequest& request, const CallContext& context) override;
  base::Result<v1::QueryResponse> Query(const v1::QueryRequest& request, const CallContext& context) override;
  base::Result<v1::TraceResponse> Trace(const v1::TraceRequest& request, const CallContext& context) override;
  base::Result<v1::GetHierarchyResponse> GetHierarchy(const v1::GetHierarchyRequest& request,
                                                      const CallContext& context) override;
  base::Result<v1::GetFsmsResponse> GetFsms(const v1::GetFsmsRequest& request, const CallContext& context) override;
  base::Result<v1::GetNodeResponse> GetNode(const v1::GetNodeRequest& request, const CallContext& context) override;
  base::Result<v1::GetSourceResponse> GetSource(const v1::GetSourceRequest& request,
                                                const CallContext& context) override;
  base::Result<v1::CompareSnapshotsResponse> CompareSnapshots(const v1::CompareSnapshotsRequest& request,
                                                              const CallContext& context) override;
  base::Result<v1::AssembleContextResponse> AssembleContext(const v1::AssembleContextRequest& request,
                                                            const CallContext& context) override;

  base::Result<v1::CreateRepositoryResponse> CreateRepository(const v1::CreateRepositoryRequest& request,
                                                              const CallContext& context) override;
  base::Result<v1::GetRepositoryResponse> GetRepository(const v1::GetRepositoryRequest& request,
                                                        const CallContext& context) override;
  base::Result<v1::ListRepositoriesResponse> ListRepositories(const v1::ListRepositoriesRequest& request,
                                                              const CallContext& context) override;
  base::Result<v1::DeleteRepositoryResponse> DeleteRepository(const v1::DeleteRepositoryRequest& request,
                                                              const CallContext& context) override;
  base::Status IndexRepository(const v1::IndexRepositoryRequest& request, const CallContext& context,
                               const IndexEvents& on_event) override;
  base::Result<v1::GetJobResponse> GetJob(const v1::GetJobRequest& request, const CallContext& context) override;
  base::Result<v1::CancelJobResponse> CancelJob(const v1::CancelJobRequest& request,
                                                const CallContext& context) override;
  base::Result<v1::ListSnapshotsResponse> ListSnapshots(const v1::ListSnapshotsRequest& request,
                                                        const CallContext& context) override;
  base::Status ExportGraph(const v1::ExportGraphRequest& request, const CallContext& context,
                           const ExportPieces& on_piece) override;
  base::Status ExportSnapshot(const v1::ExportSnapshotRequest& request, const CallContext& context,
                              const ArchivePieces& on_piece) override;
  base::Result<v1::ImportSnapshotResponse> ImportSnapshot(const NextArchivePiece& next_piece,
                                                          const CallContext& context) override;
  base::Result<v1::GetStatusResponse> GetStatus(const v1::GetStatusRequest& request,
                                                const CallContext& context) override;
  base::Result<v1::CheckDataResponse> CheckData(const v1::CheckDataRequest& request,
                                                const CallContext& context) override;

 private:
  // Of a repository's or snapshot's resource name that was validated.
  base::Result<std::shared_ptr<const graph::Snapshot>> OpenSnapshot(const std::string& name);
  base::Result<std::shared_ptr<const retriever::SearchIndex>> OpenIndex(const std::string& name);
  // The same with unsaved texts laid over it. What they do not give is added to `warnings`.
  using Warnings = google::protobuf::RepeatedPtrField<std::string>;
  base::Result<std::shared_ptr<const graph::Snapshot>> OpenSnapshot(const std::string& name,
                                                                    const OverlayTexts& overlays, Warnings& warnings);
  base::Result<std::shared_ptr<const retriever::SearchIndex>> OpenIndex(const std::string& name,
                                                                        const OverlayTexts& overlays,
                                                                        Warnings& warnings);
  // The design that a call asks of, as TraceRequest.design; null: none. Errors: NOT_FOUND.
  base::Result<std::shared_ptr<const graph::Elaboration>> OpenDesign(const graph::Snapshot& snapshot,
                                                                     const std::string& design,
                                                                     const OverlayTexts& overlays);
  // With overlays there must be one name.
  base::Result<std::vector<std::shared_ptr<const retriever::SearchIndex>>> OpenIndexes(
      const google::protobuf::RepeatedPtrField<std::string>& names, const OverlayTexts& overlays, Warnings& warnings,
      const CallContext& context);
  // No names: all repositories that have a snapshot and that the caller may read. Errors: FAILED_PRECONDITION when
  // there is none.
  base::Result<std::vector<std::shared_ptr<const retriever::SearchIndex>>> OpenIndexes(
      const google::protobuf::RepeatedPtrField<std::string>& names, const CallContext& context);
  // Those that the caller may read, sorted by name.
  base::Result<std::vector<graph::RepositoryRecord>> ListReadable(const CallContext& context);
  base::Result<v1::AssembleContextResponse> AssembleCompletion(const v1::AssembleContextRequest& request,
                                                               const CallContext& context);
  base::Result<v1::AssembleContextResponse> AssembleDebug(const v1::AssembleContextRequest& request,
                                                          const CallContext& context);
  // The design that a tree is asked of; null: none, it is as written.
  base::Result<std::shared_ptr<const graph::Elaboration>> FindDesign(const graph::Snapshot& snapshot,
                                                                     const v1::GetHierarchyRequest& request,
                                                                     graph::NodeRef top);
  // Whether one more repository may be. Errors: RESOURCE_EXHAUSTED.
  base::Status CheckRoom();
  // Publishes an archive that was found good. REQUIRES: no job runs.
  base::Result<v1::ImportSnapshotResponse> Import(const graph::ArchiveHead& head, const std::string& root,
                                                  const std::string& archive);
  // What is known of a repository, its state included. A snapshot that cannot be read is a warning, not an error.
  v1::Repository Describe(const graph::RepositoryRecord& record);

  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  const LocalApiOptions options_;
  std::unique_ptr<Engine> engine_;
  Overlays overlays_;
  Tokenizers tokenizers_;
  JobQueue jobs_;
};

}  // namespace fanin::service
