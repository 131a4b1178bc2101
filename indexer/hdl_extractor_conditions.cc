#include "indexer/hdl_extractor_conditions.h"

#include <algorithm>

#include "indexer/hdl_extractor_source.h"

namespace fanin::indexer {
namespace {

constexpr size_t kMaxConditionBytes = 200;

// One open `ifdef: the negation of its earlier arms, and the condition of the arm that is open now.
struct Arms {
  std::string refused;
  std::string current;
};

void And(std::string& conjunction, std::string_view term) {
  if (term.empty()) return;
  if (!conjunction.empty()) conjunction += " && ";
  conjunction += term;
}

// A macro name, or the parenthesised expression that newer versions of the language allow, after a directive.
std::string_view ReadCondition(std::string_view text, size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
  size_t end = at;
  if (at < text.size() && text[at] == '(') {
    int depth = 0;
    do {
      depth += text[end] == '(' ? 1 : text[end] == ')' ? -1 : 0;
      ++end;
    } while (depth > 0 && end < text.size() && text[end] != '\n');
  } else {
    while (end < text.size() &&
           (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_' || text[end] == '$'))
      ++end;
  }
  return text.substr(at, end - at);
}

std::string Not(std::string_view condition) { return condition.empty() ? std::string() : "!" + std::string(condition); }

}  // namespace

Conditions::Conditions(std::string_view text, std::span<const BacktickWord> words) {
  std::vector<Arms> open;
  auto word_text = [&](const BacktickWord& word) { return text.substr(word.begin, word.end - word.begin); };
  auto begin_region = [&](uint32_t begin) {
    std::string all;
    for (const Arms& arms : open) {
      And(all, arms.refused);
      And(all, arms.current);
      if (all.size() > kMaxConditionBytes) break;
    }
    CutText(all, kMaxConditionBytes);
    if (texts_.empty() || texts_.back() != all) texts_.push_back(std::move(all));
    regions_.push_back({begin, static_cast<uint32_t>(texts_.size() - 1)});
  };
  for (size_t i = 0; i < words.size(); ++i) {
    const BacktickWord& word = words[i];
    const std::string_view name = word_text(word);
    if (name == "`ifdef" || name == "`ifndef") {
      const std::string_view condition = ReadCondition(text, word.end);
      Arms arms{.refused = {}, .current = name == "`ifdef" ? std::string(condition) : Not(condition)};
      if (name == "`ifndef" && open.empty() && i + 1 < words.size() && word_text(words[i + 1]) == "`define" &&
          ReadCondition(text, words[i + 1].end) == condition) {
        arms.current.clear();  // the guard of an include file
      }
      open.push_back(std::move(arms));
    } else if (open.empty()) {
      continue;
    } else if (name == "`elsif" || name == "`else") {
      Arms& arms = open.back();
      const std::string refused = arms.current.starts_with('!') ? arms.current.substr(1) : Not(arms.current);
      if (arms.refused.size() <= kMaxConditionBytes) And(arms.refused, refused);
      arms.current = name == "`elsif" ? std::string(ReadCondition(text, word.end)) : std::string();
    } else if (name == "`endif") {
      open.pop_back();
    } else {
      continue;
    }
    begin_region(word.end);
  }
}

std::string_view Conditions::At(uint32_t byte) const {
  auto after = std::ranges::upper_bound(regions_, byte, {}, &Region::begin);
  if (after == regions_.begin()) return {};
  return texts_[std::prev(after)->condition];
}

}  // namespace fanin::indexer
