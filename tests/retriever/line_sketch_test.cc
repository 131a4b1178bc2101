#include "retriever/line_sketch.h"

#include <gtest/gtest.h>

#include <string>

namespace fanin::retriever {
namespace {

TEST(LineSketch, OnlyLinesOfCodeAreSketched) {
  const std::vector<LineSketch> lines = SketchLines("a;\n\n  // why\n  b; // c\n \t\nb;");
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0].line, 1U);
  EXPECT_EQ(lines[1].line, 4U);
  EXPECT_EQ(lines[2].line, 6U);
  EXPECT_EQ(lines[1].bits, lines[2].bits);  // comments and indentation do not count
}

TEST(LineSketch, LikenessIsOneForEqualLinesAndGrowsWithWhatIsShared) {
  const auto lines = SketchLines("wr_ptr <= wr_ptr + 1;\nrd_ptr <= rd_ptr + 1;\noutput logic [3:0] gnt_o\n");
  EXPECT_DOUBLE_EQ(Likeness(lines[0], lines[0]), 1);
  EXPECT_GT(Likeness(lines[0], lines[1]), 0.4);
  EXPECT_LT(Likeness(lines[0], lines[2]), 0.2);
  EXPECT_DOUBLE_EQ(Likeness(LineSketch{}, LineSketch{}), 0);
}

TEST(LineSketch, TheNearestLineBeforeAPlaceWeighsMost) {
  const auto before = SketchLines("first;\nsecond;\n");
  const auto lines = SketchLines("first;\nother;\nx;\nother;\nsecond;\ny;\nfirst;\nsecond;\nz;\n");
  const double only_far = LikenessBefore(lines, 2, before);
  const double only_near = LikenessBefore(lines, 5, before);
  EXPECT_LT(only_far, only_near);
  EXPECT_DOUBLE_EQ(LikenessBefore(lines, 8, before), 1);
  EXPECT_DOUBLE_EQ(LikenessBefore(lines, 0, before), 0);
}

}  // namespace
}  // namespace fanin::retriever
