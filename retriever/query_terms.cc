#include "retriever/query_terms.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "retriever/code_tokens.h"
#include "retriever/query_pattern.h"
#include "retriever/ranking_weights.h"

namespace fanin::retriever {
namespace {

// Spellings of two joined words are few; this bounds those of words with many synonyms.
constexpr size_t kMaxJoinedSpellings = 16;

class GroupMaker {
 public:
  std::vector<TermGroup> Make(std::span<const std::string> words) && {
    for (const std::string& text : words) {
      ScanWords(text, TextKind::kProse, [&](const WordSpan& span) {
        AddWord(std::string_view(text).substr(span.begin, span.end - span.begin));
      });
    }
    return std::move(groups_);
  }

 private:
  void AddWord(std::string_view word) {
    std::vector<std::string> terms;
    AppendTerms(word, terms);
    if (terms.size() != 1) {
      previous_.clear();
    } else {
      const std::string lower = LowerCase(word);
      if (!previous_.empty()) AddJoined(previous_, lower);
      previous_ = lower;
    }
    for (size_t i = 0; i < terms.size(); ++i) {
      TermGroup group;
      group.is_name = i == 0;
      group.label = group.is_name ? LowerCase(word) : terms[i];
      group.weight = group.is_name ? 1 : kRankingWeights.part_of_identifier;
      group.alternatives.push_back({terms[i], 1});
      for (const std::string& synonym : Synonyms(terms[i])) {
        group.alternatives.push_back({synonym, kRankingWeights.synonym});
      }
      Add(std::move(group));
    }
  }

  void AddJoined(const std::string& first, const std::string& second) {
    TermGroup group;
    group.label = first + " " + second;
    group.weight = kRankingWeights.joined_words;
    group.is_name = true;
    std::vector<std::string> firsts = {first};
    std::vector<std::string> seconds = {second};
    firsts.insert(firsts.end(), Synonyms(Stem(first)).begin(), Synonyms(Stem(first)).end());
    seconds.insert(seconds.end(), Synonyms(Stem(second)).begin(), Synonyms(Stem(second)).end());
    for (const std::string& a : firsts) {
      for (const std::string& b : seconds) {
        if (group.alternatives.size() < kMaxJoinedSpellings) group.alternatives.push_back({Stem(a + b), 1});
      }
    }
    Add(std::move(group));
  }

  void Add(TermGroup group) {
    const auto same = std::ranges::find_if(
        groups_, [&](const TermGroup& other) { return other.alternatives[0].term == group.alternatives[0].term; });
    if (same == groups_.end()) {
      groups_.push_back(std::move(group));
    } else if (group.weight > same->weight) {
      *same = std::move(group);
    }
  }

  std::vector<TermGroup> groups_;
  std::string previous_;  // the simple word just before; empty: none
};

}  // namespace

std::vector<TermGroup> MakeTermGroups(std::span<const std::string> words) { return GroupMaker().Make(words); }

std::vector<std::string> ConditionTerms(std::string_view word) {
  std::vector<std::string> condition;
  ScanWords(word, TextKind::kProse, [&](const WordSpan& span) {
    std::vector<std::string> terms;
    AppendTerms(word.substr(span.begin, span.end - span.begin), terms);
    if (!terms.empty()) condition.push_back(std::move(terms[0]));
  });
  return condition;
}

}  // namespace fanin::retriever
