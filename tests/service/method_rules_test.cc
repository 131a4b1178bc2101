#include "service/method_rules.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <set>

#include "fanin/v1/repository_service.grpc.pb.h"
#include "fanin/v1/retrieval_service.grpc.pb.h"
#include "service/rpc_methods.h"

namespace fanin::service {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;
using testing::HasSubstr;

std::vector<const MethodDescriptor*> AllMethods() {
  std::vector<const MethodDescriptor*> methods;
  for (const char* name : {v1::RetrievalService::service_full_name(), v1::RepositoryService::service_full_name()}) {
    const auto* service = DescriptorPool::generated_pool()->FindServiceByName(name);
    for (int i = 0; i < service->method_count(); ++i) methods.push_back(service->method(i));
  }
  return methods;
}

TEST(MethodRules, EveryMethodOfTheProtosHasARule) {
  ASSERT_GT(AllMethods().size(), 20U);
  for (const MethodDescriptor* method : AllMethods()) {
    const MethodRule* rule = FindRule(method->name());
    ASSERT_NE(rule, nullptr) << method->full_name();
    EXPECT_NE(rule->right, Right::kNone) << method->full_name();
    EXPECT_EQ(rule->lane == Lane::kNone, rule->units == 0) << method->full_name();
  }
  EXPECT_EQ(FindRule("Nothing"), nullptr);
}

TEST(MethodRules, EveryFieldThatMayNameARepositoryIsLookedAt) {
  const std::set<std::string> naming = {"repository", "repositories", "further_repositories", "name", "parent", "from",
                                        "to",         "node",         "repository_id"};
  for (const MethodDescriptor* method : AllMethods()) {
    const MethodRule& rule = *FindRule(method->name());
    for (int i = 0; i < method->input_type()->field_count(); ++i) {
      const FieldDescriptor& field = *method->input_type()->field(i);
      if (field.cpp_type() != FieldDescriptor::CPPTYPE_STRING || !naming.contains(field.name())) continue;
      EXPECT_THAT(rule.fields, testing::Contains(field.name())) << method->full_name();
    }
  }
}

TEST(MethodRules, EveryMethodWithoutAStreamedRequestIsServedByName) {
  std::set<std::string> served;
  for (const RpcMethod& method : RpcMethods()) served.insert(method.descriptor->name());
  for (const MethodDescriptor* method : AllMethods()) {
    EXPECT_EQ(served.contains(method->name()), !method->client_streaming()) << method->full_name();
  }
}

TEST(MethodRules, ACallerNeedsTheRightOnEachRepositoryNamed) {
  const Caller caller("ci", {{"soc-*", Right::kRead}, {"ip", Right::kIndex}});
  v1::AssembleContextRequest context;
  context.set_repository("repositories/soc-a");
  EXPECT_TRUE(CheckAccess(caller, *FindRule("AssembleContext"), context).has_value());
  context.add_further_repositories("repositories/other/snapshots/3");
  const base::Status refused = CheckAccess(caller, *FindRule("AssembleContext"), context);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, base::Code::kPermissionDenied);
  EXPECT_THAT(refused.error().message, HasSubstr("other"));

  v1::IndexRepositoryRequest index;
  index.set_name("repositories/ip");
  EXPECT_TRUE(CheckAccess(caller, *FindRule("IndexRepository"), index).has_value());
  index.set_name("repositories/soc-a");
  EXPECT_FALSE(CheckAccess(caller, *FindRule("IndexRepository"), index).has_value());
  v1::CreateRepositoryRequest create;
  create.set_repository_id("ip");
  EXPECT_FALSE(CheckAccess(caller, *FindRule("CreateRepository"), create).has_value());
  EXPECT_FALSE(CheckAccess(caller, *FindRule("CheckData"), v1::CheckDataRequest()).has_value());
  EXPECT_TRUE(CheckAccess(caller, *FindRule("ListRepositories"), v1::ListRepositoriesRequest()).has_value());
}

TEST(MethodRules, ANameThatCannotBeReadIsNotLetThrough) {
  v1::GetSourceRequest request;
  request.set_repository("soc");
  EXPECT_FALSE(CheckAccess(Caller("all", {{"*", Right::kAdmin}}), *FindRule("GetSource"), request).has_value());
}

}  // namespace
}  // namespace fanin::service
