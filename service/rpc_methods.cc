#include "service/rpc_methods.h"

#include <string>

namespace fanin::service {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

// The method whose request this is: SearchRequest -> Search.
template <typename Request>
const MethodDescriptor* MethodOf() {
  std::string name = Request::descriptor()->name();
  name.resize(name.size() - std::string_view("Request").size());
  for (const char* service : {"fanin.v1.RetrievalService.", "fanin.v1.RepositoryService."}) {
    if (const auto* method = DescriptorPool::generated_pool()->FindMethodByName(service + name)) return method;
  }
  FANIN_CHECK(false);
  return nullptr;
}

template <typename Request>
RpcMethod Describe() {
  RpcMethod method;
  method.descriptor = MethodOf<Request>();
  method.validate = [](const Message& request) { return Validate(static_cast<const Request&>(request)); };
  return method;
}

template <typename Request, typename Response>
RpcMethod Bind(base::Result<Response> (Api::*function)(const Request&, const CallContext&)) {
  RpcMethod method = Describe<Request>();
  method.call = [function](Api& api, const Message& request, const CallContext& context,
                           const RpcMethod::OnMessage& on_message) -> base::Status {
    FANIN_ASSIGN_OR_RETURN(const Response response, (api.*function)(static_cast<const Request&>(request), context));
    on_message(response);
    return {};
  };
  return method;
}

template <typename Request, typename Response>
RpcMethod Bind(base::Status (Api::*function)(const Request&, const CallContext&,
                                             const std::function<bool(const Response&)>&)) {
  RpcMethod method = Describe<Request>();
  method.call = [function](Api& api, const Message& request, const CallContext& context,
                           const RpcMethod::OnMessage& on_message) {
    return (api.*function)(static_cast<const Request&>(request), context, on_message);
  };
  return method;
}

}  // namespace

std::unique_ptr<Message> RpcMethod::NewRequest() const {
  auto* factory = google::protobuf::MessageFactory::generated_factory();
  return std::unique_ptr<Message>(factory->GetPrototype(descriptor->input_type())->New());
}

const std::vector<RpcMethod>& RpcMethods() {
  static const std::vector<RpcMethod> methods = {
      Bind(&Api::Search),
      Bind(&Api::Query),
      Bind(&Api::Trace),
      Bind(&Api::GetHierarchy),
      Bind(&Api::GetFsms),
      Bind(&Api::GetNode),
      Bind(&Api::GetSource),
      Bind(&Api::CompareSnapshots),
      Bind(&Api::AssembleContext),
      Bind(&Api::CreateRepository),
      Bind(&Api::GetRepository),
      Bind(&Api::ListRepositories),
      Bind(&Api::DeleteRepository),
      Bind(&Api::IndexRepository),
      Bind(&Api::GetJob),
      Bind(&Api::CancelJob),
      Bind(&Api::ListSnapshots),
      Bind(&Api::ExportGraph),
      Bind(&Api::ExportSnapshot),
      Bind(&Api::GetStatus),
      Bind(&Api::CheckData),
  };
  return methods;
}

}  // namespace fanin::service
