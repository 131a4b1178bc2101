// Errors as gRPC statuses and back: codes have the same numbers; wrong fields travel as google.rpc.BadRequest.
#pragma once

#include <grpcpp/support/status.h>

#include "base/error.h"
#include "service/validate.h"

namespace fanin::service {

// `violations` become the details of an INVALID_ARGUMENT.
grpc::Status ToGrpcStatus(const base::Error& error, const Violations& violations);

// The error of a status that is not OK. `peer` names the server in the message of one that cannot be reached.
base::Error FromGrpcStatus(const grpc::Status& status, std::string_view peer);

}  // namespace fanin::service
