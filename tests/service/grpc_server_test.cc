#include "service/grpc_server.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>

#include "google/rpc/error_details.pb.h"
#include "tests/service/server_fixture.h"

namespace fanin::service {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Sends one message of a method by its name and returns the first of the answer, both encoded.
std::string CallRaw(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                    const std::string& request) {
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  const auto wait = [&] {
    void* tag = nullptr;
    bool ok = false;
    EXPECT_TRUE(queue.Next(&tag, &ok));
  };
  const auto call = stub.PrepareCall(&context, method, &queue);
  call->StartCall(nullptr);
  wait();
  const grpc::Slice slice(request);
  call->Write(grpc::ByteBuffer(&slice, 1), nullptr);
  wait();
  call->WritesDone(nullptr);
  wait();
  grpc::ByteBuffer reply;
  call->Read(&reply, nullptr);
  wait();
  grpc::Status status;
  call->Finish(&status, nullptr);
  wait();
  EXPECT_TRUE(status.ok()) << method << ": " << status.error_message();
  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(reply.Dump(&slices).ok());
  std::string bytes;
  for (const grpc::Slice& part : slices) bytes.append(reinterpret_cast<const char*>(part.begin()), part.size());
  return bytes;
}

TEST_F(GrpcServerTest, AWrongRequestNamesItsFieldsInTheDetails) {
  v1::TraceRequest request;
  request.set_repository("mailbox");
  v1::TraceResponse response;
  const grpc::Status status = Call(*retrieval_, &v1::RetrievalService::Stub::Trace, request, response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.code(), 3);
  ASSERT_EQ(details.details_size(), 1);
  google::rpc::BadRequest bad_request;
  ASSERT_TRUE(details.details(0).UnpackTo(&bad_request));
  std::vector<std::string> fields;
  for (const auto& violation : bad_request.field_violations()) fields.push_back(violation.field());
  EXPECT_THAT(fields, ElementsAre("repository", "signals", "direction"));
}

TEST_F(GrpcServerTest, BadQuerySyntaxIsMarkedAtItsPosition) {
  v1::SearchRequest request;
  request.set_query("fifo kind:");
  v1::SearchResponse response;
  const grpc::Status status = Call(*retrieval_, &v1::RetrievalService::Stub::Search, request, response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("^"));
  EXPECT_THAT(status.error_details(), Not(IsEmpty()));
}

TEST_F(GrpcServerTest, HealthSaysServing) {
  // HealthCheckResponse{status: SERVING} is field 1, varint 1; HealthCheckRequest{service} is field 1.
  EXPECT_EQ(CallRaw(channel_, "/grpc.health.v1.Health/Check", ""), "\x08\x01");
  const std::string service = v1::RetrievalService::service_full_name();
  EXPECT_EQ(CallRaw(channel_, "/grpc.health.v1.Health/Check", "\x0a" + std::string(1, char(service.size())) + service),
            "\x08\x01");
}

TEST_F(GrpcServerTest, ReflectionListsTheServices) {
  // ServerReflectionRequest{list_services: "*"} is field 7.
  const std::string reply =
      CallRaw(channel_, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "\x3a\x01*");
  EXPECT_THAT(reply, HasSubstr("fanin.v1.RetrievalService"));
  EXPECT_THAT(reply, HasSubstr("fanin.v1.RepositoryService"));
}

TEST_F(GrpcServerTest, ATakenAddressIsUnavailable) {
  ServerOptions options;
  options.listen = server_->address();
  const auto second = GrpcServer::Start(api(), gate_, options);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, base::Code::kUnavailable);
  EXPECT_THAT(second.error().message, HasSubstr(server_->address()));
}

}  // namespace
}  // namespace fanin::service
