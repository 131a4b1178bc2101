#include "retriever/word_pairs.h"

#include <string>

#include "base/digest.h"
#include "retriever/code_tokens.h"
#include "retriever/query_pattern.h"

namespace fanin::retriever {
namespace {

template <typename Visit>
void ForEachPair(std::string_view text, Visit&& visit) {
  uint64_t before = 0;
  bool stop_before = true;
  ScanWords(text, TextKind::kProse, [&](const WordSpan& span) {
    const std::string word = LowerCase(text.substr(span.begin, span.end - span.begin));
    const bool stop = IsStopWord(word);
    const uint64_t hash = base::Hash64(Stem(word));
    if (before != 0 && !(stop && stop_before))
      visit(base::Hash64(std::string_view(reinterpret_cast<const char*>(&hash), sizeof(hash)), before));
    before = hash;
    stop_before = stop;
  });
}

}  // namespace

WordPairs::WordPairs(std::string_view query) {
  ForEachPair(query, [this](uint64_t pair) { pairs_.insert(pair); });
}

double WordPairs::ShareIn(std::string_view text) const {
  if (pairs_.empty()) return 0;
  std::unordered_set<uint64_t> found;
  ForEachPair(text, [&](uint64_t pair) {
    if (pairs_.contains(pair)) found.insert(pair);
  });
  return static_cast<double>(found.size()) / static_cast<double>(pairs_.size());
}

}  // namespace fanin::retriever
