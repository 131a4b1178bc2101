#include "service/grpc_status.h"

#include "google/rpc/error_details.pb.h"
#include "service/utf8.h"

namespace fanin::service {

grpc::Status ToGrpcStatus(const base::Error& error, const Violations& violations) {
  const auto code = static_cast<grpc::StatusCode>(error.code);
  const std::string message = ToUtf8(error.message);
  if (error.code != base::Code::kInvalidArgument || violations.empty()) return grpc::Status(code, message);
  google::rpc::BadRequest bad_request;
  for (const FieldViolation& violation : violations) {
    auto& field = *bad_request.add_field_violations();
    field.set_field(ToUtf8(violation.field));
    field.set_description(ToUtf8(violation.description));
  }
  google::rpc::Status details;
  details.set_code(static_cast<int32_t>(error.code));
  details.set_message(message);
  details.add_details()->PackFrom(bad_request);
  return grpc::Status(code, message, details.SerializeAsString());
}

base::Error FromGrpcStatus(const grpc::Status& status, std::string_view peer) {
  const auto code = static_cast<base::Code>(status.error_code());
  if (code != base::Code::kUnavailable) return {code, status.error_message()};
  return {code, "server " + std::string(peer) + ": " + status.error_message()};
}

}  // namespace fanin::service
