// Neighbouring words: whether a text has the words of a query side by side, as a quotation has them.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_set>

namespace fanin::retriever {

// The pairs of words that stand side by side in a query, endings folded, each once; two stop words are no pair. Source:
// the ordered bigrams of Metzler and Croft, "A Markov random field model for term dependencies", SIGIR 2005. Immutable,
// thread-safe.
class WordPairs {
 public:
  explicit WordPairs(std::string_view query);

  bool empty() const { return pairs_.empty(); }
  // Share of the pairs that a text, code or prose, has too; [0, 1], 0 without pairs. Cost: one pass over the text.
  double ShareIn(std::string_view text) const;

 private:
  std::unordered_set<uint64_t> pairs_;  // hashes
};

}  // namespace fanin::retriever
