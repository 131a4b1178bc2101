// Errors as gRPC statuses and back: codes have the same numbers; wrong fields travel as google.rpc.BadRequest, when to
// try again as google.rpc.RetryInfo.
#pragma once

#include <grpcpp/support/status.h>

#include <chrono>
#include <optional>

#include "base/error.h"
#include "google/rpc/error_details.pb.h"
#include "service/validate.h"

namespace fanin::service {

// The published form of an error. `violations` become the details of an INVALID_ARGUMENT.
using RetryAfter = std::optional<std::chrono::milliseconds>;
google::rpc::Status ToRpcStatus(const base::Error& error, const Violations& violations,
                                const RetryAfter& retry_after = {});
// The same as gRPC sends it, with the details, where there are any, in the trailer.
grpc::Status ToGrpcStatus(const base::Error& error, const Violations& violations, const RetryAfter& retry_after = {});

// The error of a status that is not OK. `peer` names the server in the message of one that cannot be reached.
base::Error FromGrpcStatus(const grpc::Status& status, std::string_view peer);

}  // namespace fanin::service
