// What ranks where, with its score: a change of ranking is a change of this file (docs/ranking.md). The corpus is small
// modules of our own; the embedder is a double that knows a few words of one meaning.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iomanip>
#include <sstream>
#include <string>
#include <vector>

#include "tests/retriever/search_fixture.h"
#include "tests/retriever/temporary_folder.h"

namespace fanin::retriever {
namespace {

using graph::ChunkKind;
using graph::NodeKind;
using ::testing::ElementsAre;

// A module in chunks: head, declarations of `signal`, a clocked block that drives it.
TestFile ClockedModule(const std::string& path, const std::string& name, const std::string& comment,
                       const std::string& ports, const std::string& signal, const std::string& body) {
  TestFile file(path, "// " + comment + "\nmodule " + name + " (" + ports + ");\n  reg " + signal +
                          ";\n  always @(posedge clk)\n    " + body + "\nendmodule\n");
  const auto module = file.Add(NodeKind::kModule, 0, name, "module", "endmodule", "", comment);
  const auto declared = file.Add(NodeKind::kSignal, module, signal, "reg " + signal, ";");
  const auto block = file.Add(NodeKind::kAlways, module, "", "always", body);
  file.Chunk(ChunkKind::kModuleHeader, module, "//", ");");
  file.Chunk(ChunkKind::kDeclarations, declared, "reg", ";");
  file.Chunk(ChunkKind::kBlock, block, "always", body);
  file.Drives(block, declared);
  return file;
}

class RankingGolden : public ::testing::Test {
 protected:
  RankingGolden() : repository_("repo"), embedder_(std::make_shared<FakeEmbedder>()) {
    embedder_->SameMeaning("hourglass", "timer");
    embedder_->SameMeaning("timeout", "timer");
    repository_.Put(ClockedModule("rtl/async_fifo.v", "async_fifo", "FIFO between two clock domains.",
                                  "input clk, input wr_en, output full", "wr_ptr_gray",
                                  "if (wr_en && !full) wr_ptr_gray <= gray(wr_ptr + 1);"));
    repository_.Put(ClockedModule("rtl/sync_fifo.v", "sync_fifo", "FIFO in one clock domain.",
                                  "input clk, input wr_en, output full", "wr_ptr", "if (wr_en) wr_ptr <= wr_ptr + 1;"));
    repository_.Put(ClockedModule("rtl/rr_arbiter.v", "rr_arbiter", "Round robin arbiter.",
                                  "input clk, input [3:0] req, output [3:0] gnt", "last_gnt",
                                  "if (|req) last_gnt <= gnt;"));
    repository_.Put(ClockedModule("rtl/watchdog.v", "watchdog", "Resets the system unless it is fed.",
                                  "input clk, input feed, output bite", "timer_cnt",
                                  "timer_cnt <= feed ? 0 : timer_cnt + 1;"));
    repository_.Put(ClockedModule("dv/arbiter_tb.v", "arbiter_tb", "Test of the arbiter.", "input clk", "req_count",
                                  "req_count <= req_count + 1;"));
    repository_.Put(ClockedModule("vendor/lib/fifo.v", "fifo", "A FIFO of another vendor.", "input clk, input push",
                                  "count", "count <= count + push;"));
    repository_.Publish();
    repository_.manifest().segments =
        ValueOf(BuildVectors(*repository_.PublishManifest(), *embedder_, folder_.path(), nullptr));
    index_ = ValueOf(SearchIndex::Open(repository_.PublishManifest(), {folder_.path(), embedder_->identity().digest}));
  }

  // The first three, as "path:line score".
  std::vector<std::string> Ask(const std::string& query, bool with_embeddings) const {
    const Retriever retriever(with_embeddings ? embedder_ : nullptr);
    SearchRequest request;
    request.query = query;
    request.limit = 3;
    const SearchResponse response = ValueOf(retriever.Search(std::span(&index_, 1), request));
    std::vector<std::string> lines = PlacesOf(*index_, response);
    for (size_t i = 0; i < lines.size(); ++i) {
      std::ostringstream score;
      score << std::fixed << std::setprecision(3) << response.results[i].score;
      lines[i] += " " + score.str();
    }
    return lines;
  }
  std::vector<std::string> Lexical(const std::string& query) const { return Ask(query, false); }
  std::vector<std::string> Fused(const std::string& query) const { return Ask(query, true); }

  TemporaryFolder folder_;
  SearchRepository repository_;
  std::shared_ptr<FakeEmbedder> embedder_;
  std::shared_ptr<const SearchIndex> index_;
};

TEST_F(RankingGolden, Words) {
  EXPECT_THAT(Lexical("round robin arbiter"),
              ElementsAre("rtl/rr_arbiter.v:1 1.030", "rtl/rr_arbiter.v:4 0.513", "rtl/rr_arbiter.v:3 0.503"));
  EXPECT_THAT(Lexical("fifo"),
              ElementsAre("vendor/lib/fifo.v:1 0.940", "rtl/sync_fifo.v:1 0.903", "rtl/async_fifo.v:1 0.899"));
  EXPECT_THAT(Lexical("gray coded write pointer"),
              ElementsAre("rtl/async_fifo.v:4 0.822", "rtl/async_fifo.v:3 0.745", "rtl/sync_fifo.v:4 0.573"));
  EXPECT_THAT(Lexical("two clock domains"),
              ElementsAre("rtl/async_fifo.v:1 1.000", "rtl/sync_fifo.v:1 0.528", "rtl/async_fifo.v:4 0.302"));
}

TEST_F(RankingGolden, Identifiers) {
  EXPECT_THAT(Lexical("wr_ptr"),
              ElementsAre("rtl/sync_fifo.v:4 0.935", "rtl/sync_fifo.v:3 0.916", "rtl/async_fifo.v:4 0.583"));
  EXPECT_THAT(Lexical("sync fifo"),
              ElementsAre("rtl/sync_fifo.v:1 0.906", "rtl/sync_fifo.v:4 0.667", "rtl/sync_fifo.v:3 0.657"));
  EXPECT_THAT(Lexical("grant"),
              ElementsAre("rtl/rr_arbiter.v:4 0.845", "rtl/rr_arbiter.v:3 0.804", "rtl/rr_arbiter.v:1 0.471"));
}

TEST_F(RankingGolden, StructureAlone) {
  EXPECT_THAT(Lexical("kind:module"),
              ElementsAre("rtl/async_fifo.v:1 0.150", "rtl/rr_arbiter.v:1 0.150", "rtl/sync_fifo.v:1 0.150"));
  EXPECT_THAT(Lexical("name:*fifo*"),
              ElementsAre("vendor/lib/fifo.v:1 0.290", "rtl/sync_fifo.v:1 0.217", "rtl/async_fifo.v:1 0.210"));
  EXPECT_THAT(Lexical("\"posedge clk\""),
              ElementsAre("rtl/async_fifo.v:4 0.185", "rtl/rr_arbiter.v:4 0.185", "rtl/sync_fifo.v:4 0.185"));
}

TEST_F(RankingGolden, WordsAndMeaning) {
  EXPECT_THAT(Fused("hourglass"),
              ElementsAre("rtl/async_fifo.v:1 0.303", "rtl/watchdog.v:3 0.292", "rtl/sync_fifo.v:1 0.284"));
  EXPECT_THAT(Fused("timeout of the watchdog"),
              ElementsAre("rtl/watchdog.v:1 1.239", "rtl/watchdog.v:3 1.030", "rtl/watchdog.v:4 0.981"));
  EXPECT_THAT(Fused("async fifo kind:always"),
              ElementsAre("rtl/async_fifo.v:4 1.380", "vendor/lib/fifo.v:4 0.700", "rtl/sync_fifo.v:4 0.546"));
}

TEST(Ranking, WordsAsTheQueryHasThemComeBeforeTheSameWordsInOtherPlaces) {
  SearchRepository repository("repo");
  repository.Put(ClockedModule("rtl/a.v", "first", "Settle, clock, slow: wait.", "input clk", "q", "q <= !q;"));
  repository.Put(ClockedModule("rtl/b.v", "second", "Wait: slow clocks settle.", "input clk", "q", "q <= !q;"));
  const auto index = repository.Open();
  SearchRequest request;
  request.query = "slow clock settle";
  request.limit = 2;
  const SearchResponse response = ValueOf(Retriever(nullptr).Search(std::span(&index, 1), request));
  EXPECT_THAT(PlacesOf(*index, response), ElementsAre("rtl/b.v:1", "rtl/a.v:1"));
}

}  // namespace
}  // namespace fanin::retriever
