#include "indexer/text_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fanin::indexer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TextScan Scan(std::string_view text) { return ScanText(text, 1000); }

// The text of each use, with arguments.
std::vector<std::string> UseTexts(std::string_view text, const TextScan& scan) {
  std::vector<std::string> texts;
  for (const MacroUse& use : scan.uses) texts.emplace_back(text.substr(use.begin, use.end - use.begin));
  return texts;
}

UseContext ContextOf(std::string_view text) {
  const TextScan scan = Scan(text);
  EXPECT_THAT(scan.uses, SizeIs(1)) << text;
  return scan.uses.empty() ? UseContext::kStatement : scan.uses[0].context;
}

TEST(TextScan, DefinitionKeepsFormalsAndContinuedBody) {
  const TextScan scan = Scan("`define MAX(a, b = 1) \\\n  ((a) > (b) ? \\\n   (a) : (b)) // bigger\nwire x;\n");
  ASSERT_THAT(scan.definitions, SizeIs(1));
  EXPECT_EQ(scan.definitions[0].name, "MAX");
  EXPECT_EQ(scan.definitions[0].formals, "(a, b = 1)");
  EXPECT_EQ(scan.definitions[0].body, "\\\n  ((a) > (b) ? \\\n   (a) : (b))");
  EXPECT_EQ(scan.definitions[0].line, 1U);
}

TEST(TextScan, ParenthesisBehindASpaceBelongsToTheBody) {
  const TextScan scan = Scan("`define WIDTH (8)\n`define EMPTY\n`define NEXT 1\n");
  ASSERT_THAT(scan.definitions, SizeIs(3));
  EXPECT_EQ(scan.definitions[0].formals, "");
  EXPECT_EQ(scan.definitions[0].body, "(8)");
  EXPECT_EQ(scan.definitions[1].body, "");
  EXPECT_EQ(scan.definitions[2].body, "1");
}

TEST(TextScan, CommentEndingInABackslashContinuesTheMacro) {
  const TextScan scan = Scan("`define TWO a; // first \\\n  b;\nwire c;\n");
  ASSERT_THAT(scan.definitions, SizeIs(1));
  EXPECT_EQ(scan.definitions[0].body, "a; // first \\\n  b;");
}

TEST(TextScan, UsesInBodiesAndDefaultsBelongToTheDefinition) {
  const TextScan scan = Scan("`define CHECK(x, clk = `CLOCK) `FAIL(x, `SEVERITY) `log_``x `x\n");
  EXPECT_THAT(scan.uses, IsEmpty());
  ASSERT_THAT(scan.definitions, SizeIs(1));
  std::vector<std::string> names;
  for (const BodyUse& use : scan.definitions[0].uses) names.push_back(use.name + (use.pasted ? "``" : ""));
  // `x is the formal, no macro.
  EXPECT_THAT(names, ElementsAre("CLOCK", "FAIL", "SEVERITY", "log_``"));
}

TEST(TextScan, CommentsAndStringsHideDirectives) {
  const std::string text = "// `NOT\n/* `NOT */ \"`NOT \\\" `NOT\" \\`NOT ;`YES\n";
  const TextScan scan = Scan(text);
  EXPECT_THAT(UseTexts(text, scan), ElementsAre("`YES"));
}

TEST(TextScan, ArgumentsSpanLinesAndNest) {
  const std::string text = "`ASSERT(Name_A, (a, b) |-> `AND(c, {d, e}),\n        clk)\n`PLAIN (x)\n";
  const TextScan scan = Scan(text);
  EXPECT_THAT(UseTexts(text, scan), ElementsAre("`ASSERT(Name_A, (a, b) |-> `AND(c, {d, e}),\n        clk)",
                                                "`AND(c, {d, e})", "`PLAIN (x)"));
  EXPECT_EQ(scan.uses[0].arguments, 3U);
  EXPECT_EQ(scan.uses[1].arguments, 2U);
  EXPECT_EQ(scan.uses[2].arguments, 1U);
}

TEST(TextScan, ConditionalsComeInOrderWithTheirExpressions) {
  const TextScan scan = Scan("`ifdef A\n`elsif (B && !C)\n`else\n`endif\n`ifndef D `endif\n");
  EXPECT_THAT(scan.conditions, ElementsAre("A", "(B&&!C)", "!D"));
  std::vector<Directive::Kind> kinds;
  for (const Directive& directive : scan.directives) kinds.push_back(directive.kind);
  using Kind = Directive::Kind;
  EXPECT_THAT(kinds, ElementsAre(Kind::kIf, Kind::kElseIf, Kind::kElse, Kind::kEndIf, Kind::kIf, Kind::kEndIf));
}

TEST(TextScan, IncludesByQuotesAndAngles) {
  const TextScan scan = Scan("`include \"a/b.svh\"\n`include <c.svh>\n");
  ASSERT_THAT(scan.includes, SizeIs(2));
  EXPECT_EQ(scan.includes[0].path, "a/b.svh");
  EXPECT_EQ(scan.includes[1].path, "c.svh");
  EXPECT_EQ(scan.includes[1].line, 2U);
  EXPECT_THAT(scan.unsafe_includes, IsEmpty());
}

TEST(TextScan, IncludesThatCouldLeaveTheRepositoryAreUnsafe) {
  EXPECT_THAT(Scan("`include \"/dev/zero\"\n").unsafe_includes, SizeIs(1));
  EXPECT_THAT(Scan("`include `PATH\n").unsafe_includes, SizeIs(1));
  EXPECT_THAT(Scan("`define INC(x) `x \"/dev/zero\"\n`INC(include)\n").unsafe_includes, SizeIs(1));
  const TextScan in_body = Scan("`define INC `include \"/dev/zero\"\n`INC\n");
  EXPECT_THAT(in_body.unsafe_includes, SizeIs(1));
  EXPECT_EQ(in_body.definitions[0].body.find("include"), std::string::npos);
}

TEST(TextScan, ModulesAreSeenThroughConditionals) {
  const TextScan scan = Scan(
      "`ifdef A\nmodule one;\n`else\nmodule two;\n`endif\nendmodule\n"
      "typedef class forward; virtual interface bus_if vif;\n"
      "interface bus(interface.mp other); endinterface package p; endpackage extern module far(input x);\n");
  EXPECT_THAT(scan.modules, ElementsAre("one", "two", "bus", "p"));
}

TEST(TextScan, EncryptedRegionsAreSkipped) {
  const TextScan scan = Scan(
      "`pragma protect begin_protected\n(((`X \"\n`pragma protect "
      "end_protected\n`Y;\n`protected\n[[[`Z\n`endprotected\n");
  EXPECT_EQ(scan.max_nesting, 0U);
  EXPECT_THAT(scan.names, ElementsAre("Y"));
}

TEST(TextScan, NestingCountsBracketsBlocksAndChains) {
  EXPECT_EQ(Scan("assign a = ((b[{c}]));").max_nesting, 4U);
  EXPECT_EQ(Scan("initial begin fork begin end join end").max_nesting, 1U + 3U);
  EXPECT_EQ(Scan("if (a) if (b) if (c) x;").max_nesting, 3U + 1U);
  EXPECT_EQ(Scan("if (a) x; else if (b) y; else if (c) z; if (d) w;").max_nesting, 3U + 1U);
  EXPECT_EQ(Scan("if (a) begin : l end : l else if (b) begin end").max_nesting, 2U + 1U);
}

TEST(TextScan, FlatTextDoesNotNestHoweverLong) {
  std::string text;
  for (int i = 0; i < 5000; ++i) {
    text += "typedef class c;\nalways_comb begin if (a) x = {1, 2}; else begin y = f(z); end end\n";
    text += "`ifdef A\nif (p) begin\n`else\nif (q) begin\n`endif\nend\n";
  }
  const TextScan scan = Scan(text);
  EXPECT_LT(scan.max_nesting, 10U);
  EXPECT_LT(scan.longest_run, 20U);
}

TEST(TextScan, DeepNestingStopsTheScanAndNamesTheLine) {
  const TextScan scan = ScanText("\n\n" + std::string(100'000, '('), 1000);
  EXPECT_EQ(scan.max_nesting, 1001U);
  EXPECT_EQ(scan.max_nesting_line, 3U);
  std::string begins;
  for (int i = 0; i < 10'000; ++i) begins += "begin ";
  EXPECT_EQ(ScanText(begins, 1000).max_nesting, 1001U);
}

TEST(TextScan, OperatorChainsAreMeasuredAsRuns) {
  std::string chain = "assign x = a";
  for (int i = 0; i < 3000; ++i) chain += " + a";
  EXPECT_GT(Scan(chain + ";").longest_run, 6000U);
  std::string list = "x = {a";
  for (int i = 0; i < 3000; ++i) list += ", a";
  EXPECT_LT(Scan(list + "};").longest_run, 10U);
}

struct ContextCase {
  const char* text;
  UseContext expected;
};

class UseContextTest : public testing::TestWithParam<ContextCase> {};

TEST_P(UseContextTest, IsReadOffTheNeighbours) {
  EXPECT_EQ(ContextOf(GetParam().text), GetParam().expected) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(Statements, UseContextTest,
                         testing::Values(ContextCase{"wire a;\n`CHECK(a, b)\nwire c;", UseContext::kStatement},
                                         ContextCase{"begin `LOG(\"x\"); end", UseContext::kStatement},
                                         ContextCase{"begin : label\n  `LOG\n end", UseContext::kStatement},
                                         ContextCase{"module m (input a,\n`PORTS\n input b);", UseContext::kStatement},
                                         ContextCase{"logic `KEEP x;", UseContext::kStatement},
                                         ContextCase{"`KEEP reg x;", UseContext::kStatement},
                                         ContextCase{"class c;\n`uvm_utils(c)\nfunction f;", UseContext::kStatement}));

INSTANTIATE_TEST_SUITE_P(Branches, UseContextTest,
                         testing::Values(ContextCase{"if (a) `LOG(x)\n else b = 1;", UseContext::kBranch},
                                         ContextCase{"else `LOG(x)\nend", UseContext::kBranch},
                                         ContextCase{"case (a) default: `LOG(x)\nendcase", UseContext::kBranch},
                                         ContextCase{"initial `RUN\nwire x;", UseContext::kBranch}));

INSTANTIATE_TEST_SUITE_P(Expressions, UseContextTest,
                         testing::Values(ContextCase{"assign a = `VALUE;", UseContext::kExpression},
                                         ContextCase{"x = a ? b : `VALUE;", UseContext::kExpression},
                                         ContextCase{"x = 8'h`VALUE;", UseContext::kExpression},
                                         ContextCase{"x = `WIDTH'd5;", UseContext::kExpression},
                                         ContextCase{"wire [`MSB:0] a;", UseContext::kExpression},
                                         ContextCase{"f(`A, b);", UseContext::kExpression},
                                         ContextCase{"x = {`A,\n b};", UseContext::kExpression}));

INSTANTIATE_TEST_SUITE_P(Names, UseContextTest,
                         testing::Values(ContextCase{"module `NAME (input a);", UseContext::kName},
                                         ContextCase{"wire a;\n`TYPE b;", UseContext::kName},
                                         ContextCase{"wire a;\n`MODULE u_x (.a(a));", UseContext::kName},
                                         ContextCase{"wire a;\n`MODULE #(1) u_x (a);", UseContext::kName},
                                         ContextCase{"x = `PACKAGE::item;", UseContext::kName},
                                         ContextCase{"assign `TARGET = b;", UseContext::kName},
                                         ContextCase{"f(.`PORT(x));", UseContext::kName},
                                         ContextCase{"input `TYPE a;", UseContext::kName}));

}  // namespace
}  // namespace fanin::indexer
