#include "service/grpc_status.h"

#include "service/utf8.h"

namespace fanin::service {

google::rpc::Status ToRpcStatus(const base::Error& error, const Violations& violations, const RetryAfter& retry_after) {
  google::rpc::Status status;
  status.set_code(static_cast<int32_t>(error.code));
  status.set_message(ToUtf8(error.message));
  if (retry_after) {
    constexpr int64_t kMsPerSecond = 1000;
    constexpr int32_t kNsPerMs = 1'000'000;
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(retry_after->count() / kMsPerSecond);
    retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(retry_after->count() % kMsPerSecond) * kNsPerMs);
    status.add_details()->PackFrom(retry);
  }
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

grpc::Status ToGrpcStatus(const base::Error& error, const Violations& violations, const RetryAfter& retry_after) {
  const auto code = static_cast<grpc::StatusCode>(error.code);
  const google::rpc::Status status = ToRpcStatus(error, violations, retry_after);
  if (status.details().empty()) return grpc::Status(code, status.message());
  return grpc::Status(code, status.message(), status.SerializeAsString());
}

base::Error FromGrpcStatus(const grpc::Status& status, std::string_view peer) {
  const auto code = static_cast<base::Code>(status.error_code());
  if (code != base::Code::kUnavailable) return {code, status.error_message()};
  return {code, "server " + std::string(peer) + ": " + status.error_message()};
}

}  // namespace fanin::service
