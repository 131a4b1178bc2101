// Elements and references: definitions, declarations, instances, generates.
#include "indexer/hdl_extractor.h"

#include "tests/indexer/extraction.h"

namespace fanin::indexer {
namespace {

using graph::EdgeKind;
using graph::LookUp;
using graph::NodeKind;
using graph::PortDirection;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::UnorderedElementsAre;

TEST(HdlExtractor, FileNodeComesFirstAndSpansTheText) {
  const Extraction x("module m; endmodule\n");
  const graph::Node& file = x.shard().nodes().front();
  EXPECT_EQ(file.kind, NodeKind::kFile);
  EXPECT_EQ(file.name, "t.sv");
  EXPECT_EQ(file.span.end_byte, x.text().size());
  EXPECT_EQ(x.shard().line_count(), 1U);
}

TEST(HdlExtractor, EveryKindOfDefinitionIsFound) {
  const Extraction x(R"(
module a; endmodule
interface b; endinterface
program c; endprogram
package d; endpackage
class e; endclass
primitive f(output o, input i); table 0 : 1; endtable endprimitive
checker g(logic x); endchecker
module a_nested; module inner; endmodule endmodule
)");
  EXPECT_THAT(x.Names(NodeKind::kModule), ElementsAre("a", "a_nested", "a_nested.inner"));
  EXPECT_THAT(x.Names(NodeKind::kInterface), ElementsAre("b"));
  EXPECT_THAT(x.Names(NodeKind::kProgram), ElementsAre("c"));
  EXPECT_THAT(x.Names(NodeKind::kPackage), ElementsAre("d"));
  EXPECT_THAT(x.Names(NodeKind::kClass), ElementsAre("e"));
  EXPECT_THAT(x.Names(NodeKind::kPrimitive), ElementsAre("f"));
  EXPECT_THAT(x.Names(NodeKind::kChecker), ElementsAre("g"));
}

TEST(HdlExtractor, AnsiPortsInheritWhatTheyLeaveOut) {
  const Extraction x("module m(input logic [7:0] a, b, input c, output reg d, e, inout wire [3:0] f [2]); endmodule");
  EXPECT_THAT(x.Names(NodeKind::kPort), ElementsAre("a", "b", "c", "d", "e", "f"));
  EXPECT_EQ(x.Node("b").direction, PortDirection::kInput);
  EXPECT_EQ(x.Node("b").type, "logic");
  EXPECT_EQ(x.Node("b").width, "[7:0]");
  EXPECT_EQ(x.Node("c").width, "");
  EXPECT_EQ(x.Node("e").direction, PortDirection::kOutput);
  EXPECT_EQ(x.Node("e").type, "reg");
  EXPECT_EQ(x.Node("f").direction, PortDirection::kInout);
  EXPECT_EQ(x.Node("f").width, "[3:0] [2]");
}

TEST(HdlExtractor, NonAnsiPortsTakeDirectionAndTypeFromTheirDeclarations) {
  const Extraction x(R"(
module m(clk, d, q, , z);
  input clk;
  input [3:0] d;  // the data
  output q;
  inout z;
  reg [3:0] q;
endmodule)");
  EXPECT_THAT(x.Names(NodeKind::kPort), ElementsAre("clk", "d", "q", "port#0", "z"));
  EXPECT_EQ(x.Node("d").direction, PortDirection::kInput);
  EXPECT_EQ(x.Node("d").width, "[3:0]");
  EXPECT_EQ(x.Node("d").doc, "the data");
  EXPECT_EQ(x.Node("d").span.begin_line, 4U);
  EXPECT_EQ(x.Node("q").direction, PortDirection::kOutput);
  EXPECT_EQ(x.Node("q").type, "reg");
  EXPECT_EQ(x.Node("q").width, "[3:0]");
  EXPECT_THAT(x.Names(NodeKind::kSignal), IsEmpty());
}

TEST(HdlExtractor, InterfacePortsReferToTheirInterface) {
  const Extraction x(
      "module m(axi_if.slave a, axi_if b, input pkg::t c, input logic clk, data_t d, interface e); endmodule");
  EXPECT_EQ(x.Node("a").type, "axi_if.slave");
  EXPECT_EQ(x.Node("a").direction, PortDirection::kNone);
  EXPECT_EQ(x.Node("b").direction, PortDirection::kNone);
  EXPECT_EQ(x.Node("d").direction, PortDirection::kInput) << "by custom data_t is a type";
  EXPECT_THAT(x.References(EdgeKind::kHasType),
              UnorderedElementsAre("a -> axi_if 'slave'", "b -> axi_if", "c -> pkg::t", "d -> data_t"));
}

TEST(HdlExtractor, ParametersSayWhetherTheyAreLocal) {
  const Extraction x(R"(
module m #(parameter int unsigned A = 4, B = A + 1, localparam C = 2, parameter type T = logic [A-1:0]);
  localparam logic [1:0] D = 2'd1, E = 2'd2;
endmodule)");
  EXPECT_EQ(x.Node("A").type, "parameter int unsigned");
  EXPECT_EQ(x.Node("A").value, "4");
  EXPECT_EQ(x.Node("B").type, "parameter int unsigned");
  EXPECT_EQ(x.Node("B").value, "A + 1");
  EXPECT_EQ(x.Node("C").type, "localparam");
  EXPECT_EQ(x.Node("T").type, "parameter type");
  EXPECT_EQ(x.Node("T").value, "logic [A-1:0]");
  EXPECT_EQ(x.Node("E").type, "localparam logic");
  EXPECT_EQ(x.Node("E").width, "[1:0]");
  EXPECT_THAT(x.Edges(EdgeKind::kRefersTo), UnorderedElementsAre("B -> A", "T -> A"));
}

TEST(HdlExtractor, SignalsKeepTypeAndDimensionsAsWritten) {
  const Extraction x(R"(
module m;
  wire signed [7:0] a, b;
  logic [3:0][7:0] mem [0:15];
  tri0 logic c = 1;
  genvar g;
  int unsigned n;
endmodule)");
  EXPECT_THAT(x.Names(NodeKind::kSignal), ElementsAre("a", "b", "mem", "c", "g", "n"));
  EXPECT_EQ(x.Node("b").type, "wire signed");
  EXPECT_EQ(x.Node("b").width, "[7:0]");
  EXPECT_EQ(x.Node("mem").width, "[3:0][7:0] [0:15]");
  EXPECT_EQ(x.Node("c").type, "tri0 logic");
  EXPECT_EQ(x.Node("c").value, "1");
  EXPECT_EQ(x.Node("g").type, "genvar");
  EXPECT_EQ(x.Node("n").type, "int unsigned");
}

TEST(HdlExtractor, TypesHoldTheirMembers) {
  const Extraction x(R"(
module m;
  typedef enum logic [1:0] {IDLE, BUSY = 2'd2} state_e;
  typedef struct packed {logic valid; struct packed {logic [3:0] a, b;} inner; state_e state;} req_t;
  typedef union {int i; real r;} value_u;
  req_t req;
  enum {X, Y} anonymous;
endmodule)");
  EXPECT_THAT(x.Names(NodeKind::kTypedef), ElementsAre("state_e", "req_t", "value_u"));
  EXPECT_THAT(x.Names(NodeKind::kEnumMember),
              ElementsAre("state_e.IDLE", "state_e.BUSY", "anonymous.X", "anonymous.Y"));
  EXPECT_THAT(x.Names(NodeKind::kStructField), ElementsAre("req_t.valid", "req_t.inner", "req_t.inner.a",
                                                           "req_t.inner.b", "req_t.state", "value_u.i", "value_u.r"));
  EXPECT_EQ(x.Node("state_e").type, "enum logic [1:0]");
  EXPECT_EQ(x.Node("state_e.BUSY").value, "2'd2");
  EXPECT_EQ(x.Node("req_t").type, "struct packed");
  EXPECT_THAT(x.Edges(EdgeKind::kHasType), UnorderedElementsAre("req_t.state -> state_e", "req -> req_t"));
}

TEST(HdlExtractor, FunctionsHoldTheirArguments) {
  const Extraction x(R"(
module m;
  function automatic logic [7:0] f(input logic [7:0] a, b, output logic c); endfunction
  task t; input x; output [3:0] y; begin end endtask
  import "DPI-C" function int host(int a);
endmodule)");
  EXPECT_THAT(x.Names(NodeKind::kFunction), ElementsAre("f", "host"));
  EXPECT_THAT(x.Names(NodeKind::kTask), ElementsAre("t"));
  EXPECT_THAT(x.Names(NodeKind::kPort), ElementsAre("f.a", "f.b", "f.c", "t.x", "t.y", "host.a"));
  EXPECT_EQ(x.Node("f").type, "logic");
  EXPECT_EQ(x.Node("f").width, "[7:0]");
  EXPECT_EQ(x.Node("f.b").width, "[7:0]");
  EXPECT_EQ(x.Node("f.c").direction, PortDirection::kOutput);
  EXPECT_EQ(x.Node("t.y").direction, PortDirection::kOutput);
  EXPECT_EQ(x.Node("host.a").direction, PortDirection::kInput);
}

TEST(HdlExtractor, InstancesReferToModulePortsAndParameters) {
  const Extraction x(R"(
module m(input logic clk, input logic [7:0] a, output logic q);
  logic [3:0] n;
  parameter P = 2;
  sub #(.W(P + 1), .T(logic)) u_a [3:0] (.clk, .d(a[7:4]), .e({n[1:0], a[0]}), .f(), .q(q));
  sub #(4) u_b (clk, a & n, , q), u_c (.*);
endmodule)");
  EXPECT_THAT(x.Names(NodeKind::kInstance), ElementsAre("u_a", "u_b", "u_c"));
  EXPECT_EQ(x.Node("u_a").value, "sub");
  EXPECT_EQ(x.Node("u_a").width, "[3:0]");
  EXPECT_THAT(x.References(EdgeKind::kInstantiates), ElementsAre("u_a -> sub", "u_b -> sub", "u_c -> sub"));
  EXPECT_THAT(x.References(EdgeKind::kOverrides),
              ElementsAre("u_a -> W 'P + 1'", "u_a -> T 'logic'", "u_b -> #0 '4'", "u_c -> #0 '4'"));
  EXPECT_THAT(x.References(EdgeKind::kConnects),
              ElementsAre("u_a -> clk 'clk' (clk)", "u_a -> d 'a[7:4]' (a[7:4])",
                          "u_a -> e '{n[1:0], a[0]}' (n[1:0]) (a[0:0])", "u_a -> f", "u_a -> q 'q' (q)",
                          "u_b -> #0 'clk' (clk)", "u_b -> #1 'a & n' (a) (n)", "u_b -> #3 'q' (q)", "u_c -> *"));
  EXPECT_THAT(x.Edges(EdgeKind::kRefersTo), Contains("u_a -> P"));
}

TEST(HdlExtractor, SelectAndIndexInAnActualKeepTheirRoles) {
  const Extraction x(
      "module m(input s, a, b, input [1:0] i, input [3:0] v); sub u(.x(s ? a : b), .y(v[i])); endmodule");
  EXPECT_THAT(x.References(EdgeKind::kConnects),
              ElementsAre("u -> x 's ? a : b' (s control) (a) (b)", "u -> y 'v[i]' (v) (i index)"));
}

TEST(HdlExtractor, UndeclaredActualsAreImplicitNetsUnlessForbidden) {
  const std::string body = "module m(input a); sub u(.x(a), .y(link)); sub v(.x(link)); assign w = a; endmodule\n";
  const Extraction allowed(body);
  EXPECT_THAT(allowed.Names(NodeKind::kSignal), ElementsAre("link", "w"));
  EXPECT_EQ(allowed.Node("link").type, "wire");
  EXPECT_THAT(allowed.References(EdgeKind::kConnects), Contains("v -> x 'link' (link)"));
  const Extraction forbidden("`default_nettype none\n" + body);
  EXPECT_THAT(forbidden.Names(NodeKind::kSignal), IsEmpty());
  const Extraction imported("module m import p::*; (input a); sub u(.y(LIMIT)); endmodule\n");
  EXPECT_THAT(imported.Names(NodeKind::kSignal), IsEmpty()) << "the package may declare it";
  EXPECT_THAT(imported.References(EdgeKind::kRefersTo), ElementsAre("u -> LIMIT"));
}

TEST(HdlExtractor, BindAndDefparamReachTheirTargets) {
  const Extraction x(R"(
module m(input logic clk); logic q; sub u(); defparam u.W = 8; endmodule
bind m props #(.N(2)) u_props (.clk(clk), .q(q));
)");
  EXPECT_THAT(x.References(EdgeKind::kInstantiates), ElementsAre("u -> sub", "u_props -> props"));
  EXPECT_THAT(x.References(EdgeKind::kRefersTo), ElementsAre("u_props -> m 'bind'"));
  EXPECT_THAT(x.References(EdgeKind::kOverrides), Contains("u -> W '8'"));
  EXPECT_THAT(x.References(EdgeKind::kConnects), IsSupersetOf({"u_props -> clk 'clk' (clk)", "u_props -> q 'q' (q)"}));
}

TEST(HdlExtractor, GenerateBlocksNestAndSayWhatMakesThem) {
  const Extraction x(R"(
module m #(parameter N = 4, parameter MODE = 0);
  for (genvar i = 0; i < N; i++) begin : gen_lane
    if (i == 0) begin : gen_first sub u(); end
    else if (i == 1) sub v();
    else begin : gen_rest sub w(); end
  end
  case (MODE)
    0, 1: begin : gen_low sub x(); end
    default: sub y();
  endcase
  generate begin : plain wire z; end endgenerate
endmodule)");
  EXPECT_THAT(x.Names(NodeKind::kGenerate), ElementsAre("gen_lane", "gen_lane.gen_first", "gen_lane.generate#0",
                                                        "gen_lane.gen_rest", "gen_low", "generate#0", "plain"));
  EXPECT_EQ(x.Node("gen_lane").value, "for (genvar i = 0; i < N; i++)");
  EXPECT_EQ(x.Node("gen_lane.generate#0").value, "else if (i == 1)");
  EXPECT_EQ(x.Node("gen_lane.gen_rest").value, "else");
  EXPECT_EQ(x.Node("gen_low").value, "case (MODE) 0, 1");
  EXPECT_THAT(x.Names(NodeKind::kInstance), ElementsAre("gen_lane.gen_first.u", "gen_lane.generate#0.v",
                                                        "gen_lane.gen_rest.w", "gen_low.x", "generate#0.y"));
  EXPECT_THAT(x.Edges(EdgeKind::kRefersTo), IsSupersetOf({"gen_lane -> N", "gen_low -> MODE"}));
}

TEST(HdlExtractor, AConditionalDirectlyInAnArmOpensNoScope) {
  const Extraction x("module m; if (A) if (B) begin : g sub u(); end endmodule");
  EXPECT_THAT(x.Names(NodeKind::kInstance), ElementsAre("g.u"));
}

TEST(HdlExtractor, ImportsResolveWithinTheFileAndAreOpenWithoutIt) {
  const Extraction x(R"(
package p; localparam int W = 4; typedef logic t; endpackage
module m import p::*, q::item; (input t a, input far_t b); import r::*;
  logic [W-1:0] v;
  assign v = item + OTHER;
endmodule)");
  EXPECT_THAT(x.References(EdgeKind::kImports), ElementsAre("m -> p '*'", "m -> q 'item'", "m -> r '*'"));
  EXPECT_THAT(x.Edges(EdgeKind::kHasType), ElementsAre("a -> p::t"));
  EXPECT_THAT(x.References(EdgeKind::kHasType), ElementsAre("b -> far_t"));
  EXPECT_THAT(x.Edges(EdgeKind::kRefersTo), Contains("v -> p::W"));
  EXPECT_THAT(x.References(EdgeKind::kRefersTo), UnorderedElementsAre("assign#0 -> q::item", "assign#0 -> OTHER"));
}

TEST(HdlExtractor, ModportsClockingsAndNamedAssertions) {
  const Extraction x = Extraction::OfFile("rtl/bus_if.sv");
  EXPECT_THAT(x.Names(NodeKind::kModport), ElementsAre("bus_if.master", "bus_if.slave"));
  EXPECT_THAT(x.Edges(EdgeKind::kRefersTo),
              IsSupersetOf({"bus_if.master -> bus_if.req 'output'", "bus_if.slave -> bus_if.gnt 'output'"}));
  EXPECT_THAT(x.Names(NodeKind::kClocking), ElementsAre("bus_if.cb"));
  EXPECT_THAT(x.Flows(), UnorderedElementsAre("bus_if.rsp -> bus_if.cb.rsp", "bus_if.gnt -> bus_if.cb.gnt",
                                              "bus_if.cb.req -> bus_if.req"));
  EXPECT_THAT(x.Edges(EdgeKind::kReads), ElementsAre("bus_if.clk_i -> bus_if.cb clock"));

  const Extraction props = Extraction::OfFile("dv/fifo_props.sv");
  EXPECT_THAT(props.Names(NodeKind::kAssertion),
              ElementsAre("fifo_props.changes", "fifo_props.one_bit", "fifo_props.GrayChangesOneBit",
                          "fifo_props.cover#0", "fifo_props.always_comb#0.KnownPointer"));
  EXPECT_THAT(
      props.Edges(EdgeKind::kAssertsOn),
      UnorderedElementsAre("fifo_props.changes -> fifo_props.wr_gray_q", "fifo_props.one_bit -> fifo_props.wr_gray_q",
                           "fifo_props.cover#0 -> fifo_props.wr_clk_i clock",
                           "fifo_props.always_comb#0.KnownPointer -> fifo_props.wr_gray_q"));
  EXPECT_THAT(props.Edges(EdgeKind::kRefersTo), Contains("fifo_props.GrayChangesOneBit -> fifo_props.one_bit"));
}

TEST(HdlExtractor, ClassesHoldPropertiesMethodsConstraintsAndCovergroups) {
  const Extraction x = Extraction::OfFile("dv/fifo_env.sv");
  EXPECT_THAT(x.Names(NodeKind::kClass), ElementsAre("fifo_env_pkg::fifo_item", "fifo_env_pkg::fifo_scoreboard",
                                                     "fifo_env_pkg::logging_scoreboard"));
  EXPECT_THAT(x.References(EdgeKind::kExtends), ElementsAre("fifo_env_pkg::fifo_item -> base_item",
                                                            "fifo_env_pkg::logging_scoreboard -> fifo_scoreboard"));
  EXPECT_THAT(x.Names(NodeKind::kConstraint), ElementsAre("fifo_env_pkg::fifo_item::delay_c"));
  EXPECT_THAT(x.Names(NodeKind::kCovergroup), ElementsAre("fifo_env_pkg::fifo_scoreboard::cg"));
  EXPECT_THAT(x.Edges(EdgeKind::kRefersTo),
              Contains("fifo_env_pkg::fifo_item::delay_c -> fifo_env_pkg::fifo_item::delay_cycles"));
  // Inherited members are found through the base class of the same file.
  EXPECT_THAT(x.Edges(EdgeKind::kReads), Contains("fifo_env_pkg::fifo_scoreboard::errors -> "
                                                  "fifo_env_pkg::logging_scoreboard::report"));
}

TEST(HdlExtractor, MacrosIncludesAndTheirUses) {
  const Extraction x(R"(`include "defs.svh"
`define WIDTH 8
// Registers d.
`define REG(q, d) \
  always_ff @(posedge clk) \
    q <= d;
module m(input logic clk, input logic [`WIDTH-1:0] d);
  logic [`WIDTH-1:0] q;
  `REG(q, d)
  `FAR(q)
endmodule
)");
  EXPECT_THAT(x.Names(NodeKind::kMacro), ElementsAre("WIDTH", "REG"));
  EXPECT_EQ(x.Node("REG").type, "(q, d)");
  EXPECT_EQ(x.Node("REG").value, "always_ff @(posedge clk) q <= d;");
  EXPECT_EQ(x.Node("REG").doc, "Registers d.");
  EXPECT_EQ(x.Node("q").width, "[`WIDTH-1:0]");
  EXPECT_THAT(x.Edges(EdgeKind::kDefines), ElementsAre("t.sv -> WIDTH", "t.sv -> REG"));
  EXPECT_THAT(x.References(EdgeKind::kIncludes), ElementsAre("t.sv -> defs.svh"));
  EXPECT_THAT(x.Edges(EdgeKind::kUsesMacro), UnorderedElementsAre("d -> WIDTH", "q -> WIDTH", "always_ff#0 -> REG"));
  EXPECT_THAT(x.References(EdgeKind::kUsesMacro), ElementsAre("m -> FAR"));
}

TEST(HdlExtractor, ElementsOfAMacroStandWhereItIsUsed) {
  const Extraction x("module m(input logic clk, d, output logic q);\n  `REG(q, d & q)\nendmodule\n",
                     "`define REG(q_, d_) always_ff @(posedge clk) if (d_) q_ <= d_;\n");
  EXPECT_EQ(x.TextOf("always_ff#0"), "`REG(q, d & q)");
  EXPECT_EQ(x.Node("always_ff#0").value, "@(posedge clk)");
  EXPECT_EQ(x.Node("always_ff#0.if#0").value, "d & q") << "an argument stands where it is written";
  EXPECT_THAT(x.FlowsTo("q"), IsSupersetOf({"d if d & q", "d control if d & q"}));
}

TEST(HdlExtractor, ElementsSayTheConditionTheyDependOn) {
  const Extraction x(R"(
`ifndef T_SV
`define T_SV
module m;
`ifdef FAST
`else
  logic slow;
`ifndef SYNTHESIS
  logic checked;
`endif
`endif
  logic always_there;
endmodule
`endif
)");
  EXPECT_EQ(x.Node("slow").condition, "!FAST");
  EXPECT_EQ(x.Node("checked").condition, "!FAST && !SYNTHESIS");
  EXPECT_EQ(x.Node("always_there").condition, "");
}

TEST(HdlExtractor, WhatFollowsAnErrorIsNotLost) {
  const Extraction x(R"(
module a(input logic x;
  assign = ;
  always_ff begin if endmodule
module b(input logic clk); logic q; always_ff @(posedge clk) q <= ~q; endmodule
)");
  EXPECT_THAT(x.Names(NodeKind::kModule), Contains("b"));
  EXPECT_THAT(x.Flows(), Contains("b.q -> b.q"));
}

TEST(HdlExtractor, NamedScopesAndEscapedNamesAreFound) {
  const Extraction x(R"(
module m(input logic clk, input logic \in.0 , output logic \out+ );
  always_ff @(posedge clk) begin : regs
    logic local_q;
    local_q <= \in.0 ;
    \out+ <= local_q;
  end
  assign peek = regs.local_q;
  wire peek;
endmodule)");
  EXPECT_THAT(x.Names(NodeKind::kAlwaysFf), ElementsAre("regs"));
  EXPECT_THAT(x.Flows(), IsSupersetOf({"in.0 -> regs.local_q", "regs.local_q -> out+"}));
}

TEST(HdlExtractor, NamesThatLeadOutOfTheFileAreReferences) {
  const Extraction x(R"(
module m(input logic clk, bus_if.slave bus, output logic q, r);
  sub u();
  assign q = bus.req.valid & u.inner.state & pkg::Mask;
  assign bus.gnt = pkg::grant(clk);
  assign r = tb.dut.x;
endmodule)");
  EXPECT_THAT(x.References(EdgeKind::kReads),
              UnorderedElementsAre("assign#0 <- bus.req.valid", "assign#0 <- u.inner.state", "assign#2 <- tb.dut.x"));
  EXPECT_THAT(x.References(EdgeKind::kDrives), ElementsAre("assign#1 -> bus.gnt"));
  EXPECT_THAT(x.References(EdgeKind::kRefersTo), ElementsAre("assign#0 -> pkg::Mask"));
  EXPECT_THAT(x.References(EdgeKind::kCallsOut), ElementsAre("assign#1 -> pkg::grant"));
  EXPECT_THAT(
      x.References(EdgeKind::kFlows),
      UnorderedElementsAre("q <- bus.req.valid 'bus.req.valid -> q'", "q <- u.inner.state 'u.inner.state -> q'",
                           "clk -> bus.gnt 'clk -> bus.gnt'", "r <- tb.dut.x", "bus <- pkg::grant 'grant -> bus.gnt'"));
  // The interface port itself stands for its members where the interface is not known.
  EXPECT_THAT(x.Flows(), IsSupersetOf({"bus -> q 'bus.req.valid -> q'", "clk -> bus 'clk -> bus.gnt'"}));
}

TEST(HdlExtractor, SpansLieWithinTheTextAndNamesAtTheirPlaces) {
  for (const char* name : {"rtl/async_fifo.sv", "rtl/rr_arbiter.sv", "rtl/axil_regfile.sv", "rtl/uart_tx.v",
                           "rtl/soc_top.sv", "rtl/bus_pkg.sv", "dv/fifo_env.sv", "dv/fifo_props.sv"}) {
    const Extraction x = Extraction::OfFile(name);
    for (const graph::Node& node : x.shard().nodes()) {
      ASSERT_LE(node.span.begin_byte, node.span.end_byte);
      ASSERT_LE(node.span.end_byte, x.text().size());
      ASSERT_LE(node.span.end_line, x.shard().line_count());
      if (node.anonymous || node.kind == NodeKind::kFile) continue;
      const std::string_view text = std::string_view(x.text()).substr(
          node.name_span.begin_byte, node.name_span.end_byte - node.name_span.begin_byte);
      EXPECT_EQ(text, node.name) << name;
    }
  }
}

TEST(HdlExtractor, DocumentationAndLicenceOfAFile) {
  const Extraction x = Extraction::OfFile("rtl/async_fifo.sv");
  EXPECT_EQ(x.shard().license(), "Apache-2.0");
  EXPECT_THAT(x.Node("async_fifo").doc, testing::StartsWith("A FIFO between two clocks."));
  EXPECT_EQ(x.Node("async_fifo.Width").doc, "bits of a word");
  EXPECT_EQ(x.Node("async_fifo.wr_clk_i").doc, "write side");
  EXPECT_EQ(x.Node("async_fifo.wr_gray_sync").doc, "the write pointer as the read side sees it");
  EXPECT_EQ(x.Node("async_fifo.wr_rst_ni").doc, "");
}

}  // namespace
}  // namespace fanin::indexer
