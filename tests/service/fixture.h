// A data directory and a copy of the mailbox fixture in a temporary folder, and an Api over them.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "service/engine.h"
#include "service/local_api.h"

namespace fanin::service {

class ServiceTest : public testing::Test {
 protected:
  ServiceTest() {
    std::string pattern = testing::TempDir() + "fanin_service_XXXXXX";
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = std::filesystem::canonical(pattern);
    std::filesystem::copy(std::filesystem::path(FANIN_SOURCE_DIR) / "tests/corpora/mailbox", rtl_folder(),
                          std::filesystem::copy_options::recursive);
  }
  ~ServiceTest() override {
    api_ = nullptr;
    std::filesystem::remove_all(folder_);
  }

  std::filesystem::path rtl_folder() const { return folder_ / "mailbox"; }
  std::filesystem::path data_dir() const { return folder_ / "data"; }

  EngineOptions Options() const {
    EngineOptions options;
    options.data_dir = data_dir();
    options.embedder.model_dir = folder_ / "no_model";
    return options;
  }

  // Opened when first asked for.
  Api& api() {
    if (api_ == nullptr) {
      auto engine = Engine::Open(Options());
      EXPECT_TRUE(engine.has_value()) << engine.error();
      api_ = std::make_unique<LocalApi>(std::move(*engine));
    }
    return *api_;
  }
  void CloseApi() { api_ = nullptr; }

  void Write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories((rtl_folder() / path).parent_path());
    std::ofstream(rtl_folder() / path) << text;
  }

  void Create(const std::string& name = "mailbox") {
    v1::CreateRepositoryRequest request;
    request.set_repository_id(name);
    request.mutable_repository()->set_root(rtl_folder().string());
    const auto created = api().CreateRepository(request, {});
    ASSERT_TRUE(created.has_value()) << created.error();
  }

  // Runs an indexing job and returns its summary.
  v1::IndexSummary Index(const std::string& name = "mailbox") {
    v1::IndexRepositoryRequest request;
    request.set_name("repositories/" + name);
    v1::Job job;
    const base::Status status = api().IndexRepository(request, {}, [&](const v1::IndexRepositoryResponse& event) {
      job = event.job();
      return true;
    });
    EXPECT_TRUE(status.has_value()) << status.error();
    EXPECT_EQ(job.state(), v1::Job::STATE_SUCCEEDED);
    return job.summary();
  }

  v1::Repository Get(const std::string& name = "mailbox") {
    v1::GetRepositoryRequest request;
    request.set_name("repositories/" + name);
    const auto response = api().GetRepository(request, {});
    EXPECT_TRUE(response.has_value()) << response.error();
    return response.has_value() ? response->repository() : v1::Repository();
  }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<Api> api_;
};

}  // namespace fanin::service
