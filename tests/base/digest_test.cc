#include "base/digest.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace fanin::base {
namespace {

// The reference values are those of `sha256sum` over the length (8 bytes, little-endian) and the text, and of
// `xxhsum -H3`: stored data depends on them, so they may not change.
TEST(Digest, IsTheFirstHalfOfSha256OverLengthAndText) {
  EXPECT_EQ(DigestOf("module m; endmodule").ToHex(), "452855536c24217bf05d4103eed2821a");
  EXPECT_EQ(DigestOf("").ToHex(), "af5570f5a1810b7af78caf4bc70a660f");
}

TEST(Digest, HexRoundTrips) {
  const Digest digest = DigestOf("always_ff");
  EXPECT_EQ(digest.ToHex().size(), 32u);
  EXPECT_EQ(Digest::FromHex(digest.ToHex()), digest);
}

TEST(Digest, MalformedHexIsRefused) {
  const std::string hex = DigestOf("x").ToHex();
  EXPECT_EQ(Digest::FromHex(""), std::nullopt);
  EXPECT_EQ(Digest::FromHex(hex.substr(1)), std::nullopt);
  EXPECT_EQ(Digest::FromHex(hex + "0"), std::nullopt);
  EXPECT_EQ(Digest::FromHex("g" + hex.substr(1)), std::nullopt);
  EXPECT_EQ(Digest::FromHex(std::string(32, 'A')), std::nullopt) << "one spelling only: lower case";
}

TEST(Digest, ViewRoundTrips) {
  const Digest digest = DigestOf("wire");
  EXPECT_EQ(digest.View().size(), 16u);
  EXPECT_EQ(Digest::FromView(digest.View()), digest);
}

TEST(DigestDeathTest, ViewOfAnotherSizeIsTheCallersMistake) {
  EXPECT_DEATH(Digest::FromView("too short"), "check failed");
}

TEST(Digest, OrdersByBytes) {
  Digest low, high;
  low.bytes[15] = 0xff;
  high.bytes[0] = 1;
  EXPECT_LT(low, high);
}

TEST(Digester, PartsAreKeptApart) {
  const std::set<Digest> digests = {
      Digester().Add("ab").Add("c").Finish(),
      Digester().Add("a").Add("bc").Finish(),
      Digester().Add("abc").Finish(),
      Digester().Add("abc").Add("").Finish(),
  };
  EXPECT_EQ(digests.size(), 4u);
}

TEST(Digester, IntegersCount) {
  EXPECT_NE(Digester().AddInt(1).AddInt(2).Finish(), Digester().AddInt(2).AddInt(1).Finish());
  EXPECT_EQ(Digester().AddInt(1).Add("x").Finish(), Digester().AddInt(1).Add("x").Finish());
}

TEST(Hash64, IsXxh3) {
  EXPECT_EQ(Hash64(""), 0x2d06800538d394c2u);
  EXPECT_EQ(Hash64("module"), 0x8bcdee44e486961eu);
  EXPECT_NE(Hash64("module", 1), Hash64("module"));
}

}  // namespace
}  // namespace fanin::base
