#include "indexer/conditions.h"

#include <gtest/gtest.h>

#include <string>

namespace fanin::indexer {
namespace {

TEST(EvaluateCondition, FollowsPrecedence) {
  const std::function<bool(std::string_view)> defined = [](std::string_view name) { return name == "T"; };
  const auto evaluate = [&](std::string_view text) { return EvaluateCondition(text, defined); };
  EXPECT_TRUE(evaluate("T"));
  EXPECT_FALSE(evaluate("!T"));
  EXPECT_TRUE(evaluate("(T||F&&F)"));
  EXPECT_FALSE(evaluate("((T||F)&&F)"));
  EXPECT_TRUE(evaluate("(F->F)"));
  EXPECT_FALSE(evaluate("(T->F)"));
  EXPECT_FALSE(evaluate("(T<->F)"));
  EXPECT_TRUE(evaluate("!(T&&F)"));
  EXPECT_FALSE(evaluate(std::string(100'000, '(')));
  EXPECT_FALSE(evaluate(""));
}

TEST(ConditionStack, TakesTheFirstArmThatHolds) {
  ConditionStack stack;
  stack.If(false);
  EXPECT_FALSE(stack.active());
  stack.Else(true);
  EXPECT_TRUE(stack.active());
  stack.Else(true);
  EXPECT_FALSE(stack.active());
  stack.If(true);
  EXPECT_FALSE(stack.active());  // the text around is not active
  stack.Else(true);
  EXPECT_FALSE(stack.active());
  stack.End();
  stack.End();
  EXPECT_TRUE(stack.active());
  stack.Else(true);
  stack.End();
  EXPECT_TRUE(stack.active());
}

}  // namespace
}  // namespace fanin::indexer
