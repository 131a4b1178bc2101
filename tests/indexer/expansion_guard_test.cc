#include "indexer/expansion_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fanin::indexer {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

ExpansionEstimate Estimate(const std::string& text, const ExpansionLimits& limits = {}) {
  return EstimateExpansions(text, ScanText(text, 1000), MacroEnvironment(), limits);
}

// `M0 .. `M<levels>, each twice the one before.
std::string Doubling(int levels, const std::string& formals, const std::string& actuals) {
  std::string text = "`define M0" + formals + " x\n";
  for (int i = 1; i <= levels; ++i) {
    const std::string use = "`M" + std::to_string(i - 1) + actuals;
    text += "`define M" + std::to_string(i) + formals + " " + use + " " + use + "\n";
  }
  return text;
}

TEST(ExpansionGuard, DoublingMacrosAreRefusedByName) {
  const auto estimate = Estimate(Doubling(60, "", "") + "wire a;\n`M60\nwire b = `M3;\n");
  ASSERT_THAT(estimate.refused, SizeIs(1));
  EXPECT_EQ(estimate.refused[0].line, 63U);
  EXPECT_THAT(estimate.refused[0].message, HasSubstr("`M60"));
}

TEST(ExpansionGuard, DoublingThroughArgumentsIsRefused) {
  std::string use = "a";
  for (int i = 0; i < 60; ++i) use = "`D(" + use + ")";
  EXPECT_THAT(Estimate("`define D(x) x x\n" + use + ";\n").refused, SizeIs(1));
}

TEST(ExpansionGuard, DoublingThroughDefaultsIsRefused) {
  std::string text = "`define D0(x = y) x x\n";
  for (int i = 1; i < 60; ++i) {
    text += "`define D" + std::to_string(i) + "(x = `D" + std::to_string(i - 1) + "()) x x\n";
  }
  EXPECT_THAT(Estimate(text + "`D59();\n").refused, SizeIs(1));
}

TEST(ExpansionGuard, DoublingThroughPastedNamesIsRefused) {
  std::string text = "`define TWICE(n) `M``n `M``n\n`define M0 x\n";
  for (int i = 1; i < 60; ++i) text += "`define M" + std::to_string(i) + " `TWICE(" + std::to_string(i - 1) + ")\n";
  EXPECT_THAT(Estimate(text + "`M59;\n").refused, SizeIs(1));
}

TEST(ExpansionGuard, OrdinaryMacrosPass) {
  const std::string text =
      "`define CHECK(name, prop, clk = clk_i) name: assert property (@(posedge clk) prop) else `LOG(error, name)\n"
      "`define LOG(sev, id) `log_``sev(`\"id`\");\n`define log_error(x) $error(x)\n`define log_info(x) $info(x)\n";
  std::string uses;
  for (int i = 0; i < 1000; ++i) uses += "`CHECK(A_" + std::to_string(i) + ", a |-> (b && c))\n";
  EXPECT_THAT(Estimate(text + uses).refused, IsEmpty());
}

TEST(ExpansionGuard, SelfReferenceCountsAsNothing) {
  EXPECT_THAT(Estimate("`define A `A `A\n`define B `C\n`define C `B\n`A `B;\n").refused, IsEmpty());
}

TEST(ExpansionGuard, LongChainsAreRefused) {
  std::string chain;
  for (int i = 0; i < 5000; ++i) chain += "`define M" + std::to_string(i) + " `M" + std::to_string(i + 1) + "\n";
  const auto estimate = Estimate(chain + "`define M5000 x\n`M0;\n`M4990;\n");
  ASSERT_THAT(estimate.refused, SizeIs(1));
  EXPECT_THAT(estimate.refused[0].message, HasSubstr("nests"));
}

TEST(ExpansionGuard, ManyUsesOfOneStatementAddUp) {
  ExpansionLimits limits;
  limits.max_statement_tokens = 100;
  const std::string text = "`define TEN a a a a a a a a a a\n";
  std::string one_statement;
  std::string many_statements;
  for (int i = 0; i < 20; ++i) {
    one_statement += "`TEN\n";
    many_statements += "`TEN;\n";
  }
  EXPECT_FALSE(Estimate(text + one_statement, limits).refused.empty());
  EXPECT_THAT(Estimate(text + many_statements, limits).refused, IsEmpty());
  EXPECT_THAT(Estimate("`define TEN a a a a a; a a a a a\n" + one_statement, limits).refused, IsEmpty());
  limits.max_file_tokens = 150;
  EXPECT_FALSE(Estimate(text + many_statements, limits).refused.empty());
}

}  // namespace
}  // namespace fanin::indexer
