// RepositoryService as a client sees it.
#include <gmock/gmock.h>

#include "tests/service/server_fixture.h"

namespace fanin::service {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(GrpcServerTest, CreateWantsAnExistingFolderAndAFreeName) {
  v1::CreateRepositoryRequest request;
  request.set_repository_id("mailbox");
  request.mutable_repository()->set_root((rtl_folder() / "nowhere").string());
  v1::CreateRepositoryResponse response;
  const auto create = [&] {
    return Call(*repository_, &v1::RepositoryService::Stub::CreateRepository, request, response).error_code();
  };
  EXPECT_EQ(create(), grpc::StatusCode::NOT_FOUND);
  request.mutable_repository()->set_root((rtl_folder() / "README.md").string());
  EXPECT_EQ(create(), grpc::StatusCode::INVALID_ARGUMENT);
  request.mutable_repository()->set_root(rtl_folder().string());
  EXPECT_EQ(create(), grpc::StatusCode::OK);
  EXPECT_EQ(response.repository().state(), v1::Repository::STATE_EMPTY);
  EXPECT_EQ(create(), grpc::StatusCode::ALREADY_EXISTS);
}

TEST_F(GrpcServerTest, IndexStreamsItsJobAndEndsWithTheSummary) {
  Create();
  v1::IndexRepositoryRequest request;
  request.set_name("repositories/mailbox");
  grpc::ClientContext context;
  const auto reader = repository_->IndexRepository(&context, request);
  v1::IndexRepositoryResponse event;
  std::vector<v1::Job> jobs;
  while (reader->Read(&event)) jobs.push_back(event.job());
  EXPECT_TRUE(reader->Finish().ok());
  ASSERT_FALSE(jobs.empty());
  EXPECT_THAT(jobs.front().name(), HasSubstr("repositories/mailbox/jobs/"));
  EXPECT_EQ(jobs.back().state(), v1::Job::STATE_SUCCEEDED);
  EXPECT_EQ(jobs.back().summary().files(), 6U);
  // However short they are.
  std::vector<v1::IndexProgress::Phase> phases;
  for (const v1::Job& job : jobs) phases.push_back(job.progress().phase());
  EXPECT_THAT(phases, testing::IsSupersetOf({v1::IndexProgress::PHASE_SCAN, v1::IndexProgress::PHASE_PARSE,
                                             v1::IndexProgress::PHASE_LINK, v1::IndexProgress::PHASE_POSTINGS}));

  v1::GetJobRequest get;
  get.set_name(jobs.back().name());
  v1::GetJobResponse job;
  EXPECT_TRUE(Call(*repository_, &v1::RepositoryService::Stub::GetJob, get, job).ok());
  EXPECT_EQ(job.job().summary().files(), 6U);
  v1::CancelJobRequest cancel;
  cancel.set_name(jobs.back().name());
  v1::CancelJobResponse cancelled;
  EXPECT_EQ(Call(*repository_, &v1::RepositoryService::Stub::CancelJob, cancel, cancelled).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(GrpcServerTest, AFailedIndexEndsTheStreamWithItsError) {
  std::filesystem::remove_all(rtl_folder() / "rtl");
  std::filesystem::remove(rtl_folder() / "README.md");
  Create();
  v1::IndexRepositoryRequest request;
  request.set_name("repositories/mailbox");
  grpc::ClientContext context;
  const auto reader = repository_->IndexRepository(&context, request);
  v1::IndexRepositoryResponse event;
  while (reader->Read(&event)) {
  }
  EXPECT_EQ(event.job().state(), v1::Job::STATE_FAILED);
  EXPECT_EQ(event.job().error_code(), static_cast<int>(base::Code::kFailedPrecondition));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(GrpcServerTest, QuestionsAboutWhatIsNotIndexedSayWhatToRun) {
  v1::SearchRequest request;
  request.set_query("fifo");
  v1::SearchResponse response;
  grpc::Status status = Call(*retrieval_, &v1::RetrievalService::Stub::Search, request, response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("fanin index"));
  Create();
  request.add_repositories("repositories/mailbox");
  status = Call(*retrieval_, &v1::RetrievalService::Stub::Search, request, response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  request.set_repositories(0, "repositories/mailbax");
  status = Call(*retrieval_, &v1::RetrievalService::Stub::Search, request, response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(status.error_message(), HasSubstr("mailbox"));
}

TEST_F(IndexedServerTest, StatusSaysWhatIsDegradedWhileHealthServes) {
  v1::GetStatusResponse response;
  ASSERT_TRUE(Call(*repository_, &v1::RepositoryService::Stub::GetStatus, v1::GetStatusRequest(), response).ok());
  EXPECT_EQ(response.state(), v1::GetStatusResponse::STATE_DEGRADED);  // there is no model
  ASSERT_EQ(response.repositories_size(), 1);
  EXPECT_EQ(response.repositories(0).latest_snapshot().files(), 6U);
  EXPECT_THAT(response.repositories(0).warnings(), Contains(HasSubstr("search by meaning is off")));
}

TEST_F(IndexedServerTest, CheckFindsNothingWrongWithWholeData) {
  v1::CheckDataResponse response;
  ASSERT_TRUE(Call(*repository_, &v1::RepositoryService::Stub::CheckData, v1::CheckDataRequest(), response).ok());
  EXPECT_THAT(response.findings(), IsEmpty());
  EXPECT_EQ(response.repositories_checked(), 1U);
  EXPECT_EQ(response.blobs_checked(), 15U);
}

TEST_F(IndexedServerTest, ADeletedRepositoryIsGoneAndItsNameFree) {
  v1::DeleteRepositoryRequest request;
  request.set_name("repositories/mailbox");
  v1::DeleteRepositoryResponse response;
  ASSERT_TRUE(Call(*repository_, &v1::RepositoryService::Stub::DeleteRepository, request, response).ok());
  EXPECT_EQ(Call(*repository_, &v1::RepositoryService::Stub::DeleteRepository, request, response).error_code(),
            grpc::StatusCode::NOT_FOUND);
  Create();
  Write("doc/note.md", "# Note\n");
  Index();
  EXPECT_EQ(Search("note").snapshots(0), "repositories/mailbox/snapshots/1");
}

TEST_F(IndexedServerTest, SnapshotsAreListedNewestFirst) {
  Write("doc/note.md", "# Note\n");
  Index();
  v1::ListSnapshotsRequest request;
  request.set_parent("repositories/mailbox");
  request.set_page_size(1);
  v1::ListSnapshotsResponse response;
  ASSERT_TRUE(Call(*repository_, &v1::RepositoryService::Stub::ListSnapshots, request, response).ok());
  ASSERT_EQ(response.snapshots_size(), 1);
  EXPECT_EQ(response.snapshots(0).name(), "repositories/mailbox/snapshots/2");
  EXPECT_EQ(response.snapshots(0).files(), 7U);
  request.set_page_token(response.next_page_token());
  ASSERT_TRUE(Call(*repository_, &v1::RepositoryService::Stub::ListSnapshots, request, response).ok());
  EXPECT_EQ(response.snapshots(0).name(), "repositories/mailbox/snapshots/1");
  EXPECT_TRUE(response.next_page_token().empty());

  // The older one still answers.
  v1::SearchRequest search;
  search.add_repositories("repositories/mailbox/snapshots/1");
  search.set_query("file:note");
  v1::SearchResponse found;
  ASSERT_TRUE(Call(*retrieval_, &v1::RetrievalService::Stub::Search, search, found).ok());
  EXPECT_THAT(found.results(), IsEmpty());
}

}  // namespace
}  // namespace fanin::service
