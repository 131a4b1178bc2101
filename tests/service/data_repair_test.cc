// Repair of a data directory, and jobs that go on after a restart.
#include "service/data_repair.h"

#include <gmock/gmock.h>

#include <fstream>

#include "service/pending_jobs.h"
#include "tests/service/fixture.h"

namespace fanin::service {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class DataRepairTest : public ServiceTest {
 protected:
  // As `fanin serve` opens it.
  std::unique_ptr<LocalApi> Serve() {
    auto engine = Engine::Open(Options());
    EXPECT_TRUE(engine.has_value()) << engine.error();
    return std::make_unique<LocalApi>(std::move(*engine), LocalApiOptions{.resume_jobs = true});
  }
  static v1::Repository Get(Api& api) {
    v1::GetRepositoryRequest request;
    request.set_name("repositories/mailbox");
    return api.GetRepository(request, {})->repository();
  }
  // Follows the job of the repository to its end.
  static v1::Job Follow(Api& api, const std::string& name) {
    v1::GetJobRequest request;
    request.set_name(name);
    v1::Job job;
    do {
      std::this_thread::yield();
      job = api.GetJob(request, {})->job();
    } while (!job.has_end_time());
    return job;
  }
  PendingJob PendingMailbox(int begun) {
    PendingJob job;
    job.request.set_name("repositories/mailbox");
    job.begun = begun;
    return job;
  }
};

TEST_F(DataRepairTest, ADamagedDirectoryIsServedAgainAndItsRepositoriesAreIndexedAgain) {
  Create();
  Index();
  CloseApi();
  EXPECT_EQ(FindDamage(data_dir()), std::nullopt);
  fs::remove(data_dir() / "rocksdb" / "CURRENT");
  ASSERT_TRUE(FindDamage(data_dir()).has_value());
  const auto report = RepairData(data_dir());
  ASSERT_TRUE(report.has_value()) << report.error();
  EXPECT_THAT(Describe(*report), HasSubstr("to be indexed again: mailbox"));
  EXPECT_EQ(FindDamage(data_dir()), std::nullopt);
  const auto server = Serve();
  if (const std::string job = Get(*server).current_job(); !job.empty()) {
    EXPECT_EQ(Follow(*server, job).state(), v1::Job::STATE_SUCCEEDED);
  }
  EXPECT_GT(Get(*server).latest_snapshot().files(), 0U);
  const auto status = server->GetStatus({}, {});
  ASSERT_TRUE(status.has_value());
  EXPECT_THAT(status->warnings(), testing::Contains(HasSubstr("put aside in")));
}

TEST_F(DataRepairTest, AServerGoesOnWithJobsThatTheOneBeforeDidNotEnd) {
  Create();
  CloseApi();
  ASSERT_TRUE(WritePendingJobs(data_dir(), {PendingMailbox(1)}).has_value());
  const auto server = Serve();
  if (const std::string job = Get(*server).current_job(); !job.empty()) Follow(*server, job);
  EXPECT_GT(Get(*server).latest_snapshot().files(), 0U);
}

TEST_F(DataRepairTest, AJobThatEndsEveryServerIsGivenUp) {
  Create();
  CloseApi();
  ASSERT_TRUE(WritePendingJobs(data_dir(), {PendingMailbox(3)}).has_value());
  const auto server = Serve();
  EXPECT_EQ(Get(*server).current_job(), "");
  EXPECT_THAT(ReadPendingJobs(data_dir()), IsEmpty());
}

TEST_F(DataRepairTest, PendingJobsAreReadAsTheyWereWritten) {
  fs::create_directories(data_dir());
  PendingJob job = PendingMailbox(2);
  job.request.set_skip_embeddings(true);
  job.request.set_revision("HEAD~1");
  job.request.mutable_options()->add_defines("A=1");
  ASSERT_TRUE(WritePendingJobs(data_dir(), {job}).has_value());
  std::ofstream(data_dir() / "jobs", std::ios::app) << "7 {not json\n";
  const std::vector<PendingJob> read = ReadPendingJobs(data_dir());
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].begun, 2);
  EXPECT_EQ(read[0].request.SerializeAsString(), job.request.SerializeAsString());
  ASSERT_TRUE(WritePendingJobs(data_dir(), {}).has_value());
  EXPECT_FALSE(fs::exists(data_dir() / "jobs"));
}

}  // namespace
}  // namespace fanin::service
