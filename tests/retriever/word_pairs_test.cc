#include "retriever/word_pairs.h"

#include <gtest/gtest.h>

namespace fanin::retriever {
namespace {

TEST(WordPairs, WordsSideBySideCountInTheirOrderWhateverTheirEndings) {
  const WordPairs pairs("stop counting events");
  EXPECT_DOUBLE_EQ(pairs.ShareIn("// Stops counting an event"), 0.5);
  EXPECT_DOUBLE_EQ(pairs.ShareIn("stop, then: count events, stop counting!"), 1.0);
  EXPECT_DOUBLE_EQ(pairs.ShareIn("events counting stop"), 0.0);
}

TEST(WordPairs, IdentifiersAreWordsInCodeAsInComments) {
  EXPECT_DOUBLE_EQ(WordPairs("wr_ptr wraps").ShareIn("wr_ptr <= 0; // wr_ptr wraps"), 1.0);
  EXPECT_DOUBLE_EQ(WordPairs("wr_ptr wraps").ShareIn("wr ptr wraps"), 0.0);
}

TEST(WordPairs, TwoStopWordsAreNoPair) {
  EXPECT_DOUBLE_EQ(WordPairs("full of the queue").ShareIn("of the art"), 0.0);
  EXPECT_DOUBLE_EQ(WordPairs("full of the queue").ShareIn("the queue of this"), 0.5);
  EXPECT_TRUE(WordPairs("of the").empty());
}

TEST(WordPairs, OneWordHasNone) {
  EXPECT_TRUE(WordPairs("queue").empty());
  EXPECT_DOUBLE_EQ(WordPairs("queue").ShareIn("queue queue"), 0.0);
}

}  // namespace
}  // namespace fanin::retriever
