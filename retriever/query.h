// The query tree: what a query string means. Immutable nodes, shared freely; thread-safe.
//
// ParseQuery (query_parser.h) makes it, Simplify reduces it, ToString prints it in the language of docs/query_syntax.md
// (parsing what was printed gives an equal tree).
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "retriever/query_pattern.h"

namespace fanin::retriever {

// The keys of atoms. Names and their meaning: docs/query_syntax.md.
enum class Key {
  kKind,
  kName,
  kIn,
  kModule,
  kFile,
  kLang,
  kDrives,
  kReads,
  kClock,
  kReset,
  kInstantiates,
  kInstanceOf,
  kLicense,
  kRepo,
};
inline constexpr int kKeyCount = 14;
std::string_view KeyName(Key key);
// Also for a second spelling ("path").
std::optional<Key> KeyFromName(std::string_view lower_case_name);

struct Query;
using QueryPtr = std::shared_ptr<const Query>;

struct Everything {  // only by simplification
  friend bool operator==(const Everything&, const Everything&) = default;
};
struct Nothing {  // only by simplification
  friend bool operator==(const Nothing&, const Nothing&) = default;
};
struct Word {
  std::string text;  // as written
  friend bool operator==(const Word&, const Word&) = default;
};
struct Phrase {
  std::string text;
  friend bool operator==(const Phrase&, const Phrase&) = default;
};
struct Regex {
  std::string pattern;
  friend bool operator==(const Regex&, const Regex&) = default;
};
struct Atom {
  Key key = Key::kKind;
  Pattern value;
  friend bool operator==(const Atom&, const Atom&) = default;
};
struct Not {
  QueryPtr child;
};
struct And {
  std::vector<QueryPtr> children;
};
struct Or {
  std::vector<QueryPtr> children;
};

struct Query {
  std::variant<Everything, Nothing, Word, Phrase, Regex, Atom, Not, And, Or> node;

  template <typename T>
  const T* As() const {
    return std::get_if<T>(&node);
  }
};

template <typename T>
QueryPtr MakeQuery(T node) {
  return std::make_shared<const Query>(Query{std::move(node)});
}

// Structural equality.
bool Equal(const Query& a, const Query& b);

// One line, in the query language; Everything is "<all>", Nothing "<none>".
std::string ToString(const Query& query);

// What is known of a leaf before its postings are read: nullopt when nothing is.
using Decide = std::function<std::optional<bool>(const Query& leaf)>;

// An equivalent query: leaves that `decide` knows become constants, constants are folded, nested And / Or flattened,
// double negation dropped, single children lifted, words that carry no term dropped. Keeps the order of what remains.
QueryPtr Simplify(const QueryPtr& query, const Decide& decide = nullptr);

// The words that rank, in their order: all that are not negated. Take them before simplification, which drops stop
// words.
std::vector<std::string> RankingWords(const Query& query);
// The query without the words at its top: what every result satisfies; Everything when there is no condition.
QueryPtr Condition(const QueryPtr& query);
// Calls visit for each leaf that is not under a negation.
void ForEachPositiveLeaf(const Query& query, const std::function<void(const Query& leaf)>& visit);

}  // namespace fanin::retriever
