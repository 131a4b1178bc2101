#include "retriever/code_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "retriever/query_terms.h"

namespace fanin::retriever {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<std::string> TermsOf(std::string_view word) {
  std::vector<std::string> terms;
  AppendTerms(word, terms);
  return terms;
}

std::vector<std::string> WordsOf(std::string_view text, TextKind kind, bool comments) {
  std::vector<std::string> words;
  ScanWords(text, kind, [&](const WordSpan& span) {
    if (span.comment == comments) words.emplace_back(text.substr(span.begin, span.end - span.begin));
  });
  return words;
}

TEST(CodeTokens, IdentifiersCountWholeAndInParts) {
  EXPECT_THAT(TermsOf("wr_ptr"), ElementsAre("wrptr", "wr", "ptr"));
  EXPECT_THAT(TermsOf("WrPtr"), ElementsAre("wrptr", "wr", "ptr"));
  EXPECT_THAT(TermsOf("wrptr"), ElementsAre("wrptr"));
  EXPECT_THAT(TermsOf("AXILiteXbar"), ElementsAre("axilitexbar", "axi", "lite", "xbar"));
  EXPECT_THAT(TermsOf("axi4_lite"), ElementsAre("axi4lite", "axi4", "axi", "lite"));
  EXPECT_THAT(TermsOf("sha256"), ElementsAre("sha256", "sha", "256"));
  EXPECT_THAT(TermsOf("$clog2"), ElementsAre("clog2", "clog"));
}

TEST(CodeTokens, SingleCharactersAndStopWordsCarryNothing) {
  EXPECT_THAT(TermsOf("i"), IsEmpty());
  EXPECT_THAT(TermsOf("the"), IsEmpty());
  EXPECT_THAT(TermsOf("endmodule"), IsEmpty());
  EXPECT_THAT(TermsOf("is_valid_i"), ElementsAre("isvalidi", "valid"));
  EXPECT_FALSE(HasTerms("where is the ?"));
  EXPECT_TRUE(HasTerms("where is it valid"));
}

TEST(CodeTokens, EndingsAreFoldedAlikeForWordsOfOneStem) {
  EXPECT_EQ(Stem("pointers"), Stem("pointer"));
  EXPECT_EQ(Stem("writes"), Stem("write"));
  EXPECT_EQ(Stem("writing"), Stem("write"));
  EXPECT_EQ(Stem("encoded"), Stem("encode"));
  EXPECT_EQ(Stem("encoding"), Stem("encodes"));
  EXPECT_EQ(Stem("shifted"), Stem("shift"));
  EXPECT_EQ(Stem("stalled"), Stem("stalling"));
  EXPECT_EQ(Stem("entries"), Stem("entry"));
  EXPECT_EQ(Stem("bus"), "bus");
  EXPECT_EQ(Stem("status"), "status");
  EXPECT_EQ(Stem("axis"), "axis");
  EXPECT_EQ(Stem("bypass"), "bypass");
  EXPECT_NE(Stem("counter"), Stem("count"));
  EXPECT_NE(Stem("string"), "str");
}

TEST(CodeTokens, CommentsAreToldFromCode) {
  const std::string_view code = "assign a = b; // gray code\n/* two\nlines */ x <= \"// no comment\"; y";
  EXPECT_THAT(WordsOf(code, TextKind::kCode, true), ElementsAre("gray", "code", "two", "lines"));
  EXPECT_THAT(WordsOf(code, TextKind::kCode, false), ElementsAre("assign", "a", "b", "x", "no", "comment", "y"));
}

TEST(CodeTokens, NumbersCountInProseOnly) {
  EXPECT_THAT(WordsOf("x = 32'hdead + 17;", TextKind::kCode, false), ElementsAre("x"));
  EXPECT_THAT(WordsOf("a 64 bit adder", TextKind::kProse, true), ElementsAre("a", "64", "bit", "adder"));
  EXPECT_THAT(WordsOf("don't", TextKind::kProse, true), ElementsAre("don"));
}

TEST(CodeTokens, AbbreviationsAreBridgedBothWays) {
  EXPECT_THAT(Synonyms("ptr"), Contains("pointer"));
  EXPECT_THAT(Synonyms(Stem("pointer")), Contains("ptr"));
  EXPECT_THAT(Synonyms(Stem("write")), Contains("wr"));
  EXPECT_THAT(Synonyms(Stem("enable")), Contains("en"));
  // What shares an abbreviation is not the same.
  EXPECT_THAT(Synonyms(Stem("decode")), Contains("dec"));
  EXPECT_THAT(Synonyms(Stem("decode")), Not(Contains(Stem("decrement"))));
  EXPECT_THAT(Synonyms("nosuchword"), IsEmpty());
}

std::vector<std::string> LabelsOf(const std::vector<std::string>& words) {
  std::vector<std::string> labels;
  for (const TermGroup& group : MakeTermGroups(words)) labels.push_back(group.label);
  return labels;
}

TEST(TermGroups, NeighbouringWordsAreAlsoLookedUpJoined) {
  const std::vector<std::string> words = {"write", "pointer"};
  const auto groups = MakeTermGroups(words);
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[1].label, "write pointer");
  std::vector<std::string> spellings;
  for (const auto& alternative : groups[1].alternatives) spellings.push_back(alternative.term);
  EXPECT_THAT(spellings, Contains("wrptr"));
  EXPECT_LT(groups[1].weight, groups[0].weight);
}

TEST(TermGroups, StopWordsAndIdentifiersBreakNeighbourhood) {
  EXPECT_THAT(LabelsOf({"width", "of", "bus"}), ElementsAre("width", "bus"));
  EXPECT_THAT(LabelsOf({"axi_bus", "width"}), ElementsAre("axi_bus", "axi", "bus", "width"));
}

TEST(TermGroups, ATermIsLookedUpOnce) {
  EXPECT_THAT(LabelsOf({"fifo", "fifos", "async_fifo"}), ElementsAre("fifo", "fifo fifos", "async_fifo", "async"));
}

}  // namespace
}  // namespace fanin::retriever
