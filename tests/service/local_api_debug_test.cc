// AssembleContext for a debug task, as a client sees it.
#include <gmock/gmock.h>

#include <optional>

#include "tests/service/fixture.h"

namespace fanin::service {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// The counter is wrong: it should step by one.
constexpr std::string_view kStepper = R"(module stepper (
  input  wire       clk,
  input  wire       rst_n,
  input  wire       en,
  input  wire       load,
  input  wire [3:0] value,
  output wire [3:0] count,
  output wire       idle
);
  reg [3:0] count_q;
  // Saturates instead of wrapping.
  wire [3:0] next = en ? count_q + 4'd2 : count_q;
  always @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      count_q <= 4'd0;
    end else if (load) begin
      count_q <= value;
    end else begin
      count_q <= next;
    end
  end
  assign count = count_q;
  assign idle = !en && !load;
  count_is_small: assert property (@(posedge clk) disable iff (!rst_n) count_q < 12);
endmodule
module bench_top (input wire clk, input wire rst_n, input wire go, output wire [3:0] total);
  stepper u_step (
    .clk(clk),
    .rst_n(rst_n),
    .en(go),
    .load(1'b0),
    .value(4'd7),
    .count(total),
    .idle()
  );
endmodule
)";

// en is high from 6 on; at 15 count goes from 0 to 2.
constexpr std::string_view kWave = R"($timescale 1ns $end
$scope module tb $end
$scope module dut $end
$scope module u_step $end
$var wire 1 c clk $end
$var wire 1 r rst_n $end
$var wire 1 e en $end
$var wire 1 l load $end
$var wire 4 v value [3:0] $end
$var wire 4 o count [3:0] $end
$var reg 4 q count_q [3:0] $end
$var wire 4 n next [3:0] $end
$var wire 1 i idle $end
$upscope $end
$upscope $end
$upscope $end
$enddefinitions $end
#0
0c
0r
0e
0l
b111 v
b0 q
b0 o
b0 n
1i
#5
1c
#6
1r
1e
b10 n
0i
#10
0c
#15
1c
b10 q
b10 o
b100 n
)";

class DebugTest : public ServiceTest {
 protected:
  DebugTest() {
    Write("rtl/stepper.sv", std::string(kStepper));
    Create();
    Index();
    request_.set_repository("repositories/mailbox");
    request_.set_budget_tokens(1000);
  }

  v1::DebugTask& task() { return *request_.mutable_debug(); }

  v1::AssembleContextResponse Ask() {
    const auto response = api().AssembleContext(request_, {});
    EXPECT_TRUE(response.has_value()) << response.error();
    return response.value_or(v1::AssembleContextResponse());
  }

  std::optional<base::Code> AskForError() {
    const auto response = api().AssembleContext(request_, {});
    return response ? std::nullopt : std::optional(response.error().code);
  }

  // Place, from 1, of the suspect that holds a line; 0: none.
  static int RankOf(const v1::AssembleContextResponse& response, const std::string& path, uint32_t line) {
    for (int i = 0; i < response.suspects_size(); ++i) {
      const v1::Suspect& suspect = response.suspects(i);
      if (suspect.node().path() == path && suspect.range().start_line() <= line && line <= suspect.range().end_line()) {
        return i + 1;
      }
    }
    return 0;
  }
  static std::vector<std::string> TextsOf(const v1::AssembleContextResponse& response) {
    std::vector<std::string> texts;
    for (const v1::Suspect& suspect : response.suspects()) texts.push_back(suspect.text());
    return texts;
  }
  static double ValueOf(const v1::Suspect& suspect, const std::string& name) {
    for (const v1::ScoreSignal& signal : suspect.signals()) {
      if (signal.name() == name) return signal.value();
    }
    ADD_FAILURE() << "no signal " << name;
    return -1;
  }

  v1::AssembleContextRequest request_;
};

constexpr uint32_t kFault = 12;

TEST_F(DebugTest, StatementsOfTheConeAreSuspectsWithTheirWayToTheSymptom) {
  task().add_signals("bench_top.total");
  const v1::AssembleContextResponse response = Ask();
  const int rank = RankOf(response, "rtl/stepper.sv", kFault);
  ASSERT_GT(rank, 0);
  const v1::Suspect& fault = response.suspects(rank - 1);
  EXPECT_EQ(fault.module(), "stepper");
  EXPECT_EQ(fault.hierarchical_path(), "bench_top.u_step.next");
  EXPECT_EQ(fault.registers(), 1U);
  EXPECT_EQ(fault.path_size(), static_cast<int>(fault.steps()));
  EXPECT_THAT(fault.reasons(), Not(IsEmpty()));
  EXPECT_THAT(TextsOf(response), testing::IsSupersetOf({"if (!rst_n) begin", "end else if (load) begin",
                                                        ".count(total),", "count_q <= value;"}));
  EXPECT_THAT(TextsOf(response), Not(testing::Contains("assign idle = !en && !load;")));
  EXPECT_THAT(response.flow_text(), HasSubstr("<- bench_top.u_step.count"));
  double sum = 0, weights = 0;
  for (const v1::ScoreSignal& signal : fault.signals()) {
    sum += signal.contribution();
    weights += signal.weight();
  }
  EXPECT_NEAR(fault.score(), sum / weights, 1e-9);
}

TEST_F(DebugTest, SnippetsShowTheSuspectsWithinTheBudget) {
  task().add_signals("stepper.count");
  const v1::AssembleContextResponse response = Ask();
  ASSERT_GT(response.snippets_size(), 0);
  EXPECT_EQ(response.snippets(0).kind(), "suspect");
  EXPECT_LE(response.tokens(), 1000U);
  request_.set_budget_tokens(60);
  const v1::AssembleContextResponse small = Ask();
  EXPECT_LE(small.tokens(), 60U);
  EXPECT_TRUE(small.truncated());
}

TEST_F(DebugTest, WhatSignalsThatAreRightDependOnIsLessSuspect) {
  task().add_signals("stepper.count");
  task().add_signals("stepper.idle");
  const v1::AssembleContextResponse both = Ask();
  request_.mutable_debug()->mutable_signals()->RemoveLast();
  task().add_passing_signals("stepper.idle");
  const v1::AssembleContextResponse one = Ask();
  const auto shared = [&](const v1::AssembleContextResponse& response, uint32_t line) {
    return ValueOf(response.suspects(RankOf(response, "rtl/stepper.sv", line) - 1), "shared");
  };
  // The input `en` has part in both, the counter in one.
  EXPECT_GT(shared(both, 4), shared(both, kFault));
  EXPECT_LT(shared(one, 4), shared(one, kFault));
}

TEST_F(DebugTest, AWaveTellsWhatHadPartInTheValue) {
  task().add_signals("tb.dut.u_step.count");
  task().mutable_waveform()->set_content(std::string(kWave));
  task().mutable_waveform()->set_time(16);
  const v1::AssembleContextResponse response = Ask();
  const auto executed = [&](uint32_t line) {
    const int rank = RankOf(response, "rtl/stepper.sv", line);
    EXPECT_GT(rank, 0) << line;
    return ValueOf(response.suspects(rank - 1), "executed");
  };
  EXPECT_EQ(executed(kFault), 1.0);
  EXPECT_EQ(executed(19), 1.0);  // count_q <= next
  EXPECT_EQ(executed(17), 0.0);  // count_q <= value
  EXPECT_EQ(executed(15), 1.0);  // count_q <= 0, an edge before: what it counted from
  EXPECT_EQ(executed(16), 1.0);  // else if (load): its failing let the next run
  EXPECT_LE(RankOf(response, "rtl/stepper.sv", kFault), 3);
}

TEST_F(DebugTest, AWaveThatHasNotTheSignalIsAWarning) {
  task().add_signals("gray_fifo.full");
  task().mutable_waveform()->set_content(std::string(kWave));
  task().mutable_waveform()->set_time(16);
  const v1::AssembleContextResponse response = Ask();
  EXPECT_THAT(response.warnings(), ElementsAre(HasSubstr("the wave has no signal full")));
  EXPECT_GT(response.suspects_size(), 0);
}

TEST_F(DebugTest, AWaveTellsWhichOfSeveralModulesANameBelowAnUnknownBenchIsOf) {
  Write("rtl/other.sv", "module other(input wire a, output wire [3:0] count);\n  assign count = {4{a}};\nendmodule\n");
  Index();
  task().add_signals("bench.u_what.count");
  std::string wave(kWave);
  wave.replace(wave.find("module tb"), 9, "module bench");
  wave.replace(wave.find("module dut"), 10, "module u_what");
  wave.erase(wave.find("$scope module u_step $end\n"), 26);
  wave.erase(wave.find("$upscope $end\n"), 14);
  task().mutable_waveform()->set_content(wave);
  task().mutable_waveform()->set_time(16);
  const v1::AssembleContextResponse response = Ask();
  ASSERT_EQ(response.symptoms(0).nodes_size(), 1);
  EXPECT_EQ(response.symptoms(0).nodes(0).qualified_name(), "stepper.count");
  EXPECT_GT(RankOf(response, "rtl/stepper.sv", kFault), 0);
}

TEST_F(DebugTest, SwappedConnectionsAndTwoWidthsAreOdd) {
  Write("rtl/odd.sv",
        "module odd(input wire [7:0] wide, output wire [3:0] total_count);\n"
        "  wire [6:0] narrow;\n"
        "  assign narrow = wide;\n"
        "  wire step_idle, en;\n"
        "  assign en = narrow[0];\n"
        "  stepper u_step (\n"
        "    .clk(wide[0]), .rst_n(wide[1]),\n"
        "    .en(load),\n"
        "    .load(en),\n"
        "    .value(narrow[3:0]), .count(total_count), .idle(step_idle));\n"
        "  wire load = narrow[1];\n"
        "endmodule\n");
  Index();
  task().add_signals("odd.total_count");
  const v1::AssembleContextResponse response = Ask();
  const auto odd = [&](uint32_t line) {
    const int rank = RankOf(response, "rtl/odd.sv", line);
    EXPECT_GT(rank, 0) << line;
    return rank > 0 ? ValueOf(response.suspects(rank - 1), "odd") : -1;
  };
  EXPECT_EQ(odd(2), 1.0);
  EXPECT_EQ(odd(3), 1.0);
  EXPECT_EQ(odd(8), 1.0);
  EXPECT_EQ(odd(9), 1.0);
  EXPECT_EQ(odd(5), 0.0);
}

TEST_F(DebugTest, AnAssertionMeansTheSignalsThatItIsAbout) {
  for (const std::string name : {"stepper.count_is_small", "count_is_small", "rtl/stepper.sv:24"}) {
    task().clear_assertions();
    task().add_assertions(name);
    const v1::AssembleContextResponse response = Ask();
    EXPECT_GT(RankOf(response, "rtl/stepper.sv", kFault), 0) << name;
    EXPECT_EQ(response.symptoms(0).kind(), "assertion");
  }
}

TEST_F(DebugTest, ALogNamesAssertionsPlacesAndWords) {
  task().add_logs(
      "loading\n"
      "[160] %Error: stepper.sv:24: Assertion failed in tb.dut.u_step.count_is_small: 'assert property' failed.\n");
  const v1::AssembleContextResponse response = Ask();
  EXPECT_GT(RankOf(response, "rtl/stepper.sv", kFault), 0);
  ASSERT_EQ(response.symptoms_size(), 1);
  EXPECT_EQ(response.symptoms(0).severity(), "error");
  EXPECT_EQ(response.symptoms(0).time(), "160");
  EXPECT_GT(response.symptoms(0).nodes_size(), 0);

  task().clear_logs();
  task().add_logs("counter saturates instead of wrapping");
  const v1::AssembleContextResponse words = Ask();
  EXPECT_THAT(words.symptoms(0).nodes(), IsEmpty());
  EXPECT_EQ(RankOf(words, "rtl/stepper.sv", kFault), 1);
}

TEST_F(DebugTest, ChangedLinesComeFirst) {
  task().add_signals("stepper.count");
  task().set_diff("--- a/hw/rtl/stepper.sv\n+++ b/hw/rtl/stepper.sv\n@@ -12 +12 @@\n-old\n+new\n");
  const v1::AssembleContextResponse response = Ask();
  EXPECT_EQ(RankOf(response, "rtl/stepper.sv", kFault), 1);
  EXPECT_THAT(response.suspects(0).reasons(), testing::Contains("changed by the diff"));
}

TEST_F(DebugTest, NamesBelowABenchThatIsNotIndexedAreFound) {
  task().add_signals("some_tb.u_dut.u_step.count");
  const v1::AssembleContextResponse response = Ask();
  EXPECT_THAT(response.warnings(), testing::Contains(HasSubstr("was found as u_step.count")));
  EXPECT_GT(RankOf(response, "rtl/stepper.sv", kFault), 0);
}

TEST_F(DebugTest, ThePromptHoldsSymptomSuspectsConeAndCode) {
  task().add_signals("stepper.count");
  request_.set_template_(v1::PROMPT_TEMPLATE_PLAIN);
  const std::string prompt = Ask().prompt().text();
  for (const std::string part : {"- signal stepper.count", "1. rtl/stepper.sv:", "fanin of stepper.count",
                                 "// rtl/stepper.sv:", "unified diff"}) {
    EXPECT_THAT(prompt, HasSubstr(part));
  }
}

TEST_F(DebugTest, ErrorsNameTheirCause) {
  task().add_signals("stepper.nothing_like_this");
  EXPECT_EQ(AskForError(), base::Code::kNotFound);
  task().clear_signals();
  EXPECT_EQ(AskForError(), base::Code::kInvalidArgument);
  task().add_signals("stepper.count");
  task().mutable_waveform()->set_content("no wave");
  EXPECT_EQ(AskForError(), base::Code::kDataLoss);
  task().clear_waveform();
  task().set_revision_range("HEAD~1..");
  EXPECT_EQ(AskForError(), base::Code::kFailedPrecondition);
  task().set_revision_range("--output=x");
  EXPECT_EQ(AskForError(), base::Code::kInvalidArgument);
}

}  // namespace
}  // namespace fanin::service
