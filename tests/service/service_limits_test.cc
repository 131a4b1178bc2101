// Limits of a server on jobs and repositories.
#include <gtest/gtest.h>

#include "tests/service/fixture.h"

namespace fanin::service {
namespace {

class ServiceLimitsTest : public ServiceTest {
 protected:
  std::unique_ptr<LocalApi> Open(const LocalApiOptions& options) {
    auto engine = Engine::Open(Options());
    EXPECT_TRUE(engine.has_value()) << engine.error();
    return std::make_unique<LocalApi>(std::move(*engine), options);
  }
};

TEST_F(ServiceLimitsTest, NoMoreJobsWaitThanMay) {
  const auto api = Open({.max_waiting_jobs = 0});
  v1::CreateRepositoryRequest create;
  create.set_repository_id("mailbox");
  create.mutable_repository()->set_root(rtl_folder().string());
  ASSERT_TRUE(api->CreateRepository(create, {}).has_value());
  v1::IndexRepositoryRequest index;
  index.set_name("repositories/mailbox");
  const base::Status status = api->IndexRepository(index, {}, [](const auto&) { return true; });
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, base::Code::kResourceExhausted);
}

TEST_F(ServiceLimitsTest, NoMoreRepositoriesThanMay) {
  const auto api = Open({.max_repositories = 1});
  v1::CreateRepositoryRequest create;
  create.mutable_repository()->set_root(rtl_folder().string());
  create.set_repository_id("one");
  EXPECT_TRUE(api->CreateRepository(create, {}).has_value());
  create.set_repository_id("two");
  EXPECT_EQ(api->CreateRepository(create, {}).error().code, base::Code::kResourceExhausted);
}

}  // namespace
}  // namespace fanin::service
