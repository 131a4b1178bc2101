#include "retriever/token_estimate.h"

#include <gtest/gtest.h>

#include <string>

namespace fanin::retriever {
namespace {

TEST(TokenEstimate, CountsPiecesOfWordsMarksAndLines) {
  EXPECT_EQ(EstimateTokens(""), 0U);
  EXPECT_EQ(EstimateTokens("clk"), 1U);
  EXPECT_EQ(EstimateTokens("counter"), 2U);       // 7 letters: two pieces of at most 5
  EXPECT_EQ(EstimateTokens("clk_i"), 3U);         // clk, _, i
  EXPECT_EQ(EstimateTokens("a <= b;"), 5U);       // a, <, =, b, ; with single blanks joined
  EXPECT_EQ(EstimateTokens("a\n        b"), 3U);  // indentation joins its line break
  EXPECT_EQ(EstimateTokens("32'd1234"), 5U);      // 32, ', d, 123, 4
}

TEST(TokenEstimate, IsAdditiveUpToTheSeam) {
  const std::string text = "assign full_o = (wptr_q[3:0] == rptr_q[3:0]) && wptr_q[4];\n";
  uint32_t whole = 0;
  std::string doubled;
  for (int i = 0; i < 100; ++i) doubled += text;
  whole = EstimateTokens(doubled);
  EXPECT_EQ(whole, 100 * EstimateTokens(text));
}

}  // namespace
}  // namespace fanin::retriever
