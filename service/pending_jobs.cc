#include "service/pending_jobs.h"

#include <glog/logging.h>
#include <google/protobuf/util/json_util.h>

#include <charconv>
#include <system_error>

#include "base/file.h"
#include "service/resource_name.h"

namespace fanin::service {
namespace {

std::filesystem::path FileOf(const std::filesystem::path& data_dir) { return data_dir / "jobs"; }

std::string Encode(const PendingJob& job) {
  std::string json;
  FANIN_CHECK(google::protobuf::util::MessageToJsonString(job.request, &json).ok());
  return std::to_string(job.begun) + " " + json + "\n";
}

base::Result<PendingJob> Decode(std::string_view line) {
  PendingJob job;
  const auto parsed = std::from_chars(line.data(), line.data() + line.size(), job.begun);
  const auto rest = static_cast<size_t>(parsed.ptr - line.data());
  if (parsed.ec != std::errc{} || rest >= line.size() ||
      !google::protobuf::util::JsonStringToMessage(std::string(line.substr(rest + 1)), &job.request).ok()) {
    return base::Fail(base::Code::kDataLoss, "a line is damaged");
  }
  FANIN_RETURN_IF_ERROR(ToJobRequest(job.request));
  return job;
}

}  // namespace

base::Result<IndexJobRequest> ToJobRequest(const v1::IndexRepositoryRequest& request) {
  FANIN_ASSIGN_OR_RETURN(const ResourceName name, ResourceName::Parse(request.name()));
  IndexJobRequest job{name.repository, std::nullopt, !request.skip_embeddings(), request.revision(), {}};
  if (request.has_options()) job.options = request.options();
  return job;
}

v1::IndexRepositoryRequest ToProto(const IndexJobRequest& job) {
  v1::IndexRepositoryRequest request;
  request.set_name(RepositoryName(job.repository));
  if (job.options) *request.mutable_options() = *job.options;
  request.set_skip_embeddings(!job.embed);
  request.set_revision(job.revision);
  return request;
}

std::vector<PendingJob> ReadPendingJobs(const std::filesystem::path& data_dir) {
  std::vector<PendingJob> jobs;
  const auto text = base::ReadFile(FileOf(data_dir));
  std::string_view rest = text ? std::string_view(*text) : std::string_view();
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    auto job = Decode(rest.substr(0, end));
    if (job) jobs.push_back(*std::move(job));
    if (!job)
      LOG(WARNING) << "event=pending_job file=" << FileOf(data_dir) << " message=\"" << job.error().message << '"';
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return jobs;
}

base::Status WritePendingJobs(const std::filesystem::path& data_dir, const std::vector<PendingJob>& jobs) {
  if (!jobs.empty()) {
    std::string text;
    for (const PendingJob& job : jobs) text += Encode(job);
    return base::WriteFileAtomically(FileOf(data_dir), text);
  }
  std::error_code error;
  const bool removed = std::filesystem::remove(FileOf(data_dir), error);
  if (error) return base::FailErrno("remove " + FileOf(data_dir).string(), error.value());
  return removed ? base::SyncPath(data_dir) : base::Status();
}

}  // namespace fanin::service
