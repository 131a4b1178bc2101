#include "retriever/token_counter.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <limits>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/file.h"
#include "retriever/token_estimate.h"

namespace fanin::retriever {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kMaxFileBytes = 64ULL << 20;
constexpr size_t kMaxRemembered = 1 << 16;  // pieces whose count is kept
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

class BytePairCounter : public TokenCounter {
 public:
  static base::Result<std::shared_ptr<const TokenCounter>> Make(const Json& file) {
    auto counter = std::make_shared<BytePairCounter>();
    FANIN_RETURN_IF_ERROR(counter->ReadModel(file.at("model")));
    if (file.contains("pre_tokenizer") && !file["pre_tokenizer"].is_null()) {
      FANIN_RETURN_IF_ERROR(counter->AddPreTokenizer(file["pre_tokenizer"]));
    }
    if (!counter->byte_level_) {
      return base::Fail(base::Code::kInvalidArgument, "it is not of byte-level BPE, the only kind that is read");
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
      tokens += CountPlain(text.substr(begin, at - begin)) + 1;
      begin = at + mark.size();
      at = begin - 1;
    }
    return tokens + CountPlain(text.substr(begin));
  }

 private:
  static constexpr uint32_t kNoMerge = std::numeric_limits<uint32_t>::max();

  base::Status ReadModel(const Json& model) {
    if (model.value("type", "BPE") != "BPE") {
      return base::Fail(base::Code::kInvalidArgument, "its model is " + model.value("type", "") + ", not BPE");
    }
    // Merges are "a b", or in newer files ["a", "b"].
    for (const Json& merge : model.at("merges")) {
      std::string pair = merge.is_array() ? merge.at(0).get<std::string>() + " " + merge.at(1).get<std::string>()
                                          : merge.get<std::string>();
      ranks_.emplace(std::move(pair), static_cast<uint32_t>(ranks_.size()));
    }
    if (model.value("ignore_merges", false)) {
      for (const auto& [token, id] : model.at("vocab").items()) whole_.insert(token);
    }
    return {};
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
      byte_level_ = true;
      if (pre.value("use_regex", true)) return AddSplitter(std::string(kByteLevelPattern));
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

  uint32_t CountPlain(std::string_view text) const {
    std::vector<std::string_view> pieces;
    if (!text.empty()) pieces.push_back(text);
    for (const Splitter& splitter : splitters_) {
      std::vector<std::string_view> finer;
      for (const std::string_view piece : pieces) splitter.Split(piece, finer);
      pieces = std::move(finer);
    }
    uint32_t tokens = 0;
    for (const std::string_view piece : pieces) tokens += CountPiece(piece);
    return tokens;
  }

  uint32_t CountPiece(std::string_view piece) const {
    const std::string key(piece);
    {
      const std::shared_lock lock(mutex_);
      const auto found = remembered_.find(key);
      if (found != remembered_.end()) return found->second;
    }
    const uint32_t tokens = Merge(piece);
    const std::unique_lock lock(mutex_);
    if (remembered_.size() >= kMaxRemembered) remembered_.clear();
    remembered_.emplace(key, tokens);
    return tokens;
  }

  // Joins the pair of least rank until none is left; the number of symbols then.
  uint32_t Merge(std::string_view piece) const {
    std::vector<std::string> symbols;
    for (const char c : piece) symbols.push_back(ByteSymbols()[static_cast<uint8_t>(c)]);
    if (!whole_.empty()) {
      std::string joined;
      for (const std::string& symbol : symbols) joined += symbol;
      if (whole_.contains(joined)) return 1;
    }
    while (symbols.size() > 1) {
      uint32_t least = kNoMerge;
      size_t at = 0;
      for (size_t i = 0; i + 1 < symbols.size(); ++i) {
        const auto rank = ranks_.find(symbols[i] + " " + symbols[i + 1]);
        if (rank != ranks_.end() && rank->second < least) {
          least = rank->second;
          at = i;
        }
      }
      if (least == kNoMerge) break;
      symbols[at] += symbols[at + 1];
      symbols.erase(symbols.begin() + static_cast<ptrdiff_t>(at) + 1);
    }
    return static_cast<uint32_t>(symbols.size());
  }

  std::unordered_map<std::string, uint32_t> ranks_;  // "a b" -> rank
  std::unordered_set<std::string> whole_;            // tokens that need no merging
  std::vector<Splitter> splitters_;
  std::vector<std::string> marks_;       // longest first
  std::array<bool, 256> begins_mark_{};  // by byte
  bool byte_level_ = false;
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
