// Requests over HTTP as calls of RpcMethods(), by the google.api.http options of the protos: which method a path means,
// the request's message from path, query and body, and answers and errors in proto3 JSON.
//
// Immutable; thread-safe.
#pragma once

#include <google/protobuf/message.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "google/rpc/error_details.pb.h"
#include "service/http_path.h"
#include "service/rpc_methods.h"

namespace fanin::service {

// One way to reach one method.
struct HttpRoute {
  std::string http_method;  // "GET"
  PathTemplate path;
  std::string body;  // "*", a field, or empty: none
  const RpcMethod* rpc;
};

class HttpRoutes {
 public:
  using Parameters = std::multimap<std::string, std::string>;

  HttpRoutes();

  // What a path means. Errors: NOT_FOUND; UNIMPLEMENTED where the path is known with other HTTP methods only.
  struct Target {
    const HttpRoute* route;
    PathTemplate::Bindings bindings;
  };
  base::Result<Target> Find(std::string_view http_method, std::string_view path) const;

  // The request. The path's fields win over the body's. Errors: INVALID_ARGUMENT, saying which parameter or where in
  // the body.
  static base::Result<std::unique_ptr<google::protobuf::Message>> ReadRequest(const Target& target,
                                                                              const Parameters& query,
                                                                              const std::string& body);

 private:
  std::vector<HttpRoute> routes_;  // those that are meant first come first
};

// On one line, all fields.
std::string ToJson(const google::protobuf::Message& message);

// The HTTP status of an error's code, as google/rpc/code.proto maps them.
int ToHttpStatus(base::Code code);

}  // namespace fanin::service
