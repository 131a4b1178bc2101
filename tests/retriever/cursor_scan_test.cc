#include "retriever/cursor_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace fanin::retriever {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::Not;

double WeightOf(const CursorScan& scan, std::string_view name) {
  const auto found = std::ranges::find(scan.names, name, &CursorName::text);
  return found == scan.names.end() ? 0 : found->weight;
}

TEST(CursorScan, KnowsTheModuleImportsAndIncludesBeforeTheCursor) {
  const CursorScan scan = ScanBeforeCursor(R"(
`include "prim_assert.sv"
package done; endpackage
module outer import bus_pkg::*, clk_pkg::period; (input logic clk_i);
  )");
  EXPECT_EQ(scan.enclosing, "outer");
  EXPECT_THAT(scan.imports, ElementsAre("bus_pkg", "clk_pkg"));
  EXPECT_THAT(scan.includes, ElementsAre("prim_assert.sv"));
}

TEST(CursorScan, VirtualInterfacesAndForwardTypedefsOpenNoScope) {
  const CursorScan scan = ScanBeforeCursor("class driver; virtual interface bus_if vif; typedef class item; ");
  EXPECT_EQ(scan.enclosing, "driver");
}

TEST(CursorScan, FindsTheInstanceWhosePortListIsOpen) {
  const CursorScan scan = ScanBeforeCursor(R"(module top;
  fifo #(.Depth(4)) u_fifo [1:0] (
    .clk_i (clk),
    .wdata_i ({a, b[3)");
  ASSERT_EQ(scan.open_instances.size(), 1U);
  EXPECT_EQ(scan.open_instances[0].module, "fifo");
  EXPECT_EQ(scan.open_instances[0].instance, "u_fifo");
  EXPECT_FALSE(scan.open_instances[0].in_parameters);
  EXPECT_THAT(scan.open_instances[0].connected, ElementsAre("clk_i", "wdata_i"));
}

TEST(CursorScan, FindsTheInstanceWhoseParameterListIsOpen) {
  const CursorScan scan = ScanBeforeCursor("module top; fifo #(.Depth(4), .Width(");
  ASSERT_EQ(scan.open_instances.size(), 1U);
  EXPECT_EQ(scan.open_instances[0].module, "fifo");
  EXPECT_TRUE(scan.open_instances[0].in_parameters);
  EXPECT_THAT(scan.open_instances[0].connected, ElementsAre("Depth", "Width"));
}

TEST(CursorScan, ModuleHeadsCallsAndConditionsAreNoInstances) {
  EXPECT_THAT(ScanBeforeCursor("module top (input logic ").open_instances, IsEmpty());
  EXPECT_THAT(ScanBeforeCursor("module top #(parameter int W = ").open_instances, IsEmpty());
  EXPECT_THAT(ScanBeforeCursor("module top; assign x = f(a, ").open_instances, IsEmpty());
  EXPECT_THAT(ScanBeforeCursor("module top; always_comb if (a && (b ").open_instances, IsEmpty());
  EXPECT_THAT(ScanBeforeCursor("module top; function automatic f(").open_instances, IsEmpty());
}

TEST(CursorScan, NearNamesWeighMoreThanFarOnes) {
  const CursorScan scan = ScanBeforeCursor("far_name;\n\n\n\n\n\n\n\n\n\n\n\nnear_name;\nhere");
  EXPECT_DOUBLE_EQ(WeightOf(scan, "here"), 1.0);
  EXPECT_GT(WeightOf(scan, "near_name"), WeightOf(scan, "far_name"));
  EXPECT_GT(WeightOf(scan, "far_name"), 0);
}

TEST(CursorScan, TheTypeOnANearbyNamesDeclarationIsLifted) {
  std::string text = "module m (\n  input pkg::req_t req_i,\n  input other_t unused_i);\n";
  text += std::string(60, '\n') + "  assign x = req_i";
  const CursorScan scan = ScanBeforeCursor(text);
  EXPECT_GT(WeightOf(scan, "req_t"), 10 * WeightOf(scan, "other_t"));
  EXPECT_THAT(scan.names,
              Contains(testing::AllOf(Field(&CursorName::text, "req_t"), Field(&CursorName::scope, "pkg"))));
}

TEST(CursorScan, CommentsStringsNumbersAndKeywordsAreNoNames) {
  const CursorScan scan =
      ScanBeforeCursor("// ghost\n/* spectre\n */ x = 8'hdead_beef + \"phantom\"; always_ff $display(y);");
  EXPECT_THAT(scan.names, ElementsAre(Field(&CursorName::text, "x"), Field(&CursorName::text, "y")));
}

TEST(CursorScan, MacroUsesAreMarkedAndDirectivesSkipped) {
  const CursorScan scan = ScanBeforeCursor("`ifdef FOO\n`ASSERT(x, y)");
  EXPECT_THAT(scan.names,
              Contains(testing::AllOf(Field(&CursorName::text, "ASSERT"), Field(&CursorName::macro, true))));
  EXPECT_THAT(scan.names, Not(Contains(Field(&CursorName::text, "ifdef"))));
}

std::string_view PlaceOf(std::string_view prefix) { return CursorPlaceName(ScanBeforeCursor(prefix).place); }

TEST(CursorScan, TellsWhatTheUnfinishedLineIs) {
  EXPECT_EQ(PlaceOf(""), "file");
  EXPECT_EQ(PlaceOf("module done; endmodule\n"), "file");
  EXPECT_EQ(PlaceOf("module m #(parameter W = 1) (\n  input a,\n"), "header");
  EXPECT_EQ(PlaceOf("module m;\n"), "item");
  EXPECT_EQ(PlaceOf("module m; always_ff @(posedge clk) begin q <= d; end\n"), "item");
  EXPECT_EQ(PlaceOf("module m; generate if (W > 1) begin : g\n"), "item");
  EXPECT_EQ(PlaceOf("module m; logic [3:0] "), "declaration");
  EXPECT_EQ(PlaceOf("module m; fifo #(\n"), "override");
  EXPECT_EQ(PlaceOf("module m; fifo u_fifo (.a(a),\n"), "connection");
  EXPECT_EQ(PlaceOf("module m; always_comb begin\n x = 1;\n"), "statement");
  EXPECT_EQ(PlaceOf("module m; always @(posedge clk)\n"), "statement");
  EXPECT_EQ(PlaceOf("module m; always @(posedge "), "expression");
  EXPECT_EQ(PlaceOf("module m; function automatic logic f(input a);\n"), "statement");
  EXPECT_EQ(PlaceOf("module m; always_comb case (s)\n A: x = 1;\n"), "case item");
  EXPECT_EQ(PlaceOf("module m; always_comb unique case (f(s))\n"), "case item");
  EXPECT_EQ(PlaceOf("module m; assign x = "), "assignment");
  EXPECT_EQ(PlaceOf("module m; always_comb begin x <= a + "), "assignment");
  EXPECT_EQ(PlaceOf("module m; always_comb begin if (a == "), "expression");
  EXPECT_EQ(PlaceOf("module m import "), "import");
  EXPECT_EQ(PlaceOf("module m; import bus_pkg::"), "import");
  EXPECT_EQ(PlaceOf("`include \""), "include");
  EXPECT_EQ(PlaceOf("module m; `ASS"), "macro call");
  EXPECT_EQ(PlaceOf("module m; `ASSERT(name, a && "), "macro call");
  EXPECT_EQ(PlaceOf("module m; `ASSERT(name, a)\n `ASSERT(other, b)\n assign "), "expression");
}

TEST(CursorScan, KnowsEveryNameOfTheTextNotOnlyTheNearOnes) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "name" + std::to_string(i) + "\n";
  const CursorScan scan = ScanBeforeCursor(text);
  EXPECT_EQ(scan.names.size(), kMaxNames);
  EXPECT_TRUE(scan.Has("name0"));
  EXPECT_FALSE(scan.Has("name200"));
}

TEST(CursorScan, WhatIsDeclaredAndNotUsedYetWeighsMore) {
  const std::string prefix =
      "module m (input req_t req_i, input logic used_i);\n  assign x = used_i;\n" + std::string(100, '\n');
  graph::ShardBuilder builder;
  graph::Node node;
  builder.AddNode(node);
  node.kind = graph::NodeKind::kModule;
  node.name = "m";
  node.parent = 0;
  const graph::LocalNode module = builder.AddNode(node);
  const auto add = [&](std::string_view name, std::string_view type) {
    node.kind = graph::NodeKind::kPort;
    node.parent = module;
    node.name = name;
    node.type = type;
    const auto begin = static_cast<uint32_t>(prefix.find(name));
    node.name_span = node.span = {begin, static_cast<uint32_t>(begin + name.size()), 1, 1};
    builder.AddNode(node);
  };
  add("req_i", "req_t");
  add("used_i", "logic");
  const auto shard = graph::Shard::Decode(std::move(builder).Build());
  ASSERT_TRUE(shard.has_value());
  CursorScan scan = ScanBeforeCursor(prefix);
  const double before = WeightOf(scan, "req_t");
  AddDeclarations(**shard, prefix, scan);
  EXPECT_THAT(scan.unused, ElementsAre("req_i"));
  EXPECT_GT(WeightOf(scan, "req_t"), 10 * before);
  EXPECT_GT(WeightOf(scan, "req_i"), WeightOf(scan, "used_i"));
}

TEST(CursorScan, AnyBytesAreAccepted) {
  uint64_t state = 7;
  for (int trial = 0; trial < 3000; ++trial) {
    std::string text;
    for (int i = 0; i < 60; ++i) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      text += "()[]`\"\\/*'#.:;\n a1_$\xff"[(state >> 33) % 22];
    }
    for (const CursorName& name : ScanBeforeCursor(text).names) {
      EXPECT_GT(name.weight, 0);
      EXPECT_LE(name.weight, 1);
    }
  }
}

}  // namespace
}  // namespace fanin::retriever
