// CallGate: the one way through which calls of both front ends reach the Api. Tells who calls, whether they may, waits
// for room, runs the call, and records it: one line of the log, one of the audit log, one count of the metrics.
//
// Thread-safe. What is set while it serves counts for calls that begin later.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "service/admission.h"
#include "service/api.h"
#include "service/tokens.h"

namespace fanin::service {

class AuditLog;

// What a front end knows of a call.
struct CallInfo {
  std::string_view front;     // "grpc", "http"
  std::string peer;           // address
  std::string authorization;  // "Bearer TOKEN"; empty: none came
  std::string request_id;     // as the caller gave it; empty: one is made
  std::string traceparent;    // W3C trace context, likewise; empty: none
  CallContext context;        // deadline and cancelled
};

// What is known of a call that ended.
struct CallRecord {
  std::string_view method;
  std::string_view front;
  std::string_view peer;
  std::string_view caller;  // empty: callers are not told apart
  std::string_view request_id;
  std::string_view trace_id;
  std::vector<std::string> repositories;  // that it named
  std::optional<base::Code> error;        // nullopt: OK
  double seconds = 0;
};

class CallGate {
 public:
  explicit CallGate(const AdmissionLimits& limits = DefaultAdmission());
  ~CallGate();

  // Callers are told apart by these from now on; null: everybody may do everything.
  void SetTokens(std::shared_ptr<const Tokens> tokens);
  void SetLimits(const AdmissionLimits& limits) { admission_.SetLimits(limits); }
  // Before it serves. May be null; must outlive the gate.
  void SetAuditLog(AuditLog* audit) { audit_ = audit; }
  using OnRecord = std::function<void(const CallRecord&)>;
  void SetOnRecord(OnRecord on_record) { on_record_ = std::move(on_record); }
  // No call is let in any more: UNAVAILABLE. Waits until those that work, and do not only follow a job, have ended, or
  // the time is up.
  void Close(std::chrono::seconds at_most);

  // Whether who shows this may see what all repositories have in common, such as metrics. Errors: UNAUTHENTICATED,
  // PERMISSION_DENIED.
  base::Status CheckMayReadAll(const std::string& authorization) const;

  const Admission& admission() const { return admission_; }

  struct Outcome {
    base::Status status;
    std::string request_id;
    std::optional<std::chrono::milliseconds> retry_after;  // of RESOURCE_EXHAUSTED
  };
  // Runs `call`, on this thread, unless it may not be.
  Outcome Run(std::string_view method, const google::protobuf::Message& request, const CallInfo& info,
              const std::function<base::Status(const CallContext&)>& call);

  // The request id under which Run would run a call.
  static std::string RequestIdOf(const std::string& given);

 private:
  std::shared_ptr<const Tokens> tokens() const;
  base::Status RunAdmitted(const MethodRule& rule, const google::protobuf::Message& request, const CallInfo& info,
                           const Caller* caller, const std::function<base::Status(const CallContext&)>& call,
                           std::optional<std::chrono::milliseconds>& retry_after);

  Admission admission_;
  AuditLog* audit_ = nullptr;
  OnRecord on_record_;

  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::shared_ptr<const Tokens> tokens_;
  bool closed_ = false;
  size_t running_ = 0;
  std::condition_variable ended_;
};

}  // namespace fanin::service
