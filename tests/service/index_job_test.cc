#include "service/index_job.h"

#include <gmock/gmock.h>

#include <thread>

#include "tests/service/fixture.h"

namespace fanin::service {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::Property;

// Runs jobs on an engine of its own and looks into its store.
class IndexJobTest : public ServiceTest {
 protected:
  IndexJobTest() {
    auto engine = Engine::Open(Options());
    EXPECT_TRUE(engine.has_value()) << engine.error();
    engine_ = std::move(*engine);
    graph::RepositoryRecord record;
    record.name = "mailbox";
    record.root = rtl_folder();
    EXPECT_TRUE(engine_->store().CreateRepository(record).has_value());
  }
  ~IndexJobTest() override { engine_ = nullptr; }

  base::Result<v1::IndexSummary> Run(const OnIndexProgress& on_progress = {}) {
    return IndexJob(*engine_, {"mailbox", std::nullopt, true, "", {}}, on_progress).Run();
  }

  v1::IndexSummary RunWell() {
    const base::Result<v1::IndexSummary> summary = Run();
    EXPECT_TRUE(summary.has_value()) << summary.error();
    return summary.value_or(v1::IndexSummary());
  }

  graph::Manifest Manifest() {
    const auto manifest = engine_->store().GetManifest("mailbox", std::nullopt);
    EXPECT_TRUE(manifest.has_value()) << manifest.error();
    return manifest.value_or(graph::Manifest());
  }

  graph::SegmentId SegmentOf(const std::string& path) {
    for (const graph::FileEntry& file : Manifest().files) {
      if (file.path == path) return file.segment;
    }
    return 0;
  }

  std::unique_ptr<Engine> engine_;
};

TEST_F(IndexJobTest, SummaryCountsWhatWasFound) {
  const v1::IndexSummary summary = RunWell();
  EXPECT_EQ(summary.snapshot(), "repositories/mailbox/snapshots/1");
  EXPECT_FALSE(summary.up_to_date());
  EXPECT_EQ(summary.files(), 6U);
  EXPECT_EQ(summary.files_reused(), 0U);
  EXPECT_EQ(summary.files_with_errors(), 0U);
  EXPECT_EQ(summary.nodes().at("module"), 3U);
  EXPECT_EQ(summary.nodes().at("package"), 1U);
  EXPECT_EQ(summary.nodes().at("instance"), 5U);
  EXPECT_EQ(summary.lost_files_size(), 0);
  EXPECT_GT(summary.edges(), summary.nodes().at("instance"));
  EXPECT_GT(summary.references_resolved(), 0U);
  EXPECT_LT(summary.references_resolved(), summary.references());
  EXPECT_THAT(summary.external_names(), Contains(Property(&v1::UnresolvedName::name, "tech_clock_gate")));
  EXPECT_THAT(Manifest().external_definitions, ElementsAre("tech_clock_gate"));
}

TEST_F(IndexJobTest, WithoutAModelTheSummarySaysWhatIsLost) {
  const v1::IndexSummary summary = RunWell();
  EXPECT_EQ(summary.semantic_coverage(), 0);
  EXPECT_THAT(summary.warnings(), ElementsAre(HasSubstr("search by meaning is off")));
}

TEST_F(IndexJobTest, FilesWithParseErrorsAreNamedWithTheFirstWhetherParsedNowOrBefore) {
  Write("rtl/broken.v", "module broken(input wire a);\n  assign = a;\n  wire [ b;\nendmodule\n");
  const v1::IndexSummary first = RunWell();
  EXPECT_EQ(first.files_with_errors(), 1U);
  ASSERT_EQ(first.parse_problems_size(), 1);
  EXPECT_EQ(first.parse_problems(0).path(), "rtl/broken.v");
  EXPECT_EQ(first.parse_problems(0).line(), 2U);
  EXPECT_THAT(first.parse_problems(0).message(), HasSubstr("expected"));
  EXPECT_GT(first.parse_problems(0).errors(), 1U);
  const v1::IndexSummary again = RunWell();
  EXPECT_TRUE(again.up_to_date());
  ASSERT_EQ(again.parse_problems_size(), 1);
  EXPECT_EQ(again.parse_problems(0).message(), first.parse_problems(0).message());
}

TEST_F(IndexJobTest, NothingChangedMakesNoSnapshot) {
  RunWell();
  const graph::Manifest before = Manifest();
  const v1::IndexSummary summary = RunWell();
  EXPECT_TRUE(summary.up_to_date());
  EXPECT_EQ(summary.snapshot(), "repositories/mailbox/snapshots/1");
  EXPECT_EQ(summary.files_reused(), 6U);
  EXPECT_EQ(Manifest(), before);
}

TEST_F(IndexJobTest, AChangedFileGoesToANewSegmentAndTheRestStay) {
  RunWell();
  const graph::SegmentId first = SegmentOf("rtl/sync_2ff.v");
  Write("README.md", "# Mailbox\n\nOther words.\n");
  const v1::IndexSummary summary = RunWell();
  EXPECT_EQ(summary.files_reused(), 5U);
  EXPECT_EQ(SegmentOf("rtl/sync_2ff.v"), first);
  EXPECT_NE(SegmentOf("README.md"), first);
  EXPECT_EQ(Manifest().segments.size(), 2U);
}

TEST_F(IndexJobTest, AFileWhoseLinksChangedIsWrittenAnew) {
  RunWell();
  const graph::SegmentId first = SegmentOf("rtl/mailbox.sv");
  Write("rtl/tech_clock_gate.v", "module tech_clock_gate(input clk_i, input en_i, output clk_o);\nendmodule\n");
  const v1::IndexSummary summary = RunWell();
  EXPECT_EQ(summary.files_reused(), 6U);
  EXPECT_NE(SegmentOf("rtl/mailbox.sv"), first);
  EXPECT_TRUE(Manifest().external_definitions.empty());
}

TEST_F(IndexJobTest, ManySegmentsAreMergedIntoOne) {
  RunWell();
  size_t most = 0;
  for (int i = 0; i < 10; ++i) {
    Write("doc/note" + std::to_string(i) + ".md", "# Note " + std::to_string(i) + "\n\nText.\n");
    RunWell();
    most = std::max(most, Manifest().segments.size());
  }
  EXPECT_EQ(most, 8U);
  EXPECT_LT(Manifest().segments.size(), 8U);
  EXPECT_EQ(Manifest().files.size(), 16U);
}

TEST_F(IndexJobTest, MostlyDeadSegmentsAreMerged) {
  RunWell();
  for (const char* path : {"rtl/gray_fifo.v", "rtl/mailbox.sv"}) {
    std::ofstream(rtl_folder() / path, std::ios::app) << "// changed\n";
  }
  RunWell();
  EXPECT_EQ(Manifest().segments.size(), 1U);
}

TEST_F(IndexJobTest, DeletedFilesLeaveTheSnapshot) {
  RunWell();
  std::filesystem::remove(rtl_folder() / "rtl/mailbox.sv");
  RunWell();
  EXPECT_EQ(SegmentOf("rtl/mailbox.sv"), 0U);
  EXPECT_EQ(Manifest().files.size(), 5U);
}

TEST_F(IndexJobTest, TwoSnapshotsAreKept) {
  for (int i = 0; i < 4; ++i) {
    Write("doc/note.md", "# Note " + std::to_string(i) + "\n");
    RunWell();
  }
  EXPECT_EQ(engine_->store().ListSnapshots("mailbox"), (std::vector<graph::SnapshotId>{3, 4}));
}

TEST_F(IndexJobTest, OptionsHoldUntilOthersAreGiven) {
  v1::IndexOptions options;
  options.add_defines("FOO=1");
  ASSERT_TRUE(IndexJob(*engine_, {"mailbox", options, false, "", {}}, {}).Run().has_value());
  RunWell();
  EXPECT_THAT(engine_->store().GetRepository("mailbox")->options_json, HasSubstr("FOO=1"));
  ASSERT_TRUE(IndexJob(*engine_, {"mailbox", v1::IndexOptions(), false, "", {}}, {}).Run().has_value());
  EXPECT_THAT(engine_->store().GetRepository("mailbox")->options_json, testing::Not(HasSubstr("FOO=1")));
}

TEST_F(IndexJobTest, CancelledBeforePublicationLeavesTheOldSnapshot) {
  RunWell();
  const graph::Manifest before = Manifest();
  Write("doc/note.md", "# Note\n");
  for (const auto phase : {v1::IndexProgress::PHASE_DISCOVER, v1::IndexProgress::PHASE_PARSE,
                           v1::IndexProgress::PHASE_LINK, v1::IndexProgress::PHASE_POSTINGS}) {
    const auto summary = Run([&](const v1::IndexProgress& progress) { return progress.phase() != phase; });
    ASSERT_FALSE(summary.has_value()) << phase;
    EXPECT_EQ(summary.error().code, base::Code::kCancelled);
    EXPECT_EQ(Manifest(), before);
  }
}

TEST_F(IndexJobTest, AFolderThatWentAwayIsNotFoundAndTheSnapshotStays) {
  RunWell();
  std::filesystem::remove_all(rtl_folder());
  const auto summary = Run();
  ASSERT_FALSE(summary.has_value());
  EXPECT_EQ(summary.error().code, base::Code::kNotFound);
  EXPECT_EQ(Manifest().files.size(), 6U);
}

TEST_F(IndexJobTest, ReadersKeepTheirSnapshotWhileANewOneIsPublished) {
  RunWell();
  const auto held = engine_->OpenIndex("mailbox", std::nullopt);
  ASSERT_TRUE(held.has_value()) << held.error();
  std::filesystem::remove(rtl_folder() / "rtl/mailbox.sv");
  for (int i = 0; i < 3; ++i) {
    Write("doc/note.md", "# Note " + std::to_string(i) + "\n");
    RunWell();
  }
  EXPECT_EQ((*held)->snapshot().file_count(), 6U);
  EXPECT_TRUE((*held)->snapshot().GetText(*(*held)->snapshot().FindFile("rtl/mailbox.sv")).has_value());
  const auto fresh = engine_->OpenIndex("mailbox", std::nullopt);
  ASSERT_TRUE(fresh.has_value()) << fresh.error();
  EXPECT_EQ((*fresh)->snapshot().manifest().snapshot, 4U);
  EXPECT_FALSE((*fresh)->snapshot().FindFile("rtl/mailbox.sv").has_value());
}

}  // namespace
}  // namespace fanin::service
