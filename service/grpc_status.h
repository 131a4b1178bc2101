// Errors as gRPC statuses and back: codes have the same numbers; wrong fields travel as google.rpc.BadRequest.
#pragma once

#include <grpcpp/support/status.h>

#include "base/error.h"
#include "google/rpc/error_details.pb.h"
#include "service/validate.h"

namespace fanin::service {

// The published form of an error. `violations` become the details of an INVALID_ARGUMENT.
google::rpc::Status ToRpcStatus(const base::Error& error, const Violations& violations);
// The same as gRPC sends it, with the details, where there are any, in the trailer.
grpc::Status ToGrpcStatus(const base::Error& error, const Violations& violations);

// The error of a status that is not OK. `peer` names the server in the message of one that cannot be reached.
base::Error FromGrpcStatus(const grpc::Status& status, std::string_view peer);

}  // namespace fanin::service
