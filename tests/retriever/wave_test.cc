// Reading VCD, and values at moments.
#include "retriever/wave.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <sstream>

namespace fanin::retriever {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kWave = R"($date today $end
$timescale 1ns $end
$scope module tb $end
$var wire 1 ! clk $end
$scope module dut $end
$var wire 1 ! clk_i $end
$var reg 8 " count [7:0] $end
$var parameter 32 # WIDTH [31:0] $end
$scope module g_lane[1] $end
$var wire 4 $ data[7:4] $end
$upscope $end
$scope module g_lane[0] $end
$var wire 4 % data[3:0] $end
$upscope $end
$upscope $end
$upscope $end
$enddefinitions $end
#0
$dumpvars
0!
bx "
b1000 #
b1 $
b10 %
$end
#5
1!
b101 "
#10
0!
#15
1!
b1z0 "
#20
b11111111 "
)";

Wave Read(std::string_view text, uint64_t end_time = 1000) {
  std::istringstream in{std::string(text)};
  base::Result<Wave> wave = Wave::ReadVcd(in, end_time);
  EXPECT_TRUE(wave.has_value()) << wave.error();
  return std::move(*wave);
}

TEST(Wave, GivesValuesBeforeAndAfterATime) {
  const Wave wave = Read(kWave);
  const Wave::Variable count = wave.Find("tb.dut.count").front();
  EXPECT_EQ(wave.WidthOf(count), 8U);
  EXPECT_EQ(wave.ValueAt(count, After(0)).ToHex(), "xx");
  EXPECT_EQ(wave.ValueAt(count, Before(5)).ToHex(), "xx");
  EXPECT_EQ(wave.ValueAt(count, After(5)).Value(), 5U);
  EXPECT_EQ(wave.ValueAt(count, After(14)).Value(), 5U);
  EXPECT_EQ(wave.ValueAt(count, After(15)).ToHex(), "0x");
  EXPECT_EQ(wave.timescale(), "1ns");
}

TEST(Wave, VariablesOfOneCodeShareTheirValues) {
  const Wave wave = Read(kWave);
  EXPECT_EQ(wave.ValueAt(wave.Find("tb.dut.clk_i").front(), After(6)).Value(), 1U);
  EXPECT_EQ(wave.ValueAt(wave.Find("tb.dut.WIDTH").front(), After(0)).Value(), 8U);
}

TEST(Wave, ScopesOfALoopAreFoundTogetherAndWithoutTheirSelects) {
  const Wave wave = Read(kWave);
  EXPECT_EQ(wave.Find("tb.dut.g_lane[0].data").size(), 2U);
  EXPECT_EQ(wave.LsbOf(wave.Find("tb.dut.g_lane.data").front()), 4);
  EXPECT_THAT(wave.FindByTail("count"), ElementsAre("tb.dut.count"));
}

TEST(Wave, FindsEdges) {
  const Wave wave = Read(kWave);
  const Wave::Variable clock = wave.Find("tb.clk").front();
  EXPECT_EQ(wave.LastEdge(clock, After(19), true), 15U);
  EXPECT_EQ(wave.LastEdge(clock, Before(15), true), 5U);
  EXPECT_EQ(wave.LastEdge(clock, Before(15), false), 10U);
  EXPECT_EQ(wave.LastEdge(clock, Before(5), true), std::nullopt);
}

TEST(Wave, StopsAtTheTimeOfInterest) {
  const Wave wave = Read(kWave, 15);
  EXPECT_EQ(wave.last_time(), 15U);
  EXPECT_EQ(wave.ValueAt(wave.Find("tb.dut.count").front(), After(1000)).ToHex(), "0x");
}

TEST(Wave, SaysWhatIsNoWaveAndKeepsToItsLimits) {
  for (const std::string_view text : {"", "module a; endmodule", "$date", "$scope module a $end"}) {
    std::istringstream in{std::string(text)};
    EXPECT_EQ(Wave::ReadVcd(in, 0).error().code, base::Code::kDataLoss) << text;
  }
  std::istringstream in{std::string(kWave)};
  const auto wave = Wave::ReadVcd(in, 1000, {.max_bytes = 1 << 20, .max_memory_bytes = 1500});
  ASSERT_FALSE(wave.has_value());
  EXPECT_EQ(wave.error().code, base::Code::kResourceExhausted);
  EXPECT_THAT(wave.error().message, HasSubstr("1500"));
}

TEST(Wave, DamagedTextIsReadOrRefusedButDoesNoHarm) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string text(kWave);
    for (int i = 0; i < 4; ++i) {
      const size_t at = random() % text.size();
      if (random() % 3 == 0)
        text.erase(at, random() % 20);
      else
        text[at] = static_cast<char>(random() % 128);
      if (text.empty()) text = "$";
    }
    std::istringstream in{text};
    const auto wave = Wave::ReadVcd(in, 1000);
    if (!wave) continue;
    for (const Wave::Variable variable : wave->Find("tb.dut.count")) {
      EXPECT_EQ(wave->ValueAt(variable, After(17)).width(), wave->WidthOf(variable));
      wave->LastEdge(variable, After(17), true);
    }
  }
}

}  // namespace
}  // namespace fanin::retriever
