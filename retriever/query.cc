#include "retriever/query.h"

#include <algorithm>
#include <array>
#include <utility>

#include "retriever/code_tokens.h"

namespace fanin::retriever {
namespace {

constexpr std::array<std::string_view, kKeyCount> kKeyNames = {
    "kind",  "name",  "in",    "module",       "file",        "lang",    "drives",
    "reads", "clock", "reset", "instantiates", "instance_of", "license", "repo"};

// Where a printed child stands decides on its parentheses.
enum class Place { kTop, kInOr, kInAnd, kInNot };

void Print(const Query& query, Place place, std::string& out);

void PrintGroup(const std::vector<QueryPtr>& children, std::string_view separator, Place place, bool parentheses,
                std::string& out) {
  parentheses = parentheses || children.empty();
  if (parentheses) out += '(';
  for (size_t i = 0; i < children.size(); ++i) {
    if (i > 0) out += separator;
    Print(*children[i], place, out);
  }
  if (parentheses) out += ')';
}

void Print(const Query& query, Place place, std::string& out) {
  if (query.As<Everything>()) {
    out += "<all>";
  } else if (query.As<Nothing>()) {
    out += "<none>";
  } else if (const auto* word = query.As<Word>()) {
    // A word that begins with '-' would take the '-' before it for its own.
    const bool parentheses = place == Place::kInNot && word->text.starts_with('-');
    out += parentheses ? "(" + word->text + ")" : word->text;
  } else if (const auto* phrase = query.As<Phrase>()) {
    out += Quote(phrase->text);
  } else if (const auto* regex = query.As<Regex>()) {
    out += Pattern{Pattern::Type::kRegex, regex->pattern}.ToString();
  } else if (const auto* atom = query.As<Atom>()) {
    out += KeyName(atom->key);
    out += ':';
    out += atom->value.ToString();
  } else if (const auto* negation = query.As<Not>()) {
    if (place == Place::kInNot) out += '(';
    out += '-';
    Print(*negation->child, Place::kInNot, out);
    if (place == Place::kInNot) out += ')';
  } else if (const auto* conjunction = query.As<And>()) {
    PrintGroup(conjunction->children, " ", Place::kInAnd, place == Place::kInAnd || place == Place::kInNot, out);
  } else if (const auto* disjunction = query.As<Or>()) {
    PrintGroup(disjunction->children, " OR ", Place::kInOr, place != Place::kTop, out);
  }
}

bool EqualChildren(const std::vector<QueryPtr>& a, const std::vector<QueryPtr>& b) {
  return std::ranges::equal(a, b, [](const QueryPtr& x, const QueryPtr& y) { return Equal(*x, *y); });
}

// nullptr: carries nothing (a stop word, an empty group) and is dropped by whatever holds it.
QueryPtr SimplifyNode(const QueryPtr& query, const Decide& decide);

// And and Or are the same algebra with the constants exchanged: `Unit` disappears, `Zero` decides.
template <typename Group, typename Unit, typename Zero>
QueryPtr SimplifyGroup(const Group& group, const Decide& decide) {
  std::vector<QueryPtr> kept;
  bool had_unit = false;
  for (const QueryPtr& child : group.children) {
    QueryPtr simple = SimplifyNode(child, decide);
    if (simple == nullptr) continue;
    if (simple->template As<Zero>()) return MakeQuery(Zero{});
    if (simple->template As<Unit>()) {
      had_unit = true;
    } else if (const auto* nested = simple->template As<Group>()) {
      kept.insert(kept.end(), nested->children.begin(), nested->children.end());
    } else {
      kept.push_back(std::move(simple));
    }
  }
  if (kept.empty()) return had_unit ? MakeQuery(Unit{}) : nullptr;
  return kept.size() == 1 ? kept[0] : MakeQuery(Group{std::move(kept)});
}

QueryPtr SimplifyNode(const QueryPtr& query, const Decide& decide) {
  if (const auto* conjunction = query->As<And>()) return SimplifyGroup<And, Everything, Nothing>(*conjunction, decide);
  if (const auto* disjunction = query->As<Or>()) return SimplifyGroup<Or, Nothing, Everything>(*disjunction, decide);
  if (const auto* negation = query->As<Not>()) {
    QueryPtr child = SimplifyNode(negation->child, decide);
    if (child == nullptr) return nullptr;
    if (child->As<Everything>()) return MakeQuery(Nothing{});
    if (child->As<Nothing>()) return MakeQuery(Everything{});
    if (const auto* inner = child->As<Not>()) return inner->child;
    return child == negation->child ? query : MakeQuery(Not{std::move(child)});
  }
  if (const auto* word = query->As<Word>(); word != nullptr && !HasTerms(word->text)) return nullptr;
  if (decide != nullptr) {
    if (std::optional<bool> decided = decide(*query)) {
      return *decided ? MakeQuery(Everything{}) : MakeQuery(Nothing{});
    }
  }
  return query;
}

}  // namespace

std::string_view KeyName(Key key) { return kKeyNames[static_cast<size_t>(key)]; }

std::optional<Key> KeyFromName(std::string_view lower_case_name) {
  if (lower_case_name == "path") return Key::kFile;
  auto found = std::ranges::find(kKeyNames, lower_case_name);
  if (found == kKeyNames.end()) return std::nullopt;
  return static_cast<Key>(found - kKeyNames.begin());
}

bool Equal(const Query& a, const Query& b) {
  if (a.node.index() != b.node.index()) return false;
  return std::visit(
      [&b](const auto& x) {
        using T = std::decay_t<decltype(x)>;
        const T& y = std::get<T>(b.node);
        if constexpr (std::is_same_v<T, Not>) {
          return Equal(*x.child, *y.child);
        } else if constexpr (std::is_same_v<T, And> || std::is_same_v<T, Or>) {
          return EqualChildren(x.children, y.children);
        } else {
          return x == y;
        }
      },
      a.node);
}

std::string ToString(const Query& query) {
  std::string out;
  Print(query, Place::kTop, out);
  return out;
}

QueryPtr Simplify(const QueryPtr& query, const Decide& decide) {
  QueryPtr simple = SimplifyNode(query, decide);
  return simple != nullptr ? simple : MakeQuery(Everything{});
}

std::vector<std::string> RankingWords(const Query& query) {
  std::vector<std::string> words;
  ForEachPositiveLeaf(query, [&words](const Query& leaf) {
    if (const auto* word = leaf.As<Word>()) words.push_back(word->text);
  });
  return words;
}

QueryPtr Condition(const QueryPtr& query) {
  if (query->As<Word>()) return MakeQuery(Everything{});
  const auto* conjunction = query->As<And>();
  if (conjunction == nullptr) return query;
  And rest;
  for (const QueryPtr& child : conjunction->children) {
    if (child->As<Word>() == nullptr) rest.children.push_back(child);
  }
  if (rest.children.empty()) return MakeQuery(Everything{});
  return rest.children.size() == 1 ? rest.children[0] : MakeQuery(std::move(rest));
}

void ForEachPositiveLeaf(const Query& query, const std::function<void(const Query& leaf)>& visit) {
  if (query.As<Not>()) return;
  const std::vector<QueryPtr>* children = nullptr;
  if (const auto* conjunction = query.As<And>()) children = &conjunction->children;
  if (const auto* disjunction = query.As<Or>()) children = &disjunction->children;
  if (children == nullptr) {
    visit(query);
    return;
  }
  for (const QueryPtr& child : *children) ForEachPositiveLeaf(*child, visit);
}

}  // namespace fanin::retriever
