#include "service/http_routes.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "google/api/annotations.pb.h"

namespace fanin::service {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Json = nlohmann::json;

base::Status ReadJson(const std::string& text, Message& message, std::string_view what) {
  const auto status = google::protobuf::util::JsonStringToMessage(text, &message);
  if (status.ok()) return {};
  return base::Fail(base::Code::kInvalidArgument, std::string(what) + ": " + std::string(status.message()));
}

const FieldDescriptor* FindField(const Descriptor& message, const std::string& name) {
  const FieldDescriptor* field = message.FindFieldByName(name);
  if (field == nullptr) field = message.FindFieldByCamelcaseName(name);
  return field;
}

// Lays "position.line=3" into a JSON object of the message's shape. Numbers may be strings in proto3 JSON.
base::Status AddParameter(const Descriptor& message, std::string_view path, const std::string& value, Json& object) {
  const size_t dot = path.find('.');
  const std::string name(path.substr(0, dot));
  const FieldDescriptor* field = FindField(message, name);
  if (field == nullptr) return base::Fail(base::Code::kInvalidArgument, "no such parameter: " + name);
  Json& slot = object[field->json_name()];
  const bool is_message = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
  if (dot != std::string_view::npos) {
    if (!is_message || field->is_repeated()) return base::Fail(base::Code::kInvalidArgument, name + " has no parts");
    return AddParameter(*field->message_type(), path.substr(dot + 1), value, slot);
  }
  if (is_message) return base::Fail(base::Code::kInvalidArgument, name + " is no single value: it belongs in a body");
  const bool is_bool = field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL && (value == "true" || value == "false");
  const Json element = is_bool ? Json(value == "true") : Json(value);
  if (field->is_repeated()) {
    slot.push_back(element);
  } else {
    slot = element;
  }
  return {};
}

void AddRoutes(const google::api::HttpRule& rule, const RpcMethod& rpc, std::vector<HttpRoute>& routes) {
  switch (rule.pattern_case()) {
    case google::api::HttpRule::kGet: routes.push_back({"GET", PathTemplate(rule.get()), rule.body(), &rpc}); break;
    case google::api::HttpRule::kPost: routes.push_back({"POST", PathTemplate(rule.post()), rule.body(), &rpc}); break;
    case google::api::HttpRule::kDelete:
      routes.push_back({"DELETE", PathTemplate(rule.delete_()), rule.body(), &rpc});
      break;
    default: FANIN_CHECK(false);  // the protos use no other
  }
  for (const google::api::HttpRule& further : rule.additional_bindings()) AddRoutes(further, rpc, routes);
}

}  // namespace

HttpRoutes::HttpRoutes() {
  for (const RpcMethod& rpc : RpcMethods()) {
    AddRoutes(rpc.descriptor->options().GetExtension(google::api::http), rpc, routes_);
  }
  std::ranges::stable_sort(routes_, std::greater<>(), [](const HttpRoute& route) { return route.path.rank(); });
}

base::Result<HttpRoutes::Target> HttpRoutes::Find(std::string_view http_method, std::string_view path) const {
  std::string others;
  for (const HttpRoute& route : routes_) {
    auto bindings = route.path.Match(path);
    if (!bindings) continue;
    if (route.http_method == http_method) return Target{&route, std::move(*bindings)};
    others += (others.empty() ? "" : ", ") + route.http_method;
  }
  if (others.empty()) {
    return base::Fail(base::Code::kNotFound, "no method at " + std::string(path) + "; /openapi.json lists them");
  }
  return base::Fail(base::Code::kUnimplemented, std::string(path) + " takes " + others);
}

base::Result<std::unique_ptr<Message>> HttpRoutes::ReadRequest(const Target& target, const Parameters& query,
                                                               const std::string& body) {
  std::unique_ptr<Message> request = target.route->rpc->NewRequest();
  const Descriptor& descriptor = *request->GetDescriptor();
  const std::string& body_field = target.route->body;
  if (!body.empty() && body_field.empty()) {
    return base::Fail(base::Code::kInvalidArgument, "this method takes no body but query parameters");
  }
  if (!body.empty()) {
    Message* into = request.get();
    if (body_field != "*") into = request->GetReflection()->MutableMessage(into, FindField(descriptor, body_field));
    FANIN_RETURN_IF_ERROR(ReadJson(body, *into, "body"));
  }
  Json object = Json::object();
  for (const auto& [name, value] : query) FANIN_RETURN_IF_ERROR(AddParameter(descriptor, name, value, object));
  for (const auto& [field, value] : target.bindings) {
    object[FindField(descriptor, field)->json_name()] = value;
  }
  if (object.empty()) return request;
  const std::unique_ptr<Message> rest(request->New());
  const std::string text = object.dump(-1, ' ', false, Json::error_handler_t::replace);
  FANIN_RETURN_IF_ERROR(ReadJson(text, *rest, "parameters"));
  request->MergeFrom(*rest);
  return request;
}

std::string ToJson(const Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string json;
  FANIN_CHECK(google::protobuf::util::MessageToJsonString(message, &json, options).ok());
  return json;
}

int ToHttpStatus(base::Code code) {
  using base::Code;
  switch (code) {
    case Code::kCancelled: return 499;
    case Code::kInvalidArgument:
    case Code::kFailedPrecondition:
    case Code::kOutOfRange: return 400;
    case Code::kDeadlineExceeded: return 504;
    case Code::kNotFound: return 404;
    case Code::kAlreadyExists:
    case Code::kAborted: return 409;
    case Code::kPermissionDenied: return 403;
    case Code::kResourceExhausted: return 429;
    case Code::kUnimplemented: return 501;
    case Code::kUnavailable: return 503;
    case Code::kUnauthenticated: return 401;
    case Code::kUnknown:
    case Code::kInternal:
    case Code::kDataLoss: return 500;
  }
  return 500;
}

}  // namespace fanin::service
