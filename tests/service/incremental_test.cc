// Incremental equals full: after random changes to a real repository, the index that was brought up to date answers
// like one built from scratch.
//
// FANIN_CORPORA=FOLDER does the same to another folder of RTL, FANIN_SEED and FANIN_ROUNDS choose the changes.
#include <gtest/gtest.h>

#include <charconv>
#include <cstdlib>

#include "service/engine.h"
#include "service/index_job.h"
#include "tests/service/random_edits.h"
#include "tests/service/snapshot_differences.h"

namespace fanin::service {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kSeed = 20'261'124;
constexpr uint64_t kRounds = 12;

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  if (text == nullptr) return otherwise;
  std::from_chars(text, text + std::string_view(text).size(), otherwise);
  return otherwise;
}

const std::vector<std::string> kQueries = {
    "fifo write pointer",
    "clock domain crossing",
    "ready valid packet width",
    "kind:module",
    "kind:always clk",
    "drives:/.*valid.*/",
    "reads:reset*",
    "instantiates:umi*",
    "instantiates:added_*",
    "in:added_1",
    "\"posedge clk\"",
    "/[a-z]+_ready/ -file:testbench/",
    "license:apache* register",
    "name:out",
};

// A data directory with one repository over a folder.
class IndexedFolder {
 public:
  IndexedFolder(const fs::path& data_dir, const fs::path& root) {
    EngineOptions options;
    options.data_dir = data_dir;
    options.embedder.model_dir = data_dir / "no_model";
    auto engine = Engine::Open(options);
    EXPECT_TRUE(engine.has_value()) << engine.error();
    engine_ = std::move(*engine);
    graph::RepositoryRecord record;
    record.name = "repository";
    record.root = root;
    EXPECT_TRUE(engine_->store().CreateRepository(record).has_value());
  }

  base::Status Update() {
    const auto summary = IndexJob(*engine_, {"repository", std::nullopt, false, "", {}}, {}).Run();
    return summary ? base::Status() : std::unexpected(summary.error());
  }

  std::shared_ptr<const retriever::SearchIndex> Open() {
    const auto index = engine_->OpenIndex("repository", std::nullopt);
    EXPECT_TRUE(index.has_value()) << index.error();
    return index.value_or(nullptr);
  }

 private:
  std::unique_ptr<Engine> engine_;
};

class IncrementalTest : public testing::Test {
 protected:
  IncrementalTest() {
    std::string pattern = testing::TempDir() + "fanin_incremental_XXXXXX";
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = fs::canonical(pattern);
    const char* corpora = std::getenv("FANIN_CORPORA");
    const fs::path from = corpora != nullptr ? fs::path(corpora) : fs::path(FANIN_TEST_CORPORA) / "umi";
    EXPECT_TRUE(fs::is_directory(from)) << from << "; scripts/setup.sh fetches it";
    for (const char* name : {"rtl", "pristine"}) {
      fs::copy(from, folder_ / name, fs::copy_options::recursive | fs::copy_options::skip_symlinks);
    }
  }
  ~IncrementalTest() override { fs::remove_all(folder_); }

  fs::path folder_;
};

TEST_F(IncrementalTest, AnIndexBroughtUpToDateEqualsOneFromScratch) {
  IndexedFolder incremental(folder_ / "data", folder_ / "rtl");
  RandomEdits edits(folder_ / "rtl", folder_ / "pristine", FromEnvironment("FANIN_SEED", kSeed));
  const uint64_t rounds = FromEnvironment("FANIN_ROUNDS", kRounds);
  for (uint64_t round = 0; round <= rounds; ++round) {
    std::string made = "round " + std::to_string(round);
    for (uint64_t i = 0; i < (round == 0 ? 0 : 1 + round % 3); ++i) made += "\n  " + edits.Apply();
    SCOPED_TRACE(made);
    const base::Status updated = incremental.Update();
    const fs::path scratch_dir = folder_ / "scratch";
    {
      IndexedFolder scratch(scratch_dir, folder_ / "rtl");
      const base::Status built = scratch.Update();
      ASSERT_EQ(updated.has_value(), built.has_value()) << (updated ? built : updated).error();
      if (built) {
        ASSERT_EQ(SnapshotDifferences(incremental.Open(), scratch.Open()).Find(kQueries), "");
      }
    }
    fs::remove_all(scratch_dir);
  }
}

}  // namespace
}  // namespace fanin::service
