// Every method of fanin.v1 by its descriptor, callable on messages whose types are not known when compiling: what a
// transport needs that is written once for all methods.
//
// Immutable after its first use; thread-safe.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <functional>
#include <memory>
#include <vector>

#include "service/api.h"
#include "service/validate.h"

namespace fanin::service {

struct RpcMethod {
  const google::protobuf::MethodDescriptor* descriptor = nullptr;
  // Calls on_message for each message of the answer, one where the method does not stream, on the caller's thread,
  // until it returns false. Requires: a request of the method's type.
  using OnMessage = std::function<bool(const google::protobuf::Message&)>;
  std::function<base::Status(Api&, const google::protobuf::Message&, const CallContext&, const OnMessage&)> call;
  std::function<Violations(const google::protobuf::Message&)> validate;

  std::unique_ptr<google::protobuf::Message> NewRequest() const;
};

// In the order of the protos' services, those left out whose requests are a stream.
const std::vector<RpcMethod>& RpcMethods();

}  // namespace fanin::service
