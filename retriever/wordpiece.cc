#include "retriever/wordpiece.h"

#include <utf8proc.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

namespace fanin::retriever {
namespace {

using base::Code;
using base::Fail;
using CodePoint = utf8proc_int32_t;

// Han characters, each a word of its own; the ranges are those of BertNormalizer.
bool IsHan(CodePoint c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2B73F) || (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

bool IsAsciiPunctuation(CodePoint c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

bool IsPunctuation(CodePoint c) {
  if (c < 128) return IsAsciiPunctuation(c);
  const auto category = utf8proc_category(c);
  return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
}

enum class CharClass : uint8_t { kDropped, kSpace, kText };

CharClass Classify(CodePoint c) {
  if (c == '\t' || c == '\n' || c == '\r' || c == ' ') return CharClass::kSpace;
  if (c < 128) return c < ' ' || c == 0x7F ? CharClass::kDropped : CharClass::kText;
  if (c == 0xFFFD) return CharClass::kDropped;
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return CharClass::kSpace;
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CO: return CharClass::kDropped;
    default: return CharClass::kText;
  }
}

}  // namespace

// One run over one text.
class WordPieceTokenizer::Encoder {
 public:
  Encoder(const WordPieceTokenizer& tokenizer, size_t max_tokens) : tokenizer_(tokenizer), room_(max_tokens - 1) {
    ids_.push_back(tokenizer_.begin_);
  }

  TokenIds Run(std::string_view text) && {
    while (!text.empty() && ids_.size() < room_) {
      CodePoint c = 0;
      const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                         static_cast<utf8proc_ssize_t>(text.size()), &c);
      text.remove_prefix(size > 0 ? static_cast<size_t>(size) : 1);
      if (size > 0) AddChar(c);
    }
    EndWord();
    ids_.resize(std::min(ids_.size(), room_));
    ids_.push_back(tokenizer_.end_);
    return std::move(ids_);
  }

 private:
  void AddChar(CodePoint c) {
    switch (Classify(c)) {
      case CharClass::kDropped: return;
      case CharClass::kSpace: EndWord(); return;
      case CharClass::kText: break;
    }
    if (c < 128) return AddNormalized(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    const bool alone = IsHan(c);
    if (alone) EndWord();
    // The longest canonical decomposition of Unicode has 4 code points.
    std::array<CodePoint, 8> parts;
    int last_class = 0;
    const auto count = utf8proc_decompose_char(c, parts.data(), parts.size(), UTF8PROC_DECOMPOSE, &last_class);
    for (utf8proc_ssize_t i = 0; i < count; ++i) {
      if (utf8proc_category(parts[i]) != UTF8PROC_CATEGORY_MN) AddNormalized(utf8proc_tolower(parts[i]));
    }
    if (alone) EndWord();
  }

  void AddNormalized(CodePoint c) {
    const bool alone = IsPunctuation(c);
    if (alone) EndWord();
    ++word_chars_;
    if (word_chars_ <= tokenizer_.max_word_chars_) {
      std::array<utf8proc_uint8_t, 4> bytes;
      const auto size = utf8proc_encode_char(c, bytes.data());
      word_.append(reinterpret_cast<const char*>(bytes.data()), static_cast<size_t>(size));
    }
    if (alone) EndWord();
  }

  // Greedy, longest piece first; a word with a part that no piece covers is unknown as a whole.
  void EndWord() {
    if (word_chars_ == 0) return;
    const size_t first = ids_.size();
    bool known = word_chars_ <= tokenizer_.max_word_chars_;
    std::string_view rest = word_;
    while (known && !rest.empty()) {
      const Pieces& pieces = rest.size() == word_.size() ? tokenizer_.starts_ : tokenizer_.continuations_;
      known = false;
      for (size_t size = std::min(rest.size(), tokenizer_.longest_piece_bytes_); size > 0; --size) {
        const auto piece = pieces.find(rest.substr(0, size));
        if (piece == pieces.end()) continue;
        ids_.push_back(piece->second);
        rest.remove_prefix(size);
        known = true;
        break;
      }
    }
    if (!known) {
      ids_.resize(first);
      ids_.push_back(tokenizer_.unknown_);
    }
    word_.clear();
    word_chars_ = 0;
  }

  const WordPieceTokenizer& tokenizer_;
  size_t room_;  // for all ids but the last
  TokenIds ids_;
  std::string word_;  // normalised; no longer than the longest known word
  size_t word_chars_ = 0;
};

base::Result<WordPieceTokenizer> WordPieceTokenizer::FromJson(std::string_view tokenizer_json) {
  const auto json = nlohmann::json::parse(tokenizer_json, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return Fail(Code::kDataLoss, "tokenizer.json is not a JSON object");
  try {
    const auto& model = json.at("model");
    const auto& normalizer = json.at("normalizer");
    // strip_accents null means: as lowercase.
    const bool uncased = normalizer.at("type") == "BertNormalizer" && normalizer.at("lowercase") == true &&
                         normalizer.at("clean_text") == true && normalizer.at("handle_chinese_chars") == true &&
                         normalizer.at("strip_accents") != false;
    if (model.at("type") != "WordPiece" || !uncased || json.at("pre_tokenizer").at("type") != "BertPreTokenizer") {
      return Fail(Code::kInvalidArgument, "tokenizer.json is not of an uncased BERT model");
    }
    WordPieceTokenizer tokenizer;
    tokenizer.max_word_chars_ = model.at("max_input_chars_per_word");
    const std::string prefix = model.at("continuing_subword_prefix");
    for (const auto& [piece, id] : model.at("vocab").items()) {
      const bool continues = piece.size() > prefix.size() && piece.starts_with(prefix);
      std::string text = continues ? piece.substr(prefix.size()) : piece;
      tokenizer.longest_piece_bytes_ = std::max(tokenizer.longest_piece_bytes_, text.size());
      (continues ? tokenizer.continuations_ : tokenizer.starts_).emplace(std::move(text), id.get<int32_t>());
    }
    const auto special = [&](const std::string& name) -> std::optional<int32_t> {
      const auto found = tokenizer.starts_.find(name);
      return found == tokenizer.starts_.end() ? std::nullopt : std::optional(found->second);
    };
    const auto unknown = special(model.at("unk_token"));
    const auto begin = special("[CLS]");
    const auto end = special("[SEP]");
    if (!unknown || !begin || !end) return Fail(Code::kInvalidArgument, "tokenizer.json lacks a special token");
    tokenizer.unknown_ = *unknown;
    tokenizer.begin_ = *begin;
    tokenizer.end_ = *end;
    return tokenizer;
  } catch (const nlohmann::json::exception& error) {
    return Fail(Code::kInvalidArgument, std::string("tokenizer.json: ") + error.what());
  }
}

TokenIds WordPieceTokenizer::Encode(std::string_view text, size_t max_tokens) const {
  FANIN_CHECK(max_tokens >= 2);
  return Encoder(*this, max_tokens).Run(text);
}

}  // namespace fanin::retriever
