// LocalApi: the methods of RepositoryService.
#include <glog/logging.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "indexer/git.h"
#include "service/call_log.h"
#include "service/caller.h"
#include "service/convert.h"
#include "service/data_check.h"
#include "service/data_repair.h"
#include "service/design_job.h"
#include "service/index_options.h"
#include "service/local_api.h"
#include "service/local_api_common.h"
#include "service/page_token.h"
#include "service/parse_problems.h"
#include "service/pending_jobs.h"
#include "service/unix_time.h"
#include "service/utf8.h"
#include "service/validate.h"
#include "service/version.h"

namespace fanin::service {
namespace {

constexpr uint32_t kDefaultListPage = 100;
constexpr size_t kMaxJobsTold = 20;
// Files with parse errors that a repository's description names: each costs the reading of a shard.
constexpr size_t kMaxParseProblems = 100;
// How often a call that follows a job looks whether its caller is still there.
constexpr std::chrono::milliseconds kFollowInterval{100};

// Items [offset, offset + page_size) of a list; sets the token of the next page where there is one.
template <typename Item, typename Request, typename Response>
base::Result<std::span<const Item>> Page(const std::vector<Item>& items, const Request& request, uint64_t request_hash,
                                         Response& response) {
  FANIN_ASSIGN_OR_RETURN(const uint64_t offset, ReadPageToken(request.page_token(), request_hash, 0));
  const size_t begin = std::min<size_t>(offset, items.size());
  const size_t size = request.page_size() == 0 ? kDefaultListPage : request.page_size();
  const size_t end = std::min(begin + size, items.size());
  if (end < items.size()) response.set_next_page_token(PageToken{end, request_hash, 0}.ToString());
  return std::span(items).subspan(begin, end - begin);
}

}  // namespace

LocalApi::LocalApi(std::unique_ptr<Engine> engine, const LocalApiOptions& options)
    : options_(options),
      engine_(std::move(engine)),
      overlays_(*engine_),
      tokenizers_(engine_->data_dir() / "tokenizers"),
      jobs_(*engine_, {options.max_waiting_jobs, options.resume_jobs}) {}

LocalApi::~LocalApi() = default;

base::Result<std::shared_ptr<const graph::Snapshot>> LocalApi::OpenSnapshot(const std::string& name) {
  FANIN_ASSIGN_OR_RETURN(const ResourceName parsed, ResourceName::Parse(name));
  return engine_->OpenSnapshot(parsed.repository, parsed.snapshot);
}

base::Result<std::shared_ptr<const retriever::SearchIndex>> LocalApi::OpenIndex(const std::string& name) {
  FANIN_ASSIGN_OR_RETURN(const ResourceName parsed, ResourceName::Parse(name));
  return engine_->OpenIndex(parsed.repository, parsed.snapshot);
}

base::Result<std::shared_ptr<const retriever::SearchIndex>> LocalApi::OpenIndex(const std::string& name,
                                                                                const OverlayTexts& overlays,
                                                                                Warnings& warnings) {
  FANIN_ASSIGN_OR_RETURN(const ResourceName parsed, ResourceName::Parse(name));
  FANIN_ASSIGN_OR_RETURN(const graph::RepositoryRecord record, engine_->store().GetRepository(parsed.repository));
  FANIN_ASSIGN_OR_RETURN(auto index, engine_->OpenIndex(parsed.repository, parsed.snapshot));
  FANIN_ASSIGN_OR_RETURN(Overlaid overlaid, overlays_.Open(std::move(index), record, overlays));
  for (const std::string& warning : overlaid.warnings) *warnings.Add() = ToUtf8(warning);
  return std::move(overlaid.index);
}

base::Result<std::shared_ptr<const graph::Snapshot>> LocalApi::OpenSnapshot(const std::string& name,
                                                                            const OverlayTexts& overlays,
                                                                            Warnings& warnings) {
  if (overlays.empty()) return OpenSnapshot(name);
  FANIN_ASSIGN_OR_RETURN(const auto index, OpenIndex(name, overlays, warnings));
  return index->snapshot_ptr();
}

base::Result<std::shared_ptr<const graph::Elaboration>> LocalApi::OpenDesign(const graph::Snapshot& snapshot,
                                                                             const std::string& design,
                                                                             const OverlayTexts& overlays) {
  // Unsaved texts move the nodes that a design was told in.
  if (design == kNoDesign || !overlays.empty()) return nullptr;
  return engine_->OpenElaboration(snapshot, design);
}

base::Result<std::vector<std::shared_ptr<const retriever::SearchIndex>>> LocalApi::OpenIndexes(
    const google::protobuf::RepeatedPtrField<std::string>& names, const OverlayTexts& overlays, Warnings& warnings,
    const CallContext& context) {
  if (overlays.empty()) return OpenIndexes(names, context);
  std::vector<std::shared_ptr<const retriever::SearchIndex>> indexes;
  FANIN_ASSIGN_OR_RETURN(indexes.emplace_back(), OpenIndex(names.Get(0), overlays, warnings));
  return indexes;
}

base::Result<std::vector<std::shared_ptr<const retriever::SearchIndex>>> LocalApi::OpenIndexes(
    const google::protobuf::RepeatedPtrField<std::string>& names, const CallContext& context) {
  std::vector<std::string> chosen(names.begin(), names.end());
  if (chosen.empty()) {
    FANIN_ASSIGN_OR_RETURN(const std::vector<graph::RepositoryRecord> records, ListReadable(context));
    for (const graph::RepositoryRecord& record : records) {
      if (record.latest != 0) chosen.push_back(RepositoryName(record.name));
    }
    if (chosen.empty()) {
      return base::Fail(base::Code::kFailedPrecondition, "nothing is indexed yet; run: fanin index PATH");
    }
  }
  std::vector<std::shared_ptr<const retriever::SearchIndex>> indexes;
  for (const std::string& name : chosen) {
    FANIN_ASSIGN_OR_RETURN(indexes.emplace_back(), OpenIndex(name));
  }
  return indexes;
}

base::Result<std::vector<graph::RepositoryRecord>> LocalApi::ListReadable(const CallContext& context) {
  FANIN_ASSIGN_OR_RETURN(std::vector<graph::RepositoryRecord> records, engine_->store().ListRepositories());
  std::erase_if(records, [&](const graph::RepositoryRecord& record) { return !MayRead(context, record.name); });
  return records;
}

v1::Repository LocalApi::Describe(const graph::RepositoryRecord& record) {
  v1::Repository out;
  out.set_name(RepositoryName(record.name));
  out.set_root(record.root);
  *out.mutable_create_time() = TimestampOf(record.created_unix_ms);
  if (base::Result<v1::IndexOptions> options = ReadOptions(record)) {
    *out.mutable_options() = std::move(*options);
  } else {
    out.add_warnings(options.error().message);
  }
  if (const std::shared_ptr<Job> job = jobs_.Current(record.name)) out.set_current_job(job->name());
  std::error_code gone;
  if (!std::filesystem::is_directory(record.root, gone)) {
    out.add_warnings(
        "its folder " + record.root +
        " is not there: it answers from its snapshot and cannot be indexed; bring the folder back, or delete "
        "the repository and index it where it is now");
  }
  if (record.latest == 0) {
    out.set_state(v1::Repository::STATE_EMPTY);
    return out;
  }
  const base::Result<graph::Manifest> manifest = engine_->store().GetManifest(record.name, std::nullopt);
  if (!manifest) {
    out.add_warnings(manifest.error().message);
  } else {
    *out.mutable_latest_snapshot() = ToProto(*manifest);
    if (const base::Status read = DescribeDesigns(engine_->store(), *manifest, *out.mutable_designs()); !read) {
      out.add_warnings(read.error().message);
    }
    if (const base::Status read = DescribeParseProblems(engine_->store(), engine_->cache(), *manifest,
                                                        kMaxParseProblems, *out.mutable_parse_problems());
        !read) {
      out.add_warnings(read.error().message);
    }
    const auto index = engine_->FindOpenIndex(record.name);
    out.set_semantic_coverage(index != nullptr ? index->semantic_coverage() : engine_->SemanticCoverage(*manifest));
    if (!engine_->embedder()) {
      out.add_warnings(engine_->DescribeMissingModel());
    } else if (out.semantic_coverage() < 1) {
      out.add_warnings("some passages have no embeddings, search by meaning misses them; index again with embeddings");
    }
    for (const graph::SegmentEntry& segment : manifest->segments) {
      std::error_code error;
      if (segment.vectors && !std::filesystem::exists(engine_->vectors_dir() / segment.vectors->name, error)) {
        out.add_warnings("vector file " + segment.vectors->name + " is missing; the next search rebuilds it");
      }
    }
  }
  out.set_state(out.warnings().empty() ? v1::Repository::STATE_READY : v1::Repository::STATE_DEGRADED);
  return out;
}

base::Status LocalApi::CheckRoom() {
  FANIN_ASSIGN_OR_RETURN(const std::vector<graph::RepositoryRecord> records, engine_->store().ListRepositories());
  if (records.size() < options_.max_repositories) return {};
  return base::Fail(base::Code::kResourceExhausted,
                    "there are " + std::to_string(records.size()) +
                        " repositories, as many as this server may have; delete one, or "
                        "raise limits.repositories");
}

base::Result<v1::CreateRepositoryResponse> LocalApi::CreateRepository(const v1::CreateRepositoryRequest& request,
                                                                      const CallContext&) {
  FANIN_RETURN_IF_ERROR(Check(request));
  const std::filesystem::path root(request.repository().root());
  FANIN_RETURN_IF_ERROR(engine_->roots().Check(root));
  FANIN_RETURN_IF_ERROR(CheckRoom());
  std::error_code error;
  const std::filesystem::path canonical = std::filesystem::canonical(root, error);
  if (error) return base::FailErrno("folder " + root.string(), error.value());
  if (!std::filesystem::is_directory(canonical, error)) {
    return base::Fail(base::Code::kInvalidArgument, "repository.root: " + root.string() + " is no folder");
  }
  graph::RepositoryRecord record;
  record.name = request.repository_id();
  record.root = canonical.string();
  record.options_json = EncodeOptions(request.repository().options());
  record.created_unix_ms = NowUnixMs();
  FANIN_RETURN_IF_ERROR(engine_->store().CreateRepository(record));
  v1::CreateRepositoryResponse response;
  *response.mutable_repository() = Describe(record);
  return response;
}

base::Result<v1::GetRepositoryResponse> LocalApi::GetRepository(const v1::GetRepositoryRequest& request,
                                                                const CallContext&) {
  FANIN_RETURN_IF_ERROR(Check(request));
  FANIN_ASSIGN_OR_RETURN(const ResourceName name, ResourceName::Parse(request.name()));
  FANIN_ASSIGN_OR_RETURN(const graph::RepositoryRecord record, engine_->store().GetRepository(name.repository));
  v1::GetRepositoryResponse response;
  *response.mutable_repository() = Describe(record);
  return response;
}

base::Result<v1::ListRepositoriesResponse> LocalApi::ListRepositories(const v1::ListRepositoriesRequest& request,
                                                                      const CallContext& context) {
  FANIN_RETURN_IF_ERROR(Check(request));
  FANIN_ASSIGN_OR_RETURN(const std::vector<graph::RepositoryRecord> records, ListReadable(context));
  v1::ListRepositoriesResponse response;
  FANIN_ASSIGN_OR_RETURN(const auto page, Page(records, request, base::Hash64("repositories"), response));
  for (const graph::RepositoryRecord& record : page) *response.add_repositories() = Describe(record);
  return response;
}

base::Result<v1::DeleteRepositoryResponse> LocalApi::DeleteRepository(const v1::DeleteRepositoryRequest& request,
                                                                      const CallContext&) {
  FANIN_RETURN_IF_ERROR(Check(request));
  FANIN_ASSIGN_OR_RETURN(const ResourceName name, ResourceName::Parse(request.name()));
  if (const std::shared_ptr<Job> job = jobs_.Current(name.repository)) {
    return base::Fail(base::Code::kFailedPrecondition,
                      "repository " + name.repository + " is being indexed by " + job->name() + "; cancel that first");
  }
  FANIN_RETURN_IF_ERROR(engine_->store().DeleteRepository(name.repository));
  engine_->Forget(name.repository);
  // While a job runs, that job collects in the end.
  base::Status collected;
  jobs_.RunIfIdle([&] { collected = engine_->store().CollectGarbage(kSnapshotsKept); });
  if (!collected) {
    LOG(WARNING) << "event=collect_garbage code=" << base::CodeName(collected.error().code)
                 << " message=" << Quoted(collected.error().message);
  }
  return v1::DeleteRepositoryResponse();
}

base::Status LocalApi::IndexRepository(const v1::IndexRepositoryRequest& request, const CallContext& context,
                                       const IndexEvents& on_event) {
  FANIN_RETURN_IF_ERROR(Check(request));
  FANIN_ASSIGN_OR_RETURN(const ResourceName name, ResourceName::Parse(request.name()));
  FANIN_RETURN_IF_ERROR(engine_->store().GetRepository(name.repository));
  FANIN_ASSIGN_OR_RETURN(IndexJobRequest job_request, ToJobRequest(request));
  FANIN_ASSIGN_OR_RETURN(const std::shared_ptr<Job> job, jobs_.Start(std::move(job_request)));

  Job::Place place;
  while (true) {
    const std::vector<v1::Job> states = job->WaitForStates(place, kFollowInterval);
    bool go_on = !(context.cancelled && context.cancelled());
    for (auto state = states.begin(); state != states.end() && go_on; ++state) {
      v1::IndexRepositoryResponse event;
      *event.mutable_job() = *state;
      go_on = on_event(event);
    }
    if (!states.empty() && states.back().has_end_time()) return job->status();
    if (go_on) continue;
    if (request.cancel_on_disconnect()) job->Cancel();
    return base::Fail(base::Code::kCancelled, "the caller left; " + job->name() +
                                                  (request.cancel_on_disconnect() ? " is cancelled" : " goes on"));
  }
}

base::Result<v1::GetJobResponse> LocalApi::GetJob(const v1::GetJobRequest& request, const CallContext&) {
  FANIN_RETURN_IF_ERROR(Check(request));
  FANIN_ASSIGN_OR_RETURN(const std::shared_ptr<Job> job, jobs_.Find(request.name()));
  v1::GetJobResponse response;
  *response.mutable_job() = job->Describe();
  return response;
}

base::Result<v1::CancelJobResponse> LocalApi::CancelJob(const v1::CancelJobRequest& request, const CallContext&) {
  FANIN_RETURN_IF_ERROR(Check(request));
  FANIN_ASSIGN_OR_RETURN(const std::shared_ptr<Job> job, jobs_.Find(request.name()));
  if (!job->Cancel()) return base::Fail(base::Code::kFailedPrecondition, job->name() + " has ended already");
  v1::CancelJobResponse response;
  *response.mutable_job() = job->Describe();
  return response;
}

base::Result<v1::ListSnapshotsResponse> LocalApi::ListSnapshots(const v1::ListSnapshotsRequest& request,
                                                                const CallContext&) {
  FANIN_RETURN_IF_ERROR(Check(request));
  FANIN_ASSIGN_OR_RETURN(const ResourceName name, ResourceName::Parse(request.parent()));
  FANIN_ASSIGN_OR_RETURN(std::vector<graph::SnapshotId> snapshots, engine_->store().ListSnapshots(name.repository));
  std::ranges::reverse(snapshots);
  v1::ListSnapshotsResponse response;
  // What git does not know may be the beginning of the name of a commit that is gone.
  std::string commit = request.revision();
  if (!commit.empty()) {
    FANIN_ASSIGN_OR_RETURN(const graph::RepositoryRecord record, engine_->store().GetRepository(name.repository));
    commit = indexer::ResolveCommit(record.root, commit, {engine_->roots(), {}}).value_or(commit);
  }
  FANIN_ASSIGN_OR_RETURN(const auto page, Page(snapshots, request, base::Hash64(request.parent()), response));
  for (const graph::SnapshotId snapshot : page) {
    FANIN_ASSIGN_OR_RETURN(const graph::Manifest manifest, engine_->store().GetManifest(name.repository, snapshot));
    // With "+" the folder had other files than the commit.
    const bool wanted = commit.empty() || (manifest.revision.starts_with(commit) && !manifest.revision.ends_with('+'));
    if (wanted) *response.add_snapshots() = ToProto(manifest);
  }
  return response;
}

base::Result<v1::GetStatusResponse> LocalApi::GetStatus(const v1::GetStatusRequest& request,
                                                        const CallContext& context) {
  FANIN_RETURN_IF_ERROR(Check(request));
  FANIN_ASSIGN_OR_RETURN(const std::vector<graph::RepositoryRecord> records, ListReadable(context));
  v1::GetStatusResponse response;
  response.set_version(std::string(Version()));
  response.set_data_dir(engine_->data_dir().string());
  FANIN_ASSIGN_OR_RETURN(const uint64_t store_bytes, engine_->store().EstimateSizeBytes());
  response.set_data_bytes(store_bytes);
  if (engine_->embedder()) {
    response.set_embedding_model((*engine_->embedder())->identity().name);
  } else {
    response.add_warnings(engine_->DescribeMissingModel());
  }
  if (const std::optional<base::Error> error = engine_->store().BackgroundError()) {
    response.add_warnings("the store cannot write: " + error->message);
  }
  for (std::string& damage : DescribeDamage(engine_->data_dir())) response.add_warnings(std::move(damage));
  response.mutable_uptime()->set_seconds(
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - start_).count());
  bool degraded = !response.warnings().empty();
  for (const graph::RepositoryRecord& record : records) {
    v1::Repository& repository = *response.add_repositories();
    repository = Describe(record);
    degraded = degraded || repository.state() == v1::Repository::STATE_DEGRADED;
  }
  for (const std::shared_ptr<Job>& job : jobs_.List(kMaxJobsTold)) {
    if (MayRead(context, job->request().repository)) *response.add_jobs() = job->Describe();
  }
  response.set_state(degraded ? v1::GetStatusResponse::STATE_DEGRADED : v1::GetStatusResponse::STATE_READY);
  return response;
}

base::Result<v1::CheckDataResponse> LocalApi::CheckData(const v1::CheckDataRequest& request, const CallContext&) {
  FANIN_RETURN_IF_ERROR(Check(request));
  return CheckStoredData(*engine_);
}

}  // namespace fanin::service
