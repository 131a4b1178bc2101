#include "base/error.h"

#include <cerrno>
#include <cstdio>
#include <ostream>
#include <system_error>

namespace fanin::base {

std::string_view CodeName(Code code) {
  switch (code) {
    case Code::kCancelled: return "CANCELLED";
    case Code::kUnknown: return "UNKNOWN";
    case Code::kInvalidArgument: return "INVALID_ARGUMENT";
    case Code::kDeadlineExceeded: return "DEADLINE_EXCEEDED";
    case Code::kNotFound: return "NOT_FOUND";
    case Code::kAlreadyExists: return "ALREADY_EXISTS";
    case Code::kPermissionDenied: return "PERMISSION_DENIED";
    case Code::kResourceExhausted: return "RESOURCE_EXHAUSTED";
    case Code::kFailedPrecondition: return "FAILED_PRECONDITION";
    case Code::kAborted: return "ABORTED";
    case Code::kOutOfRange: return "OUT_OF_RANGE";
    case Code::kUnimplemented: return "UNIMPLEMENTED";
    case Code::kInternal: return "INTERNAL";
    case Code::kUnavailable: return "UNAVAILABLE";
    case Code::kDataLoss: return "DATA_LOSS";
    case Code::kUnauthenticated: return "UNAUTHENTICATED";
  }
  return "UNKNOWN";
}

std::string Error::ToString() const { return std::string(CodeName(code)) + ": " + message; }

Error Error::Annotate(std::string_view context) const { return Error{code, std::string(context) + ": " + message}; }

std::ostream& operator<<(std::ostream& out, const Error& error) { return out << error.ToString(); }

std::unexpected<Error> FailErrno(std::string_view what, int error_number) {
  Code code = Code::kUnavailable;
  switch (error_number) {
    case ENOENT:
    case ENOTDIR: code = Code::kNotFound; break;
    case EACCES:
    case EPERM:
    case EROFS: code = Code::kPermissionDenied; break;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM: code = Code::kResourceExhausted; break;
    case EEXIST: code = Code::kAlreadyExists; break;
    case EISDIR:
    case ELOOP:
    case EINVAL:
    case ENAMETOOLONG: code = Code::kInvalidArgument; break;
    default: break;
  }
  return Fail(code, std::string(what) + ": " + std::generic_category().message(error_number));
}

void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: check failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace fanin::base
