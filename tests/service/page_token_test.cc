#include "service/page_token.h"

#include <gtest/gtest.h>

namespace fanin::service {
namespace {

TEST(PageToken, EmptyMeansTheFirstPage) { EXPECT_EQ(ReadPageToken("", 1, 2), 0U); }

TEST(PageToken, GivesBackItsOffset) { EXPECT_EQ(ReadPageToken(PageToken{20, 1, 2}.ToString(), 1, 2), 20U); }

TEST(PageToken, OfAnotherRequestIsInvalid) {
  const auto offset = ReadPageToken(PageToken{20, 1, 2}.ToString(), 9, 2);
  ASSERT_FALSE(offset.has_value());
  EXPECT_EQ(offset.error().code, base::Code::kInvalidArgument);
}

TEST(PageToken, OfOlderDataIsAborted) {
  const auto offset = ReadPageToken(PageToken{20, 1, 2}.ToString(), 1, 3);
  ASSERT_FALSE(offset.has_value());
  EXPECT_EQ(offset.error().code, base::Code::kAborted);
}

TEST(PageToken, AnyChangedCharacterIsInvalid) {
  const std::string token = PageToken{20, 1, 2}.ToString();
  for (size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == '0' ? '1' : '0';
    const auto offset = ReadPageToken(changed, 1, 2);
    ASSERT_FALSE(offset.has_value()) << i;
    EXPECT_EQ(offset.error().code, base::Code::kInvalidArgument);
  }
  EXPECT_FALSE(ReadPageToken("next", 1, 2).has_value());
}

}  // namespace
}  // namespace fanin::service
