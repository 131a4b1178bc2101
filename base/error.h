// The one error type of Fanin, and the macros that pass it on.
//
// Recoverable failures are values: a function that can fail returns Result<T>. Bad RTL is not an error but data (a
// Diagnostic on its shard). A broken invariant or a caller's mistake is not an error either: FANIN_CHECK aborts.
// Exceptions of third-party libraries are caught in the adapter that calls them and become an Error there.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <expected>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>

namespace fanin::base {

// The codes of gRPC (google.rpc.Code), same numbers, so that a service passes them on unchanged. Choose the most
// specific one.
enum class Code : uint8_t {
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

// The name gRPC gives the code, e.g. "NOT_FOUND".
std::string_view CodeName(Code code);

// What went wrong: the code is for programs, the message for people. The message names the thing (file, query,
// repository) and, where there is one, the fix.
struct Error {
  Code code = Code::kUnknown;
  std::string message;

  // "NOT_FOUND: no such folder: /a/b".
  std::string ToString() const;
  // The same error with "context: " before its message.
  Error Annotate(std::string_view context) const;

  friend bool operator==(const Error&, const Error&) = default;
};

std::ostream& operator<<(std::ostream& out, const Error& error);

template <typename T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

// Shorthand for returning a failure: return Fail(Code::kNotFound, "no such file: " + path);
inline std::unexpected<Error> Fail(Code code, std::string message) {
  return std::unexpected<Error>(Error{code, std::move(message)});
}

// Fail with the text of errno and a code that fits it (ENOSPC: RESOURCE_EXHAUSTED, EACCES / EROFS: PERMISSION_DENIED,
// ENOENT: NOT_FOUND, otherwise UNAVAILABLE). `what` names the operation and the file: "open /a/b".
std::unexpected<Error> FailErrno(std::string_view what, int error_number);

[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace fanin::base

// Aborts with the condition and its place when it does not hold. For invariants and callers' mistakes, never for input.
#define FANIN_CHECK(condition) \
  (static_cast<bool>(condition) ? void(0) : ::fanin::base::CheckFailed(#condition, __FILE__, __LINE__))

#define FANIN_CONCAT_INNER(a, b) a##b
#define FANIN_CONCAT(a, b) FANIN_CONCAT_INNER(a, b)

// FANIN_RETURN_IF_ERROR(expr): returns the error of a Status or Result from the enclosing function.
#define FANIN_RETURN_IF_ERROR(expr)                                         \
  do {                                                                      \
    if (auto fanin_status = (expr); !fanin_status.has_value()) [[unlikely]] \
      return std::unexpected(std::move(fanin_status).error());              \
  } while (false)

// FANIN_ASSIGN_OR_RETURN(auto x, expr): binds the value of a Result or returns its error.
#define FANIN_ASSIGN_OR_RETURN(declaration, expr) \
  FANIN_ASSIGN_OR_RETURN_IMPL(FANIN_CONCAT(fanin_result_, __LINE__), declaration, expr)
#define FANIN_ASSIGN_OR_RETURN_IMPL(result, declaration, expr) \
  auto result = (expr);                                        \
  if (!result.has_value()) [[unlikely]]                        \
    return std::unexpected(std::move(result).error());         \
  declaration = std::move(result).value()
