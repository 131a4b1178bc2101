// Exact text: what search finds through trigrams and verification must be what a scan of every text finds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "retriever/query_eval.h"
#include "retriever/query_parser.h"
#include "tests/retriever/search_fixture.h"

namespace fanin::retriever {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SearchText : public ::testing::Test {
 protected:
  SearchText() : repository_("repo") {
    std::mt19937 random(1);
    const std::vector<std::string> words = {"wr_ptr", "rd_ptr", "WR_PTR", "assign", "abc",  "abd",  "aab", "x",
                                            "<=",     "\n",     "  ",     "\t",     "b{2}", "\xe9", "c.d", "/*"};
    for (int f = 0; f < 12; ++f) {
      std::string body;
      for (int w = 0; w < 60; ++w) {
        body += words[std::uniform_int_distribution<size_t>(0, words.size() - 1)(random)];
        if (random() % 3 != 0) body += ' ';
      }
      texts_.push_back(body);
      TestFile file("f" + std::to_string(f + 10) + ".sv", body);
      // Three chunks of about equal size, by lines.
      AddChunks(file, body);
      repository_.Put(std::move(file));
    }
    index_ = repository_.Open();
  }

  void AddChunks(TestFile& file, const std::string& text) {
    std::vector<std::pair<uint32_t, uint32_t>> ranges;
    uint32_t begin = 0;
    for (uint32_t i = 0; i < text.size(); ++i) {
      if (text[i] != '\n' || i + 1 - begin < text.size() / 3) continue;
      ranges.emplace_back(begin, i + 1);
      begin = i + 1;
    }
    ranges.emplace_back(begin, static_cast<uint32_t>(text.size()));
    for (const auto& [from, to] : ranges) {
      graph::Chunk chunk;
      chunk.span = {from, to, 1, 1};
      file.builder().AddChunk(chunk);
    }
    ranges_.push_back(std::move(ranges));
  }

  // (file, chunk) pairs in which a match begins, by looking at every text.
  std::set<std::pair<size_t, size_t>> Scan(const RE2& regex) const {
    std::set<std::pair<size_t, size_t>> found;
    for (size_t f = 0; f < texts_.size(); ++f) {
      size_t from = 0;
      re2::StringPiece match;
      while (from <= texts_[f].size() && regex.Match(texts_[f], from, texts_[f].size(), RE2::UNANCHORED, &match, 1)) {
        const size_t begin = static_cast<size_t>(match.data() - texts_[f].data());
        from = begin + std::max<size_t>(1, match.size());
        if (match.empty()) continue;
        for (size_t c = 0; c < ranges_[f].size(); ++c) {
          if (begin >= ranges_[f][c].first && begin < ranges_[f][c].second) found.emplace(f, c);
        }
      }
    }
    return found;
  }

  std::set<std::pair<size_t, size_t>> Find(const std::string& query_text) const {
    const QueryPtr query = ValueOf(ParseQuery(query_text));
    const CompiledQuery compiled(query);
    const SegmentPostings& postings = index_->postings(0);
    const Evaluation evaluation =
        ValueOf(Evaluate(Simplify(query), compiled, index_->snapshot(), postings, std::nullopt));
    std::set<std::pair<size_t, size_t>> found;
    for (uint32_t document : evaluation.documents) {
      const uint32_t file = postings.FileOfDocument(document);
      found.emplace(file, document - postings.DocumentsOfFile(file).first);
    }
    return found;
  }

  static RE2::Options Options(bool ignores_case) {
    RE2::Options options;
    options.set_encoding(RE2::Options::EncodingLatin1);
    options.set_case_sensitive(!ignores_case);
    options.set_log_errors(false);
    return options;
  }

  SearchRepository repository_;
  std::vector<std::string> texts_;
  std::vector<std::vector<std::pair<uint32_t, uint32_t>>> ranges_;
  std::shared_ptr<const SearchIndex> index_;
};

std::string RandomRegex(std::mt19937& random, int depth) {
  static const std::vector<std::string> kAtoms = {"a",  "b",   "abc",   "wr_ptr", "ptr", "[ab]",  "[^a ]",
                                                  ".",  "\\s", "\\w+",  "\\b",    "^",   "$",     "rd_",
                                                  "<=", "\\.", "\\xe9", "(?i)x",  "\\n", "assign"};
  const auto pick = [&](size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); };
  std::string regex;
  for (size_t i = 0, items = 1 + pick(3); i < items; ++i) {
    if (depth > 0 && pick(3) == 0) {
      regex += "(" + RandomRegex(random, depth - 1) + (pick(2) == 0 ? "|" + RandomRegex(random, depth - 1) : "") + ")";
    } else {
      regex += kAtoms[pick(kAtoms.size())];
    }
    static const std::vector<std::string> kRepeats = {"", "", "", "", "*", "+", "?", "{2}", "{0,2}"};
    regex += kRepeats[pick(kRepeats.size())];
  }
  return regex;
}

TEST_F(SearchText, RandomRegexesFindWhatAScanFinds) {
  std::mt19937 random(23);
  size_t with_matches = 0;
  size_t checked = 0;
  while (checked < 1500) {
    const std::string pattern = RandomRegex(random, 2);
    const RE2 regex("(?m)" + pattern, Options(true));
    if (!regex.ok()) continue;
    const auto expected = Scan(regex);
    EXPECT_EQ(Find(Pattern{Pattern::Type::kRegex, pattern}.ToString()), expected) << pattern;
    ++checked;
    with_matches += expected.empty() ? 0 : 1;
  }
  EXPECT_GT(with_matches, 500U);
}

TEST_F(SearchText, RandomPhrasesFindWhatAScanFinds) {
  std::mt19937 random(29);
  for (int i = 0; i < 1000; ++i) {
    const std::string& text = texts_[random() % texts_.size()];
    const size_t begin = random() % text.size();
    std::string phrase = text.substr(begin, 1 + random() % 12);
    if (random() % 4 == 0) phrase[random() % phrase.size()] = 'q';
    const bool has_upper = std::ranges::any_of(phrase, [](char c) { return c >= 'A' && c <= 'Z'; });
    const RE2 regex(RE2::QuoteMeta(phrase), Options(!has_upper));
    EXPECT_EQ(Find(Quote(phrase)), Scan(regex)) << phrase;
  }
}

TEST_F(SearchText, CaseCountsOnceThereIsAnUpperCaseLetter) {
  const auto upper = Find("\"WR_PTR\"");
  const auto any = Find("\"wr_ptr\"");
  EXPECT_FALSE(upper.empty());
  EXPECT_GT(any.size(), upper.size());
  EXPECT_EQ(Find("/WR_PTR/"), upper);
  EXPECT_EQ(Find("/wr_ptr\\S?/"), Find("/(?i)wr_ptr\\S?/"));
}

TEST_F(SearchText, ANegatedTextIsTheComplement) {
  const auto with = Find("\"assign\"");
  const auto without = Find("-\"assign\"");
  const auto all = Find("-name:nothing");
  EXPECT_EQ(with.size() + without.size(), all.size());
  for (const auto& place : with) EXPECT_FALSE(without.contains(place));
}

TEST_F(SearchText, AfterTheDeadlineNothingUnverifiedIsFound) {
  const QueryPtr query = ValueOf(ParseQuery("\"assign\""));
  const QueryPtr negated = ValueOf(ParseQuery("-\"assign\""));
  const auto past = std::chrono::steady_clock::now() - std::chrono::seconds(1);
  const Evaluation positive =
      ValueOf(Evaluate(query, CompiledQuery(query), index_->snapshot(), index_->postings(0), past));
  EXPECT_FALSE(positive.complete);
  EXPECT_TRUE(positive.documents.isEmpty());
  const Evaluation negative =
      ValueOf(Evaluate(negated, CompiledQuery(negated), index_->snapshot(), index_->postings(0), past));
  EXPECT_FALSE(negative.complete);
  const auto found = Find("\"assign\"");
  for (uint32_t document : negative.documents) {
    const uint32_t file = index_->postings(0).FileOfDocument(document);
    EXPECT_FALSE(found.contains({file, document - index_->postings(0).DocumentsOfFile(file).first}));
  }
}

TEST_F(SearchText, FilesWithoutTheLiteralsAreNotRead) {
  const QueryPtr query = ValueOf(ParseQuery("/no_such_literal.*x/"));
  const Evaluation evaluation =
      ValueOf(Evaluate(query, CompiledQuery(query), index_->snapshot(), index_->postings(0), std::nullopt));
  EXPECT_EQ(evaluation.files_verified, 0U);
  EXPECT_TRUE(evaluation.documents.isEmpty());
}

TEST(TextMatcher, MatchesAreDisjointAndNotEmpty) {
  const auto matcher = ValueOf(TextMatcher::ForRegex("a*"));
  std::vector<TextSpan> found;
  matcher->FindAll("baab a", [&](TextSpan match) {
    found.push_back(match);
    return true;
  });
  EXPECT_THAT(found, ElementsAre(TextSpan{1, 3}, TextSpan{5, 6}));
}

TEST(TextMatcher, LineAnchorsHoldInTheMiddleOfTheText) {
  const auto matcher = ValueOf(TextMatcher::ForRegex("^b$|\\Ab"));
  std::vector<TextSpan> found;
  matcher->FindAll("ab\nb\nbb\nb", [&](TextSpan match) {
    found.push_back(match);
    return true;
  });
  EXPECT_THAT(found, ElementsAre(TextSpan{3, 4}, TextSpan{8, 9}));
}

}  // namespace
}  // namespace fanin::retriever
