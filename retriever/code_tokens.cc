#include "retriever/code_tokens.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "retriever/query_pattern.h"
#include "retriever/term_data.h"

namespace fanin::retriever {
namespace {

constexpr size_t kMinTermBytes = 2;
constexpr size_t kMinStemBytes = 4;
// Longer words are data, not names; their head is kept.
constexpr size_t kMaxWordBytes = 128;

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlphanumeric(char c) { return IsLower(c) || IsUpper(c) || IsDigit(c); }

// Words of a data file: calls visit(words) per line.
template <typename Visit>
void ForEachLine(std::string_view text, Visit visit) {
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line = line.substr(0, line.find('#'));
    std::vector<std::string_view> words;
    for (size_t i = 0; i < line.size();) {
      size_t begin = line.find_first_not_of(" \t\r", i);
      if (begin == std::string_view::npos) break;
      i = std::min(line.find_first_of(" \t\r", begin), line.size());
      words.push_back(line.substr(begin, i - begin));
    }
    if (!words.empty()) visit(words);
  }
}

using WordSet = std::unordered_set<std::string_view>;

const WordSet& StopWords() {
  static const WordSet words = [] {
    WordSet set;
    ForEachLine(kStopWordsText, [&set](const auto& line) { set.insert(line.begin(), line.end()); });
    return set;
  }();
  return words;
}

// Porter's measure: the number of vowel-consonant sequences; 'y' is a vowel after a consonant.
struct Shape {
  size_t measure = 0;
  bool has_vowel = false;
};

bool IsVowel(std::string_view word, size_t i) {
  switch (word[i]) {
    case 'a':
    case 'e':
    case 'i':
    case 'o':
    case 'u': return true;
    case 'y': return i > 0 && !IsVowel(word, i - 1);
    default: return false;
  }
}

Shape ShapeOf(std::string_view stem) {
  Shape shape;
  bool previous_vowel = false;
  for (size_t i = 0; i < stem.size(); ++i) {
    bool vowel = i > 0 && stem[i] == 'y' ? !previous_vowel : IsVowel(stem.substr(0, i + 1), i);
    if (!vowel && previous_vowel) ++shape.measure;
    shape.has_vowel = shape.has_vowel || vowel;
    previous_vowel = vowel;
  }
  return shape;
}

// *o: ends consonant, vowel, consonant other than w, x, y.
bool EndsShort(std::string_view stem) {
  size_t n = stem.size();
  if (n < 3 || IsVowel(stem, n - 1) || !IsVowel(stem, n - 2) || IsVowel(stem, n - 3)) return false;
  return stem[n - 1] != 'w' && stem[n - 1] != 'x' && stem[n - 1] != 'y';
}

bool EndsDouble(std::string_view stem) {
  size_t n = stem.size();
  return n >= 2 && stem[n - 1] == stem[n - 2] && !IsVowel(stem, n - 1);
}

void FoldPlural(std::string& word) {
  std::string_view view = word;
  if (view.ends_with("sses") || view.ends_with("ies")) {
    word.resize(word.size() - 2);
  } else if (view.ends_with('s') && !view.ends_with("ss") && !view.ends_with("us") && !view.ends_with("is")) {
    word.pop_back();
  }
}

void FoldPastAndProgressive(std::string& word) {
  std::string_view view = word;
  if (view.ends_with("eed")) {
    if (ShapeOf(view.substr(0, view.size() - 3)).measure > 0) word.pop_back();
    return;
  }
  size_t cut = view.ends_with("ed") ? 2 : view.ends_with("ing") ? 3 : 0;
  if (cut == 0 || !ShapeOf(view.substr(0, view.size() - cut)).has_vowel) return;
  word.resize(word.size() - cut);
  view = word;
  if (view.ends_with("at") || view.ends_with("bl") || view.ends_with("iz")) {
    word += 'e';
  } else if (EndsDouble(view) && word.back() != 'l' && word.back() != 's' && word.back() != 'z') {
    word.pop_back();
  } else if (ShapeOf(view).measure == 1 && EndsShort(view)) {
    word += 'e';
  }
}

void FoldFinalLetters(std::string& word) {
  if (word.ends_with('y') && ShapeOf(std::string_view(word).substr(0, word.size() - 1)).has_vowel) word.back() = 'i';
  if (word.ends_with('e')) {
    std::string_view stem = std::string_view(word).substr(0, word.size() - 1);
    size_t measure = ShapeOf(stem).measure;
    if (measure > 1 || (measure == 1 && !EndsShort(stem))) word.pop_back();
  }
  if (word.ends_with("ll") && ShapeOf(word).measure > 1) word.pop_back();
}

void AppendTerm(std::string_view part, std::vector<std::string>& terms) {
  if (part.size() < kMinTermBytes) return;
  std::string lower = LowerCase(part);
  if (!IsStopWord(lower)) terms.push_back(Stem(lower));
}

// The part [begin, end) of a word has no '_' or change of case inside; with digits in it, its runs count too.
void AppendPart(std::string_view part, std::vector<std::string>& terms) {
  AppendTerm(part, terms);
  bool mixed = std::ranges::any_of(part, IsDigit) && !std::ranges::all_of(part, IsDigit);
  if (!mixed) return;
  for (size_t i = 0; i < part.size();) {
    size_t begin = i;
    while (i < part.size() && IsDigit(part[i]) == IsDigit(part[begin])) ++i;
    AppendTerm(part.substr(begin, i - begin), terms);
  }
}

// End of the part that begins at `begin`: before a separator, an upper-case letter after a lower-case one or digit, or
// the last capital of a run that a lower-case letter follows ("AXILite" -> "AXI", "Lite").
size_t PartEnd(std::string_view word, size_t begin) {
  size_t i = begin + 1;
  for (; i < word.size() && IsAlphanumeric(word[i]); ++i) {
    if (!IsUpper(word[i])) continue;
    if (!IsUpper(word[i - 1])) break;
    if (i + 1 < word.size() && IsLower(word[i + 1])) break;
  }
  return i;
}

}  // namespace

std::string Stem(std::string_view lower_case_word) {
  std::string word(lower_case_word);
  if (word.size() < kMinStemBytes || !std::ranges::all_of(word, IsLower)) return word;
  FoldPlural(word);
  FoldPastAndProgressive(word);
  FoldFinalLetters(word);
  return word;
}

bool IsStopWord(std::string_view lower_case_word) { return StopWords().contains(lower_case_word); }

void AppendTerms(std::string_view word, std::vector<std::string>& terms) {
  word = word.substr(0, kMaxWordBytes);
  struct Part {
    size_t begin;
    size_t end;
  };
  std::vector<Part> parts;
  for (size_t i = 0; i < word.size();) {
    if (!IsAlphanumeric(word[i])) {
      ++i;
      continue;
    }
    size_t end = PartEnd(word, i);
    parts.push_back({i, end});
    i = end;
  }
  if (parts.size() > 1) {
    std::string whole;
    for (const Part& part : parts) whole += LowerCase(word.substr(part.begin, part.end - part.begin));
    terms.push_back(Stem(whole));
  }
  for (const Part& part : parts) AppendPart(word.substr(part.begin, part.end - part.begin), terms);
}

bool HasTerms(std::string_view text) {
  std::vector<std::string> terms;
  ScanWords(text, TextKind::kProse,
            [&](const WordSpan& word) { AppendTerms(text.substr(word.begin, word.end - word.begin), terms); });
  return !terms.empty();
}

const std::vector<std::string>& Synonyms(std::string_view term) {
  static const auto table = [] {
    std::map<std::string, std::set<std::string>> sets;
    ForEachLine(kAbbreviationsText, [&sets](const std::vector<std::string_view>& line) {
      const std::string head = Stem(line[0]);
      for (std::string_view word : line) {
        std::string other = Stem(word);
        if (other == head) continue;
        sets[head].insert(other);
        sets[other].insert(head);
      }
    });
    std::map<std::string, std::vector<std::string>, std::less<>> lists;
    for (const auto& [key, set] : sets) lists[key] = {set.begin(), set.end()};
    return lists;
  }();
  static const std::vector<std::string> none;
  auto found = table.find(term);
  return found != table.end() ? found->second : none;
}

}  // namespace fanin::retriever
