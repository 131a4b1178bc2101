// Incremental equals full: after random changes to a real repository, the index that was brought up to date answers
// like one built from scratch.
//
// FANIN_CORPORA=FOLDER does the same to another folder of RTL, FANIN_SEED and FANIN_ROUNDS choose the changes.
#include <gtest/gtest.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>

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

// Texts to directions without meaning: as good as equal for equal texts only, so that a vector says what it was made
// of.
class HashEmbedder : public retriever::Embedder {
 public:
  HashEmbedder() : identity_{"hash", 16, base::DigestOf("hash embedder")} {}
  const retriever::ModelIdentity& identity() const override { return identity_; }
  std::string DescribeRuntime() const override { return "hash"; }
  base::Status EmbedPassages(std::span<const std::string_view> texts, std::span<float> out) override {
    for (size_t i = 0; i < texts.size(); ++i) {
      std::ranges::copy(Direction(texts[i]), out.begin() + static_cast<ptrdiff_t>(i * identity_.dims));
    }
    return {};
  }
  base::Result<std::vector<float>> EmbedQuery(std::string_view text) override { return Direction(text); }

 private:
  std::vector<float> Direction(std::string_view text) const {
    std::vector<float> row(identity_.dims);
    float square = 0;
    for (size_t i = 0; i < row.size(); ++i) {
      row[i] = static_cast<float>(base::Hash64(text, i) % 2001) - 1000.0F;
      square += row[i] * row[i];
    }
    for (float& x : row) x /= std::sqrt(square);
    return row;
  }

  const retriever::ModelIdentity identity_;
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
    v1::IndexOptions options;
    options.add_file_lists(kEditedFileList);
    const auto summary = IndexJob(*engine_, {"repository", options, false, "", {}}, {}).Run();
    if (!summary) return std::unexpected(summary.error());
    // The engine has no model; this is what a run does with one.
    FANIN_ASSIGN_OR_RETURN(const auto snapshot, engine_->OpenSnapshot("repository", std::nullopt));
    graph::Manifest manifest = snapshot->manifest();
    FANIN_ASSIGN_OR_RETURN(manifest.segments, retriever::BuildVectors(*snapshot, embedder_, engine_->vectors_dir(),
                                                                      [](const auto&) { return true; }));
    FANIN_RETURN_IF_ERROR(engine_->store().Publish(manifest));
    return engine_->Refresh("repository");
  }

  std::shared_ptr<const retriever::SearchIndex> Open() {
    const auto snapshot = engine_->OpenSnapshot("repository", std::nullopt);
    EXPECT_TRUE(snapshot.has_value()) << snapshot.error();
    const auto index = retriever::SearchIndex::Open(
        *snapshot, {.vectors_dir = engine_->vectors_dir(), .model = embedder_.identity().digest, .writable = false});
    EXPECT_TRUE(index.has_value()) << index.error();
    EXPECT_EQ((*index)->semantic_coverage(), 1.0);
    EXPECT_EQ((*index)->warnings(), std::vector<std::string>());
    return *index;
  }

 private:
  HashEmbedder embedder_;
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
  std::ofstream(folder_ / "rtl" / kEditedFileList) << "+define+WIDTH=1\n";
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
