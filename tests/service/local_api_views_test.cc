// State machines, flow text and export, of RTL as it is indexed.
#include <gmock/gmock.h>

#include <map>

#include "tests/service/fixture.h"

namespace fanin::service {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class ViewsTest : public ServiceTest {
 protected:
  void IndexText(const std::string& text) {
    Write("rtl/fsm.sv", text);
    Create();
    Index();
  }

  v1::GetFsmsResponse Fsms(const std::string& module, uint32_t max_fsms = 0) {
    v1::GetFsmsRequest request;
    request.set_repository("repositories/mailbox");
    request.set_module(module);
    request.set_max_fsms(max_fsms);
    const auto response = api().GetFsms(request, {});
    EXPECT_TRUE(response.has_value()) << response.error();
    return response.value_or(v1::GetFsmsResponse());
  }

  static std::vector<std::string> States(const v1::Fsm& fsm) {
    std::vector<std::string> names;
    for (const v1::FsmState& state : fsm.states()) names.push_back(state.name());
    return names;
  }

  // "A B>C if guard", "*>C" from any state.
  static std::vector<std::string> Transitions(const v1::Fsm& fsm) {
    std::vector<std::string> lines;
    for (const v1::FsmTransition& transition : fsm.transitions()) {
      std::string line;
      for (const uint32_t from : transition.from()) {
        line += (line.empty() ? "" : " ") + fsm.states(static_cast<int>(from)).name();
      }
      line += (line.empty() ? "*>" : ">") + (transition.has_to() ? fsm.states(static_cast<int>(transition.to())).name()
                                                                 : "(" + transition.target() + ")");
      if (transition.otherwise()) line += " otherwise";
      if (!transition.guard().empty()) line += " if " + transition.guard();
      lines.push_back(line);
    }
    return lines;
  }

  std::string Flow(const std::string& name, uint32_t max_lines = 1000) {
    v1::GetNodeRequest request;
    request.set_repository("repositories/mailbox");
    request.set_qualified_name(name);
    request.set_max_flow_lines(max_lines);
    const auto response = api().GetNode(request, {});
    return response ? response->flow_text() + (response->truncated() ? "(cut)\n" : "") : response.error().ToString();
  }

  std::map<std::string, std::string> Export(v1::GraphFormat format) {
    v1::ExportGraphRequest request;
    request.set_repository("repositories/mailbox");
    request.set_format(format);
    std::map<std::string, std::string> files;
    const base::Status status = api().ExportGraph(request, {}, [&](const v1::ExportGraphResponse& piece) {
      files[piece.file_name()] += piece.data();
      return true;
    });
    EXPECT_TRUE(status.has_value()) << status.error();
    return files;
  }
};

TEST_F(ViewsTest, TwoProcessesWithAnEnumAreOneMachine) {
  IndexText(R"(package p;
  typedef enum logic [1:0] {Idle, Send, Wait, Fail} state_e;
endpackage
module tx import p::*; (input logic clk_i, rst_ni, valid_i, ready_i, error_i, retry_i, output logic busy_o);
  state_e state_q, state_d;
  always_comb begin
    state_d = state_q;
    unique case (state_q)
      Idle: if (valid_i) state_d = p::Send;
      Send: begin
        if (error_i) state_d = Fail;
        else if (ready_i) state_d = valid_i ? Send : Wait;  // comment
      end
      Wait, Fail: if ((retry_i || error_i) && !valid_i) state_d = Idle;
      default: state_d = Fail;
    endcase
  end
  always_ff @(posedge clk_i or negedge rst_ni)
    if (!rst_ni) state_q <= Idle;
    else state_q <= state_d;
  assign busy_o = state_q != Idle;
endmodule
)");
  const v1::GetFsmsResponse response = Fsms("tx");
  ASSERT_EQ(response.fsms_size(), 1);
  const v1::Fsm& fsm = response.fsms(0);
  EXPECT_EQ(fsm.module(), "tx");
  EXPECT_EQ(fsm.state().name(), "state_q");
  EXPECT_EQ(fsm.next().name(), "state_d");
  EXPECT_THAT(States(fsm), ElementsAre("Idle", "Send", "Wait", "Fail"));
  EXPECT_EQ(fsm.states(1).node().qualified_name(), "p::state_e.Send");
  ASSERT_TRUE(fsm.has_reset());
  EXPECT_EQ(fsm.reset(), 0U);
  EXPECT_THAT(Transitions(fsm), ElementsAre("Idle>Send if valid_i", "Send>Fail if error_i",
                                            "Send>Send if !(error_i) && ready_i && valid_i",
                                            "Send>Wait if !(error_i) && ready_i && !(valid_i)",
                                            "Wait Fail>Idle if (retry_i || error_i) && !valid_i", "*>Fail"));
  EXPECT_EQ(fsm.transitions(0).statement().start_line(), 9U);
}

TEST_F(ViewsTest, OneProcessWithParametersAndAnIfChainIsAMachine) {
  IndexText(R"(module rx(input wire clk, rst, start, stop, output reg done);
  localparam OFF = 2'd0, RUN = 2'd1;
  parameter [1:0] END = 2'd2;
  reg [1:0] state;
  always @(posedge clk)
    if (rst) begin
      state <= OFF;
      done <= 1'b0;
    end else if (state == OFF) begin
      if (start) state <= RUN;
    end else if (state == RUN && stop) state <= END;
    else if (state == END) begin
      state <= #1 OFF;
      done <= 1'b1;
    end
endmodule
)");
  const v1::GetFsmsResponse response = Fsms("rx");
  ASSERT_EQ(response.fsms_size(), 1) << response.DebugString();
  const v1::Fsm& fsm = response.fsms(0);
  EXPECT_EQ(fsm.state().name(), "state");
  EXPECT_FALSE(fsm.has_next());
  EXPECT_EQ(fsm.states(static_cast<int>(fsm.reset())).name(), "OFF");
  EXPECT_THAT(Transitions(fsm),
              ElementsAre("OFF>RUN if !(rst) && start", "RUN>END if !(rst) && !(state == OFF) && stop",
                          "END>OFF if !(rst) && !(state == OFF) && !(state == RUN && stop)"));
}

TEST_F(ViewsTest, ARegisterMadeByAMacroHasItsResetAmongTheArguments) {
  IndexText(R"(`define FF(q, d, r, c, n) always_ff @(posedge c or negedge n) if (!n) q <= r; else q <= d;
module m(input logic clk, rst_n, a);
  enum logic {A, B} s, n;
  always_comb begin
    n = s;
    case (s)
      A: if (a) n = B;
      B: n = A;
    endcase
  end
  `FF(s, n, B, clk, rst_n)
endmodule
)");
  const v1::GetFsmsResponse response = Fsms("m");
  ASSERT_EQ(response.fsms_size(), 1);
  EXPECT_THAT(Transitions(response.fsms(0)), ElementsAre("A>B if a", "B>A"));
  ASSERT_TRUE(response.fsms(0).has_reset());
  EXPECT_EQ(response.fsms(0).reset(), 1U);
}

TEST_F(ViewsTest, ARegisterMayBeAnInstance) {
  IndexText(R"(module flop(input logic clk, rst_n, input logic [1:0] d, output logic [1:0] q);
  always_ff @(posedge clk or negedge rst_n) if (!rst_n) q <= '0; else q <= d;
endmodule
`define STATE(inst, next, state, reset) flop inst (.clk(clk), .rst_n(rst_n), .d(next), .q(state));
module m(input logic clk, rst_n, a);
  typedef enum logic [1:0] {A, B, C} t;
  t s, n;
  always_comb begin
    n = s;
    unique case (s)
      A: if (a) n = B;
      B: n = C;
      default: n = A;
    endcase
  end
  `STATE(u_state, n, s, A)
endmodule
)");
  const v1::GetFsmsResponse response = Fsms("m");
  ASSERT_EQ(response.fsms_size(), 1);
  EXPECT_EQ(response.fsms(0).state().name(), "s");
  EXPECT_EQ(response.fsms(0).next().name(), "n");
  EXPECT_THAT(Transitions(response.fsms(0)), ElementsAre("A>B if a", "B>C", "C>A"));
  ASSERT_TRUE(response.fsms(0).has_reset());
  EXPECT_EQ(response.fsms(0).reset(), 0U);
}

TEST_F(ViewsTest, LiteralStatesCountWhereACaseSelectsByThem) {
  IndexText(R"(module lit(input wire clk, go, output wire o);
  reg [1:0] s, n;
  always @* begin
    n = 2'b00;
    case (s)
      2'b00: if (go) n = 2'b01;
      2'd1: n = 2'b10;
      2'b10: n = go ? 2'b10 : 2'b00;
    endcase
  end
  always @(posedge clk) s <= n;
  assign o = s[1];
endmodule
)");
  const v1::GetFsmsResponse response = Fsms("lit");
  ASSERT_EQ(response.fsms_size(), 1);
  EXPECT_THAT(States(response.fsms(0)), ElementsAre("2'b00", "2'b01", "2'b10")) << "2'd1 is 2'b01";
  EXPECT_THAT(Transitions(response.fsms(0)), ElementsAre("*>2'b00 otherwise", "2'b00>2'b01 if go", "2'b01>2'b10",
                                                         "2'b10>2'b10 if go", "2'b10>2'b00 if !(go)"));
}

TEST_F(ViewsTest, StatesOfAnAnonymousEnumAndTestsByInsideAreSeen) {
  IndexText(R"(module m(input logic clk, a, b);
  enum logic [1:0] {A, B, C} s, n;
  always_comb begin
    n = s;
    if (s inside {A, B} && a) n = C;
    if ((s == C) & b) n = (a) ? A : B;
  end
  always_ff @(posedge clk) s <= n;
endmodule
)");
  const v1::GetFsmsResponse response = Fsms("m");
  ASSERT_EQ(response.fsms_size(), 1);
  EXPECT_THAT(States(response.fsms(0)), ElementsAre("A", "B", "C"));
  EXPECT_THAT(Transitions(response.fsms(0)), ElementsAre("A B>C if a", "C>A if b && a", "C>B if b && !(a)"));
}

TEST_F(ViewsTest, ANextStateByContinuousAssignmentIsSeen) {
  IndexText(R"(module m(input logic clk, a);
  typedef enum logic {X, Y} t;
  t s, n;
  assign n = (s == X) ? (a ? Y : X) : X;
  always_ff @(posedge clk) s <= n;
endmodule
)");
  const v1::GetFsmsResponse response = Fsms("m");
  ASSERT_EQ(response.fsms_size(), 1);
  EXPECT_THAT(Transitions(response.fsms(0)), ElementsAre("X>Y if a", "X>X if !(a)", "*>X if !(s == X)"));
}

TEST_F(ViewsTest, CountersFlagsAndSettingsAreNoMachines) {
  IndexText(R"(module m(input logic clk, rst_n, set, clear, input logic [1:0] mode_i, output logic o);
  typedef enum logic [1:0] {Off, Slow, Fast} mode_e;
  localparam Max = 3'd5;
  logic [2:0] count;
  logic flag;
  mode_e mode_q;
  always_ff @(posedge clk or negedge rst_n)
    if (!rst_n) count <= '0;
    else if (count == Max) count <= '0;
    else count <= count + 1'b1;
  always_ff @(posedge clk)
    if (set && !flag) flag <= 1'b1;
    else if (clear) flag <= 1'b0;
  always_ff @(posedge clk or negedge rst_n)
    if (!rst_n) mode_q <= Off;
    else if (set) mode_q <= Fast;
    else if (clear) mode_q <= Slow;
  assign o = mode_q == Fast;
endmodule
)");
  EXPECT_THAT(Fsms("m").fsms(), IsEmpty());
}

TEST_F(ViewsTest, ATargetThatIsNoConstantIsToldAsWritten) {
  IndexText(R"(module m(input logic clk, a, b);
  typedef enum logic [1:0] {A, B, C} t;
  t s, n, back_q;
  always_comb begin
    n = s;
    case (s)
      A: if (a) n = B;
      B: n = back_q;
      default: if (b) n = A;
    endcase
  end
  always_ff @(posedge clk) s <= n;
endmodule
)");
  const v1::GetFsmsResponse response = Fsms("m");
  ASSERT_EQ(response.fsms_size(), 1);
  EXPECT_THAT(Transitions(response.fsms(0)), ElementsAre("A>B if a", "B>(back_q)", "C>A if b"));
}

TEST_F(ViewsTest, WithoutAModuleAllAreLookedThroughUpToTheLimit) {
  std::string text;
  for (std::string name : {"m1", "m2"}) {
    text += "module " + name +
            "(input logic clk, a);\n  enum logic {A, B} s;\n"
            "  always_ff @(posedge clk) case (s) A: if (a) s <= B; B: s <= A; endcase\nendmodule\n";
  }
  IndexText(text);
  const v1::GetFsmsResponse all = Fsms("");
  ASSERT_EQ(all.fsms_size(), 2);
  EXPECT_EQ(all.fsms(0).module(), "m1");
  EXPECT_EQ(all.fsms(1).module(), "m2");
  EXPECT_FALSE(all.truncated());
  const v1::GetFsmsResponse one = Fsms("", 1);
  EXPECT_EQ(one.fsms_size(), 1);
  EXPECT_TRUE(one.truncated());
}

TEST_F(ViewsTest, FlowTextKeepsTheShapeOfIfsAndCases) {
  IndexText(R"(module m(input logic a, b, c, input logic [1:0] s, output logic x, y);
  always_comb begin : choose
    x = 1'b0;  // the default
    if (a) begin
      x = b;
    end else if (b) x =
        c;
    else begin
      if (c) x = 1'b1;
      y = c;
    end
    case (s)
      2'd0, 2'd1: y = a;
      2'd2: ;
      default: begin
        for (int i = 0; i < 2; i++) y = s[i];
      end
    endcase
  end
endmodule
)");
  EXPECT_EQ(Flow("m.x"), R"(always_comb m.choose @ rtl/fsm.sv:2-19
  reads a (control), b (control), c (control), s (control)
  drives x, y
  3: x = 1'b0;
  4: if (a)
  5:   x = b;
  6: else if (b)
  6:   x = c;
  9: else
  9:   if (c)
  9:     x = 1'b1;
  10:   y = c;
  12: case (s)
  13:   2'd0, 2'd1:
  13:     y = a;
  16:   default:
  16:     for (int i = 0; i < 2; i++)
  16:       y = s[i];
)");
  EXPECT_EQ(Flow("m.x"), Flow("m.choose"));
  EXPECT_EQ(Flow("m.x"), Flow("m")) << "it is the module's only block";
  EXPECT_EQ(
      Flow("m.x", 2),
      "always_comb m.choose @ rtl/fsm.sv:2-19\n  reads a (control), b (control), c (control), s (control)\n(cut)\n");
  EXPECT_THAT(Flow("m.a"), StartsWith("INVALID_ARGUMENT"));
}

TEST_F(ViewsTest, ExportHoldsWholeFilesOfEachFormat) {
  Create();
  Index();
  const auto graphml = Export(v1::GRAPH_FORMAT_GRAPHML);
  ASSERT_EQ(graphml.size(), 1U);
  EXPECT_THAT(graphml.at("graph.graphml"), StartsWith("<?xml"));
  EXPECT_TRUE(graphml.at("graph.graphml").ends_with("</graphml>\n"));
  const auto csv = Export(v1::GRAPH_FORMAT_NEO4J_CSV);
  ASSERT_EQ(csv.size(), 2U);
  EXPECT_THAT(csv.at("nodes.csv"), HasSubstr("\"gray_fifo.wr_ptr_gray\""));
  EXPECT_THAT(csv.at("edges.csv"), HasSubstr(",FLOWS,"));
}

TEST_F(ViewsTest, ExportEndsWhenTheCallerWantsNoMore) {
  Create();
  Index();
  v1::ExportGraphRequest request;
  request.set_repository("repositories/mailbox");
  request.set_format(v1::GRAPH_FORMAT_NEO4J_CSV);
  int pieces = 0;
  const base::Status status = api().ExportGraph(request, {}, [&](const v1::ExportGraphResponse&) {
    ++pieces;
    return false;
  });
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, base::Code::kCancelled);
  EXPECT_EQ(pieces, 1);
}

}  // namespace
}  // namespace fanin::service
