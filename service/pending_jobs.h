// PendingJobs: the indexing jobs that have not ended, kept in a file of the data directory, so that a server that is
// started again goes on with them. What a run had stored when it was stopped is found again by the next.
//
// File `jobs` of the data directory: a line for each job, "<times begun> <v1.IndexRepositoryRequest as JSON>".
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "fanin/v1/repository_service.pb.h"
#include "service/index_job.h"

namespace fanin::service {

struct PendingJob {
  v1::IndexRepositoryRequest request;
  int begun = 0;  // how often a server began it; one that ends every server must not be begun for ever
};

// Errors: INVALID_ARGUMENT (the name is not that of a repository).
base::Result<IndexJobRequest> ToJobRequest(const v1::IndexRepositoryRequest& request);
v1::IndexRepositoryRequest ToProto(const IndexJobRequest& request);

// Without lines that cannot be read, which are logged. No file: none.
std::vector<PendingJob> ReadPendingJobs(const std::filesystem::path& data_dir);
// Durable when it returns. No job: no file.
base::Status WritePendingJobs(const std::filesystem::path& data_dir, const std::vector<PendingJob>& jobs);

}  // namespace fanin::service
