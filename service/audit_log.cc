#include "service/audit_log.h"

#include <fcntl.h>
#include <glog/logging.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

namespace fanin::service {
namespace {

// "2026-01-31T12:00:00.123Z".
std::string Now() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[40];
  const size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  return std::string(text, size) + "." + std::to_string(1000 + ms).substr(1) + "Z";
}

}  // namespace

base::Result<std::unique_ptr<AuditLog>> AuditLog::Open(const std::filesystem::path& path) {
  std::unique_ptr<AuditLog> log(new AuditLog(path));
  FANIN_RETURN_IF_ERROR(log->Reopen());
  return log;
}

base::Status AuditLog::Reopen() {
  base::Descriptor opened(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600));
  if (!opened.is_open()) return base::FailErrno("open audit log " + path_.string(), errno);
  const std::lock_guard lock(mutex_);
  file_ = std::move(opened);
  failed_ = false;
  return {};
}

void AuditLog::Write(const CallRecord& record) {
  nlohmann::ordered_json line;
  line["time"] = Now();
  line["caller"] = record.caller;
  line["peer"] = record.peer;
  line["front"] = record.front;
  line["method"] = record.method;
  line["repositories"] = record.repositories;
  line["code"] = record.error ? base::CodeName(*record.error) : "OK";
  line["ms"] = record.seconds * 1000;
  line["request_id"] = record.request_id;
  if (!record.trace_id.empty()) line["trace_id"] = record.trace_id;
  const std::string text = line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  const std::lock_guard lock(mutex_);
  if (::write(file_.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size())) return;
  if (!failed_) LOG(ERROR) << "event=audit_log_failed path=" << path_ << " errno=" << errno;
  failed_ = true;
}

}  // namespace fanin::service
