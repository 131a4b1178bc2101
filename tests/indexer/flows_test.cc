// Dataflow: what drives, reads and flows where, in which role and under which guard.
#include "tests/indexer/extraction.h"

namespace fanin::indexer {
namespace {

using graph::EdgeKind;
using graph::NodeKind;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::UnorderedElementsAre;

// A module whose body is given, with signals of every use.
Extraction Module(const std::string& body) {
  return Extraction("module m(input logic clk, rst_n, en, sel, input logic [7:0] a, b, output logic [7:0] q);\n" +
                    body + "\nendmodule\n");
}

TEST(Flows, ContinuousAssignments) {
  const Extraction x = Module("wire [7:0] w = a ^ b; assign q = w, en2 = ~en; logic en2;");
  EXPECT_THAT(x.Flows(), UnorderedElementsAre("a -> w", "b -> w", "w -> q", "en -> en2"));
  EXPECT_THAT(x.Edges(EdgeKind::kDrives), UnorderedElementsAre("assign#0 -> w", "assign#1 -> q", "assign#2 -> en2"));
  EXPECT_THAT(x.Edges(EdgeKind::kReads),
              UnorderedElementsAre("a -> assign#0", "b -> assign#0", "w -> assign#1", "en -> assign#2"));
  for (const graph::LocalEdge& edge : x.shard().edges()) {
    if (edge.kind == EdgeKind::kFlows) {
      EXPECT_EQ(edge.attributes.assignment, graph::Assignment::kContinuous);
    }
  }
}

TEST(Flows, TheSelectOfAConditionalIsControl) {
  const Extraction x = Module("assign q = sel ? a : b;");
  EXPECT_THAT(x.FlowsTo("q"), UnorderedElementsAre("sel control", "a", "b"));
}

TEST(Flows, IndexesAreIndexesOnBothSides) {
  const Extraction x = Module("logic [7:0] mem [8]; logic [2:0] i, j; assign mem[i] = a[j];");
  EXPECT_THAT(x.FlowsTo("mem"), UnorderedElementsAre("a", "j index", "i index"));
}

TEST(Flows, ConstantBitsAreKnownOnBothEnds) {
  const Extraction x = Module("assign q[3:0] = a[7:4]; assign q[4] = b[0]; assign q[5 +: 2] = a[1 -: 2];");
  EXPECT_THAT(x.FlowsTo("q"), UnorderedElementsAre("a [7:4]->[3:0]", "b [0:0]->[4:4]", "a [1:0]->[6:5]"));
}

TEST(Flows, ConcatenationsAreSplitWhereWidthsAreKnown) {
  const Extraction x = Module(R"(
logic carry; logic [3:0] low; logic [3:0] high;
assign {high, low} = a;
assign {carry, q} = {en, a[3:0], b[7:4]};
)");
  EXPECT_THAT(x.FlowsTo("high"), ElementsAre("a [7:4]->"));
  EXPECT_THAT(x.FlowsTo("low"), ElementsAre("a [3:0]->"));
  EXPECT_THAT(x.FlowsTo("carry"), ElementsAre("en"));
  EXPECT_THAT(x.FlowsTo("q"), UnorderedElementsAre("a [3:0]->[7:4]", "b [7:4]->[3:0]"));
}

TEST(Flows, AShiftRegisterMovesBits) {
  const Extraction x = Module("always_ff @(posedge clk) q <= {q[6:0], en};");
  EXPECT_THAT(x.FlowsTo("q"), UnorderedElementsAre("q [6:0]->[7:1]", "en ->[0:0]", "clk clock"));
}

TEST(Flows, ConcatenationsOfUnknownWidthFlowToEveryPart) {
  const Extraction x = Extraction(
      "module m #(parameter W = 4)(input [W-1:0] a, b, output [W-1:0] x, y);"
      "assign {x, y} = {a, b}; endmodule");
  EXPECT_THAT(x.Flows(), UnorderedElementsAre("a -> x", "b -> x", "a -> y", "b -> y"));
}

TEST(Flows, AscendingBoundsCountFromTheRight) {
  const Extraction x("module m(input [0:7] a, output [3:0] h, l); assign {h, l} = a; endmodule");
  EXPECT_THAT(x.FlowsTo("h"), ElementsAre("a [0:3]->"));
  EXPECT_THAT(x.FlowsTo("l"), ElementsAre("a [4:7]->"));
}

TEST(Flows, APatternFlowsToTheMembersThatItNames) {
  const Extraction x = Extraction(R"(module m(input logic en, input logic [7:0] a, b, output logic q);
  typedef struct packed { logic valid; logic [7:0] data, tag; } req_t;
  req_t r, s;
  always_comb r = '{valid: en, data: a ^ b, default: '0};
  assign s = ('{default: a});
endmodule
)");
  EXPECT_THAT(x.FlowsTo("r"), UnorderedElementsAre("en 'en -> r.valid'", "a 'a -> r.data'", "b 'b -> r.data'"));
  EXPECT_THAT(x.FlowsTo("s"), ElementsAre("a"));
}

TEST(Flows, MembersBelongToTheirSignalAndAreNamed) {
  const Extraction x = Module(R"(
typedef struct packed {logic valid; logic [6:0] addr;} req_t;
req_t req_d, req_q;
assign req_d.valid = en;
assign q[6:0] = req_q.addr;
assign req_q = '{valid: req_d.valid, addr: a[6:0]};
)");
  EXPECT_THAT(x.FlowsTo("req_d"), ElementsAre("en 'en -> req_d.valid'"));
  EXPECT_THAT(x.FlowsTo("q"), ElementsAre("req_q ->[6:0] 'req_q.addr -> q'"));
  EXPECT_THAT(x.FlowsTo("req_q"),
              UnorderedElementsAre("req_d 'req_d.valid -> req_q.valid'", "a [6:0]-> 'a -> req_q.addr'"));
}

TEST(Flows, AsynchronousResetIsTheEventThatTheFirstIfTests) {
  const Extraction x = Module(R"(
always_ff @(posedge clk or negedge rst_n)
  if (!rst_n) q <= '0;
  else if (en) q <= a;
)");
  EXPECT_EQ(x.Node("always_ff#0").value, "@(posedge clk or negedge rst_n)");
  EXPECT_THAT(x.FlowsTo("q"), UnorderedElementsAre("clk clock", "rst_n reset if !rst_n", "a if rst_n && en",
                                                   "rst_n reset if rst_n && en", "en control if rst_n && en"));
  EXPECT_THAT(x.Edges(EdgeKind::kReads), IsSupersetOf({"clk -> always_ff#0 clock", "rst_n -> always_ff#0 reset",
                                                       "en -> always_ff#0 control", "a -> always_ff#0"}));
}

TEST(Flows, SynchronousResetIsKnownByItsNameInAnOuterIf) {
  const Extraction x(
      "module m(input clk, rst, flush, d, output reg q);\n"
      "always @(posedge clk) begin q <= d; if (rst || flush) q <= 0; end endmodule\n");
  EXPECT_THAT(x.FlowsTo("q"),
              UnorderedElementsAre("clk clock", "d", "rst reset if (rst || flush)", "flush control if (rst || flush)"));
}

TEST(Flows, TwoClocksAreBothClocks) {
  const Extraction x("module m(input c1, c2, d, output reg q); always @(posedge c1 or posedge c2) q <= d; endmodule");
  EXPECT_THAT(x.FlowsTo("q"), UnorderedElementsAre("c1 clock", "c2 clock", "d"));
}

TEST(Flows, AClockOfAnInterfaceIsItsPort) {
  const Extraction x("module m(bus_if b, input d, output logic q); always_ff @(posedge b.clk) q <= d; endmodule");
  EXPECT_THAT(x.FlowsTo("q"), UnorderedElementsAre("b clock 'b.clk -> q'", "d"));
  EXPECT_THAT(x.References(EdgeKind::kFlows), ElementsAre("q <- b.clk clock 'b.clk -> q'"));
}

TEST(Flows, LevelSensitiveBlocksHaveNoClock) {
  const Extraction x = Module("always @(a or en) q = a; always @* q2 = b; logic [7:0] q2;");
  EXPECT_THAT(x.Flows(), UnorderedElementsAre("a -> q", "b -> q2"));
  EXPECT_EQ(x.Node("always#0").value, "@(a or en)");
  EXPECT_EQ(x.Node("always#1").value, "@*");
}

TEST(Flows, GuardsAreTheConjunctionOfEnclosingConditions) {
  const Extraction x = Module(R"(
logic c, d;
always_comb begin
  if (en || sel) begin
    if (!c) q = a;
    else q = b;
  end else if (c) q = 1;
end
)");
  EXPECT_THAT(x.Edges(EdgeKind::kDrives), IsSupersetOf({"always_comb#0.if#0.if#0.assign#0 -> q if (en || sel) && !c",
                                                        "always_comb#0.if#0.if#0.assign#1 -> q if (en || sel) && c",
                                                        "always_comb#0.if#0.if#1.assign#0 -> q if !(en || sel) && c"}));
}

TEST(Flows, CaseSelectorAndItemsAreControl) {
  const Extraction x = Module(R"(
localparam A = 0, B = 1;
logic [1:0] s; logic t;
always_comb unique case (s)
  A, 2'd3: q = a;
  B: q = b;
  {1'b1, t}: q = '0;
  default: q = '1;
endcase
)");
  EXPECT_THAT(x.FlowsTo("q"),
              UnorderedElementsAre("a if s inside {A, 2'd3}", "s control if s inside {A, 2'd3}", "b if s == B",
                                   "s control if s == B", "s control if s == {1'b1, t}", "t control if s == {1'b1, t}",
                                   "s control if s == default", "t control if s == default"));
  EXPECT_THAT(x.Edges(EdgeKind::kRefersTo), IsSupersetOf({"always_comb#0 -> A", "always_comb#0 -> B"}));
}

TEST(Flows, ItemsOfAConstantCaseAreTheConditionsOfTheirsAndLaterOnes) {
  const Extraction x = Module("always_comb case (1'b1) en: q = a; sel: q = b; endcase");
  EXPECT_THAT(x.FlowsTo("q"), UnorderedElementsAre("a if en", "en control if en", "b if sel", "sel control if sel",
                                                   "en control if sel"));
}

TEST(Flows, ALongGuardIsCut) {
  std::string condition = "en";
  for (int i = 0; i < 100; ++i) condition += " && sel";
  const Extraction x = Module("always_comb if (" + condition + ") if (sel) q = a;");
  for (const graph::LocalEdge& edge : x.shard().edges()) {
    if (edge.kind != EdgeKind::kFlows) continue;
    EXPECT_LE(edge.attributes.guard.size(), 200U);
    EXPECT_TRUE(edge.attributes.guard.ends_with("..."));
  }
}

TEST(Flows, LoopVariablesAreNoData) {
  const Extraction x = Module(R"(
integer k;
always_comb begin
  for (int i = 0; i < 8; i++) q[i] = a[i] ^ b[7 - i];
  for (k = 0; k < 8; k = k + 1) q[k] = a[k];
  foreach (a[n]) q[n] = b[n];
end
for (genvar g = 0; g < 8; g++) begin : gen assign q[g] = a[g]; end
)");
  EXPECT_THAT(x.Flows(), testing::Each(testing::AnyOf("a -> q", "b -> q")));
  EXPECT_THAT(x.Names(NodeKind::kSignal), Contains("always_comb#0.for#0.i"));
}

TEST(Flows, CompoundAssignmentsAndIncrementsReadTheirTarget) {
  const Extraction x = Module("logic [7:0] n; always_comb begin q += a; n++; end");
  EXPECT_THAT(x.Flows(), UnorderedElementsAre("q -> q", "a -> q", "n -> n"));
  EXPECT_THAT(x.Edges(EdgeKind::kReads), Contains("n -> always_comb#0"));
}

TEST(Flows, BlockingAndNonblockingAreTold) {
  const Extraction x = Module("logic t; always_ff @(posedge clk) begin t = en; q[0] <= t; end");
  for (const graph::LocalEdge& edge : x.shard().edges()) {
    if (edge.kind != EdgeKind::kDrives) continue;
    const bool blocking = x.Name(edge.to) == "t";
    EXPECT_EQ(edge.attributes.assignment, blocking ? graph::Assignment::kBlocking : graph::Assignment::kNonblocking);
  }
}

TEST(Flows, FunctionsTakeArgumentsAndGiveResults) {
  const Extraction x = Module(R"(
function automatic logic [7:0] mix(input logic [7:0] x, y);
  logic [7:0] t;
  t = x & y;
  if (x[0]) return t;
  mix = y;
endfunction
assign q = mix(a, .y(b));
)");
  EXPECT_THAT(x.FlowsTo("q"), UnorderedElementsAre("a", "b", "mix"));
  EXPECT_THAT(x.FlowsTo("mix.x"), ElementsAre("a"));
  EXPECT_THAT(x.FlowsTo("mix.y"), ElementsAre("b"));
  EXPECT_THAT(x.FlowsTo("mix.t"), UnorderedElementsAre("mix.x", "mix.y"));
  EXPECT_THAT(x.FlowsTo("mix"), UnorderedElementsAre("mix.t if x[0]", "mix.x control [0:0]-> if x[0]", "mix.y"));
  EXPECT_THAT(x.Edges(EdgeKind::kCallsOut), ElementsAre("assign#0 -> mix"));
}

TEST(Flows, TasksDriveTheirOutputArguments) {
  const Extraction x = Module(R"(
task automatic load(input logic [7:0] value, output logic [7:0] target); target = value; endtask
initial begin load(a, q); $readmemh("x.hex", mem); end
logic [7:0] mem [4];
)");
  EXPECT_THAT(x.Flows(), UnorderedElementsAre("a -> load.value", "load.value -> load.target", "load.target -> q"));
  EXPECT_THAT(x.Edges(EdgeKind::kDrives), IsSupersetOf({"initial#0 -> q", "initial#0 -> mem"}));
  EXPECT_THAT(x.Edges(EdgeKind::kCallsOut), ElementsAre("initial#0 -> load"));
}

TEST(Flows, GatesAndPrimitivesDriveTheirOutputs) {
  const Extraction x = Module(R"(
wire n, o1, o2, t;
nand g1(n, en, sel);
buf (o1, o2, n);
bufif1 (t, en, sel);
)");
  EXPECT_THAT(x.Flows(),
              UnorderedElementsAre("en -> n", "sel -> n", "n -> o1", "n -> o2", "en -> t", "sel -> t control"));
  const Extraction udp("primitive p(q, a, b); output q; input a, b; table 0 0 : 1; endtable endprimitive");
  EXPECT_THAT(udp.Flows(), UnorderedElementsAre("p.a -> p.q", "p.b -> p.q"));
}

TEST(Flows, AliasesRunBothWays) {
  const Extraction x("module m(inout a, b, c); alias a = b = c; endmodule");
  EXPECT_THAT(x.Flows(), UnorderedElementsAre("a -> b", "b -> a", "b -> c", "c -> b"));
}

TEST(Flows, LocalVariablesShadow) {
  const Extraction x = Module(R"(
always_comb begin
  logic [7:0] t;
  t = a;
  begin logic t; t = en; q[0] = t; end
  q[7:1] = t[7:1];
end
)");
  EXPECT_THAT(x.Names(NodeKind::kSignal), ElementsAre("always_comb#0.t", "always_comb#0.t"));
  EXPECT_THAT(x.FlowsTo("q"), UnorderedElementsAre("always_comb#0.t ->[0:0]", "always_comb#0.t [7:1]->[7:1]"));
}

TEST(Flows, StatementsCarryControlFlow) {
  const Extraction x = Module(R"(
always_comb begin
  q = a;
  if (en) q = b;
  case (sel)
    1'b0: q[0] = 1;
    default: ;
  endcase
  while (sel) begin
    if (en) break;
    q = 0;
  end
  q[1] = 0;
end
)");
  EXPECT_THAT(
      x.Edges(EdgeKind::kCfgNext),
      UnorderedElementsAre("always_comb#0 -> always_comb#0.assign#0", "always_comb#0.assign#0 -> always_comb#0.if#0",
                           "always_comb#0.if#0.assign#0 -> always_comb#0.case#0",
                           "always_comb#0.case#0.assign#0 -> always_comb#0.while#0",
                           "always_comb#0.while#0.assign#0 -> always_comb#0.while#0"));
  EXPECT_THAT(x.Edges(EdgeKind::kCfgTrue),
              UnorderedElementsAre("always_comb#0.if#0 -> always_comb#0.if#0.assign#0",
                                   "always_comb#0.while#0 -> always_comb#0.while#0.if#0",
                                   "always_comb#0.while#0.if#0 -> always_comb#0.assign#1"));
  EXPECT_THAT(x.Edges(EdgeKind::kCfgFalse),
              UnorderedElementsAre("always_comb#0.if#0 -> always_comb#0.case#0",
                                   "always_comb#0.while#0 -> always_comb#0.assign#1",
                                   "always_comb#0.while#0.if#0 -> always_comb#0.while#0.assign#0"));
  EXPECT_THAT(x.Edges(EdgeKind::kCfgCase),
              UnorderedElementsAre("always_comb#0.case#0 -> always_comb#0.case#0.assign#0 '1'b0'",
                                   "always_comb#0.case#0 -> always_comb#0.while#0 'default'"));
}

TEST(Flows, AnElseIfChainIsFlatUnderItsFirstIf) {
  const Extraction x = Module("always_comb if (en) q = 1; else if (sel) q = 2; else if (a[0]) q = 3; else q = 4;");
  EXPECT_THAT(x.Names(NodeKind::kStatement),
              ElementsAre("always_comb#0.if#0", "always_comb#0.if#0.assign#0", "always_comb#0.if#0.if#0",
                          "always_comb#0.if#0.if#0.assign#0", "always_comb#0.if#0.if#1",
                          "always_comb#0.if#0.if#1.assign#0", "always_comb#0.if#0.if#1.assign#1"));
  EXPECT_EQ(x.TextOf("always_comb#0.if#0.if#0"), "if (sel) q = 2;");
  EXPECT_EQ(x.TextOf("always_comb#0.if#0.if#1"), "if (a[0]) q = 3; else q = 4;");
}

TEST(Flows, LongChainsAndManyTermsAreWalkedIteratively) {
  std::string chain = "always_comb if (en) q = 0;";
  for (int i = 0; i < 400; ++i) chain += " else if (a == " + std::to_string(i) + ") q = " + std::to_string(i) + ";";
  std::string sum = "a";
  for (int i = 0; i < 20000; ++i) sum += " + b";
  const Extraction x = Module(chain + "\nassign q2 = " + sum + "; logic [7:0] q2;");
  EXPECT_EQ(x.Names(NodeKind::kStatement).size(), 802U);
  EXPECT_THAT(x.FlowsTo("q2"), UnorderedElementsAre("a", "b"));
}

TEST(Flows, FlowsOfOneStatementAreBoundedAndSaySo) {
  std::string declarations;
  std::string left;
  std::string right;
  for (int i = 0; i < 200; ++i) {
    const std::string n = std::to_string(i);
    declarations += "logic [P-1:0] l" + n + ", r" + n + ";\n";
    left += (i > 0 ? ", l" : "l") + n;
    right += (i > 0 ? ", r" : "r") + n;
  }
  const Extraction x("module m #(parameter P = 2);\n" + declarations + "assign {" + left + "} = {" + right +
                     "};\nendmodule\n");
  EXPECT_LE(x.Flows().size(), 20000U);
  ASSERT_EQ(x.shard().diagnostics().size(), 1U);
  EXPECT_EQ(x.shard().diagnostics().front().message, "further flows of this statement are left out");
}

TEST(Flows, GrayPointersCrossTheFifo) {
  const Extraction x = Extraction::OfFile("rtl/async_fifo.sv");
  auto m = [](const std::string& name) { return "async_fifo." + name; };
  EXPECT_THAT(x.FlowsTo(m("wr_gray_q")),
              UnorderedElementsAre(m("wr_clk_i") + " clock", m("wr_rst_ni") + " reset if !wr_rst_ni",
                                   m("wr_rst_ni") + " reset if wr_rst_ni", m("wr_gray_d") + " if wr_rst_ni"));
  EXPECT_THAT(x.FlowsTo(m("wr_gray_d")), UnorderedElementsAre(m("wr_bin_d"), m("bin_to_gray")));
  EXPECT_THAT(x.FlowsTo(m("full_o")), UnorderedElementsAre(m("wr_gray_q"), m("rd_gray_sync")));
  EXPECT_THAT(x.References(EdgeKind::kConnects),
              Contains(m("u_sync_wr_ptr") + " -> d_i 'wr_gray_q' (" + m("wr_gray_q") + ")"));
}

TEST(Flows, BothFlipFlopsOfASynchronizerAreTold) {
  const Extraction x = Extraction::OfFile("rtl/sync_2ff.sv");
  EXPECT_THAT(x.FlowsTo("sync_2ff.q_o"), IsSupersetOf({"sync_2ff.meta_q if rst_ni"}));
}

TEST(Flows, AWriteReachesItsRegisterUnderItsAddress) {
  const Extraction x = Extraction::OfFile("rtl/axil_regfile.sv");
  EXPECT_THAT(x.FlowsTo("axil_regfile.scratch_reg"),
              IsSupersetOf({"axil_regfile.s_axil_wdata if write && s_axil_awaddr[3:2] == RegScratch",
                            "axil_regfile.s_axil_wstrb if write && s_axil_awaddr[3:2] == RegScratch",
                            "axil_regfile.s_axil_awaddr control [3:2]-> if write && s_axil_awaddr[3:2] == RegScratch",
                            "axil_regfile.rst reset if rst", "axil_regfile.clk clock"}));
}

}  // namespace
}  // namespace fanin::indexer
