// WordPiece: the tokenizer of uncased BERT models, as `tokenizer.json` of the Hugging Face tokenizers library describes
// it (BertNormalizer, BertPreTokenizer, WordPiece; Devlin et al. 2018 and Wu et al. 2016, section 4.1).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"

namespace fanin::retriever {

using TokenIds = std::vector<int32_t>;

// Immutable, thread-safe.
class WordPieceTokenizer {
 public:
  // Errors: DATA_LOSS (no JSON), INVALID_ARGUMENT (another kind of tokenizer, or no [CLS], [SEP], [UNK]).
  static base::Result<WordPieceTokenizer> FromJson(std::string_view tokenizer_json);

  // [CLS], the text's pieces, [SEP]: at most max_tokens, the rest of the text is not read. Bytes that are no UTF-8 are
  // left out. Text is never taken for a special token: "[SEP]" gives the pieces of its characters (the one difference
  // from the tokenizers library). REQUIRES: max_tokens >= 2. Cost: linear in the text up to the limit; about 10 us per
  // 100 tokens.
  TokenIds Encode(std::string_view text, size_t max_tokens) const;

  size_t vocabulary_size() const { return starts_.size() + continuations_.size(); }

 private:
  class Encoder;
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Pieces = std::unordered_map<std::string, int32_t, Hash, std::equal_to<>>;

  WordPieceTokenizer() = default;

  Pieces starts_;         // pieces that begin a word
  Pieces continuations_;  // pieces that continue one, without their "##"
  size_t longest_piece_bytes_ = 0;
  size_t max_word_chars_ = 0;  // a longer word is unknown
  int32_t unknown_ = 0;
  int32_t begin_ = 0;
  int32_t end_ = 0;
};

}  // namespace fanin::retriever
