// AuditLog: who asked what of which repository, and how it ended: one JSON object a line, appended to a file. Never
// what was asked or answered.
//
// Thread-safe. A line is written by one write(2), so that several processes and a log rotation do not mix lines.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>

#include "base/descriptor.h"
#include "base/error.h"
#include "service/call_gate.h"

namespace fanin::service {

class AuditLog {
 public:
  // Errors: those of opening the file for appending; it is made with mode 0600.
  static base::Result<std::unique_ptr<AuditLog>> Open(const std::filesystem::path& path);

  void Write(const CallRecord& record);
  // Opens the file of that name anew, after a rotation. Errors: as Open; then the old one stays.
  base::Status Reopen();

 private:
  explicit AuditLog(std::filesystem::path path) : path_(std::move(path)) {}

  const std::filesystem::path path_;
  std::mutex mutex_;
  base::Descriptor file_;  // guarded by mutex_
  bool failed_ = false;    // guarded by mutex_: that it cannot write was said
};

}  // namespace fanin::service
