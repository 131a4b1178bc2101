// Searches that ask for a level: definitions by all that is in them, declarations and blocks one by one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/retriever/search_fixture.h"
#include "tests/retriever/temporary_folder.h"

namespace fanin::retriever {
namespace {

using graph::ChunkKind;
using graph::NodeKind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

// A FIFO whose head shows three ports, and whose two assigns are one passage.
TestFile Fifo(const std::string& path) {
  TestFile file(path,
                "module fifo (\n"
                "  input logic clk,\n"
                "  output logic full_o,   // no room is left\n"
                "  output logic empty_o   // nothing is stored\n"
                ");\n"
                "  logic [3:0] level_q;\n"
                "  assign full_o = level_q == 15;\n"
                "  assign empty_o = level_q == 0;\n"
                "  always_ff @(posedge clk) level_q <= level_q + 1;\n"
                "endmodule\n");
  const auto module = file.Add(NodeKind::kModule, 0, "fifo", "module", "endmodule");
  file.Add(NodeKind::kPort, module, "clk", "input logic clk", "clk");
  const auto full = file.Add(NodeKind::kPort, module, "full_o", "output logic full_o", "full_o", "", "no room is left");
  const auto empty =
      file.Add(NodeKind::kPort, module, "empty_o", "output logic empty_o", "empty_o", "", "nothing is stored");
  const auto level = file.Add(NodeKind::kSignal, module, "level_q", "logic [3:0]", "level_q");
  const auto first = file.Add(NodeKind::kAssign, module, "", "assign full_o", ";");
  const auto second = file.Add(NodeKind::kAssign, module, "", "assign empty_o", ";");
  file.Add(NodeKind::kAlwaysFf, module, "", "always_ff", "+ 1;");
  file.Chunk(ChunkKind::kModuleHeader, module, "module", ");");
  file.Chunk(ChunkKind::kDeclarations, level, "logic [3:0]", ";");
  file.Chunk(ChunkKind::kAssigns, first, "assign full_o", "== 0;");
  file.Chunk(ChunkKind::kBlock, level, "always_ff", "+ 1;");
  file.Drives(first, full);
  file.Drives(second, empty);
  return file;
}

class SearchElements : public ::testing::Test {
 protected:
  SearchElements() : repository_("repo"), embedder_(std::make_shared<FakeEmbedder>()) {
    embedder_->SameMeaning("vacant", "empty");
    repository_.Put(Fifo("rtl/fifo.sv"));
    repository_.Put(OneModule("rtl/timer.sv", "timer", "wire tick;"));
    repository_.Publish();
  }

  void Embed() {
    repository_.manifest().segments =
        ValueOf(BuildVectors(*repository_.PublishManifest(), *embedder_, folder_.path(), nullptr));
  }
  std::shared_ptr<const SearchIndex> Open() {
    return ValueOf(SearchIndex::Open(repository_.PublishManifest(), {folder_.path(), embedder_->identity().digest}));
  }
  SearchResponse Ask(const std::string& query, bool with_embeddings = false) {
    const auto index = Open();
    SearchRequest request;
    request.query = query;
    request.explain = true;
    return ValueOf(Retriever(with_embeddings ? embedder_ : nullptr).Search(std::span(&index, 1), request));
  }
  static std::vector<std::string> Names(const SearchResponse& response) {
    std::vector<std::string> names;
    for (const SearchResult& result : response.results) names.emplace_back(result.node->name);
    return names;
  }

  TemporaryFolder folder_;
  SearchRepository repository_;
  std::shared_ptr<FakeEmbedder> embedder_;
};

TEST_F(SearchElements, ADeclarationIsAResultOfItsOwnLine) {
  const SearchResponse response = Ask("no room left kind:signal");
  ASSERT_THAT(response.results, Not(IsEmpty()));
  EXPECT_EQ(response.results[0].node->name, "full_o");
  EXPECT_EQ(response.results[0].span.begin_line, 3U);
  EXPECT_EQ(response.results[0].span.end_line, 3U);
  EXPECT_EQ(response.results[0].text, "  output logic full_o,   // no room is left\n");
}

TEST_F(SearchElements, SignalMeansPortsTooUnlessAskedForExactly) {
  EXPECT_THAT(Names(Ask("empty kind:signal")), ::testing::Contains("empty_o"));
  EXPECT_THAT(Names(Ask("level kind:/^signal$/")), ElementsAre("level_q"));
}

TEST_F(SearchElements, DeclarationsAreComparedByTheirOwnVectors) {
  Embed();
  const SearchResponse response = Ask("vacant kind:port", true);
  ASSERT_THAT(response.results, Not(IsEmpty()));
  EXPECT_EQ(response.results[0].node->name, "empty_o");
}

TEST_F(SearchElements, BlocksThatShareAPassageAreToldApart) {
  const SearchResponse response = Ask("empty kind:assign");
  ASSERT_THAT(response.results, Not(IsEmpty()));
  EXPECT_EQ(response.results[0].span.begin_line, 8U);
}

TEST_F(SearchElements, ADefinitionIsFoundByWordsOfItsBody) {
  EXPECT_EQ(Names(Ask("posedge level kind:module"))[0], "fifo");
}

TEST_F(SearchElements, ACommentApartAboveADefinitionIsOfThatDefinition) {
  TestFile file("rtl/two.sv", "module first;\nendmodule\n\n// Spreads sunshine.\n\nmodule second;\nendmodule\n");
  const auto first = file.Add(NodeKind::kModule, 0, "first", "module first", "endmodule");
  const auto second = file.Add(NodeKind::kModule, 0, "second", "module second", "endmodule");
  file.Chunk(ChunkKind::kModuleHeader, first, "module first", "endmodule");
  file.Chunk(ChunkKind::kOther, graph::kNoNode, "// Spreads", "sunshine.");
  file.Chunk(ChunkKind::kModuleHeader, second, "module second", "endmodule");
  repository_.Put(std::move(file));
  repository_.Publish();
  EXPECT_EQ(Names(Ask("sunshine kind:module"))[0], "second");
}

TEST_F(SearchElements, CopiesOfAPassageAreCopiesOfItsDeclarations) {
  repository_.Put(Fifo("vendor/fifo.sv"));
  repository_.Publish();
  const SearchResponse response = Ask("no room left kind:port");
  ASSERT_THAT(response.results, Not(IsEmpty()));
  EXPECT_EQ(response.results[0].node->name, "full_o");
  ASSERT_EQ(response.results[0].also_at.size(), 1U);
  EXPECT_EQ(response.results[0].also_at[0].path, "vendor/fifo.sv");
  EXPECT_EQ(response.results[0].also_at[0].begin_line, 3U);
}

TEST_F(SearchElements, AddendsSumToTheScore) {
  Embed();
  for (const char* query : {"fifo level", "fifo level kind:module", "empty kind:signal", "empty kind:block"}) {
    for (const SearchResult& result : Ask(query, true).results) {
      double sum = 0;
      for (const Signal& signal : result.signals) sum += signal.weight * signal.value;
      EXPECT_NEAR(sum, result.score, 1e-9) << query;
    }
  }
}

}  // namespace
}  // namespace fanin::retriever
