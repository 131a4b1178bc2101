#include "service/call_gate.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/hex.h"
#include "service/audit_log.h"
#include "service/call_log.h"
#include "service/method_rules.h"

namespace fanin::service {
namespace {

constexpr std::string_view kBearer = "Bearer ";
constexpr std::string_view kHex = "0123456789abcdef";
constexpr size_t kMaxRequestIdBytes = 64;

std::string RandomId() {
  std::string bytes(8, '\0');
  const auto size = static_cast<int>(bytes.size());
  FANIN_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), size) == 1);
  return base::ToHex(bytes);
}

// "00-0123...-0123...-01" -> its second part; empty: it is not as W3C Trace Context, section 3.2, has it.
std::string_view TraceIdOf(std::string_view traceparent) {
  constexpr size_t kSize = 55;
  constexpr size_t kDashes[] = {2, 35, 52};
  if (traceparent.size() < kSize) return {};
  for (size_t i = 0; i < kSize; ++i) {
    const bool is_dash = std::ranges::find(kDashes, i) != std::end(kDashes);
    if (is_dash ? traceparent[i] != '-' : kHex.find(traceparent[i]) == std::string_view::npos) return {};
  }
  return traceparent.substr(3, 32);
}

// Null: callers are not told apart. Errors: UNAUTHENTICATED.
base::Result<const Caller*> Authenticate(const std::string& authorization, const Tokens* tokens) {
  if (tokens == nullptr) return nullptr;
  if (authorization.empty()) {
    return base::Fail(base::Code::kUnauthenticated, "this server asks for a token; set FANIN_TOKEN or --token-file");
  }
  const std::string_view given = authorization;
  const Caller* caller = given.starts_with(kBearer) ? tokens->Find(given.substr(kBearer.size())) : nullptr;
  if (caller == nullptr) return base::Fail(base::Code::kUnauthenticated, "the token is none that this server knows");
  return caller;
}

// What is not there is told with the names that are, which are not for everybody.
void HideNames(base::Error& error) {
  if (error.code == base::Code::kNotFound)
    error.message.resize(std::min(error.message.find("; there are: "), error.message.size()));
}

}  // namespace

CallGate::CallGate(const AdmissionLimits& limits) : admission_(limits) {}
CallGate::~CallGate() = default;

void CallGate::SetTokens(std::shared_ptr<const Tokens> tokens) {
  const std::lock_guard lock(mutex_);
  tokens_ = std::move(tokens);
}

std::shared_ptr<const Tokens> CallGate::tokens() const {
  const std::lock_guard lock(mutex_);
  return tokens_;
}

std::string CallGate::RequestIdOf(const std::string& given) {
  // It stands in logs.
  const bool is_plain =
      !given.empty() && given.size() <= kMaxRequestIdBytes &&
      given.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == std::string::npos;
  return is_plain ? given : RandomId();
}

CallGate::Outcome CallGate::Run(std::string_view method, const google::protobuf::Message& request, const CallInfo& info,
                                const std::function<base::Status(const CallContext&)>& call) {
  const auto start = std::chrono::steady_clock::now();
  const MethodRule* rule = FindRule(method);
  FANIN_CHECK(rule != nullptr);
  Outcome outcome;
  outcome.request_id = RequestIdOf(info.request_id);
  const std::shared_ptr<const Tokens> known = tokens();  // keeps the caller
  bool is_closed = false;
  {
    const std::lock_guard lock(mutex_);
    is_closed = closed_;
    if (rule->lane != Lane::kNone) ++running_;
  }
  CallRecord record;
  if (is_closed) {
    outcome.status = base::Fail(base::Code::kUnavailable, "the server is about to stop");
  } else if (const auto caller = Authenticate(info.authorization, known.get()); !caller) {
    outcome.status = std::unexpected(caller.error());
  } else {
    if (*caller != nullptr) record.caller = (*caller)->name();
    outcome.status = RunAdmitted(*rule, request, info, *caller, call, outcome.retry_after);
  }
  record.method = method;
  record.front = info.front;
  record.peer = info.peer;
  record.request_id = outcome.request_id;
  record.trace_id = TraceIdOf(info.traceparent);
  record.repositories = RepositoriesOf(*rule, request).value_or(std::vector<std::string>());
  if (!outcome.status) record.error = outcome.status.error().code;
  record.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  LogCall(record);
  if (audit_ != nullptr) audit_->Write(record);
  if (on_record_) on_record_(record);
  {
    const std::lock_guard lock(mutex_);
    if (rule->lane != Lane::kNone) --running_;
  }
  ended_.notify_all();
  return outcome;
}

void CallGate::Close(std::chrono::seconds at_most) {
  std::unique_lock lock(mutex_);
  closed_ = true;
  ended_.wait_for(lock, at_most, [this] { return running_ == 0; });
}

base::Status CallGate::CheckMayReadAll(const std::string& authorization) const {
  const std::shared_ptr<const Tokens> known = tokens();
  FANIN_ASSIGN_OR_RETURN(const Caller* const caller, Authenticate(authorization, known.get()));
  if (caller == nullptr || caller->MayWithAll(Right::kRead)) return {};
  return base::Fail(base::Code::kPermissionDenied, caller->name() + " may not read all repositories");
}

base::Status CallGate::RunAdmitted(const MethodRule& rule, const google::protobuf::Message& request,
                                   const CallInfo& info, const Caller* caller,
                                   const std::function<base::Status(const CallContext&)>& call,
                                   std::optional<std::chrono::milliseconds>& retry_after) {
  if (caller != nullptr) FANIN_RETURN_IF_ERROR(CheckAccess(*caller, rule, request));
  CallContext context = info.context;
  context.caller = caller;
  std::chrono::milliseconds retry{0};
  const auto ticket = admission_.Enter(rule.lane, rule.units, context, retry);
  if (!ticket) {
    if (retry.count() > 0) retry_after = retry;
    return std::unexpected(ticket.error());
  }
  base::Status status = call(context);
  if (!status && caller != nullptr && !caller->MayWithAll(Right::kRead)) HideNames(status.error());
  return status;
}

}  // namespace fanin::service
