#include "base/hex.h"

#include <gtest/gtest.h>

namespace fanin::base {
namespace {

TEST(Hex, BytesComeBack) {
  const std::string bytes("\x00\x7f\xa5\xff", 4);
  EXPECT_EQ(ToHex(bytes), "007fa5ff");
  EXPECT_EQ(FromHex("007fa5ff"), bytes);
  EXPECT_EQ(FromHex(""), "");
}

TEST(Hex, WhatIsNoLowerCaseHexIsNone) {
  EXPECT_EQ(FromHex("0"), std::nullopt);
  EXPECT_EQ(FromHex("0G"), std::nullopt);
  EXPECT_EQ(FromHex("AB"), std::nullopt);
}

}  // namespace
}  // namespace fanin::base
