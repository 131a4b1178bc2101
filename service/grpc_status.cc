#include "service/grpc_status.h"

#include "service/utf8.h"

namespace fanin::service {

google::rpc::Status ToRpcStatus(const base::Error& error, const Violations& violations) {
  google::rpc::Status status;
  status.set_code(static_cast<int32_t>(error.code));
  status.set_message(ToUtf8(error.message));
  if (error.code != base::Code::kInvalidArgument || violations.empty()) return status;
  google::rpc::BadRequest bad_request;
  for (const FieldViolation& violation : violations) {
    auto& field = *bad_request.add_field_violations();
    field.set_field(ToUtf8(violation.field));
    field.set_description(ToUtf8(violation.description));
  }
  status.add_details()->PackFrom(bad_request);
  return status;
}

grpc::Status ToGrpcStatus(const base::Error& error, const Violations& violations) {
  const auto code = static_cast<grpc::StatusCode>(error.code);
  const google::rpc::Status status = ToRpcStatus(error, violations);
  if (status.details().empty()) return grpc::Status(code, status.message());
  return grpc::Status(code, status.message(), status.SerializeAsString());
}

base::Error FromGrpcStatus(const grpc::Status& status, std::string_view peer) {
  const auto code = static_cast<base::Code>(status.error_code());
  if (code != base::Code::kUnavailable) return {code, status.error_message()};
  return {code, "server " + std::string(peer) + ": " + status.error_message()};
}

}  // namespace fanin::service
