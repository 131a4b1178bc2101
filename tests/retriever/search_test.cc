#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "retriever/ranking_weights.h"
#include "tests/retriever/search_fixture.h"

namespace fanin::retriever {
namespace {

using graph::ChunkKind;
using graph::NodeKind;
using graph::Role;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// A clock-domain-crossing FIFO, a synchroniser it uses, and its test bench.
TestFile FifoFile() {
  TestFile file("rtl/async_fifo.sv",
                "// Asynchronous FIFO.\n"
                "module async_fifo (\n"
                "  input logic wr_clk, input logic rd_clk, input logic wr_rst_n\n"
                ");\n"
                "  logic [4:0] wr_ptr, wr_ptr_gray, rd_sync;\n"
                "  // Write pointer.\n"
                "  always_ff @(posedge wr_clk or negedge wr_rst_n)\n"
                "    if (!wr_rst_n) wr_ptr <= 0; else wr_ptr <= wr_ptr + 1;\n"
                "  assign wr_ptr_gray = wr_ptr ^ (wr_ptr >> 1);\n"
                "  sync_2ff u_sync (.clk(rd_clk), .d(wr_ptr_gray), .q(rd_sync));\n"
                "endmodule\n");
  const auto module = file.Add(NodeKind::kModule, 0, "async_fifo", "module", "endmodule");
  const auto wr_clk = file.Add(NodeKind::kPort, module, "wr_clk", "input logic wr_clk", "wr_clk");
  file.Add(NodeKind::kPort, module, "rd_clk", "input logic rd_clk", "rd_clk");
  const auto wr_rst = file.Add(NodeKind::kPort, module, "wr_rst_n", "input logic wr_rst_n", "wr_rst_n");
  const auto wr_ptr = file.Add(NodeKind::kSignal, module, "wr_ptr", "logic [4:0]", "wr_ptr,");
  const auto gray = file.Add(NodeKind::kSignal, module, "wr_ptr_gray", "wr_ptr_gray", "wr_ptr_gray");
  file.Add(NodeKind::kSignal, module, "rd_sync", "rd_sync", "rd_sync");
  const auto block = file.Add(NodeKind::kAlwaysFf, module, "", "always_ff", "+ 1;", "", "Write pointer.");
  const auto assign = file.Add(NodeKind::kAssign, module, "", "assign", ">> 1);");
  const auto instance = file.Add(NodeKind::kInstance, module, "u_sync", "sync_2ff", ");", "sync_2ff");
  file.Chunk(ChunkKind::kModuleHeader, module, "// Asynchronous", ");");
  file.Chunk(ChunkKind::kDeclarations, wr_ptr, "logic [4:0]", ";");
  file.Chunk(ChunkKind::kBlock, block, "always_ff", "+ 1;");
  file.Chunk(ChunkKind::kAssigns, assign, "assign", ";");
  file.Chunk(ChunkKind::kInstance, instance, "sync_2ff", ";");
  file.Drives(block, wr_ptr);
  file.Reads(wr_ptr, block);
  file.Reads(wr_clk, block, Role::kClock);
  file.Reads(wr_rst, block, Role::kReset);
  file.Drives(assign, gray);
  file.Reads(wr_ptr, assign);
  file.License("Apache-2.0");
  return file;
}

TestFile SyncFile(const std::string& path) {
  TestFile file(path,
                "module sync_2ff (input clk, input d, output reg q);\n"
                "  reg meta;\n"
                "  always @(posedge clk) {q, meta} <= {meta, d};\n"
                "endmodule\n");
  const auto module = file.Add(NodeKind::kModule, 0, "sync_2ff", "module", "endmodule");
  const auto clk = file.Add(NodeKind::kPort, module, "clk", "input clk", "clk");
  const auto q = file.Add(NodeKind::kPort, module, "q", "output", "q)");
  const auto meta = file.Add(NodeKind::kSignal, module, "meta", "reg meta", ";");
  const auto block = file.Add(NodeKind::kAlways, module, "", "always", "};");
  file.Chunk(ChunkKind::kModuleHeader, module, "module", ");");
  file.Chunk(ChunkKind::kDeclarations, meta, "reg meta", ";");
  file.Chunk(ChunkKind::kBlock, block, "always", "};");
  file.Drives(block, q);
  file.Drives(block, meta);
  file.Reads(clk, block, Role::kClock);
  return file;
}

TestFile BenchFile() {
  TestFile file("dv/fifo_tb.sv",
                "module fifo_tb;\n"
                "  initial begin $display(\"Fifo Test\"); end\n"
                "endmodule\n");
  const auto module = file.Add(NodeKind::kModule, 0, "fifo_tb", "module", "endmodule");
  const auto block = file.Add(NodeKind::kInitial, module, "", "initial", "end");
  file.Chunk(ChunkKind::kModuleHeader, module, "module", ";");
  file.Chunk(ChunkKind::kBlock, block, "initial", "end");
  return file;
}

class Search : public ::testing::Test {
 protected:
  Search() : repository_("soc"), retriever_(nullptr) {
    repository_.Put(FifoFile());
    repository_.Put(SyncFile("rtl/sync_2ff.v"));
    repository_.Put(BenchFile());
    index_ = repository_.Open();
  }

  SearchResponse Ask(const std::string& query, uint32_t limit = 50, uint32_t offset = 0) const {
    SearchRequest request;
    request.query = query;
    request.limit = limit;
    request.offset = offset;
    request.explain = true;
    return ValueOf(retriever_.Search(std::span(&index_, 1), request));
  }
  std::vector<std::string> Places(const std::string& query) const { return PlacesOf(*index_, Ask(query)); }
  base::Error ErrorOf(const SearchRequest& request) const {
    const auto response = retriever_.Search(std::span(&index_, 1), request);
    EXPECT_FALSE(response.has_value());
    return response.has_value() ? base::Error{} : response.error();
  }

  SearchRepository repository_;
  Retriever retriever_;
  std::shared_ptr<const SearchIndex> index_;
};

TEST_F(Search, KindsAndNames) {
  EXPECT_THAT(Places("kind:always_ff"), ElementsAre("rtl/async_fifo.sv:7"));
  EXPECT_THAT(Places("kind:always*"), UnorderedElementsAre("rtl/async_fifo.sv:7", "rtl/sync_2ff.v:3"));
  EXPECT_THAT(Places("kind:block"), UnorderedElementsAre("rtl/async_fifo.sv:7", "rtl/sync_2ff.v:3",
                                                         "rtl/async_fifo.sv:9", "dv/fifo_tb.sv:2"));
  EXPECT_THAT(Places("name:wr_ptr"), ElementsAre("rtl/async_fifo.sv:5"));
  EXPECT_THAT(Places("name:WR_PTR*"), ElementsAre("rtl/async_fifo.sv:5"));
  EXPECT_THAT(Places("name:/sync$/"), UnorderedElementsAre("rtl/async_fifo.sv:5", "rtl/async_fifo.sv:10"));
  EXPECT_THAT(Places("name:nothing"), IsEmpty());
}

TEST_F(Search, KindAndNameHoldForOneElement) {
  // The header of async_fifo shows a module and a port wr_clk, but no module wr_clk.
  EXPECT_THAT(Places("kind:module name:wr_clk"), IsEmpty());
  EXPECT_THAT(Places("kind:port name:wr_clk"), ElementsAre("rtl/async_fifo.sv:1"));
  EXPECT_THAT(Places("kind:module (name:wr_clk OR name:fifo_tb)"), ElementsAre("dv/fifo_tb.sv:1"));
  const SearchResponse response = Ask("kind:port name:rd_clk");
  ASSERT_EQ(response.results.size(), 1U);
  EXPECT_EQ(response.results[0].node->name, "rd_clk");
  EXPECT_EQ(response.results[0].node->kind, NodeKind::kPort);
}

TEST_F(Search, DataflowAndHierarchy) {
  EXPECT_THAT(Places("drives:wr_ptr"), ElementsAre("rtl/async_fifo.sv:7"));
  EXPECT_THAT(Places("drives:wr_ptr*"), UnorderedElementsAre("rtl/async_fifo.sv:7", "rtl/async_fifo.sv:9"));
  EXPECT_THAT(Places("drives:/gray$/"), ElementsAre("rtl/async_fifo.sv:9"));
  EXPECT_THAT(Places("reads:wr_ptr kind:assign"), ElementsAre("rtl/async_fifo.sv:9"));
  EXPECT_THAT(Places("clock:*clk"), UnorderedElementsAre("rtl/async_fifo.sv:7", "rtl/sync_2ff.v:3"));
  EXPECT_THAT(Places("clock:* -reset:*"), ElementsAre("rtl/sync_2ff.v:3"));
  EXPECT_THAT(Places("instance_of:sync_2ff"), ElementsAre("rtl/async_fifo.sv:10"));
  EXPECT_THAT(Places("instantiates:sync_2ff kind:module"), ElementsAre("rtl/async_fifo.sv:1"));
  EXPECT_EQ(Places("in:async_fifo").size(), 5U);
  EXPECT_EQ(Places("module:sync_2ff").size(), 3U);
}

TEST_F(Search, FilesLanguagesLicencesRepositories) {
  EXPECT_EQ(Places("file:dv/").size(), 2U);
  EXPECT_EQ(Places("lang:verilog").size(), 3U);
  EXPECT_EQ(Places("lang:sv -file:dv/").size(), 5U);
  EXPECT_EQ(Places("license:permissive").size(), 5U);
  EXPECT_EQ(Places("license:unknown").size(), 5U);
  EXPECT_EQ(Places("repo:so*").size(), 10U);
  EXPECT_THAT(Places("repo:other"), IsEmpty());
  EXPECT_EQ(Places("-repo:other").size(), 10U);
}

TEST_F(Search, TextWordsAndCombinations) {
  EXPECT_THAT(Places("\">> 1\""), ElementsAre("rtl/async_fifo.sv:9"));
  EXPECT_THAT(Places("\"fifo test\""), ElementsAre("dv/fifo_tb.sv:2"));
  EXPECT_THAT(Places("\"FIFO test\""), IsEmpty());
  EXPECT_THAT(Places("/wr_ptr_\\w+ = /"), ElementsAre("rtl/async_fifo.sv:9"));
  EXPECT_THAT(Places("(drives:meta OR kind:initial) -file:rtl/"), ElementsAre("dv/fifo_tb.sv:2"));
  EXPECT_THAT(Places("kind:block -wr_ptr"), UnorderedElementsAre("rtl/sync_2ff.v:3", "dv/fifo_tb.sv:2"));
  EXPECT_THAT(Places("kind:block (meta OR \"display\")"), UnorderedElementsAre("rtl/sync_2ff.v:3", "dv/fifo_tb.sv:2"));
}

TEST_F(Search, ConditionWordsAreOfThePassageNotOfItsScope) {
  // All of async_fifo is about "async", yet only its head says so.
  EXPECT_THAT(Places("kind:module (async_fifo OR nothing_else)"), ElementsAre("rtl/async_fifo.sv:1"));
  EXPECT_THAT(Places("kind:always_ff -async_fifo"), ElementsAre("rtl/async_fifo.sv:7"));
}

TEST_F(Search, WordsRankWithinTheCondition) {
  const auto places = Places("write pointer kind:block");
  ASSERT_FALSE(places.empty());
  EXPECT_EQ(places[0], "rtl/async_fifo.sv:7");
  EXPECT_EQ(places.size(), 4U);
}

TEST_F(Search, AbbreviationsAndPartsOfIdentifiersAreFound) {
  EXPECT_THAT(Places("synchronizer"), Contains("rtl/async_fifo.sv:10"));
  EXPECT_THAT(Places("pointers"), Contains("rtl/async_fifo.sv:9"));
  EXPECT_EQ(Places("wr_ptr_gray")[0], "rtl/async_fifo.sv:9");
}

TEST_F(Search, WordsThatNothingHasFindNothingWithoutEmbeddings) {
  const SearchResponse response = Ask("hourglass");
  EXPECT_THAT(response.results, IsEmpty());
  EXPECT_FALSE(response.truncated);
  EXPECT_THAT(response.warnings, ElementsAre("no embedding model: lexical and structural search only"));
  EXPECT_THAT(Ask("where is the").results, IsEmpty());
}

TEST_F(Search, ReasonsSayWhyInPlainWords) {
  const SearchResponse response = Ask("gray drives:wr_ptr* file:rtl/");
  ASSERT_FALSE(response.results.empty());
  EXPECT_THAT(response.results[0].reasons, Contains("drives wr_ptr_gray"));
  EXPECT_THAT(response.results[0].reasons, Contains("file rtl/async_fifo.sv"));
  EXPECT_THAT(response.results[0].reasons, Contains("words: gray"));
  EXPECT_THAT(Ask("\">> 1\"").results[0].reasons, Contains("text \">> 1\" on line 9"));
  EXPECT_THAT(Ask("async fifo kind:module").results[0].reasons, Contains("named async_fifo"));
}

TEST_F(Search, MatchesAreMarkedInThePassage) {
  const SearchResult result = Ask("\"wr_ptr ^\" kind:assign").results.at(0);
  ASSERT_EQ(result.matches.size(), 1U);
  const graph::Span& match = result.matches[0];
  EXPECT_EQ(result.text.substr(match.begin_byte - result.span.begin_byte, match.end_byte - match.begin_byte),
            "wr_ptr ^");
  EXPECT_EQ(match.begin_line, 9U);
  EXPECT_EQ(Ask("pointer kind:always_ff").results.at(0).matches.size(), 3U);
}

TEST_F(Search, TheElementIsTheOneTheQueryIsAbout) {
  EXPECT_EQ(Ask("drives:wr_ptr_gray").results.at(0).node->kind, NodeKind::kAssign);
  EXPECT_EQ(Ask("rd_sync").results.at(0).node->name, "rd_sync");
  EXPECT_EQ(Ask("kind:module fifo").results.at(0).node->kind, NodeKind::kModule);
}

TEST_F(Search, AddendsSumToTheScore) {
  for (const char* query : {"gray pointer", "kind:always_ff", "write name:wr*", "\"wr_ptr\" OR fifo"}) {
    for (const SearchResult& result : Ask(query).results) {
      double sum = 0;
      for (const Signal& signal : result.signals) {
        sum += signal.weight * signal.value;
        EXPECT_GE(signal.value, 0) << signal.name;
        EXPECT_LE(signal.value, 1) << signal.name;
      }
      EXPECT_NEAR(sum, result.score, 1e-12) << query;
      EXPECT_EQ(result.signals.size(), kAddendCount);
    }
  }
}

TEST_F(Search, PagesJoinToTheWhole) {
  const auto all = Places("repo:soc");
  ASSERT_EQ(all.size(), 10U);
  std::vector<std::string> joined;
  for (uint32_t offset = 0; offset < 12; offset += 3) {
    const SearchResponse page = Ask("repo:soc", 3, offset);
    EXPECT_EQ(page.truncated, offset + 3 < 10) << offset;
    for (const std::string& place : PlacesOf(*index_, page)) joined.push_back(place);
  }
  EXPECT_EQ(joined, all);
}

TEST_F(Search, OrderIsTheSameEveryTime) {
  for (const char* query : {"fifo", "repo:soc", "pointer OR sync"}) EXPECT_EQ(Places(query), Places(query));
}

TEST_F(Search, MistakesAreRefused) {
  SearchRequest request;
  request.query = "fifo";
  request.limit = 0;
  EXPECT_EQ(ErrorOf(request).code, base::Code::kOutOfRange);
  request.limit = 100000;
  EXPECT_EQ(ErrorOf(request).code, base::Code::kOutOfRange);
  request.limit = 10;
  request.query = "kind:modul";
  EXPECT_EQ(ErrorOf(request).code, base::Code::kInvalidArgument);
  EXPECT_THAT(ErrorOf(request).message, HasSubstr("did you mean 'module'?"));
}

TEST_F(Search, RandomBytesAsQueryNeverCrash) {
  std::mt19937 random(17);
  const std::string alphabet = "abfio:/\\\"()-* ?OR kind:name:/x/";
  for (int i = 0; i < 3000; ++i) {
    SearchRequest request;
    request.query.resize(std::uniform_int_distribution<size_t>(0, 30)(random));
    for (char& c : request.query) {
      c = i % 3 != 0 ? alphabet[random() % alphabet.size()] : static_cast<char>(random() % 256);
    }
    const auto response = retriever_.Search(std::span(&index_, 1), request);
    if (!response.has_value()) {
      EXPECT_EQ(response.error().code, base::Code::kInvalidArgument) << request.query;
    }
  }
}

TEST_F(Search, APassedDeadlineGivesAPartialAnswer) {
  SearchRequest request;
  request.query = "\"wr_ptr\"";
  request.deadline = std::chrono::steady_clock::now() - std::chrono::seconds(1);
  const SearchResponse response = ValueOf(retriever_.Search(std::span(&index_, 1), request));
  EXPECT_TRUE(response.partial);
  EXPECT_THAT(response.results, IsEmpty());
}

TEST_F(Search, ThePlanIsTheSimplifiedQuery) {
  EXPECT_EQ(Ask("where is (the fifo) (kind:module)").plan, "fifo kind:module");
}

TEST_F(Search, ReplacedFilesAreForgotten) {
  TestFile renamed("rtl/sync_2ff.v", "module sync_3ff;\nendmodule\n");
  const auto module = renamed.Add(NodeKind::kModule, 0, "sync_3ff", "module", "endmodule");
  renamed.Chunk(ChunkKind::kModuleHeader, module, "module", "endmodule");
  repository_.Put(std::move(renamed));
  repository_.Remove("dv/fifo_tb.sv");
  index_ = repository_.Open();
  EXPECT_THAT(Places("name:sync_2ff"), IsEmpty());
  EXPECT_THAT(Places("name:sync_3ff"), ElementsAre("rtl/sync_2ff.v:1"));
  EXPECT_THAT(Places("display"), IsEmpty());
  EXPECT_THAT(Places("\"display\""), IsEmpty());
  EXPECT_EQ(Places("repo:soc").size(), 6U);
}

TEST_F(Search, CopiesAreOneResultThatNamesTheOthers) {
  repository_.Put(SyncFile("vendor/lib/sync_2ff.v"));
  SearchRepository other("other");
  other.Put(SyncFile("cells/sync_2ff.v"));
  const std::vector<std::shared_ptr<const SearchIndex>> indexes = {repository_.Open(), other.Open()};
  SearchRequest request;
  request.query = "kind:module sync";
  request.limit = 20;
  const SearchResponse response = ValueOf(retriever_.Search(indexes, request));
  const auto found = std::ranges::find_if(response.results,
                                          [](const SearchResult& result) { return result.node->name == "sync_2ff"; });
  ASSERT_NE(found, response.results.end());
  EXPECT_EQ(indexes[found->index]->snapshot().manifest().repository, "soc");
  EXPECT_EQ(indexes[found->index]->snapshot().file(found->node.file).path, "rtl/sync_2ff.v");
  ASSERT_EQ(found->also_at.size(), 2U);
  EXPECT_EQ(found->also_at[0].repository + ":" + found->also_at[0].path, "soc:vendor/lib/sync_2ff.v");
  EXPECT_EQ(found->also_at[1].repository + ":" + found->also_at[1].path, "other:cells/sync_2ff.v");
  EXPECT_EQ(found->also_at[1].begin_line, 1U);
  EXPECT_EQ(std::ranges::count_if(response.results, [](const auto& r) { return r.node->name == "sync_2ff"; }), 1);
  // Where the condition leaves a copy out, it is no copy.
  request.query = "kind:module sync repo:other";
  const SearchResponse only = ValueOf(retriever_.Search(indexes, request));
  ASSERT_EQ(only.results.size(), 1U);
  EXPECT_THAT(only.results[0].also_at, IsEmpty());
}

TEST_F(Search, ScoresOfSeveralRepositoriesAreComparable) {
  // The same module alone in a small repository must not beat a better match in a large one.
  SearchRepository other("other");
  other.Put(OneModule("x.v", "unrelated", "wire pointer;"));
  const std::vector<std::shared_ptr<const SearchIndex>> indexes = {index_, other.Open()};
  SearchRequest request;
  request.query = "gray write pointer";
  const SearchResponse response = ValueOf(retriever_.Search(indexes, request));
  ASSERT_GE(response.results.size(), 3U);
  EXPECT_EQ(response.results[0].index, 0U);
  EXPECT_EQ(response.stats.documents, 11U);
}

TEST_F(Search, NoRepositoriesFindNothing) {
  SearchRequest request;
  request.query = "fifo";
  EXPECT_THAT(ValueOf(retriever_.Search({}, request)).results, IsEmpty());
}

}  // namespace
}  // namespace fanin::retriever
