#include "retriever/text_match.h"

#include <re2/filtered_re2.h>
#include <re2/re2.h>

#include <algorithm>
#include <map>

#include "retriever/query_pattern.h"
#include "retriever/trigram.h"

namespace fanin::retriever {
namespace {

// More trigrams of a long phrase hardly narrow the files further.
constexpr size_t kMaxTrigrams = 24;
constexpr int kTrigramBytes = 3;
// Instructions of a compiled regex: each may be looked at for each byte when the automaton runs out of memory.
constexpr int kMaxProgramSize = 5000;

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }

// Letters of escapes (\S, \B, \pL, \x{1F}) say nothing about case.
bool RegexHasUpperCase(std::string_view pattern) {
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      const char escape = ++i < pattern.size() ? pattern[i] : ' ';
      const bool takes_name = escape == 'p' || escape == 'P' || escape == 'x';
      if (takes_name && i + 1 < pattern.size()) {
        const size_t close = pattern[i + 1] == '{' ? pattern.find('}', i) : i + (escape == 'x' ? 2 : 1);
        i = std::min(close, pattern.size());
      }
    } else if (IsUpper(pattern[i])) {
      return true;
    }
  }
  return false;
}

base::Result<Bitmap> FilesWithText(const SegmentPostings& postings, std::string_view text) {
  std::vector<uint32_t> trigrams = TrigramsOf(text);
  if (trigrams.size() > kMaxTrigrams) {
    // Spread over the whole text.
    for (size_t i = 0; i < kMaxTrigrams; ++i) trigrams[i] = trigrams[i * trigrams.size() / kMaxTrigrams];
    trigrams.resize(kMaxTrigrams);
  }
  return postings.FilesWithTrigrams(trigrams);
}

class PhraseMatcher : public TextMatcher {
 public:
  explicit PhraseMatcher(std::string_view phrase)
      : phrase_(phrase), searcher_(re2::StringPiece(phrase.data(), phrase.size()), OptionsFor(phrase)) {}

  base::Result<Bitmap> MayMatch(const SegmentPostings& postings) const override {
    return FilesWithText(postings, phrase_);
  }

  void FindAll(std::string_view text, const std::function<bool(TextSpan)>& visit) const override {
    re2::StringPiece input(text.data(), text.size());
    re2::StringPiece match;
    size_t from = 0;
    while (searcher_.Match(input, from, text.size(), RE2::UNANCHORED, &match, 1)) {
      const auto begin = static_cast<uint32_t>(match.data() - text.data());
      from = begin + match.size();
      if (!visit({begin, static_cast<uint32_t>(from)})) return;
    }
  }

 private:
  static RE2::Options OptionsFor(std::string_view phrase) {
    RE2::Options options;
    options.set_literal(true);
    options.set_case_sensitive(std::ranges::any_of(phrase, IsUpper));
    options.set_encoding(RE2::Options::EncodingLatin1);
    options.set_log_errors(false);
    return options;
  }

  std::string phrase_;
  RE2 searcher_;
};

class RegexMatcher : public TextMatcher {
 public:
  static base::Result<std::shared_ptr<const TextMatcher>> Make(std::string_view pattern) {
    if (pattern.size() > kMaxRegexBytes) {
      return base::Fail(base::Code::kInvalidArgument,
                        "a regular expression of more than " + std::to_string(kMaxRegexBytes) + " bytes");
    }
    RE2::Options options;
    options.set_case_sensitive(RegexHasUpperCase(pattern));
    options.set_encoding(RE2::Options::EncodingLatin1);
    options.set_log_errors(false);
    options.set_max_mem(kMaxAutomatonBytes);
    auto matcher = std::make_shared<RegexMatcher>();
    // The flag makes ^ and $ match at lines. Compiled once by itself for its message: Add only says that it failed.
    const std::string by_lines = "(?m)" + std::string(pattern);
    const RE2 alone(by_lines, options);
    if (!alone.ok()) return base::Fail(base::Code::kInvalidArgument, "bad regular expression: " + alone.error());
    if (alone.ProgramSize() > kMaxProgramSize) {
      return base::Fail(base::Code::kInvalidArgument, "bad regular expression: too large");
    }
    int id = 0;
    FANIN_CHECK(matcher->filter_.Add(by_lines, options, &id) == RE2::NoError);
    matcher->filter_.Compile(&matcher->atoms_);
    return matcher;
  }

  RegexMatcher() : filter_(kTrigramBytes) {}

  // RE2 names literals (atoms) and decides which combinations of them a match needs.
  base::Result<Bitmap> MayMatch(const SegmentPostings& postings) const override {
    if (Passes({})) return postings.FilesWithTrigrams({});
    std::map<uint32_t, std::vector<int>> atoms_of_file;
    for (size_t atom = 0; atom < atoms_.size(); ++atom) {
      FANIN_ASSIGN_OR_RETURN(const Bitmap files, FilesWithText(postings, atoms_[atom]));
      for (uint32_t file : files) atoms_of_file[file].push_back(static_cast<int>(atom));
    }
    Bitmap files;
    std::map<std::vector<int>, bool> passes;
    for (const auto& [file, atoms] : atoms_of_file) {
      auto [known, is_new] = passes.try_emplace(atoms, false);
      if (is_new) known->second = Passes(atoms);
      if (known->second) files.add(file);
    }
    return files;
  }

  void FindAll(std::string_view text, const std::function<bool(TextSpan)>& visit) const override {
    const RE2& regex = filter_.GetRE2(0);
    re2::StringPiece input(text.data(), text.size());
    re2::StringPiece match;
    size_t from = 0;
    while (from <= text.size() && regex.Match(input, from, text.size(), RE2::UNANCHORED, &match, 1)) {
      const auto begin = static_cast<uint32_t>(match.data() - text.data());
      from = begin + std::max<size_t>(match.size(), 1);
      if (match.empty()) continue;
      if (!visit({begin, begin + static_cast<uint32_t>(match.size())})) return;
    }
  }

 private:
  bool Passes(const std::vector<int>& atoms) const {
    std::vector<int> potential;
    filter_.AllPotentials(atoms, &potential);
    return !potential.empty();
  }

  re2::FilteredRE2 filter_;
  std::vector<std::string> atoms_;
};

}  // namespace

std::shared_ptr<const TextMatcher> TextMatcher::ForPhrase(std::string_view phrase) {
  return std::make_shared<PhraseMatcher>(phrase);
}

base::Result<std::shared_ptr<const TextMatcher>> TextMatcher::ForRegex(std::string_view pattern) {
  return RegexMatcher::Make(pattern);
}

}  // namespace fanin::retriever
