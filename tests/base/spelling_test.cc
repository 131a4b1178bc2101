#include "base/spelling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fanin::base {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(EditDistance, CountsSlipsOfTheKeyboard) {
  EXPECT_EQ(EditDistance("search", "search"), 0);
  EXPECT_EQ(EditDistance("serch", "search"), 1);
  EXPECT_EQ(EditDistance("saerch", "search"), 1);
  EXPECT_EQ(EditDistance("Search", "search"), 0);
  EXPECT_EQ(EditDistance("", "abc"), 3);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3);
}

TEST(NearestNames, NearestFirstAndNothingFarAway) {
  EXPECT_THAT(NearestNames("wr_ful", {"wr_empty", "wr_fill", "wr_full", "rd_full"}, 5),
              ElementsAre("wr_full", "wr_fill"));
  EXPECT_THAT(NearestNames("wr_ful", {"wr_fill", "wr_full"}, 1), ElementsAre("wr_full"));
  EXPECT_THAT(NearestNames("x", {"search", "query"}, 5), IsEmpty());
}

}  // namespace
}  // namespace fanin::base
