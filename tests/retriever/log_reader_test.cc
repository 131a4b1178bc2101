// What the log reader takes from the messages of each tool. The lines are made up after the tools' documented forms.
#include "retriever/log_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fanin::retriever {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

LogMessage ReadOne(std::string_view text) {
  const Log log = ReadLog(text);
  EXPECT_EQ(log.messages.size(), 1U) << text;
  return log.messages.empty() ? LogMessage{} : log.messages.front();
}

TEST(LogReader, ReadsVerilatorAssertions) {
  const LogMessage message =
      ReadOne("[1250] %Error: fifo_count.sv:42: Assertion failed in top.dut.u_count: 'assert' failed.\n");
  EXPECT_EQ(message.severity, LogSeverity::kError);
  EXPECT_EQ(message.time, "1250");
  EXPECT_THAT(message.places, ElementsAre(LogPlace{"fifo_count.sv", 42}));
  EXPECT_THAT(message.paths, ElementsAre("top.dut.u_count"));
}

TEST(LogReader, ReadsVerilatorLintWithTheLinesThatContinueIt) {
  const LogMessage message = ReadOne(
      "%Warning-WIDTH: rtl/adder.v:12:14: Operator ASSIGN expects 8 bits on the Assign RHS, but Assign RHS's VARREF "
      "'sum' generates 9 bits.\n"
      "                                 : ... In instance top.u_adder\n"
      "   12 |   assign out = sum;\n"
      "      |              ^\n");
  EXPECT_EQ(message.severity, LogSeverity::kWarning);
  EXPECT_THAT(message.places, ElementsAre(LogPlace{"rtl/adder.v", 12}));
  EXPECT_THAT(message.names, ElementsAre("sum"));
  EXPECT_THAT(message.paths, ElementsAre("top.u_adder"));
}

TEST(LogReader, ReadsIcarus) {
  const LogMessage run = ReadOne(
      "ERROR: tb/fifo_tb.v:77: word 3 is wrong\n"
      "       Time: 1040 Scope: fifo_tb.check\n");
  EXPECT_EQ(run.severity, LogSeverity::kError);
  EXPECT_EQ(run.time, "1040");
  EXPECT_THAT(run.places, ElementsAre(LogPlace{"tb/fifo_tb.v", 77}));
  EXPECT_THAT(run.paths, ElementsAre("fifo_tb.check"));
  const LogMessage compile = ReadOne("rtl/fifo.v:9: error: Unable to bind wire/reg/memory `wptr' in `fifo'\n");
  EXPECT_THAT(compile.places, ElementsAre(LogPlace{"rtl/fifo.v", 9}));
  EXPECT_THAT(compile.names, ElementsAre("wptr", "fifo"));
}

TEST(LogReader, ReadsQuesta) {
  const LogMessage run = ReadOne(
      "# ** Error: Assertion error.\n"
      "#    Time: 310 ns  Started: 300 ns  Scope: tb.dut.u_arb.a_onehot File: ../rtl/arb.sv Line: 61 Expr: "
      "$onehot0(gnt)\n");
  EXPECT_EQ(run.severity, LogSeverity::kError);
  EXPECT_EQ(run.time, "310ns");
  EXPECT_THAT(run.places, ElementsAre(LogPlace{"../rtl/arb.sv", 61}));
  EXPECT_THAT(run.paths, Contains("tb.dut.u_arb.a_onehot"));
  const LogMessage compile = ReadOne("** Error: rtl/arb.sv(17): (vlog-2730) Undefined variable: 'gnt_q'.\n");
  EXPECT_THAT(compile.places, ElementsAre(LogPlace{"rtl/arb.sv", 17}));
  EXPECT_THAT(compile.names, ElementsAre("gnt_q"));
}

TEST(LogReader, ReadsVcs) {
  const LogMessage message = ReadOne(
      "\"../rtl/arb.sv\", 61: tb.dut.u_arb.a_onehot: started at 300ns failed at 310ns\n"
      "\tOffending '$onehot0(gnt)'\n");
  EXPECT_EQ(message.severity, LogSeverity::kError);
  EXPECT_EQ(message.time, "310ns");
  EXPECT_THAT(message.places, ElementsAre(LogPlace{"../rtl/arb.sv", 61}));
  EXPECT_THAT(message.paths, ElementsAre("tb.dut.u_arb.a_onehot"));
}

TEST(LogReader, ReadsXcelium) {
  const LogMessage run =
      ReadOne("xmsim: *E,ASRTST (./rtl/arb.sv,61): (time 310 NS) Assertion tb.dut.u_arb.a_onehot has failed\n");
  EXPECT_EQ(run.severity, LogSeverity::kError);
  EXPECT_EQ(run.time, "310ns");
  EXPECT_THAT(run.places, ElementsAre(LogPlace{"./rtl/arb.sv", 61}));
  EXPECT_THAT(run.paths, ElementsAre("tb.dut.u_arb.a_onehot"));
  const LogMessage compile = ReadOne("xmvlog: *E,UNDIDN (rtl/arb.sv,17|12): 'gnt_q': undeclared identifier [12.5].\n");
  EXPECT_THAT(compile.places, ElementsAre(LogPlace{"rtl/arb.sv", 17}));
  EXPECT_THAT(compile.names, ElementsAre("gnt_q"));
}

TEST(LogReader, ReadsUvm) {
  const LogMessage message =
      ReadOne("UVM_ERROR ../tb/scoreboard.sv(88) @ 4210: uvm_test_top.env.sb [SB] got 0x7, expected 0x3 on rdata\n");
  EXPECT_EQ(message.severity, LogSeverity::kError);
  EXPECT_EQ(message.time, "4210");
  EXPECT_THAT(message.places, ElementsAre(LogPlace{"../tb/scoreboard.sv", 88}));
  EXPECT_THAT(message.paths, ElementsAre("uvm_test_top.env.sb"));
}

TEST(LogReader, ReadsSlang) {
  const LogMessage message = ReadOne("rtl/arb.sv:17:12: error: use of undeclared identifier 'gnt_q'\n");
  EXPECT_EQ(message.severity, LogSeverity::kError);
  EXPECT_THAT(message.places, ElementsAre(LogPlace{"rtl/arb.sv", 17}));
  EXPECT_THAT(message.names, ElementsAre("gnt_q"));
}

TEST(LogReader, KeepsOtherLinesAsText) {
  const Log log = ReadLog("loading the program\nread pointer runs ahead of tb.dut.u_fifo.wptr[3:0]\n");
  ASSERT_EQ(log.messages.size(), 2U);
  EXPECT_EQ(log.messages[0].severity, LogSeverity::kNone);
  EXPECT_THAT(log.messages[0].places, IsEmpty());
  EXPECT_THAT(log.messages[1].paths, ElementsAre("tb.dut.u_fifo.wptr[3:0]"));
}

TEST(LogReader, TellsRepeatedMessagesOnceAndKeepsTheWorstOfMany) {
  std::string text;
  for (int i = 0; i < 50; ++i) text += "[" + std::to_string(i) + "] word " + std::to_string(i) + " is read\n";
  EXPECT_EQ(ReadLog(text).messages.size(), 1U);
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "state " + std::string(static_cast<size_t>(i), 'x') + "\n";
  many += "FATAL: the end\n";
  const Log log = ReadLog(many);
  EXPECT_TRUE(log.truncated);
  EXPECT_EQ(log.messages.size(), kMaxLogMessages);
  EXPECT_EQ(log.messages.back().severity, LogSeverity::kFatal);
}

TEST(LogReader, TellsTheWordsThatAreOfTheDesign) {
  EXPECT_EQ(TellingWords("ERROR: tb/fifo_tb.v:77: expected 0x3f, got 12 on tb.dut.u_fifo.rdata at time 40 ns"),
            "on u_fifo rdata");
  EXPECT_EQ(TellingWords("write pointer runs ahead"), "write pointer runs ahead");
}

TEST(LogReader, TakesAnyBytes) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  for (const std::string_view piece :
       {".v:", ".v(", "\".sv\",", "@", "[", "Time:", "'", "*E,", "a.[1", "99999999999999"}) {
    for (size_t cut = 0; cut < bytes.size(); cut += 7) {
      const std::string text = bytes.substr(0, cut) + std::string(piece) + bytes.substr(cut);
      for (const LogMessage& message : ReadLog(text).messages) EXPECT_LE(message.text.size(), kMaxLogMessageBytes);
    }
  }
}

}  // namespace
}  // namespace fanin::retriever
