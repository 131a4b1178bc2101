#include "indexer/elaborator.h"

#include <set>

#include "tests/indexer/elaboration_fixture.h"

namespace fanin::indexer {
namespace {

using graph::EdgeKind;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
using testing::UnorderedElementsAre;

class ElaboratorTest : public ElaborationFixture {};

TEST_F(ElaboratorTest, SpecialisesDefinitionsByParametersAndCountsInstances) {
  tree_.Write("lane.sv", R"(
module lane #(parameter int W = 4, localparam int Half = W / 2) (input logic [W-1:0] d, output logic [W-1:0] q);
  assign q = ~d;
endmodule
)");
  tree_.Write("top.sv", R"(
module top (input logic [7:0] d, output logic [7:0] q);
  for (genvar i = 0; i < 2; i++) begin : g_lane
    lane u_lane (.d(d[4*i +: 4]), .q(q[4*i +: 4]));
  end
  logic [7:0] r;
  lane #(.W(8)) u_wide (.d(d), .q(r));
endmodule
)");
  Index();
  ElaborateTop("top");
  EXPECT_THAT(Problems(), IsEmpty());
  ASSERT_THAT(Find("lane"), SizeIs(2));
  EXPECT_THAT(Parameters(Find("lane")[0]), ElementsAre("W=4", "Half=2"));
  EXPECT_THAT(Parameters(Find("lane")[1]), ElementsAre("W=8", "Half=4"));
  EXPECT_EQ(design_.definitions[Find("lane")[0]].instance_count, 2U);
  const graph::DesignDefinition& top = design_.definitions[design_.tops.at(0)];
  std::vector<std::string> children;
  for (const graph::DesignInstance& child : top.children) children.push_back(child.name + " " + NameOf(child.node));
  EXPECT_THAT(children, ElementsAre("g_lane[0].u_lane u_lane", "g_lane[1].u_lane u_lane", "u_wide u_wide"));
  ASSERT_THAT(FactsOf("top").blocks, SizeIs(1));
  EXPECT_EQ(NameOf(FactsOf("top").blocks[0].node), "g_lane");
  EXPECT_EQ(FactsOf("top").blocks[0].count, 2U);
}

TEST_F(ElaboratorTest, DriversAreExactPerBitThroughUnrolledLoops) {
  tree_.Write("m.sv", R"(
module m #(parameter bit Fast = 1) (input logic [1:0] d, output logic [3:0] q);
  for (genvar i = 0; i < 2; i++) begin : g
    assign q[i] = d[i];
  end
  always_comb begin
    for (int i = 2; i < 4; i++) q[i] = 1'b0;
    if (!Fast) q[2] = 1'b1;
  end
endmodule
)");
  Index();
  ElaborateTop("m");
  EXPECT_THAT(Edges("m", EdgeKind::kDrives),
              UnorderedElementsAre("assign#0 -> q[0:0]", "assign#0 -> q[1:1]", "assign#0 -> q[2:2]",
                                   "assign#0 -> q[3:3]", "always_comb#0 -> q"));
  EXPECT_THAT(Edges("m", EdgeKind::kFlows),
              UnorderedElementsAre("d[0:0] -> q[0:0] @assign#0", "d[1:1] -> q[1:1] @assign#0"));
}

TEST_F(ElaboratorTest, TellsClocksResetsConditionsAndIndexesApart) {
  tree_.Write("m.sv", R"(
module m (input logic clk, rst_n, en, input logic [1:0] sel, input logic [3:0] a, output logic q);
  always_ff @(posedge clk or negedge rst_n)
    if (!rst_n) q <= 1'b0;
    else if (en) q <= a[sel];
endmodule
)");
  Index();
  ElaborateTop("m");
  EXPECT_THAT(
      Edges("m", EdgeKind::kFlows),
      UnorderedElementsAre("clk -> q clock @always_ff#0", "rst_n -> q reset @assign#0", "rst_n -> q reset @assign#0",
                           "en -> q control @assign#0", "a -> q @assign#0", "sel -> q index @assign#0"));
  EXPECT_THAT(Edges("m", EdgeKind::kReads),
              IsSupersetOf({"clk -> always_ff#0 clock", "rst_n -> always_ff#0 reset", "en -> if#0 control",
                            "rst_n -> if#0 reset", "a -> assign#0", "sel -> assign#0 index"}));
}

TEST_F(ElaboratorTest, SplitsConcatenationsByTheirElaboratedWidths) {
  tree_.Write("m.sv", R"(
module m #(parameter int W = 3) (input logic [W-1:0] a, input logic [4:0] b, output logic [W+4:0] q,
                                 output logic [3:0] hi, lo);
  assign q = {a, b};
  assign {hi, lo} = q;
endmodule
)");
  Index();
  ElaborateTop("m");
  EXPECT_THAT(Edges("m", EdgeKind::kFlows), UnorderedElementsAre("a -> q[7:5] @assign#0", "b -> q[4:0] @assign#0",
                                                                 "q[7:4] -> hi @assign#1", "q[3:0] -> lo @assign#1"));
}

TEST_F(ElaboratorTest, ConnectionsFlowThroughPortsAndInterfaces) {
  tree_.Write("bus.sv", R"(
interface bus_if (input logic clk);
  logic valid, ready;
  modport src (output valid, input ready);
  modport dst (input valid, output ready);
endinterface
module source (bus_if.src bus, input logic go);
  assign bus.valid = go & bus.ready;
endmodule
module sink (bus_if.dst bus, output logic seen);
  assign bus.ready = 1'b1;
  assign seen = bus.valid;
endmodule
module top (input logic clk, go, output logic seen);
  bus_if bus (.clk);
  source u_source (.bus, .go(go));
  sink u_sink (.bus(bus), .seen);
endmodule
)");
  Index();
  ElaborateTop("top");
  EXPECT_THAT(Problems(), IsEmpty());
  EXPECT_THAT(Edges("source", EdgeKind::kFlows),
              UnorderedElementsAre("go -> valid @assign#0", "ready -> valid @assign#0"));
  EXPECT_THAT(Edges("source", EdgeKind::kDrives), ElementsAre("assign#0 -> valid"));
  EXPECT_THAT(Edges("top", EdgeKind::kFlows),
              UnorderedElementsAre("clk -> clk @bus", "go -> go @u_source", "seen -> seen @u_sink"));
  EXPECT_THAT(Edges("top", EdgeKind::kConnects), UnorderedElementsAre("bus -> clk", "u_source -> bus", "u_source -> go",
                                                                      "u_sink -> bus", "u_sink -> seen"));
  EXPECT_THAT(Edges("top", EdgeKind::kInstantiates),
              UnorderedElementsAre("bus -> bus_if", "u_source -> source", "u_sink -> sink"));
}

TEST_F(ElaboratorTest, FunctionsStandBetweenArgumentsAndResults) {
  tree_.Write("m.sv", R"(
module m (input logic a, b, output logic q);
  function automatic logic f(input logic x);
    return x ^ b;
  endfunction
  assign q = f(a);
endmodule
)");
  Index();
  ElaborateTop("m");
  EXPECT_THAT(Edges("m", EdgeKind::kFlows),
              UnorderedElementsAre("x -> f @return#0", "b -> f @return#0", "a -> x @assign#0", "a -> q @assign#0",
                                   "f -> q @assign#0"));
}

TEST_F(ElaboratorTest, UsesIncludesAndMacrosAsTierOneFindsThem) {
  tree_.Write("inc/ops.svh", "`define INV(x) (~(x))\n");
  tree_.Write("common/width.sv", "`define WIDTH 4\n");
  tree_.Write("rtl/m.sv", R"(
`include "ops.svh"
module m (input logic [`WIDTH-1:0] a, output logic [`WIDTH-1:0] q);
  assign q = `INV(a);
endmodule
)");
  Index();
  ElaborateTop("m");
  EXPECT_THAT(Problems(), IsEmpty());
  EXPECT_THAT(Edges("m", EdgeKind::kFlows), ElementsAre("a -> q @assign#0"));
  ASSERT_THAT(FactsOf("m").signals, SizeIs(2));
  EXPECT_EQ(FactsOf("m").signals[0].width_bits, 4U);
}

TEST_F(ElaboratorTest, WordsThatBecameKeywordsLateAreNamesAsInTierOne) {
  tree_.Write("top.sv", R"(
module top (input logic checker, output logic q);
  assign q = ~checker;
endmodule
)");
  Index();
  ElaborateTop("top");
  EXPECT_THAT(Problems(), IsEmpty());
  EXPECT_THAT(Edges("top", EdgeKind::kFlows), ElementsAre("checker -> q @assign#0"));
}

TEST_F(ElaboratorTest, AnUnknownMacroHasTheStandInOfTierOneAndIsNamed) {
  tree_.Write("top.sv", R"(
module top (input logic a, input logic clk, output logic q);
  assign q = a & `UNKNOWN_MASK;
  `UNKNOWN_CHECK(a, clk)
endmodule
)");
  Index();
  ElaborateTop("top");
  EXPECT_THAT(ElaboratedNames(), ElementsAre("top"));
  EXPECT_THAT(Problems(), UnorderedElementsAre("|top.sv:3|macro UNKNOWN_MASK is defined nowhere; read as \"1\"",
                                               "|top.sv:4|macro UNKNOWN_CHECK is defined nowhere; read as nothing"));
}

TEST_F(ElaboratorTest, AMissingPackageLeavesTheModulesThatNeedItAlone) {
  tree_.Write("top.sv", R"(
module top (input logic a, output logic q, r);
  good u_good (.a, .q);
  needy u_needy (.a, .r);
endmodule
module good (input logic a, output logic q);
  assign q = a;
endmodule
module needy (input logic a, output logic r);
  import gone_pkg::*;
  leaf u_leaf (.a, .r);
  gone_t x;
endmodule
module leaf (input logic a, output logic r);
  assign r = a;
endmodule
)");
  Index();
  ElaborateTop("top");
  EXPECT_THAT(ElaboratedNames(), UnorderedElementsAre("top", "good", "leaf"));
  EXPECT_THAT(Problems(), ElementsAre(AllOf(StartsWith("needy|top.sv:10|"), HasSubstr("gone_pkg"))));
  EXPECT_THAT(Edges("leaf", EdgeKind::kFlows), ElementsAre("a -> r @assign#0"));
}

TEST_F(ElaboratorTest, AModuleWhoseParametersAreUnknownIsToldWithItsDefaults) {
  tree_.Write("top.sv", R"(
module top (input logic [7:0] a, output logic [7:0] q);
  import gone_pkg::*;
  inner #(.W(GONE)) u_inner (.a, .q);
endmodule
module inner #(parameter int W = 8) (input logic [W-1:0] a, output logic [W-1:0] q);
  assign q = a;
endmodule
)");
  Index();
  ElaborateTop("top");
  EXPECT_THAT(ElaboratedNames(), ElementsAre("inner"));
  EXPECT_THAT(Parameters(Find("inner").at(0)), ElementsAre("W=8"));
  EXPECT_THAT(Problems(), Contains(HasSubstr("module inner is told with its default parameters")));
  EXPECT_THAT(Problems(), Contains(StartsWith("top|")));
}

TEST_F(ElaboratorTest, AnErrorInOneModuleLeavesThatModuleOnTierOne) {
  tree_.Write("top.sv", R"(
module top (input logic a, output logic q, r);
  good u_good (.a, .q);
  bad u_bad (.a, .r);
endmodule
module good (input logic a, output logic q);
  assign q = a;
endmodule
module bad (input logic a, output logic r);
  assign r = a + no_such_name;
endmodule
)");
  Index();
  ElaborateTop("top");
  EXPECT_THAT(ElaboratedNames(), UnorderedElementsAre("top", "good"));
  EXPECT_THAT(Problems(), ElementsAre(AllOf(StartsWith("bad|top.sv:10|"), HasSubstr("no_such_name"))));
}

TEST_F(ElaboratorTest, UnknownModulesAreNamedAndSpoilNothing) {
  tree_.Write("top.sv",
              "module top (input logic a, output logic q);\n  vendor_ram u_ram (.d(a));\n  assign q = a;\nendmodule\n");
  Index();
  ElaborateTop("top");
  EXPECT_THAT(design_.unknown, ElementsAre("vendor_ram"));
  const graph::DesignDefinition& top = design_.definitions[design_.tops.at(0)];
  ASSERT_THAT(top.children, SizeIs(1));
  EXPECT_EQ(NameOf(top.children[0].node), "u_ram");
  EXPECT_EQ(design_.definitions[top.children[0].definition].name, "vendor_ram");
  EXPECT_THAT(ElaboratedNames(), ElementsAre("top"));
}

TEST_F(ElaboratorTest, ModulesThatContainThemselvesCostThemselvesOnly) {
  tree_.Write("top.sv", R"(
module top (input logic a, output logic y);
  loop u_loop (.a(a));
  ping u_ping (.a(a));
  fine u_fine (.a(a), .y(y));
endmodule
module loop (input logic a);
  loop x (.a(a));
  loop y (.a(a));
endmodule
module ping (input logic a);
  pong u_pong (.a(a));
endmodule
module pong (input logic a);
  ping u_ping (.a(a));
endmodule
module fine (input logic a, output logic y);
  assign y = a;
endmodule
)");
  Index();
  ElaborateTop("top");
  EXPECT_THAT(ElaboratedNames(), UnorderedElementsAre("top", "fine"));
  EXPECT_THAT(Problems(), UnorderedElementsAre(AllOf(StartsWith("loop|top.sv:7|"), HasSubstr("contains itself")),
                                               AllOf(StartsWith("ping|top.sv:11|"), HasSubstr("contains itself")),
                                               AllOf(StartsWith("pong|top.sv:14|"), HasSubstr("contains itself"))));
  EXPECT_THAT(Edges("top", EdgeKind::kConnects), SizeIs(4));
}

TEST_F(ElaboratorTest, ATopThatContainsItselfIsAProblemOfTheDesign) {
  tree_.Write("top.sv", "module top;\n  top a();\nendmodule\n");
  Index();
  ElaborateTop("top");
  EXPECT_THAT(Problems(), ElementsAre(HasSubstr("module top contains itself with equal parameters, in module top")));
  EXPECT_THAT(design_.definitions, IsEmpty());
}

TEST_F(ElaboratorTest, ATreeDeeperThanTheLimitCostsWhatIsRepeatedInIt) {
  tree_.Write("top.sv", R"(
module top (input logic a, output logic q);
  level #(.N(0)) u();
  assign q = a;
endmodule
module level #(parameter int N = 0);
  step #(.N(N + 1)) left();
  step #(.N(N + 1)) right();
endmodule
module step #(parameter int N = 0);
  level #(.N(N + 1)) u();
endmodule
)");
  Index();
  ElaborationLimits limits;
  limits.max_depth = 50;
  Elaborate(DiscoveredDesign("top"), limits);
  EXPECT_THAT(ElaboratedNames(), ElementsAre("top"));
  EXPECT_THAT(Problems(), UnorderedElementsAre(AllOf(StartsWith("level|"), HasSubstr("nested deeper than 50 levels")),
                                               AllOf(StartsWith("step|"), HasSubstr("nested deeper than 50 levels"))));
}

TEST_F(ElaboratorTest, WhatTakesTooLongCostsItself) {
  tree_.Write("top.sv", R"(
module top (input logic a, output logic q);
  slow u_slow ();
  assign q = a;
endmodule
module slow;
  function automatic int count(int n);
    int sum = 0;
    for (int i = 0; i < n; i++) sum += i;
    return sum;
  endfunction
  localparam int Sum = count(3000000);
endmodule
)");
  Index();
  ElaborationLimits limits;
  limits.max_definition_seconds = 0.1;
  Elaborate(DiscoveredDesign("top"), limits);
  EXPECT_THAT(ElaboratedNames(), ElementsAre("top"));
  EXPECT_THAT(Problems(), ElementsAre(AllOf(StartsWith("slow|top.sv:6|"), HasSubstr("s of processor time"))));
}

TEST_F(ElaboratorTest, ADesignThatTakesTooLongIsAProblem) {
  tree_.Write("top.sv", "module top;\nendmodule\n");
  Index();
  ElaborationLimits limits;
  limits.max_seconds = 0;
  Elaborate(DiscoveredDesign("top"), limits);
  EXPECT_THAT(Problems(), ElementsAre(HasSubstr("the design takes more than 0 s of processor time, in module top")));
}

TEST_F(ElaboratorTest, ArraysOfInstancesAreLimitedOverAllDimensions) {
  tree_.Write("top.sv", R"(
module top (input logic a, output logic q);
  giant u_giant (.a(a));
  assign q = a;
endmodule
module giant (input logic a);
  leaf u[255:0][255:0][255:0] (.a(a));
endmodule
module leaf (input logic a);
endmodule
)");
  Index();
  ElaborateTop("top");
  EXPECT_THAT(ElaboratedNames(), ElementsAre("top"));
  EXPECT_THAT(Problems(), ElementsAre(AllOf(StartsWith("giant|top.sv:7|"), HasSubstr("array"))));
}

TEST_F(ElaboratorTest, AStatementIsFoundAmongManyInTheirOrder) {
  std::string text = "module top (input logic [31:0] s, output logic [31:0] y);\n  always_comb case (s)\n";
  for (int i = 0; i < 100; ++i) text += "    32'd" + std::to_string(i) + ": y = s + 32'd" + std::to_string(i) + ";\n";
  text += "    default: y = 0;\n  endcase\nendmodule\n";
  tree_.Write("top.sv", text);
  Index();
  ElaborateTop("top");
  std::set<graph::NodeId> makers;
  for (const graph::ElaboratedEdge& edge : FactsOf("top").edges) {
    if (edge.kind == EdgeKind::kDrives) makers.insert(edge.from);
  }
  EXPECT_THAT(makers, SizeIs(102));  // 101 assignments and their block
}

TEST_F(ElaboratorTest, AGiantGenerateIsNamedAndTheRestElaborated) {
  tree_.Write("top.sv", R"(
module top (input logic a, output logic q);
  giant u_giant ();
  assign q = a;
endmodule
module giant;
  for (genvar i = 0; i < 1000000000; i++) begin : g
    logic x;
  end
endmodule
)");
  Index();
  ElaborationLimits limits;
  limits.max_generate_steps = 1000;
  Elaborate(DiscoveredDesign("top"), limits);
  EXPECT_THAT(ElaboratedNames(), ElementsAre("top"));
  EXPECT_THAT(Problems(), ElementsAre(AllOf(StartsWith("giant|top.sv:7|"), HasSubstr("generate"))));
}

TEST_F(ElaboratorTest, MoreScopesOrBytesThanTheLimitAreAProblemOfTheDesign) {
  tree_.Write("top.sv", R"(
module top;
  for (genvar i = 0; i < 100; i++) begin : g
    logic x;
  end
endmodule
)");
  Index();
  ElaborationLimits limits;
  limits.max_scopes = 50;
  Elaborate(DiscoveredDesign("top"), limits);
  EXPECT_THAT(Problems(), ElementsAre(HasSubstr("more than 50 instances and generate blocks, in module top")));
  limits = {};
  limits.max_bytes = 1;
  Elaborate(DiscoveredDesign("top"), limits);
  EXPECT_THAT(Problems(), ElementsAre(HasSubstr("MiB, in module top")));
}

TEST_F(ElaboratorTest, IsCancelledBetweenScopes) {
  tree_.Write("top.sv", "module top;\nendmodule\n");
  Index();
  const DesignSpec spec = DiscoveredDesign("top");
  const auto result = indexer::Elaborate(*snapshot_, spec, Sources(spec), {}, [] { return true; });
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, base::Code::kCancelled);
}

TEST_F(ElaboratorTest, ParametersOfTheTopAndDefinesComeFromTheSpec) {
  tree_.Write("m.sv", R"(
module m #(parameter int W = 1) (input logic [W-1:0] a, output logic [W-1:0] q);
`ifdef INVERT
  assign q = ~a;
`endif
endmodule
)");
  Index();
  DesignSpec spec = DiscoveredDesign("m");
  spec.parameters = {"W=5"};
  Elaborate(spec);
  EXPECT_THAT(Parameters(Find("m").at(0)), ElementsAre("W=5"));
  EXPECT_THAT(Edges("m", EdgeKind::kFlows), IsEmpty());
  spec.defines = {"INVERT"};
  Elaborate(spec);
  EXPECT_THAT(Edges("m", EdgeKind::kFlows), SizeIs(1));
}

TEST_F(ElaboratorTest, InputsChangeWithWhatIsCompiledOrIncludedOnly) {
  tree_.Write("w.svh", "`define W 4\n").Write("other.sv", "module other; endmodule\n");
  tree_.Write("m.sv", "`include \"w.svh\"\nmodule m (input logic [`W-1:0] a); endmodule\n");
  const DesignSpec spec = DiscoveredDesign("m");
  const auto inputs = [&] {
    Index();
    return ValueOf(DesignInputs(*snapshot_, spec, Sources(spec), {}));
  };
  const base::Digest before = inputs();
  tree_.Write("other.sv", "module other; wire x; endmodule\n");
  EXPECT_EQ(inputs(), before);
  tree_.Write("w.svh", "`define W 8\n");
  EXPECT_NE(inputs(), before);
}

TEST_F(ElaboratorTest, GivesEqualBytesAgain) {
  tree_.Write("m.sv", "module m (input logic [3:0] a, output logic q);\n  assign q = ^a;\nendmodule\n");
  Index();
  const DesignSpec spec = DiscoveredDesign("m");
  const auto first = ValueOf(indexer::Elaborate(*snapshot_, spec, Sources(spec), {}, {}));
  const auto second = ValueOf(indexer::Elaborate(*snapshot_, spec, Sources(spec), {}, {}));
  EXPECT_EQ(graph::EncodeDesign(first.design), graph::EncodeDesign(second.design));
}

}  // namespace
}  // namespace fanin::indexer
