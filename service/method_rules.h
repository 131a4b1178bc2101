// The one table of what each method of fanin.v1 needs: the right, on which repositories, and the lane in which it waits
// its turn. Whatever front end a call comes through, it is looked up here; a test fails for a method that is missing.
//
// Immutable; thread-safe.
#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "service/caller.h"

namespace fanin::service {

enum class Scope : uint8_t {
  kNamed = 0,     // those that the request names; where it names none, those that the caller may read
  kReadable = 1,  // those that the caller may read; it names none
  kAll = 2,       // all there are and will be
};

enum class Lane : uint8_t {
  kNone = 0,         // at once: it costs next to nothing, or only waits
  kInteractive = 1,  // somebody waits for the answer
  kBatch = 2,        // reads whole snapshots
};

struct MethodRule {
  std::string_view method;  // within its service
  Right right;
  Scope scope;
  Lane lane;
  uint32_t units;                        // of the lane's capacity that it takes while it runs
  std::vector<std::string_view> fields;  // of the request: resource names, or the id of a repository
};

// Null: no such method.
const MethodRule* FindRule(std::string_view method);

// The repositories that a request names, in its order. Errors: INVALID_ARGUMENT: a name that cannot be read.
base::Result<std::vector<std::string>> RepositoriesOf(const MethodRule& rule, const google::protobuf::Message& request);

// Errors: PERMISSION_DENIED, saying which right is missing and on what; INVALID_ARGUMENT.
base::Status CheckAccess(const Caller& caller, const MethodRule& rule, const google::protobuf::Message& request);

}  // namespace fanin::service
