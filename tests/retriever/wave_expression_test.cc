// Expressions evaluated on values, and the names that decide them.
#include "retriever/wave_expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace fanin::retriever {
namespace {

using testing::ElementsAre;

const NameLookUp kNames = [](std::string_view name) -> std::optional<NamedValue> {
  static const std::map<std::string_view, NamedValue> values = {
      {"zero", {Bits::Of(0, 1)}},         {"one", {Bits::Of(1, 1)}},
      {"five", {Bits::Of(5, 4)}},         {"ones", {Bits::Of(0xff, 8)}},
      {"zeros", {Bits::Of(0, 8)}},        {"minus", {Bits::Of(0xe, 4), 0, true}},
      {"high", {Bits::Of(0b1010, 4), 4}}, {"pkg::IDLE", {Bits::Of(2, 2)}},
      {"u.valid", {Bits::Of(1, 1)}},      {"x4", {Bits(4)}},
  };
  const auto found = values.find(name);
  return found == values.end() ? std::nullopt : std::optional(found->second);
};

std::string Evaluate(std::string_view text, uint32_t width = 0) {
  const std::optional<Expression> expression = Expression::Parse(text);
  if (!expression) return "unread";
  const Bits bits = expression->Evaluate(kNames, width);
  return std::to_string(bits.width()) + ":" + bits.ToHex();
}

std::vector<std::string> Deciding(std::string_view text) { return Expression::Parse(text)->Deciding(kNames); }

TEST(WaveExpression, EvaluatesOperators) {
  for (const auto& [text, value] : std::map<std::string, std::string>{
           {"five + 1", "32:00000006"},
           {"five + 4'd12", "4:1"},
           {"{one, five}", "5:15"},
           {"{3{one}}", "3:7"},
           {"five[2]", "1:1"},
           {"five[3:1]", "3:2"},
           {"high[5]", "1:1"},
           {"high[4 +: 2]", "2:2"},
           {"&ones", "1:1"},
           {"~|zeros", "1:1"},
           {"^five", "1:0"},
           {"!five", "1:0"},
           {"~five", "4:a"},
           {"five == 4'b0101 && one", "1:1"},
           {"five << 1", "4:a"},
           {"five >> 2", "4:1"},
           {"minus < 0", "1:1"},
           {"minus < 4'd0", "1:0"},
           {"$signed(minus) < $signed(4'd1)", "1:1"},
           {"one ? five : zeros", "8:05"},
           {"pkg::IDLE == 2'd2", "1:1"},
           {"u.valid", "1:1"},
           {"five inside {[3:6], 9}", "1:1"},
           {"five inside {4'b1??1}", "1:0"},
           {"4'(ones)", "4:f"},
           {"ones == '1", "1:1"},
           {"8'h0_f & ones", "8:0f"},
           {"-4'd1", "4:f"},
           {"five * 3", "32:0000000f"},
       }) {
    EXPECT_EQ(Evaluate(text), value) << text;
  }
  EXPECT_EQ(Evaluate("five + 4'd12", 5), "5:11");
}

TEST(WaveExpression, UnknownOperandsMakeUnknownResultsUnlessAnotherDecides) {
  EXPECT_EQ(Evaluate("nobody"), "1:x");
  EXPECT_EQ(Evaluate("nobody && zero"), "1:0");
  EXPECT_EQ(Evaluate("nobody || one"), "1:1");
  EXPECT_EQ(Evaluate("x4 & 4'b0000"), "4:0");
  EXPECT_EQ(Evaluate("x4 == 4'd3"), "1:x");
  EXPECT_EQ(Evaluate("f(five) == 1"), "1:x");
  EXPECT_EQ(Evaluate("nobody ? five : five"), "4:5");
}

TEST(WaveExpression, NamesThatAreMaskedDoNotDecide) {
  EXPECT_THAT(Deciding("one ? five : zeros"), ElementsAre("five", "one"));
  EXPECT_THAT(Deciding("zero && five"), ElementsAre("zero"));
  EXPECT_THAT(Deciding("one || five"), ElementsAre("five", "one"));
  EXPECT_THAT(Deciding("zero || one"), ElementsAre("one"));
  EXPECT_THAT(Deciding("zeros & ones"), ElementsAre("zeros"));
  EXPECT_THAT(Deciding("five + u.valid"), ElementsAre("five", "u"));
  EXPECT_THAT(Deciding("f(five, ones[one])"), ElementsAre("five", "one", "ones"));
}

TEST(WaveExpression, CaseItemsMatch) {
  EXPECT_EQ(MatchesItem("4'd4, 4'd5", "five", false, kNames), true);
  EXPECT_EQ(MatchesItem("4'b01?1", "five", true, kNames), true);
  EXPECT_EQ(MatchesItem("4'b11?1", "five", true, kNames), false);
  EXPECT_EQ(MatchesItem("UNKNOWN", "five", false, kNames), std::nullopt);
  EXPECT_EQ(MatchesItem("five == 5", "1'b1", false, kNames), true);
  EXPECT_EQ(MatchesItem("[2:6]", "five", true, kNames), true);
}

TEST(WaveExpression, WhatCannotBeReadIsRefused) {
  for (const std::string_view text :
       {"", "a +", "(a", "a ? b", "1.5", "a b", "{a", "a[", "'", "4'", "a inside b", ")"}) {
    EXPECT_EQ(Evaluate(text), "unread") << text;
  }
  EXPECT_EQ(Evaluate(std::string(5000, '(')), "unread");
  EXPECT_EQ(Evaluate("99999999'd1"), "unread");
  std::mt19937 random(3);
  constexpr std::string_view kPieces[] = {"five", "[", "]",    "(",  ")", "{", "}",  "?",      ":",
                                          "+",    "'", "4'b1", "&&", "~", ",", "x4", "{9999{", "inside"};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (uint32_t i = random() % 12; i > 0; --i) text += std::string(kPieces[random() % std::size(kPieces)]) + " ";
    if (const auto expression = Expression::Parse(text)) {
      EXPECT_LE(expression->Evaluate(kNames).width(), Bits::kMaxWidth);
      expression->Deciding(kNames);
    }
  }
}

}  // namespace
}  // namespace fanin::retriever
