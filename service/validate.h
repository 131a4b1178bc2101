// Validation of requests: what can be told to be wrong without looking at any data. The limits are those that
// proto/fanin/v1 documents.
//
// Each function returns every violation, none: the request is well formed. Cost: linear in the request.
#pragma once

#include <string>
#include <vector>

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

struct FieldViolation {
  std::string field;  // path in the request: "overlays[2].path"
  std::string description;

  friend bool operator==(const FieldViolation&, const FieldViolation&) = default;
};
using Violations = std::vector<FieldViolation>;

Violations Validate(const v1::SearchRequest& request);
Violations Validate(const v1::QueryRequest& request);
Violations Validate(const v1::TraceRequest& request);
Violations Validate(const v1::GetHierarchyRequest& request);
Violations Validate(const v1::GetFsmsRequest& request);
Violations Validate(const v1::GetNodeRequest& request);
Violations Validate(const v1::GetSourceRequest& request);
Violations Validate(const v1::CompareSnapshotsRequest& request);
Violations Validate(const v1::AssembleContextRequest& request);
Violations Validate(const v1::CreateRepositoryRequest& request);
Violations Validate(const v1::GetRepositoryRequest& request);
Violations Validate(const v1::ListRepositoriesRequest& request);
Violations Validate(const v1::DeleteRepositoryRequest& request);
Violations Validate(const v1::IndexRepositoryRequest& request);
Violations Validate(const v1::GetJobRequest& request);
Violations Validate(const v1::CancelJobRequest& request);
Violations Validate(const v1::ListSnapshotsRequest& request);
Violations Validate(const v1::ExportGraphRequest& request);
Violations Validate(const v1::ExportSnapshotRequest& request);
// Of the first message of the stream.
Violations Validate(const v1::ImportSnapshotRequest& request);
Violations Validate(const v1::GetStatusRequest& request);
Violations Validate(const v1::CheckDataRequest& request);

// OK without violations, else INVALID_ARGUMENT "field: description; field: description".
base::Status ToStatus(const Violations& violations);

// For requests: OK if well formed.
template <typename Request>
base::Status Check(const Request& request) {
  return ToStatus(Validate(request));
}

}  // namespace fanin::service
