#include "retriever/query_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace fanin::retriever {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

Pattern Literal(std::string text) { return {Pattern::Type::kLiteral, std::move(text)}; }
Pattern Glob(std::string text) { return {Pattern::Type::kGlob, std::move(text)}; }
Pattern Expression(std::string text) { return {Pattern::Type::kRegex, std::move(text)}; }

bool PathMatches(const Pattern& pattern, std::string_view path) {
  const auto matcher = PatternMatcher::ForPaths(pattern);
  EXPECT_TRUE(matcher.has_value());
  return matcher.has_value() && matcher->Matches(path);
}

bool TermMatches(const Pattern& pattern, std::string_view term) {
  const auto matcher = PatternMatcher::ForTerms(pattern);
  EXPECT_TRUE(matcher.has_value());
  return matcher.has_value() && matcher->Matches(term);
}

bool Licensed(const Pattern& pattern, std::string_view expression) {
  return LicenseMatches(pattern, *PatternMatcher::ForTerms(pattern), expression);
}

TEST(PatternMatcher, TermsMatchWholeExceptForRegexes) {
  EXPECT_TRUE(TermMatches(Literal("WR_Ptr"), "wr_ptr"));
  EXPECT_FALSE(TermMatches(Literal("wr_ptr"), "wr_ptr_q"));
  EXPECT_TRUE(TermMatches(Glob("wr_*"), "wr_ptr"));
  EXPECT_FALSE(TermMatches(Glob("wr_?"), "wr_ptr"));
  EXPECT_TRUE(TermMatches(Glob("*PTR*"), "wr_ptr_q"));
  EXPECT_FALSE(TermMatches(Glob("w.*"), "wr_ptr"));
  EXPECT_TRUE(TermMatches(Expression("ptr"), "wr_ptr_q"));
  EXPECT_FALSE(TermMatches(Expression("^ptr"), "wr_ptr_q"));
}

TEST(PatternMatcher, PrefixesHoldForAllTheyMatch) {
  EXPECT_EQ(PatternMatcher::ForTerms(Glob("Wr_*x"))->prefix(), "wr_");
  EXPECT_EQ(PatternMatcher::ForTerms(Expression("^Wr_p.*"))->prefix(), "wr_");  // RE2 rounds
  EXPECT_EQ(PatternMatcher::ForTerms(Expression("wr_p"))->prefix(), "");
  EXPECT_EQ(PatternMatcher::ForTerms(Expression("^(ab|ac)d"))->prefix(), "a");
  EXPECT_EQ(PatternMatcher::ForTerms(Expression("^ab|cd"))->prefix(), "");
}

TEST(PatternMatcher, PathsMatchWholeComponents) {
  EXPECT_TRUE(PathMatches(Literal("fifo.sv"), "ip/rtl/fifo.sv"));
  EXPECT_FALSE(PathMatches(Literal("fifo.sv"), "ip/rtl/async_fifo.sv"));
  EXPECT_TRUE(PathMatches(Literal("dv"), "ip/dv/env.sv"));
  EXPECT_TRUE(PathMatches(Literal("dv/"), "dv/env.sv"));
  EXPECT_FALSE(PathMatches(Literal("dv/"), "ip/dv"));
  EXPECT_FALSE(PathMatches(Literal("dv/"), "ip/advance/env.sv"));
  EXPECT_TRUE(PathMatches(Literal("rtl/fifo.sv"), "ip/rtl/fifo.sv"));
  EXPECT_TRUE(PathMatches(Literal("RTL"), "ip/rtl/fifo.sv"));
  EXPECT_FALSE(PathMatches(Literal("fifo"), "ip/rtl/fifo.sv"));
  EXPECT_TRUE(PathMatches(Glob("rtl/*.sv"), "ip/rtl/fifo.sv"));
  EXPECT_FALSE(PathMatches(Glob("ip/*.sv"), "ip/rtl/fifo.sv"));
  EXPECT_TRUE(PathMatches(Glob("ip/**.sv"), "ip/rtl/fifo.sv"));
  EXPECT_TRUE(PathMatches(Expression("fifo\\.sv$"), "ip/rtl/async_fifo.sv"));
}

TEST(KindsOf, NamesClassesAndGlobs) {
  EXPECT_EQ(KindsOf(Literal("Module")).count(), 1U);
  EXPECT_EQ(KindsOf(Literal("definition")).count(), 5U);
  EXPECT_EQ(KindsOf(Literal("block")).count(), 7U);
  EXPECT_EQ(KindsOf(Glob("always*")).count(), 4U);
  EXPECT_EQ(KindsOf(Literal("always")).count(), 4U);
  EXPECT_TRUE(KindsOf(Literal("flipflop")).none());
}

TEST(LanguagesOf, ShortNamesAndGlobs) {
  EXPECT_THAT(LanguagesOf(Literal("sv")), ElementsAre("systemverilog"));
  EXPECT_THAT(LanguagesOf(Glob("*verilog")), UnorderedElementsAre("verilog", "systemverilog"));
  EXPECT_TRUE(LanguagesOf(Literal("vhdl")).empty());
  EXPECT_EQ(LanguageOfPath("a/b.SVH"), "systemverilog");
  EXPECT_EQ(LanguageOfPath("a.v/b"), "");
}

TEST(LicenseMatches, ExpressionsAndClasses) {
  EXPECT_TRUE(Licensed(Literal("apache-2.0"), "apache-2.0"));
  EXPECT_TRUE(Licensed(Literal("MIT"), "apache-2.0 or mit"));
  EXPECT_TRUE(Licensed(Glob("cern-ohl-*"), "cern-ohl-w-2.0"));
  EXPECT_FALSE(Licensed(Literal("apache"), "apache-2.0"));
  EXPECT_TRUE(Licensed(Literal("permissive"), "gpl-3.0-only or mit"));
  EXPECT_FALSE(Licensed(Literal("permissive"), "gpl-3.0-only and mit"));
  EXPECT_TRUE(Licensed(Literal("permissive"), "shl-0.51"));
  EXPECT_TRUE(Licensed(Literal("permissive"), "apache-2.0 with shl-2.1"));
  EXPECT_TRUE(Licensed(Literal("copyleft"), "cern-ohl-s-2.0"));
  EXPECT_FALSE(Licensed(Literal("copyleft"), ""));
  EXPECT_FALSE(Licensed(Literal("permissive"), ""));
  EXPECT_TRUE(Licensed(Literal("unknown"), ""));
  EXPECT_FALSE(Licensed(Expression("."), ""));
}

}  // namespace
}  // namespace fanin::retriever
