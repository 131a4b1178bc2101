// The token keys of words, remembered from file to file: RTL repeats its names.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "retriever/term_table.h"

namespace fanin::retriever {

// Not thread-safe: one per worker. What it has remembered changes no answer. Memory: bounded, about 10 MB.
class WordSplits {
 public:
  // TokenKey of each term of the word (AppendTerms), as numbers of keys(). `hash` is base::Hash64(word). Valid until
  // the next call.
  std::span<const uint32_t> KeysOf(std::string_view word, uint64_t hash);
  const TermTable& keys() const { return keys_; }

 private:
  struct Split {
    uint32_t begin;  // in split_keys_
    uint32_t count;
  };

  TermTable words_;
  std::vector<Split> splits_;  // by word
  std::vector<uint32_t> split_keys_;
  TermTable keys_;
  std::vector<std::string> scratch_;
};

}  // namespace fanin::retriever
