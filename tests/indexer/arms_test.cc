// Arms of `ifdefs that the defines do not select: their facts are kept, with their condition.
#include "tests/indexer/extraction.h"

namespace fanin::indexer {
namespace {

using graph::EdgeKind;
using graph::NodeKind;
using testing::Contains;
using testing::ElementsAre;
using testing::IsSupersetOf;

TEST(InactiveArms, WholeModulesAreFoundWithTheirConditionAndPlace) {
  const Extraction x("`ifdef FPGA\nmodule ram_fpga; endmodule\n`else\nmodule ram; endmodule\n`endif\n");
  EXPECT_THAT(x.Names(NodeKind::kModule), testing::UnorderedElementsAre("ram_fpga", "ram"));
  EXPECT_EQ(x.Node("ram_fpga").condition, "FPGA");
  EXPECT_EQ(x.Node("ram_fpga").span.begin_line, 2U);
  EXPECT_EQ(x.TextOf("ram_fpga"), "module ram_fpga; endmodule");
  EXPECT_EQ(x.Node("ram").condition, "!FPGA");
}

TEST(InactiveArms, EveryArmOfAnElsifChainCounts) {
  const Extraction x("module m;\n`ifdef A\nwire a;\n`elsif B\nwire b;\n`else\nwire c;\n`endif\nendmodule\n");
  EXPECT_THAT(x.Names(NodeKind::kSignal), testing::UnorderedElementsAre("a", "b", "c"));
  EXPECT_EQ(x.Node("b").condition, "!A && B");
}

TEST(InactiveArms, ItemsOfAModuleFlowToAndFromWhatIsAroundThem) {
  const Extraction x(R"(
module m(input logic clk, d, output logic q);
`ifdef USE_REG
  logic stage;
  always_ff @(posedge clk) stage <= d;
  assign q = stage;
`else
  assign q = d;
`endif
endmodule
)");
  EXPECT_THAT(x.FlowsTo("q"), IsSupersetOf({"d", "stage"}));
  EXPECT_THAT(x.FlowsTo("stage"), Contains("d"));
  EXPECT_EQ(x.Node("always_ff#0").condition, "USE_REG");
}

TEST(InactiveArms, PortsParametersAndConnectionsAreRead) {
  const Extraction x(R"(
module m #(
  parameter A = 1
`ifdef WIDE
  , parameter B = 2
`endif
) (
  input logic clk,
`ifdef SCAN
  input logic scan_en,
`endif
  output logic q
);
  sub u (
`ifdef SCAN
    .scan(scan_en),
`endif
    .clk(clk)
  );
endmodule
)");
  EXPECT_THAT(x.Names(NodeKind::kParameter), ElementsAre("A", "B"));
  EXPECT_EQ(x.Node("B").condition, "WIDE");
  EXPECT_THAT(x.Names(NodeKind::kPort), testing::UnorderedElementsAre("clk", "scan_en", "q"));
  EXPECT_EQ(x.Node("scan_en").direction, graph::PortDirection::kInput);
  EXPECT_THAT(x.References(EdgeKind::kConnects), Contains("u -> scan 'scan_en' (scan_en)"));
}

TEST(InactiveArms, ItemsOfPackagesClassesAndGenerateBlocksAreRead) {
  const Extraction x(R"(
package p;
`ifdef A
  typedef logic [3:0] nibble_t;
`endif
endpackage
class c;
`ifdef A
  int depth;
  function int twice(int x); return 2 * x; endfunction
`endif
endclass
module m;
  if (1) begin : g
`ifdef A
    wire inner;
`endif
  end
endmodule
)");
  EXPECT_EQ(x.Node("p::nibble_t").condition, "A");
  EXPECT_EQ(x.Node("c::depth").condition, "A");
  EXPECT_EQ(x.Node("c::twice").kind, NodeKind::kFunction);
  EXPECT_EQ(x.Node("g.inner").condition, "A");
}

TEST(InactiveArms, ArmsWithinArmsAreReadWhereTheOuterOneMakesNoSense) {
  const Extraction x(R"(
module m;
`ifdef A
  wire begins_here =
`ifdef B
  wire whole;
`endif
`endif
endmodule
module after; endmodule
)");
  EXPECT_EQ(x.Node("whole").condition, "A && B");
  EXPECT_THAT(x.Names(NodeKind::kModule), ElementsAre("m", "after"));
}

TEST(InactiveArms, AnArmThatMakesNoSenseCostsOnlyItself) {
  const Extraction x("module m;\n`ifdef A\n  ] not Verilog at all [\n`endif\n  wire w;\nendmodule\n");
  EXPECT_THAT(x.Names(NodeKind::kSignal), ElementsAre("w"));
  EXPECT_THAT(x.Names(NodeKind::kModule), ElementsAre("m"));
}

TEST(InactiveArms, StatementsShareTheGuardsAroundThem) {
  const Extraction x(R"(
module m(input logic clk, en, a, b, output logic q, r);
  always_ff @(posedge clk) begin
    if (en) begin
`ifdef SLOW
      q <= a;
`else
      q <= b;
`ifdef DEEPER
      r <= a;
`endif
`endif
    end
  end
endmodule
)");
  EXPECT_THAT(x.FlowsTo("q"), IsSupersetOf({"a if en", "b if en"}));
  EXPECT_THAT(x.FlowsTo("r"), Contains("a if en"));
  EXPECT_EQ(x.Node("always_ff#0.if#0.assign#0").condition, "SLOW");
  EXPECT_THAT(x.Edges(EdgeKind::kDrives), testing::Contains(testing::HasSubstr(".assign#2 -> r")).Times(1));
}

TEST(InactiveArms, StatementsOfFunctionsAndOfArmsWithinArms) {
  const Extraction x(R"(
function automatic int f(int x);
`ifdef A
  int y;
  y = x;
`ifdef B
  return y + 1;
`endif
`endif
  return x;
endfunction
)");
  EXPECT_EQ(x.Node("f.return#0").condition, "A && B");
  EXPECT_EQ(x.Node("f.y").kind, NodeKind::kSignal);
}

TEST(InactiveArms, ItemsOfACaseStandUnderTheirLabel) {
  const Extraction x(R"(
module m(input logic [1:0] s, input logic a, b, c, output logic q);
  always_comb begin
    case (s)
      IDLE: q = a;
`ifdef EXTRA
      WAIT, 2'd2: begin
        q = b;
`ifdef DEEP
        r = b;
`endif
      end
`ifdef MORE
      2'd3: q = c;
`endif
`else
      RUN: q = c;
`endif
      default: q = 1'b0;
    endcase
  end
endmodule
)");
  EXPECT_THAT(x.FlowsTo("q"),
              IsSupersetOf({"a if s == IDLE", "b if s inside {WAIT, 2'd2}", "c if s == 2'd3", "c if s == RUN"}));
  EXPECT_EQ(x.Node("always_comb#0.case#0.assign#1").condition, "EXTRA");
  EXPECT_EQ(x.Node("always_comb#0.case#0.assign#2").condition, "EXTRA && DEEP");
  EXPECT_EQ(x.Node("always_comb#0.case#0.assign#3").condition, "EXTRA && MORE");
  EXPECT_THAT(x.Edges(EdgeKind::kCfgCase), Contains("always_comb#0.case#0 -> always_comb#0.case#0.assign#3 '2'd3'"));
  EXPECT_THAT(x.Names(NodeKind::kStatement), testing::SizeIs(7));
}

TEST(InactiveArms, ADefaultOfAnInactiveArmLeavesTheWayPastTheCase) {
  const Extraction x(
      "module m(input s, a, b, output reg q, r);\nalways @* begin\n  case (s)\n    1'b1: q = a;\n`ifdef A\n"
      "    default: q = b;\n`endif\n  endcase\n  r = a;\nend\nendmodule\n");
  EXPECT_THAT(x.FlowsTo("q"), IsSupersetOf({"a if s == 1'b1", "b if s == default"}));
  EXPECT_THAT(x.Edges(EdgeKind::kCfgFalse), ElementsAre("always#0.case#0 -> always#0.assign#0"));
}

TEST(InactiveArms, LabelledStatementsOutsideOfACaseAreStatements) {
  const Extraction x(
      "module m(input a, output reg q);\nalways @* begin\n`ifdef A\n  name: q = a;\n`endif\nend\nendmodule\n");
  EXPECT_THAT(x.FlowsTo("q"), ElementsAre("a"));
}

TEST(InactiveArms, PartsOfStatementsAreLeftOut) {
  const Extraction x(
      "module m(input a, b, output reg y);\nalways @* begin\n  y =\n`ifdef A\n  a;\n`else\n  "
      "b;\n`endif\nend\nendmodule\n");
  EXPECT_THAT(x.FlowsTo("y"), ElementsAre("b"));
  EXPECT_THAT(x.Names(NodeKind::kStatement), testing::SizeIs(1));
}

TEST(InactiveArms, ADefinitionCountsWithItsErrors) {
  const Extraction x(
      "`ifdef UVM\npackage p;\n  function void f(); `report(\"x\") 1 = ; endfunction\nendpackage\n`endif\n");
  EXPECT_THAT(x.Names(NodeKind::kPackage), ElementsAre("p"));
}

TEST(InactiveArms, TheSameArmIsNotReadTwiceWhenItIsActive) {
  const Extraction x("`define A\nmodule m;\n`ifdef A\nwire w;\nassign w = 0;\n`endif\nendmodule\n");
  EXPECT_THAT(x.Names(NodeKind::kSignal), ElementsAre("w"));
  EXPECT_THAT(x.Names(NodeKind::kAssign), testing::SizeIs(1));
}

}  // namespace
}  // namespace fanin::indexer
