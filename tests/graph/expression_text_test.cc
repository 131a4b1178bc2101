#include "graph/expression_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fanin::graph {
namespace {

using testing::ElementsAre;

TEST(ExpressionText, CollapseDropsCommentsAndJoinsWhiteSpace) {
  EXPECT_EQ(CollapseSource("  a <=\n\t b; // why\n  /* x */ c = \"// no  comment\";", 100),
            "a <= b; c = \"// no  comment\";");
  EXPECT_EQ(CollapseSource("abcdef", 3), "abc...");
  EXPECT_EQ(CollapseSource("ab\xc3\xa4", 3), "ab...") << "a character is not cut in two";
  EXPECT_EQ(CollapseSource("/* open", 100), "");
  EXPECT_EQ(CollapseSource("\"open", 100), "\"open");
}

TEST(ExpressionText, UnwrapTakesOffPairsAroundTheWholeOnly) {
  EXPECT_EQ(Unwrap(" ((a && b)) "), "a && b");
  EXPECT_EQ(Unwrap("(a) && (b)"), "(a) && (b)");
  EXPECT_EQ(Unwrap("(a"), "(a");
  EXPECT_EQ(Unwrap("()"), "");
}

TEST(ExpressionText, OperandsAreSplitOutsideOfBrackets) {
  EXPECT_THAT(SplitOperands("a && (b && c) && d[e && f]", "&&"), ElementsAre("a", "(b && c)", "d[e && f]"));
  EXPECT_THAT(SplitOperands("a & b && c", "&"), ElementsAre("a", "b && c"));
  EXPECT_THAT(SplitOperands("a &~b", "&"), ElementsAre("a", "~b"));
  EXPECT_THAT(SplitOperands("&a", "&"), ElementsAre("&a")) << "a reduction has one operand";
  EXPECT_THAT(SplitOperands("a === b", "=="), ElementsAre("a === b"));
  EXPECT_THAT(SplitOperands("A, {B, C}", ","), ElementsAre("A", "{B, C}"));
  EXPECT_THAT(SplitOperands("", ","), ElementsAre(""));
}

TEST(ExpressionText, ChoiceIsTheOutermost) {
  const auto choice = SplitChoice("a == b ? (c ? 1 : 2) : d ? p::X : y[3:0]");
  ASSERT_TRUE(choice.has_value());
  EXPECT_EQ(choice->condition, "a == b");
  EXPECT_EQ(choice->yes, "(c ? 1 : 2)");
  EXPECT_EQ(choice->no, "d ? p::X : y[3:0]");
  const auto nested = SplitChoice("a ? b ? 1 : 2 : 3");
  ASSERT_TRUE(nested.has_value());
  EXPECT_EQ(nested->yes, "b ? 1 : 2");
  EXPECT_FALSE(SplitChoice("p::X").has_value());
  EXPECT_FALSE(SplitChoice("(a ? b : c)").has_value());
}

TEST(ExpressionText, AssignmentHasTwoSides) {
  const auto sides = [](std::string_view text) {
    const auto split = SplitAssignment(text);
    return split ? std::string(split->left) + "|" + std::string(split->right) : "none";
  };
  EXPECT_EQ(sides("q <= d;"), "q|d");
  EXPECT_EQ(sides("q <= #1 d;"), "q|d");
  EXPECT_EQ(sides("q <= #(T) d;"), "q|d");
  EXPECT_EQ(sides("assign a = b <= c"), "a|b <= c");
  EXPECT_EQ(sides("x[a == b] = c;"), "x[a == b]|c");
  EXPECT_EQ(sides("x += 1;"), "none");
  EXPECT_EQ(sides("a == b"), "none");
  EXPECT_EQ(sides("foo();"), "none");
  EXPECT_EQ(sides("= x;"), "none");
}

TEST(ExpressionText, LiteralsHaveValues) {
  EXPECT_EQ(LiteralValue("2'b01"), 1U);
  EXPECT_EQ(LiteralValue("8'h_fF"), std::nullopt);
  EXPECT_EQ(LiteralValue("8'hfF"), 255U);
  EXPECT_EQ(LiteralValue("8 'sd1_0"), std::nullopt);
  EXPECT_EQ(LiteralValue("8'sd1_0"), 10U);
  EXPECT_EQ(LiteralValue("12"), 12U);
  EXPECT_EQ(LiteralValue("'0"), 0U);
  for (const char* text : {"2'b0x", "'", "IDLE", "", "1.5", "64'hfffffffffffffffff", "3'b2", "-1"}) {
    EXPECT_EQ(LiteralValue(text), std::nullopt) << text;
  }
}

TEST(ExpressionText, MembersFollowTheSignalsName) {
  EXPECT_EQ(MemberOf("req_i[0].hdr.id[3:0]", "req_i"), ".hdr.id");
  EXPECT_EQ(MemberOf("req_i", "req_i"), "");
  for (const char* text : {"req_id.x", "other.x", "req_i.x + 1", "{req_i.x}", "`SET(req_i.x)", "", "req_i ::x"}) {
    EXPECT_EQ(MemberOf(text, "req_i"), "") << text;
  }
}

TEST(ExpressionText, NamesMayBeScoped) {
  EXPECT_TRUE(IsName("IDLE"));
  EXPECT_TRUE(IsName("pkg::IDLE"));
  for (const char* text : {"", "1a", "a.b", "a::", "::a", "a:b", "a + b"}) EXPECT_FALSE(IsName(text)) << text;
  EXPECT_EQ(LastOfScoped("a::b::c"), "c");
  EXPECT_EQ(LastOfScoped("c"), "c");
}

}  // namespace
}  // namespace fanin::graph
