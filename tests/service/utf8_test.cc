#include "service/utf8.h"

#include <gtest/gtest.h>

namespace fanin::service {
namespace {

TEST(ToUtf8, LeavesWellFormedTextAlone) {
  for (const std::string text : {"", "assign a = b;", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xed\x9f\xbf"}) {
    EXPECT_EQ(ToUtf8(text), text);
  }
}

TEST(ToUtf8, ReplacesEachBadByteByOneCharacter) {
  EXPECT_EQ(ToUtf8("caf\xe9 x"), "caf? x");       // Latin-1
  EXPECT_EQ(ToUtf8("\xc0\xaf"), "??");            // overlong
  EXPECT_EQ(ToUtf8("\xe0\x80\x80"), "???");       // overlong
  EXPECT_EQ(ToUtf8("\xed\xa0\x80"), "???");       // surrogate
  EXPECT_EQ(ToUtf8("\xf4\x90\x80\x80"), "????");  // past the last code point
  EXPECT_EQ(ToUtf8("\xe2\x82"), "??");            // cut off
  EXPECT_EQ(ToUtf8("\xc3\xa4\x80\xc3\xa4"), "\xc3\xa4?\xc3\xa4");
}

}  // namespace
}  // namespace fanin::service
