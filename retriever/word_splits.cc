#include "retriever/word_splits.h"

#include "retriever/code_tokens.h"
#include "retriever/postings_codec.h"

namespace fanin::retriever {
namespace {

// All is forgotten at once when there are more; ibex has 25,000 words.
constexpr size_t kMaxWords = size_t{1} << 16;

}  // namespace

std::span<const uint32_t> WordSplits::KeysOf(std::string_view word, uint64_t hash) {
  if (words_.size() >= kMaxWords) *this = {};
  const uint32_t id = words_.Intern(word, hash);
  if (id == splits_.size()) {
    scratch_.clear();
    AppendTerms(word, scratch_);
    splits_.push_back({static_cast<uint32_t>(split_keys_.size()), static_cast<uint32_t>(scratch_.size())});
    for (const std::string& term : scratch_) split_keys_.push_back(keys_.Intern(TokenKey(term)));
  }
  return std::span(split_keys_).subspan(splits_[id].begin, splits_[id].count);
}

}  // namespace fanin::retriever
