// Completion context from a cursor, through Retriever::AssembleCompletion.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "retriever/token_counter.h"
#include "retriever/token_estimate.h"
#include "tests/retriever/search_fixture.h"

namespace fanin::retriever {
namespace {

using graph::ChunkKind;
using graph::NodeKind;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view kTop =
    "module top import bus_pkg::*; (\n"  // 1
    "  input  req_t req_i,\n"            // 2
    "  output logic full_o\n"            // 3
    ");\n"                               // 4
    "  fifo #(.Depth(4)) u_fifo (\n"     // 5
    "    .wdata_i (req_i.data),\n"       // 6
    "    .full_o  (full_o)\n"            // 7
    "  );\n"                             // 8
    "  logic secret_after_cursor;\n"     // 9
    "endmodule\n";                       // 10

class ContextTest : public ::testing::Test {
 protected:
  ContextTest() : repository_("demo") {
    TestFile top("rtl/top.sv", std::string(kTop));
    const auto module = top.Add(NodeKind::kModule, 0, "top", "module", "endmodule");
    top.Add(NodeKind::kSignal, module, "secret_after_cursor", "logic secret", "cursor;");
    top.Chunk(ChunkKind::kModuleHeader, module, "module", "endmodule");
    repository_.Put(std::move(top));

    TestFile package("rtl/bus_pkg.sv",
                     "package bus_pkg;\n  typedef struct packed {\n    logic [7:0] data;\n  } req_t;\n"
                     "  typedef logic [3:0] unrelated_t;\nendpackage\n");
    const auto scope = package.Add(NodeKind::kPackage, 0, "bus_pkg", "package", "endpackage");
    const auto type = package.Add(NodeKind::kTypedef, scope, "req_t", "typedef struct", "req_t;");
    package.Add(NodeKind::kTypedef, scope, "unrelated_t", "typedef logic", "unrelated_t;");
    package.Chunk(ChunkKind::kPackageHeader, scope, "package", "package");
    package.Chunk(ChunkKind::kTypes, type, "typedef struct", "unrelated_t;");
    repository_.Put(std::move(package));

    TestFile fifo("rtl/fifo.sv",
                  "module fifo #(\n  parameter int Depth = 2\n) (\n  input  logic [7:0] wdata_i,\n"
                  "  output logic full_o\n);\n  assign full_o = hidden_body;\nendmodule\n");
    const auto fifo_module = fifo.Add(NodeKind::kModule, 0, "fifo", "module", "endmodule");
    fifo.Chunk(ChunkKind::kModuleHeader, fifo_module, "module", ");");
    fifo.Chunk(ChunkKind::kAssigns, fifo_module, "assign", "hidden_body;");
    repository_.Put(std::move(fifo));

    TestFile user("rtl/user.sv", "module user;\n  fifo u_other (\n    .wdata_i (bytes)\n  );\nendmodule\n");
    const auto user_module = user.Add(NodeKind::kModule, 0, "user", "module", "endmodule");
    const auto instance = user.Add(NodeKind::kInstance, user_module, "u_other", "fifo u_other", ");", "fifo");
    user.Chunk(ChunkKind::kModuleHeader, user_module, "module", "user;");
    user.Chunk(ChunkKind::kInstance, instance, "fifo u_other", ");");
    repository_.Put(std::move(user));
    indexes_.push_back(repository_.Open());
  }

  CompletionRequest At(uint32_t line, uint32_t column = 0) const {
    CompletionRequest request;
    request.path = "rtl/top.sv";
    request.line = line;
    request.column = column;
    return request;
  }
  base::Result<ContextResponse> Try(const CompletionRequest& request) const {
    return Retriever(nullptr).AssembleCompletion(indexes_, request);
  }
  ContextResponse Ask(const CompletionRequest& request) const { return ValueOf(Try(request)); }

  static std::vector<std::string> Names(const ContextResponse& response, std::string_view kind) {
    std::vector<std::string> names;
    for (const ContextSnippet& snippet : response.snippets) {
      if (snippet.kind == kind) names.push_back(snippet.name);
    }
    return names;
  }

  SearchRepository repository_;
  std::vector<std::shared_ptr<const SearchIndex>> indexes_;
};

TEST_F(ContextTest, AnOpenInstanceBringsItsPortsFirstAndThenItsSiblings) {
  const ContextResponse response = Ask(At(7));
  ASSERT_GE(response.snippets.size(), 2U);
  EXPECT_EQ(response.snippets[0].name, "fifo");
  EXPECT_EQ(response.snippets[0].kind, "definition");
  EXPECT_THAT(response.snippets[0].text, StartsWith("module fifo #("));
  EXPECT_THAT(response.snippets[0].text, Not(HasSubstr("hidden_body")));
  EXPECT_EQ(response.snippets[1].kind, "instance");
  EXPECT_EQ(response.snippets[1].text, "  fifo u_other (\n    .wdata_i (bytes)\n  );\n");
}

TEST_F(ContextTest, TypesOfNearbySignalsComeWithTheirReason) {
  const ContextResponse response = Ask(At(9));
  const auto type = std::ranges::find(response.snippets, "req_t", &ContextSnippet::name);
  ASSERT_NE(type, response.snippets.end());
  EXPECT_EQ(type->text, "  typedef struct packed {\n    logic [7:0] data;\n  } req_t;\n");
  EXPECT_EQ(type->span.begin_line, 2U);
  EXPECT_EQ(type->span.end_line, 4U);
  EXPECT_EQ(type->reason, "req_t is used on line 2");
  EXPECT_THAT(Names(response, "definition"), Not(Contains("unrelated_t")));
}

TEST_F(ContextTest, NoLineAfterTheCursorLeaksFromTheIndexOrTheOverlay) {
  CompletionRequest request = At(5);
  EXPECT_THAT(Ask(request).snippets, Each(Field(&ContextSnippet::text, Not(HasSubstr("secret_after_cursor")))));
  request.overlays.push_back({"rtl/top.sv", std::string(kTop) + "// overlay_secret secret_after_cursor\n", nullptr});
  const ContextResponse overlaid = Ask(request);
  EXPECT_THAT(overlaid.snippets, Each(Field(&ContextSnippet::path, Not("rtl/top.sv"))));
  EXPECT_THAT(overlaid.snippets, Each(Field(&ContextSnippet::text, Not(HasSubstr("secret")))));
}

TEST_F(ContextTest, TheOverlaysTextOfTheFileIsWhatIsScanned) {
  CompletionRequest request = At(2);
  request.overlays.push_back({"rtl/top.sv", "module top; fifo u_new (\n", nullptr});
  EXPECT_EQ(Ask(request).snippets.at(0).name, "fifo");
}

TEST_F(ContextTest, AnOverlayOfAnotherFileHidesItsStoredFactsAndAnswersInTheirPlace) {
  TestFile fresh("rtl/fifo.sv", "module fifo (\n  input logic renamed_i\n);\nendmodule\n");
  const auto module = fresh.Add(NodeKind::kModule, 0, "fifo", "module", "endmodule");
  fresh.Chunk(ChunkKind::kModuleHeader, module, "module", ");");
  const std::string text = fresh.text();
  CompletionRequest request = At(7);
  request.overlays.push_back({"rtl/fifo.sv", text, ValueOf(graph::Shard::Decode(fresh.Build()))});
  const ContextResponse response = Ask(request);
  EXPECT_EQ(response.snippets.at(0).text, "module fifo (\n  input logic renamed_i\n);\n");
  EXPECT_THAT(response.snippets, Each(Field(&ContextSnippet::text, Not(HasSubstr("wdata_i,")))));

  request.overlays[0].shard = nullptr;
  EXPECT_THAT(Names(Ask(request), "definition"), Not(Contains("fifo")));
}

TEST_F(ContextTest, EveryBudgetIsKeptAndACutIsSaid) {
  CompletionRequest request = At(7);
  request.budget_tokens = 100'000;
  const ContextResponse whole = Ask(request);
  EXPECT_FALSE(whole.truncated);
  for (uint32_t budget = 1; budget <= whole.tokens; ++budget) {
    request.budget_tokens = budget;
    const ContextResponse response = Ask(request);
    const uint32_t sum = std::accumulate(response.snippets.begin(), response.snippets.end(), 0U,
                                         [](uint32_t tokens, const ContextSnippet& s) { return tokens + s.tokens; });
    EXPECT_EQ(response.tokens, sum);
    EXPECT_LE(response.tokens, budget);
    EXPECT_TRUE(response.truncated || response.tokens == whole.tokens);
    for (const ContextSnippet& snippet : response.snippets) EXPECT_GE(snippet.tokens, EstimateTokens(snippet.text));
  }
}

// Counts each byte, and more for what is joined than for its parts.
class GreedyCounter : public TokenCounter {
 public:
  uint32_t Count(std::string_view text) const override { return static_cast<uint32_t>(text.size() * text.size() / 64); }
};

TEST_F(ContextTest, ABudgetHoldsByAnyCounter) {
  CompletionRequest request = At(7);
  request.counter = std::make_shared<GreedyCounter>();
  for (uint32_t budget = 1; budget < 4000; budget += 37) {
    request.budget_tokens = budget;
    const ContextResponse response = Ask(request);
    EXPECT_LE(response.tokens, budget);
    uint32_t sum = 0;
    for (const ContextSnippet& snippet : response.snippets) sum += GreedyCounter().Count(snippet.text);
    EXPECT_LE(sum, budget);
  }
}

TEST_F(ContextTest, ACancelledRequestStops) {
  CompletionRequest request = At(7);
  request.cancelled = [] { return true; };
  EXPECT_EQ(Try(request).error().code, base::Code::kCancelled);
}

TEST_F(ContextTest, EveryLineShownStandsInTheTextItNames) {
  for (const ContextSnippet& snippet : Ask(At(9)).snippets) {
    const graph::Snapshot& snapshot = indexes_[0]->snapshot();
    const std::string text = ValueOf(snapshot.GetText(*snapshot.FindFile(snippet.path)));
    std::string shown;
    for (const graph::Span& span : snippet.shown) {
      if (!shown.empty()) {
        const std::string rest = snippet.text.substr(shown.size());
        EXPECT_THAT(rest, testing::ContainsRegex("^ *// \\.\\.\\. [0-9]+ lines?\n"));
        shown += rest.substr(0, rest.find('\n') + 1);
      }
      shown += text.substr(span.begin_byte, span.end_byte - span.begin_byte);
      EXPECT_EQ(1 + std::count(text.begin(), text.begin() + span.begin_byte, '\n'), span.begin_line);
    }
    EXPECT_EQ(shown, snippet.text);
    EXPECT_EQ(snippet.span.begin_line, snippet.shown.front().begin_line);
    EXPECT_EQ(snippet.span.end_line, snippet.shown.back().end_line);
  }
}

TEST_F(ContextTest, ItemsOfAnImportedPackageThatAreNotUsedYetAreOffered) {
  CompletionRequest request = At(9);
  const ContextResponse response = Ask(request);
  const auto offered = std::ranges::find(response.snippets, "member", &ContextSnippet::kind);
  ASSERT_NE(offered, response.snippets.end());
  EXPECT_EQ(offered->text, "  typedef logic [3:0] unrelated_t;\n");
  EXPECT_EQ(offered->reason, "bus_pkg is imported");
}

TEST_F(ContextTest, MacrosOfAnIncludedHeaderAreOfferedByTheirHeads) {
  TestFile header("include/checks.svh", "`define CHECK(x) \\\n  begin \\\n    x; \\\n  end\n`define OTHER 1\n// end\n");
  header.Add(NodeKind::kMacro, 0, "CHECK", "`define CHECK", "  end");
  header.Add(NodeKind::kMacro, 0, "OTHER", "`define OTHER", "OTHER 1");
  header.Chunk(ChunkKind::kMacros, 1, "`define CHECK", "OTHER 1");
  repository_.Put(std::move(header));
  indexes_[0] = repository_.Open();
  CompletionRequest request = At(3);
  request.overlays.push_back({"rtl/top.sv", "`include \"checks.svh\"\nmodule top;\n", nullptr});
  const ContextResponse response = Ask(request);
  const auto offered = std::ranges::find(response.snippets, "member", &ContextSnippet::kind);
  ASSERT_NE(offered, response.snippets.end());
  EXPECT_EQ(offered->text, "`define CHECK(x) \\\n// ... 3 lines\n`define OTHER 1\n");
  EXPECT_THAT(offered->shown, testing::SizeIs(2));
}

TEST_F(ContextTest, ModulesThatOthersInstantiateAreOfferedWhereAnItemBegins) {
  EXPECT_THAT(Names(Ask(At(9)), "module"), Not(Contains("fifo")));  // it is in use: its header is shown
  CompletionRequest request = At(3);
  request.overlays.push_back({"rtl/top.sv", "module top;\nassign zeta = ~omega;\n", nullptr});
  EXPECT_THAT(Names(Ask(request), "module"), Contains("fifo"));
  request.overlays[0].text = "module top (\ninput zeta,\n";  // no instance can stand in a port list
  EXPECT_THAT(Names(Ask(request), "module"), IsEmpty());
}

TEST_F(ContextTest, HowLikeLinesGoOnElsewhereIsShown) {
  const std::string lines = "  always @(posedge clk) begin\n    if (push) wr_ptr <= wr_ptr + 1;\n";
  TestFile other("rtl/ring.sv", "module ring;\n" + lines + "    if (pop) rd_ptr <= rd_ptr + 1;\n  end\nendmodule\n");
  const auto module = other.Add(NodeKind::kModule, 0, "ring", "module", "endmodule");
  other.Chunk(ChunkKind::kBlock, module, "always", "  end");
  repository_.Put(std::move(other));
  indexes_[0] = repository_.Open();
  CompletionRequest request = At(4);
  request.overlays.push_back({"rtl/top.sv", "module top;\n" + lines, nullptr});
  const ContextResponse response = Ask(request);
  const auto copy = std::ranges::find(response.snippets, "similar", &ContextSnippet::kind);
  ASSERT_NE(copy, response.snippets.end());
  EXPECT_EQ(copy->path, "rtl/ring.sv");
  EXPECT_THAT(copy->text, HasSubstr("if (pop) rd_ptr <= rd_ptr + 1;"));
}

TEST_F(ContextTest, DefinitionsMayComeFromAnotherRepository) {
  SearchRepository other("library");
  other.Put(OneModule("lib/sync.sv", "sync2", "  input d_i;"));
  indexes_.push_back(other.Open());
  CompletionRequest request = At(1);
  request.overlays.push_back({"rtl/top.sv", "module top; sync2 u_sync (", nullptr});
  request.column = 27;
  const ContextResponse response = Ask(request);
  ASSERT_FALSE(response.snippets.empty());
  EXPECT_EQ(response.snippets[0].name, "sync2");
  EXPECT_EQ(response.snippets[0].repository, "library");
}

TEST_F(ContextTest, BadPlacesAreNamed) {
  CompletionRequest request = At(9);
  request.budget_tokens = 0;
  EXPECT_EQ(Try(request).error().code, base::Code::kInvalidArgument);
  EXPECT_EQ(Try(At(0)).error().code, base::Code::kInvalidArgument);
  const auto past = Try(At(99));
  EXPECT_EQ(past.error().code, base::Code::kOutOfRange);
  EXPECT_THAT(past.error().message, HasSubstr("line 99 is past the end of rtl/top.sv"));
  EXPECT_THAT(Try(At(1, 99)).error().message, HasSubstr("column 99 is past the end of line 1"));
  request = At(1);
  request.path = "rtl/absent.sv";
  EXPECT_EQ(Try(request).error().code, base::Code::kNotFound);
}

TEST_F(ContextTest, APassedDeadlineGivesWhatIsReadyAndSaysSo) {
  CompletionRequest request = At(7);
  request.deadline = std::chrono::steady_clock::now() - std::chrono::seconds(1);
  const ContextResponse response = Ask(request);
  EXPECT_TRUE(response.partial);
  EXPECT_THAT(response.snippets, IsEmpty());
  EXPECT_THAT(response.warnings, ElementsAre(HasSubstr("deadline")));
}

}  // namespace
}  // namespace fanin::retriever
