#include "indexer/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "graph/shard.h"

namespace fanin::indexer {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ParserTest : public testing::Test {
 protected:
  // The shard of a text whose macros beyond its own come from `header`.
  std::shared_ptr<const graph::Shard> Parse(const std::string& text, const std::string& header = "",
                                            const std::string& path = "a.sv") {
    std::vector<RepositoryMacros::File> files;
    files.push_back({path, std::make_shared<const TextScan>(ScanText(text, 1000)), {}});
    files.push_back({"header.svh", std::make_shared<const TextScan>(ScanText(header, 1000)), {}});
    const RepositoryMacros macros(std::move(files), {});
    const TextScan& scan = *macros.files()[0].scan;
    const MacroEnvironment environment = macros.Resolve(path, scan);
    auto bytes = BuildHdlShard({path, text, LanguageOf(path), scan, environment});
    if (!bytes) {
      error_ = bytes.error();
      return nullptr;
    }
    auto shard = graph::Shard::Decode(*std::move(bytes));
    EXPECT_TRUE(shard.has_value());
    return *shard;
  }

  static std::vector<std::string> Modules(const graph::Shard& shard) {
    std::vector<std::string> names;
    for (const graph::Node& node : shard.nodes()) {
      if (node.kind == graph::NodeKind::kModule) names.emplace_back(node.name);
    }
    return names;
  }

  static bool HasNode(const graph::Shard& shard, std::string_view name) {
    for (const graph::Node& node : shard.nodes()) {
      if (node.name == name) return true;
    }
    return false;
  }

  // "line severity message".
  static std::vector<std::string> Diagnostics(const graph::Shard& shard) {
    std::vector<std::string> texts;
    for (const graph::Diagnostic& diagnostic : shard.diagnostics()) {
      texts.push_back(std::to_string(diagnostic.line) + " " + std::to_string(static_cast<int>(diagnostic.severity)) +
                      " " + std::string(diagnostic.message));
    }
    return texts;
  }

  base::Error error_;
};

TEST_F(ParserTest, CleanTextHasNoDiagnostics) {
  const auto shard = Parse("module m(input logic a, output logic b);\n  assign b = a;\nendmodule\n");
  ASSERT_NE(shard, nullptr);
  EXPECT_THAT(Modules(*shard), ElementsAre("m"));
  EXPECT_THAT(Diagnostics(*shard), IsEmpty());
}

TEST_F(ParserTest, MacrosOfOtherFilesHoldWithArgumentsAndSeveralLines) {
  const auto shard =
      Parse("module m(input logic a);\n`DECLARE(x, 8)\n`CHECK(NotZero_A,\n       x != 0)\nlogic after;\nendmodule\n",
            "`define DECLARE(name, width = 1) \\\n  logic [width-1:0] name; \\\n  logic name``_q;\n"
            "`define CHECK(name, prop) \\\n`ifndef OFF \\\n  name: assert property (@(posedge a) prop) \\\n"
            "    else begin \\\n      $error(`\"name`\"); \\\n    end \\\n`endif\n");
  ASSERT_NE(shard, nullptr);
  EXPECT_THAT(Diagnostics(*shard), IsEmpty());
  EXPECT_TRUE(HasNode(*shard, "x"));
  EXPECT_TRUE(HasNode(*shard, "x_q"));
  EXPECT_TRUE(HasNode(*shard, "after"));
}

TEST_F(ParserTest, UnknownMacrosCostNoModule) {
  const auto shard = Parse(
      "`HEADER(x)\nmodule one(input logic a);\n  `ASSERT_SOMETHING(Name_A,\n     a |-> ##1 a)\n  `TYPE t;\n"
      "  `CELL #(.W(1)) u_cell (.a(a));\n  assign t = `VALUE + 8'h`DIGITS;\n"
      "  always_comb begin\n    if (a) `LOG(\"x\")\n    else `LOG(\"y\")\n  end\nendmodule : one\n"
      "module two;\nendmodule\n");
  ASSERT_NE(shard, nullptr);
  EXPECT_THAT(Modules(*shard), ElementsAre("one", "two"));
  EXPECT_THAT(Diagnostics(*shard), IsEmpty());
  EXPECT_TRUE(HasNode(*shard, "t"));
  EXPECT_TRUE(HasNode(*shard, "u_cell"));
}

// What the neighbours of an unknown macro suggest it to be is wrong in each of these.
TEST_F(ParserTest, UnknownMacrosThatMisleadCostTheirStatementOnly) {
  const std::string tail = "  sub u_sub(.a(a));\n  assign b = a;\nendmodule\nmodule after;\nendmodule\n";
  const std::string ports = "(input logic a, output logic b);\n";
  for (const std::string& text : std::vector<std::string>{
           "module m `ATTRIBUTE " + ports,
           "module m `IMPORTS #(parameter int P = 1) " + ports,
           "module m #(`PARAMETERS) " + ports,
           "module m(`PORTS\n input logic a, output logic b);\n",
           "module m" + ports + "  leaf `PARAMETERS u_leaf(.a(a));\n",
           "module m" + ports + "  typedef struct packed { `FIELDS } s_t;\n",
           "module m" + ports + "  always @(`EDGE a) x <= a;\n",
           "module m" + ports + "  always @(posedge a `OR_RESET) x <= a;\n",
           "module m" + ports + "  `FLOP(a, rst)\n    if (a) x <= b; else x <= 0;\n",
           "module m" + ports + "  always @(posedge a) `BEGIN\n    x <= a;\n  `END\n",
           "module m" + ports + "  assign x = a `OPERATOR b;\n",
       }) {
    const auto shard = Parse(text + tail);
    ASSERT_NE(shard, nullptr) << text;
    EXPECT_THAT(Modules(*shard), ElementsAre("m", "after")) << text;
    EXPECT_THAT(Diagnostics(*shard), IsEmpty()) << text;
    for (const char* name : {"a", "b", "u_sub"}) EXPECT_TRUE(HasNode(*shard, name)) << name << " of " << text;
  }
}

TEST_F(ParserTest, ArgumentsThatAreNeverClosedSwallowNothing) {
  const auto shard =
      Parse("module m(input a);\n  `CHECK(a, (b\n  sub u_sub(.a(a));\nendmodule\nmodule after;\nendmodule\n");
  ASSERT_NE(shard, nullptr);
  EXPECT_THAT(Modules(*shard), ElementsAre("m", "after"));
}

TEST_F(ParserTest, AMacroMayEndAModule) {
  const auto shard = Parse("module m(input a);\n`ENDMODULE\nmodule after(input a);\nendmodule\n");
  ASSERT_NE(shard, nullptr);
  EXPECT_THAT(Modules(*shard), ElementsAre("m", "after"));
  EXPECT_THAT(Diagnostics(*shard), IsEmpty());
  for (graph::LocalNode node = 0; node < shard->nodes().size(); ++node) {
    if (shard->nodes()[node].name != "after") continue;
    EXPECT_EQ(shard->Path(node), "after");
  }
}

TEST_F(ParserTest, WordsThatBecameKeywordsLaterMayBeNames) {
  const auto shard =
      Parse("module m;\n  string checker;\n  initial checker = \"x\";\nendmodule\nmodule n; endmodule\n");
  ASSERT_NE(shard, nullptr);
  EXPECT_THAT(Modules(*shard), ElementsAre("m", "n"));
  EXPECT_TRUE(HasNode(*shard, "checker"));
  EXPECT_THAT(Diagnostics(*shard), IsEmpty());
}

TEST_F(ParserTest, ATextMadeToBeIncludedHasNoErrors) {
  const auto shard = Parse("assign x = y;\nsub u_sub(.a(x));\n", "", "part.svh");
  ASSERT_NE(shard, nullptr);
  EXPECT_TRUE(HasNode(*shard, "u_sub"));
  for (const graph::Diagnostic& diagnostic : shard->diagnostics()) {
    EXPECT_NE(diagnostic.severity, graph::Severity::kError) << diagnostic.message;
  }
}

TEST_F(ParserTest, OwnDefinitionsReplaceThoseOfOthers) {
  const auto shard = Parse("wire [`W:0] a;\n`define W 3\nwire [`W:0] b;\n", "`define W 7\n");
  ASSERT_NE(shard, nullptr);
  EXPECT_THAT(Diagnostics(*shard), IsEmpty());
}

TEST_F(ParserTest, ErrorsAreDiagnosticsWithTheirLine) {
  const auto shard = Parse("module m;\n\n  assign = 1;\nendmodule\nmodule n; endmodule\n");
  ASSERT_NE(shard, nullptr);
  EXPECT_THAT(Modules(*shard), ElementsAre("m", "n"));
  EXPECT_THAT(Diagnostics(*shard), Contains(HasSubstr("3 2 expected")));
}

TEST_F(ParserTest, ManyDiagnosticsAreCounted) {
  std::string text = "module m;\n";
  for (int i = 0; i < 80; ++i) text += "  assign = 1;\n";
  const auto shard = Parse(text + "endmodule\n");
  ASSERT_NE(shard, nullptr);
  EXPECT_EQ(shard->diagnostics().size(), 51U);
  EXPECT_THAT(Diagnostics(*shard).back(), HasSubstr("more diagnostics left out"));
}

TEST_F(ParserTest, DeliberateErrorDoesNotSwallowTheModulesBehind) {
  const std::string body =
      "`ifdef SMALL\n  parameter N = 1;\n`else\n  ERROR: You must specify the size.\n`endif\n  wire [N:0] "
      "a;\nendmodule\n";
  const auto shard = Parse("module one;\n" + body + "module two;\n" + body + "module three;\nendmodule\n");
  ASSERT_NE(shard, nullptr);
  EXPECT_THAT(Modules(*shard), ElementsAre("one", "two", "three"));
  EXPECT_THAT(Diagnostics(*shard), Contains(HasSubstr("5 2 ")));
  EXPECT_THAT(Diagnostics(*shard), Contains(HasSubstr("the line is left out")));
}

TEST_F(ParserTest, OldVerilogMayUseNewKeywordsAsNames) {
  const std::string text =
      "module m(input bit, output reg do);\n  wire logic;\n  always @(bit) do = logic;\nendmodule\n";
  const auto verilog = Parse(text, "", "a.v");
  ASSERT_NE(verilog, nullptr);
  EXPECT_THAT(Diagnostics(*verilog), IsEmpty());
  EXPECT_TRUE(HasNode(*verilog, "do"));
  // But a .v file may be SystemVerilog too.
  const auto system_verilog = Parse("module m(input logic a);\nalways_comb begin end\nendmodule\n", "", "a.v");
  ASSERT_NE(system_verilog, nullptr);
  EXPECT_THAT(Diagnostics(*system_verilog), IsEmpty());
}

TEST_F(ParserTest, LatinBytesInCommentsAreTolerated) {
  const auto shard = Parse("// caf\xe9 \xff\nmodule m; /* \xe9 */ endmodule\n");
  ASSERT_NE(shard, nullptr);
  EXPECT_THAT(Modules(*shard), ElementsAre("m"));
}

TEST_F(ParserTest, ManyBadBytesDoNotEndTheFile) {
  std::string text = "module m;\n";
  for (int i = 0; i < 100; ++i) text += "  wire a" + std::to_string(i) + " \xe9;\n";
  const auto shard = Parse(text + "endmodule\nmodule n; endmodule\n");
  ASSERT_NE(shard, nullptr);
  EXPECT_THAT(Modules(*shard), ElementsAre("m", "n"));
}

TEST_F(ParserTest, IncludesAreNotFollowed) {
  const auto shard = Parse("`include \"/dev/zero\"\n`include `NAME\n`include \"header.svh\"\nmodule m; endmodule\n",
                           "`include \"a.sv\"\n");
  ASSERT_NE(shard, nullptr);
  EXPECT_THAT(Modules(*shard), ElementsAre("m"));
  EXPECT_THAT(Diagnostics(*shard), ElementsAre(HasSubstr("absolute or computed path")));
}

TEST_F(ParserTest, MacroBombsAreRefusedByNameAndCostTheirUseOnly) {
  std::string text = "`define M0 x\n";
  for (int i = 1; i <= 60; ++i) {
    const std::string use = "`M" + std::to_string(i - 1);
    text += "`define M" + std::to_string(i) + " " + use + " " + use + "\n";
  }
  const auto shard = Parse(text + "module m;\nassign a = `M60;\nwire b;\nendmodule\n");
  ASSERT_NE(shard, nullptr);
  EXPECT_THAT(Modules(*shard), ElementsAre("m"));
  EXPECT_TRUE(HasNode(*shard, "b"));
  EXPECT_THAT(Diagnostics(*shard), Contains(HasSubstr("63 2 macro `M60 expands to too much text")));
}

TEST_F(ParserTest, SelfReferencingMacrosAreErrorsOnly) {
  const auto shard = Parse("`define A `A\n`define B `C\n`define C `B\nmodule m;\n`A\n`B\nendmodule\n");
  ASSERT_NE(shard, nullptr);
  EXPECT_THAT(Modules(*shard), ElementsAre("m"));
  EXPECT_FALSE(shard->diagnostics().empty());
}

TEST_F(ParserTest, LongOperatorAndElseChainsNeedNoSmallStack) {
  std::string text = "module m;\nassign x = a";
  for (int i = 0; i < 20'000; ++i) text += " + a";
  text += ";\nalways_comb\n";
  for (int i = 0; i < 900; ++i) text += "if (a == " + std::to_string(i) + ") y = 1; else\n";
  const auto shard = Parse(text + "y = 2;\nendmodule\n");
  ASSERT_NE(shard, nullptr) << error_;
  EXPECT_THAT(Modules(*shard), ElementsAre("m"));
}

TEST_F(ParserTest, NestedTernariesNeedNoSmallStack) {
  std::string text = "module m;\nassign x = ";
  for (int i = 0; i < 5000; ++i) text += "a ? b : ";
  const auto shard = Parse(text + "c;\nendmodule\n");
  ASSERT_NE(shard, nullptr) << error_;
  EXPECT_THAT(Modules(*shard), ElementsAre("m"));
}

TEST_F(ParserTest, VendorDirectivesAreSkipped) {
  const auto shard = Parse("`uselib dir=/x lib=y\nmodule m;\nendmodule\n`uselib\n");
  ASSERT_NE(shard, nullptr);
  EXPECT_THAT(Modules(*shard), ElementsAre("m"));
  EXPECT_THAT(Diagnostics(*shard), IsEmpty());
}

TEST_F(ParserTest, EmptyTextIsAFileAlone) {
  const auto shard = Parse("");
  ASSERT_NE(shard, nullptr);
  EXPECT_EQ(shard->nodes().size(), 1U);
  EXPECT_EQ(shard->nodes()[0].kind, graph::NodeKind::kFile);
}

TEST_F(ParserTest, EqualInputGivesEqualBytes) {
  const std::string text = "module m;\n`UNKNOWN(1)\n assign = ;\nendmodule\n";
  EXPECT_EQ(Parse(text)->bytes(), Parse(text)->bytes());
}

}  // namespace
}  // namespace fanin::indexer
