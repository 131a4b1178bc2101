// Vectors: how they are made, kept, recovered, and what they add to search.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/file.h"
#include "retriever/chunk_text.h"
#include "tests/retriever/search_fixture.h"
#include "tests/retriever/temporary_folder.h"

namespace fanin::retriever {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Vectors : public ::testing::Test {
 protected:
  Vectors() : repository_("repo"), embedder_(std::make_shared<FakeEmbedder>()), retriever_(embedder_) {
    embedder_->SameMeaning("hourglass", "timer");
    repository_.Put(OneModule("a.sv", "timer", "wire tick;"));
    repository_.Put(OneModule("b.sv", "adder", "wire sum, carry;"));
    repository_.Put(OneModule("c.sv", "shifter", "wire left, right;"));
    repository_.Publish();
  }

  std::filesystem::path dir() const { return folder_.path() / "vectors"; }

  // Makes what is missing, publishes it and opens.
  std::shared_ptr<const SearchIndex> BuildAndOpen() {
    repository_.manifest().segments = ValueOf(BuildVectors(*repository_.PublishManifest(), *embedder_, dir(), nullptr));
    return Open();
  }
  std::shared_ptr<const SearchIndex> Open(bool writable = true) {
    return ValueOf(SearchIndex::Open(repository_.PublishManifest(), {dir(), embedder_->identity().digest, writable}));
  }
  SearchResponse Ask(const std::shared_ptr<const SearchIndex>& index, const std::string& query) const {
    SearchRequest request;
    request.query = query;
    request.explain = true;
    return ValueOf(retriever_.Search(std::span(&index, 1), request));
  }
  std::filesystem::path FileOf(size_t segment) {
    return dir() / repository_.manifest().segments[segment].vectors.value().name;
  }

  TemporaryFolder folder_;
  SearchRepository repository_;
  std::shared_ptr<FakeEmbedder> embedder_;
  Retriever retriever_;
};

TEST_F(Vectors, MeaningAloneAnswersWhereNoWordOccurs) {
  const auto index = BuildAndOpen();
  EXPECT_EQ(index->semantic_coverage(), 1.0);
  const SearchResponse response = Ask(index, "hourglass");
  ASSERT_FALSE(response.results.empty());
  EXPECT_EQ(response.results[0].node->name, "timer");
  EXPECT_THAT(response.results[0].reasons, Contains("similar in meaning"));
  EXPECT_EQ(response.stats.lexical_candidates, 0U);
  EXPECT_THAT(response.warnings, IsEmpty());
}

TEST_F(Vectors, ConditionsHoldForWhatMeaningFinds) {
  const auto index = BuildAndOpen();
  for (const SearchResult& result : Ask(index, "hourglass -name:timer").results) EXPECT_NE(result.node->name, "timer");
  EXPECT_THAT(Ask(index, "hourglass name:adder").results, SizeIs(1));
}

TEST_F(Vectors, DeadDocumentsAreNotFound) {
  BuildAndOpen();
  repository_.Remove("a.sv");
  const auto index = Open();
  for (const SearchResult& result : Ask(index, "hourglass").results) EXPECT_NE(result.node->name, "timer");
  EXPECT_THAT(index->warnings(), IsEmpty());
}

TEST_F(Vectors, UnchangedTextIsNotEmbeddedTwice) {
  BuildAndOpen();
  EXPECT_EQ(embedder_->texts_embedded(), 3U);
  BuildAndOpen();
  EXPECT_EQ(embedder_->texts_embedded(), 3U);
  // A copy elsewhere, and one with other white space: no new text. A changed one: one.
  repository_.Put(OneModule("copy/a.sv", "timer", "wire tick;"));
  repository_.Put(OneModule("d.sv", "timer", "  wire   tick;"));
  repository_.Put(OneModule("b.sv", "adder", "wire sum, carry, overflow;"));
  repository_.Publish();
  const auto index = BuildAndOpen();
  EXPECT_EQ(embedder_->texts_embedded(), 4U);
  EXPECT_EQ(index->semantic_coverage(), 1.0);
  ASSERT_EQ(index->segment_count(), 2U);
  EXPECT_EQ(index->vectors(1)->size(), 3U);
}

TEST_F(Vectors, ProgressRunsToTheTotalAndCancelKeepsWhatIsDone) {
  const auto snapshot = repository_.PublishManifest();
  std::vector<VectorProgress> seen;
  const auto built = BuildVectors(*snapshot, *embedder_, dir(), [&](const VectorProgress& progress) {
    seen.push_back(progress);
    return true;
  });
  ASSERT_TRUE(built.has_value()) << built.error();
  ASSERT_GE(seen.size(), 2U);
  EXPECT_EQ(seen.front().done, 0U);
  EXPECT_EQ(seen.back().done, 3U);
  EXPECT_EQ(seen.back().total, 3U);
  EXPECT_EQ(seen.back().embedded, 3U);

  const auto cancelled =
      BuildVectors(*snapshot, *embedder_, dir(), [](const VectorProgress& p) { return p.done == 0; });
  ASSERT_FALSE(cancelled.has_value());
  EXPECT_EQ(cancelled.error().code, base::Code::kCancelled);
  EXPECT_EQ(embedder_->texts_embedded(), 3U);
}

TEST_F(Vectors, ADamagedFileIsPutAsideAndRebuilt) {
  BuildAndOpen();
  const std::filesystem::path path = FileOf(0);
  const std::string original = ValueOf(base::ReadFile(path));
  std::string damaged = original;
  damaged[damaged.size() - 3] ^= 1;
  ASSERT_TRUE(base::WriteFileAtomically(path, damaged).has_value());

  const auto index = Open();
  ASSERT_THAT(index->warnings(), SizeIs(1));
  EXPECT_THAT(index->warnings()[0], HasSubstr("put aside as"));
  EXPECT_THAT(index->warnings()[0], HasSubstr("rebuilt from the stored vectors (3)"));
  EXPECT_TRUE(std::filesystem::exists(path.string() + ".damaged"));
  EXPECT_EQ(ValueOf(base::ReadFile(path)), original);
  EXPECT_EQ(embedder_->texts_embedded(), 3U);
  EXPECT_EQ(Ask(index, "hourglass").results.at(0).node->name, "timer");
  EXPECT_THAT(Open()->warnings(), IsEmpty());
}

TEST_F(Vectors, AMissingFileIsRebuilt) {
  BuildAndOpen();
  std::filesystem::remove(FileOf(0));
  const auto index = Open();
  EXPECT_THAT(index->warnings(), SizeIs(1));
  EXPECT_TRUE(std::filesystem::exists(FileOf(0)));
  EXPECT_EQ(index->semantic_coverage(), 1.0);
}

TEST_F(Vectors, ARebuiltFileStaysGoodWhenDocumentsDiedSince) {
  BuildAndOpen();
  repository_.Remove("b.sv");
  std::filesystem::remove(FileOf(0));
  EXPECT_THAT(Open()->warnings(), SizeIs(1));
  EXPECT_THAT(Open()->warnings(), IsEmpty());
}

TEST_F(Vectors, AnotherSegmentsFileIsNotTaken) {
  BuildAndOpen();
  repository_.Put(OneModule("x.sv", "divider", "wire quotient;"));
  repository_.Put(OneModule("y.sv", "multiplier", "wire product;"));
  repository_.Put(OneModule("z.sv", "comparator", "wire less;"));
  repository_.Publish();
  BuildAndOpen();
  // Whole files, exchanged.
  std::filesystem::rename(FileOf(0), folder_.path() / "kept");
  std::filesystem::rename(FileOf(1), FileOf(0));
  std::filesystem::rename(folder_.path() / "kept", FileOf(1));
  const auto index = Open();
  EXPECT_THAT(index->warnings(), SizeIs(2));
  EXPECT_EQ(Ask(index, "hourglass").results.at(0).node->name, "timer");
}

TEST_F(Vectors, AReadOnlyIndexRepairsInMemoryOnly) {
  BuildAndOpen();
  const std::filesystem::path path = FileOf(0);
  ASSERT_TRUE(base::WriteFileAtomically(path, "no vector file").has_value());
  const auto index = Open(/*writable=*/false);
  EXPECT_THAT(index->warnings()[0], HasSubstr("in memory"));
  EXPECT_EQ(ValueOf(base::ReadFile(path)), "no vector file");
  EXPECT_EQ(index->semantic_coverage(), 1.0);
}

TEST_F(Vectors, WithoutVectorsTheRestWorksAndSaysSo) {
  const auto index = Open();
  EXPECT_EQ(index->semantic_coverage(), 0.0);
  const SearchResponse response = Ask(index, "timer");
  EXPECT_EQ(response.results.at(0).node->name, "timer");
  EXPECT_THAT(response.warnings, ElementsAre("repo has no embeddings: lexical and structural search only"));
}

TEST_F(Vectors, AFailingEmbedderIsAWarning) {
  const auto index = BuildAndOpen();
  embedder_->set_fails(true);
  const SearchResponse response = Ask(index, "timer");
  EXPECT_EQ(response.results.at(0).node->name, "timer");
  EXPECT_THAT(response.warnings, ElementsAre("the query could not be embedded: the fake is down"));
}

TEST_F(Vectors, PartOfARepositoryWithoutVectorsIsSaid) {
  BuildAndOpen();
  repository_.Put(OneModule("late.sv", "latecomer", "wire late;"));
  repository_.Publish();
  const auto index = Open();
  EXPECT_THAT(Ask(index, "latecomer").warnings, ElementsAre("embeddings cover 75 % of repo"));
}

TEST(ChunkText, HasKindPathCommentAndCode) {
  TestFile file("rtl/f.sv", "module fifo;\n  always_ff @(posedge clk)\n\n    q   <= d;\nendmodule\n");
  const auto module = file.Add(graph::NodeKind::kModule, 0, "fifo", "module", "endmodule");
  const auto block = file.Add(graph::NodeKind::kAlwaysFf, module, "", "always_ff", "d;", "", "The output\nregister.");
  file.Chunk(graph::ChunkKind::kBlock, block, "always_ff", "d;");
  const auto shard = ValueOf(graph::Shard::Decode(file.Build()));
  EXPECT_EQ(ChunkText(*shard, shard->chunks()[0], file.text()),
            "always_ff in fifo\nThe output\nregister.\nalways_ff @(posedge clk)\nq <= d;\n");
}

TEST(ChunkText, IsCutBetweenCharacters) {
  std::string body = "// ";
  while (body.size() < 2 * kMaxChunkTextBytes) body += "é";
  TestFile file = OneModule("a.sv", "m", body);
  const auto shard = ValueOf(graph::Shard::Decode(file.Build()));
  const std::string text = ChunkText(*shard, shard->chunks()[0], file.text());
  EXPECT_LE(text.size(), kMaxChunkTextBytes);
  EXPECT_GE(text.size(), kMaxChunkTextBytes - 3);
  EXPECT_NE(static_cast<uint8_t>(text.back()), 0xc3);
}

}  // namespace
}  // namespace fanin::retriever
