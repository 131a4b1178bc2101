#include "retriever/token_counter.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <nlohmann/json.hpp>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/file.h"
#include "retriever/byte_pair.h"
#include "retriever/token_estimate.h"

namespace fanin::retriever {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kMaxFileBytes = 64ULL << 20;
constexpr size_t kMaxRemembered = 1 << 16;   // pieces whose count is kept
constexpr size_t kMaxRememberedBytes = 256;  // of one
// What GPT-2 splits by, where ByteLevel is asked to (use_regex).
constexpr std::string_view kByteLevelPattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

class Estimator : public TokenCounter {
 public:
  uint32_t Count(std::string_view text) const override { return EstimateTokens(text); }
};

void AppendUtf8(uint32_t code_point, std::string& out) {
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
  } else {  // byte-level symbols lie below U+0800
    out += static_cast<char>(0xC0 | code_point >> 6);
    out += static_cast<char>(0x80 | (code_point & 0x3F));
  }
}

// The visible character that stands for each byte in byte-level vocabularies (GPT-2's bytes_to_unicode).
const std::array<std::string, 256>& ByteSymbols() {
  static const std::array<std::string, 256> kSymbols = [] {
    std::array<std::string, 256> symbols;
    uint32_t next = 256;
    for (uint32_t byte = 0; byte < 256; ++byte) {
      const bool visible = (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
      AppendUtf8(visible ? byte : next++, symbols[byte]);
    }
    return symbols;
  }();
  return kSymbols;
}

// One splitter: pieces that match stand alone, and so does what lies between. RE2 has no look-ahead; the one that these
// files use, `\s+(?!\S)`, leaves the last blank of a run to what follows it, which is done by hand.
class Splitter {
 public:
  static base::Result<Splitter> Make(std::string pattern) {
    constexpr std::string_view kLookAhead = R"(\s+(?!\S)|)";
    Splitter splitter;
    if (const size_t at = pattern.find(kLookAhead); at != std::string::npos) {
      pattern.erase(at, kLookAhead.size());
      splitter.gives_back_ = true;
    }
    RE2::Options options;
    options.set_log_errors(false);
    splitter.pattern_ = std::make_shared<const RE2>(pattern, options);
    if (!splitter.pattern_->ok()) {
      return base::Fail(base::Code::kInvalidArgument,
                        "its pre-tokenizer splits by a pattern that is not understood: " + splitter.pattern_->error());
    }
    return splitter;
  }

  void Split(std::string_view text, std::vector<std::string_view>& out) const {
    size_t begin = 0;
    for (size_t at = 0; at < text.size();) {
      re2::StringPiece found;
      const re2::StringPiece whole(text.data(), text.size());
      if (!pattern_->Match(whole, at, text.size(), RE2::UNANCHORED, &found, 1)) break;
      const auto first = static_cast<size_t>(found.data() - text.data());
      size_t length = found.size();
      if (length == 0) {
        ++at;
        continue;
      }
      const std::string_view match = text.substr(first, length);
      const bool blanks = match.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
      const bool by_line = match.ends_with('\n') || match.ends_with('\r');
      if (gives_back_ && blanks && !by_line && length > 1 && first + length < text.size()) --length;
      if (first > begin) out.push_back(text.substr(begin, first - begin));
      out.push_back(text.substr(first, length));
      begin = at = first + length;
    }
    if (begin < text.size()) out.push_back(text.substr(begin));
  }

 private:
  std::shared_ptr<const RE2> pattern_;
  bool gives_back_ = false;
};

// How a text becomes symbols.
enum class Spelling : uint8_t {
  kNone,
  kByteLevel,  // each byte as a visible character (GPT-2)
  kMetaspace,  // characters, blanks as U+2581, bytes of those that the vocabulary has not (SentencePiece)
};

constexpr std::string_view kMetaspace = "\u2581";

// What is put before a text, once blanks are replaced.
enum class Prefix : uint8_t { kNone, kFirst, kAlways };

class BytePairCounter : public TokenCounter {
 public:
  static base::Result<std::shared_ptr<const TokenCounter>> Make(const Json& file) {
    auto counter = std::make_shared<BytePairCounter>();
    FANIN_RETURN_IF_ERROR(counter->ReadModel(file.at("model")));
    if (file.contains("normalizer") && !file["normalizer"].is_null()) counter->ReadNormalizer(file["normalizer"]);
    if (file.contains("pre_tokenizer") && !file["pre_tokenizer"].is_null()) {
      FANIN_RETURN_IF_ERROR(counter->AddPreTokenizer(file["pre_tokenizer"]));
    }
    if (counter->spelling_ == Spelling::kNone) {
      return base::Fail(base::Code::kInvalidArgument, "it is neither of byte-level BPE nor of SentencePiece's");
    }
    if (file.contains("added_tokens")) {
      for (const Json& token : file["added_tokens"]) counter->marks_.push_back(token.at("content").get<std::string>());
      std::erase(counter->marks_, "");
      std::ranges::sort(counter->marks_, std::greater<>(), &std::string::size);  // longest first
      for (const std::string& mark : counter->marks_) counter->begins_mark_[static_cast<uint8_t>(mark.front())] = true;
    }
    return counter;
  }

  uint32_t Count(std::string_view text) const override {
    uint32_t tokens = 0;
    size_t begin = 0;
    for (size_t at = 0; at < text.size(); ++at) {
      if (!begins_mark_[static_cast<uint8_t>(text[at])]) continue;
      const std::string_view mark = MarkAt(text.substr(at));
      if (mark.empty()) continue;
      tokens += CountPlain(text.substr(begin, at - begin), begin == 0) + 1;
      begin = at + mark.size();
      at = begin - 1;
    }
    return tokens + CountPlain(text.substr(begin), begin == 0);
  }

 private:
  base::Status ReadModel(const Json& model) {
    if (model.value("type", "BPE") != "BPE") {
      return base::Fail(base::Code::kInvalidArgument, "its model is " + model.value("type", "") + ", not BPE");
    }
    // Merges are "a b", or in newer files ["a", "b"].
    for (const Json& merge : model.at("merges")) {
      if (merge.is_array()) {
        AddMerge(merge.at(0).get<std::string>(), merge.at(1).get<std::string>());
      } else {
        const auto pair = merge.get<std::string>();
        const size_t blank = pair.find(' ');
        AddMerge(pair.substr(0, blank), blank == std::string::npos ? "" : pair.substr(blank + 1));
      }
    }
    whole_counts_ = model.value("ignore_merges", false);
    falls_back_ = model.value("byte_fallback", false);
    if (whole_counts_ || falls_back_) {
      for (const auto& [token, id] : model.at("vocab").items()) vocabulary_.insert(token);
    }
    return {};
  }

  void AddMerge(const std::string& left, const std::string& right) {
    pairs_.Add(left, right);
    const std::string joined = left + right;
    for (size_t at = joined.find(kMetaspace, 1); at != std::string::npos; at = joined.find(kMetaspace, at + 1)) {
      if (!std::string_view(joined).substr(0, at).ends_with(kMetaspace)) spans_blanks_ = true;
    }
  }

  // Prepend and Replace of SentencePiece's forms; what others do to rare characters hardly moves a count.
  void ReadNormalizer(const Json& normalizer) {
    const std::string type = normalizer.at("type").get<std::string>();
    if (type == "Sequence") {
      for (const Json& part : normalizer.at("normalizers")) ReadNormalizer(part);
    } else if (type == "Prepend") {
      prefix_ = Prefix::kAlways;
    } else if (type == "Replace" && normalizer.at("content") == kMetaspace) {
      spelling_ = Spelling::kMetaspace;
    }
  }

  base::Status AddPreTokenizer(const Json& pre) {
    const std::string type = pre.at("type").get<std::string>();
    if (type == "Sequence") {
      for (const Json& part : pre.at("pretokenizers")) FANIN_RETURN_IF_ERROR(AddPreTokenizer(part));
      return {};
    }
    if (type == "Split") {
      const Json& pattern = pre.at("pattern");
      if (pre.value("behavior", "Isolated") != "Isolated" || pre.value("invert", false)) {
        return base::Fail(base::Code::kInvalidArgument, "its pre-tokenizer splits in a way that is not understood");
      }
      return AddSplitter(pattern.contains("Regex") ? pattern["Regex"].get<std::string>()
                                                   : RE2::QuoteMeta(pattern.at("String").get<std::string>()));
    }
    if (type == "Digits") return AddSplitter(pre.value("individual_digits", false) ? R"(\p{N})" : R"(\p{N}+)");
    if (type == "ByteLevel") {
      spelling_ = Spelling::kByteLevel;
      if (pre.value("use_regex", true)) return AddSplitter(std::string(kByteLevelPattern));
      return {};
    }
    if (type == "Metaspace" && pre.value("replacement", "") == kMetaspace) {
      const std::string scheme = pre.value("prepend_scheme", "always");
      spelling_ = Spelling::kMetaspace;
      prefix_ = scheme == "never" ? Prefix::kNone : scheme == "first" ? Prefix::kFirst : Prefix::kAlways;
      doubles_prefix_ = false;
      splits_blanks_ = pre.value("split", true);
      return {};
    }
    return base::Fail(base::Code::kInvalidArgument, "its pre-tokenizer " + type + " is not understood");
  }

  base::Status AddSplitter(std::string pattern) {
    FANIN_ASSIGN_OR_RETURN(Splitter splitter, Splitter::Make(std::move(pattern)));
    splitters_.push_back(std::move(splitter));
    return {};
  }

  std::string_view MarkAt(std::string_view text) const {
    const auto found = std::ranges::find_if(marks_, [&](const std::string& mark) { return text.starts_with(mark); });
    return found == marks_.end() ? std::string_view() : std::string_view(*found);
  }

  uint32_t CountPlain(std::string_view text, bool is_first) const {
    if (text.empty()) return 0;
    std::vector<std::string_view> pieces;
    std::string with_blanks;
    if (spelling_ == Spelling::kMetaspace) {
      with_blanks = WithVisibleBlanks(text, is_first);
      pieces = SplitAtBlanks(with_blanks);
    } else {
      pieces.push_back(text);
    }
    for (const Splitter& splitter : splitters_) {
      std::vector<std::string_view> finer;
      for (const std::string_view piece : pieces) splitter.Split(piece, finer);
      pieces = std::move(finer);
    }
    uint32_t tokens = 0;
    for (const std::string_view piece : pieces) tokens += CountPiece(piece);
    return tokens;
  }

  std::string WithVisibleBlanks(std::string_view text, bool is_first) const {
    std::string out;
    const bool has_one = !doubles_prefix_ && (text.front() == ' ' || text.starts_with(kMetaspace));
    if (!has_one && (prefix_ == Prefix::kAlways || (prefix_ == Prefix::kFirst && is_first))) out = kMetaspace;
    for (const char c : text) {
      if (c == ' ') {
        out += kMetaspace;
      } else {
        out += c;
      }
    }
    return out;
  }

  // Before each run of blanks, as no merge spans it; before each blank, where the file says so; else nowhere.
  std::vector<std::string_view> SplitAtBlanks(std::string_view text) const {
    std::vector<std::string_view> pieces;
    size_t begin = 0;
    for (size_t at = text.find(kMetaspace, 1); at != std::string_view::npos; at = text.find(kMetaspace, at + 1)) {
      const bool begins_run = !text.substr(begin, at - begin).ends_with(kMetaspace);
      if (!splits_blanks_ && (spans_blanks_ || !begins_run)) continue;
      pieces.push_back(text.substr(begin, at - begin));
      begin = at;
    }
    pieces.push_back(text.substr(begin));
    return pieces;
  }

  uint32_t CountPiece(std::string_view piece) const {
    if (piece.size() > kMaxRememberedBytes) return Join(piece);
    const std::string key(piece);
    {
      const std::shared_lock lock(mutex_);
      const auto found = remembered_.find(key);
      if (found != remembered_.end()) return found->second;
    }
    const uint32_t tokens = Join(piece);
    const std::unique_lock lock(mutex_);
    if (remembered_.size() >= kMaxRemembered) remembered_.clear();
    remembered_.emplace(key, tokens);
    return tokens;
  }

  uint32_t Join(std::string_view piece) const {
    std::string symbols;
    std::vector<uint32_t> ends;
    const auto add = [&](std::string_view symbol) {
      symbols += symbol;
      ends.push_back(static_cast<uint32_t>(symbols.size()));
    };
    if (spelling_ == Spelling::kByteLevel) {
      for (const char c : piece) add(ByteSymbols()[static_cast<uint8_t>(c)]);
    } else {
      for (size_t at = 0; at < piece.size();) {
        size_t end = at + 1;
        while (end < piece.size() && (piece[end] & 0xC0) == 0x80) ++end;
        const std::string character(piece.substr(at, end - at));
        if (!falls_back_ || vocabulary_.contains(character)) {
          add(character);
        } else {
          for (size_t i = at; i < end; ++i) add("<byte>");
        }
        at = end;
      }
    }
    if (whole_counts_ && vocabulary_.contains(symbols)) return 1;
    return pairs_.CountJoined(symbols, ends);
  }

  BytePairs pairs_;
  std::unordered_set<std::string> vocabulary_;  // filled where one of the next two is set
  bool whole_counts_ = false;                   // a piece that is a token needs no joining
  bool falls_back_ = false;                     // characters that are no token count by their bytes
  Spelling spelling_ = Spelling::kNone;
  Prefix prefix_ = Prefix::kNone;
  bool doubles_prefix_ = true;  // also before a blank
  bool spans_blanks_ = false;   // a token has a blank behind something else
  bool splits_blanks_ = false;
  std::vector<Splitter> splitters_;
  std::vector<std::string> marks_;       // longest first
  std::array<bool, 256> begins_mark_{};  // by byte
  mutable std::shared_mutex mutex_;
  mutable std::unordered_map<std::string, uint32_t> remembered_;  // guarded by mutex_
};

}  // namespace

std::shared_ptr<const TokenCounter> EstimatingCounter() {
  static const std::shared_ptr<const TokenCounter> kEstimator = std::make_shared<Estimator>();
  return kEstimator;
}

base::Result<std::shared_ptr<const TokenCounter>> ReadTokenizer(const std::filesystem::path& file) {
  FANIN_ASSIGN_OR_RETURN(const std::string text, base::ReadFile(file, kMaxFileBytes));
  const auto fail = [&](const std::string& what) {
    return base::Fail(base::Code::kInvalidArgument, "tokenizer " + file.string() + ": " + what);
  };
  try {
    base::Result<std::shared_ptr<const TokenCounter>> counter = BytePairCounter::Make(Json::parse(text));
    if (!counter) return fail(counter.error().message);
    return counter;
  } catch (const Json::exception& error) {
    return fail(error.what());
  }
}

}  // namespace fanin::retriever
