#include "indexer/hdl_extractor_conditions.h"

#include <algorithm>
#include <cctype>

#include "indexer/hdl_extractor_source.h"

namespace fanin::indexer {
namespace {

constexpr size_t kMaxConditionBytes = 200;

// Conditions of `ifdefs nested more deeply than this are left out of the texts.
constexpr size_t kMaxConjuncts = 64;

// One open `ifdef: the negation of its earlier arms, and the condition of the arm that is open now.
struct Arms {
  std::string refused;
  std::string current;
  bool guard = false;  // of an include file
  uint32_t begin = 0;  // of the `ifdef word
  size_t arm = 0;      // index of the open arm
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

// Where the text after a directive and its condition begins.
uint32_t EndOf(std::string_view text, std::string_view condition, const BacktickWord& word) {
  return condition.empty() ? word.end : static_cast<uint32_t>(condition.data() + condition.size() - text.data());
}

std::string Not(std::string_view condition) { return condition.empty() ? std::string() : "!" + std::string(condition); }

}  // namespace

Conditions::Conditions(std::string_view text, std::span<const BacktickWord> words) {
  std::vector<Arms> open;
  auto word_text = [&](const BacktickWord& word) { return text.substr(word.begin, word.end - word.begin); };
  auto begin_region = [&](uint32_t begin) {
    std::string all;
    for (size_t i = 0; i < open.size() && i < kMaxConjuncts && all.size() <= kMaxConditionBytes; ++i) {
      And(all, open[i].refused);
      And(all, open[i].current);
    }
    CutText(all, kMaxConditionBytes);
    if (texts_.empty() || texts_.back() != all) texts_.push_back(std::move(all));
    regions_.push_back({begin, static_cast<uint32_t>(texts_.size() - 1)});
  };
  auto begin_arm = [&](Arms& arms, uint32_t begin) {
    if (arms.guard) return;
    arms.arm = arms_.size();
    arms_.push_back({begin, static_cast<uint32_t>(text.size()), arms.begin});
  };
  auto end_arm = [&](const Arms& arms, uint32_t end) {
    if (!arms.guard) arms_[arms.arm].end = std::max(end, arms_[arms.arm].begin);
  };
  for (size_t i = 0; i < words.size(); ++i) {
    const BacktickWord& word = words[i];
    const std::string_view name = word_text(word);
    if (name == "`ifdef" || name == "`ifndef") {
      const std::string_view condition = ReadCondition(text, word.end);
      Arms arms;
      arms.begin = word.begin;
      arms.current = name == "`ifdef" ? std::string(condition) : Not(condition);
      if (name == "`ifndef" && open.empty() && i + 1 < words.size() && word_text(words[i + 1]) == "`define" &&
          ReadCondition(text, words[i + 1].end) == condition) {
        arms.current.clear();
        arms.guard = true;
      }
      begin_arm(arms, EndOf(text, condition, word));
      open.push_back(std::move(arms));
    } else if (open.empty()) {
      continue;
    } else if (name == "`elsif" || name == "`else") {
      Arms& arms = open.back();
      const std::string refused = arms.current.starts_with('!') ? arms.current.substr(1) : Not(arms.current);
      if (arms.refused.size() <= kMaxConditionBytes) And(arms.refused, refused);
      const std::string_view condition = name == "`elsif" ? ReadCondition(text, word.end) : std::string_view();
      arms.current = condition;
      end_arm(arms, word.begin);
      begin_arm(arms, EndOf(text, condition, word));
    } else if (name == "`endif") {
      end_arm(open.back(), word.begin);
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
