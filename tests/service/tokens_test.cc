#include "service/tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fanin::service {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Tokens, AMadeTokenIsFoundAndIsNotInItsLines) {
  const NewToken made = MakeToken("ci", {{"soc-*", Right::kRead}, {"ip", Right::kAdmin}});
  EXPECT_THAT(made.lines, Not(HasSubstr(made.token)));
  const auto tokens = Tokens::Parse(made.lines, "tokens.toml");
  ASSERT_TRUE(tokens.has_value()) << tokens.error();
  const Caller* caller = (*tokens)->Find(made.token);
  ASSERT_NE(caller, nullptr);
  EXPECT_EQ(caller->name(), "ci");
  EXPECT_TRUE(caller->May(Right::kRead, "soc-a"));
  EXPECT_FALSE(caller->May(Right::kIndex, "soc-a"));
  EXPECT_TRUE(caller->May(Right::kIndex, "ip"));
  EXPECT_FALSE(caller->May(Right::kRead, "ip2"));
  EXPECT_FALSE(caller->MayWithAll(Right::kRead));
  EXPECT_EQ((*tokens)->Find(made.token + "0"), nullptr);
  EXPECT_EQ((*tokens)->Find(""), nullptr);
}

TEST(Tokens, TwoAreNeverEqual) { EXPECT_NE(MakeToken("a", {}).token, MakeToken("a", {}).token); }

TEST(Tokens, MistakesAreToldWithTheirLine) {
  const auto message = [](const std::string& text) {
    const auto tokens = Tokens::Parse(text, "t.toml");
    return tokens ? std::string("no error") : tokens.error().message;
  };
  const std::string digest(64, 'a');
  const std::string good = "[[token]]\nname = \"a\"\nsha256 = \"" + digest + "\"\n";
  EXPECT_EQ(message(good), "no error");
  EXPECT_THAT(message(good + good), HasSubstr("t.toml:4: two tokens are named a"));
  EXPECT_THAT(message("[[token]]\nname = \"a\"\nsha256 = \"x\"\n"), HasSubstr("64 hexadecimal digits"));
  EXPECT_THAT(message(good + "grants = [{ repositories = \"*\", right = \"write\" }]\n"),
              HasSubstr("t.toml:4: right is to be read, index or admin"));
  EXPECT_THAT(message(good + "grants = [{ repositories = \"a*b\", right = \"read\" }]\n"), HasSubstr("t.toml:4:"));
  EXPECT_THAT(message(good + "grant = []\n"), HasSubstr("t.toml:4: a token has no key grant; is it grants?"));
  EXPECT_THAT(message("[[token]]\nname = \"a b\"\nsha256 = \"" + digest + "\"\n"), HasSubstr("needs a name"));
  EXPECT_THAT(message("token = 1\n"), HasSubstr("t.toml:1:"));
  EXPECT_THAT(message("[[token"), HasSubstr("t.toml:1:"));
}

}  // namespace
}  // namespace fanin::service
