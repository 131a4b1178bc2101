// Who calls, and what they may do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "service/api.h"

namespace fanin::service {

// What may be done with a repository; each includes those before it.
enum class Right : uint8_t {
  kNone = 0,
  kRead = 1,   // ask
  kIndex = 2,  // run and cancel jobs
  kAdmin = 3,  // create, delete, import
};

// "read", "index", "admin".
std::string_view RightName(Right right);
// kNone: no such name.
Right ParseRight(std::string_view name);

struct Grant {
  std::string repositories;  // a name, or the beginning of names and '*'
  Right right = Right::kNone;

  friend bool operator==(const Grant&, const Grant&) = default;
};

// Immutable.
class Caller {
 public:
  Caller(std::string name, std::vector<Grant> grants) : name_(std::move(name)), grants_(std::move(grants)) {}

  const std::string& name() const { return name_; }
  bool May(Right right, std::string_view repository) const;
  // Of whatever repository there is or will be.
  bool MayWithAll(Right right) const;

  friend bool operator==(const Caller&, const Caller&) = default;

 private:
  std::string name_;
  std::vector<Grant> grants_;
};

// Whether a call may be told of a repository.
inline bool MayRead(const CallContext& context, std::string_view repository) {
  return context.caller == nullptr || context.caller->May(Right::kRead, repository);
}

}  // namespace fanin::service
