// A server in this process on a free port over the fixture's data, and stubs that ask it.
#pragma once

#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "fanin/v1/repository_service.grpc.pb.h"
#include "fanin/v1/retrieval_service.grpc.pb.h"
#include "service/grpc_server.h"
#include "tests/service/fixture.h"

namespace fanin::service {

class GrpcServerTest : public ServiceTest {
 protected:
  GrpcServerTest() {
    ServerOptions options;
    options.listen = "127.0.0.1:0";
    auto server = GrpcServer::Start(api(), gate_, options);
    EXPECT_TRUE(server.has_value()) << server.error();
    server_ = std::move(*server);
    channel_ = grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
    retrieval_ = v1::RetrievalService::NewStub(channel_);
    repository_ = v1::RepositoryService::NewStub(channel_);
  }
  ~GrpcServerTest() override { server_ = nullptr; }

  template <typename Stub, typename Request, typename Response>
  grpc::Status Call(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response& response) {
    grpc::ClientContext context;
    return (stub.*method)(&context, request, &response);
  }

  v1::SearchResponse Search(const std::string& query, uint32_t page_size = 10, const std::string& page_token = "") {
    v1::SearchRequest request;
    request.set_query(query);
    request.set_page_size(page_size);
    request.set_page_token(page_token);
    v1::SearchResponse response;
    const grpc::Status status = Call(*retrieval_, &v1::RetrievalService::Stub::Search, request, response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  v1::TraceResponse Trace(const std::string& signal, v1::TraceDirection direction, uint32_t max_depth) {
    v1::TraceRequest request;
    request.set_repository("repositories/mailbox");
    request.add_signals(signal);
    request.set_direction(direction);
    request.set_max_depth(max_depth);
    v1::TraceResponse response;
    const grpc::Status status = Call(*retrieval_, &v1::RetrievalService::Stub::Trace, request, response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  CallGate gate_;
  std::unique_ptr<GrpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::RetrievalService::Stub> retrieval_;
  std::unique_ptr<v1::RepositoryService::Stub> repository_;
};

class IndexedServerTest : public GrpcServerTest {
 protected:
  IndexedServerTest() {
    Create();
    Index();
  }
};

}  // namespace fanin::service
