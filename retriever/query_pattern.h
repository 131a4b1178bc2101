// Pattern: the value of an atom (`name:fifo*`), matched against whole lower-case terms or file paths.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace re2 {
class RE2;
}

namespace fanin::retriever {

// A value as written. Case is ignored everywhere.
struct Pattern {
  enum class Type { kLiteral, kGlob, kRegex };
  Type type = Type::kLiteral;
  std::string text;

  // As in a query: quoted when it has to be.
  std::string ToString() const;
  friend bool operator==(const Pattern&, const Pattern&) = default;
};

// A compiled pattern. Immutable, thread-safe, cheap to copy.
class PatternMatcher {
 public:
  // For names: the whole term, or for a regex any part of it. Errors: INVALID_ARGUMENT with RE2's reason.
  static base::Result<PatternMatcher> ForTerms(const Pattern& pattern);
  // For paths: whole components (docs/query_syntax.md).
  static base::Result<PatternMatcher> ForPaths(const Pattern& pattern);

  // REQUIRES: terms are lower case (paths need not be).
  bool Matches(std::string_view text) const;
  // The term itself when the pattern is a literal; else nullptr.
  const std::string* literal() const { return regex_ == nullptr ? &prefix_ : nullptr; }
  // What every matching term begins with, lower case; "" when unknown.
  const std::string& prefix() const { return prefix_; }

 private:
  PatternMatcher() = default;
  std::string prefix_;                     // the whole literal when regex_ is null
  std::shared_ptr<const re2::RE2> regex_;  // null: equality with prefix_
};

// ASCII letters in lower case; other bytes as they are.
std::string LowerCase(std::string_view text);

// The text between quotes, with \" and \\ escaped.
std::string Quote(std::string_view text);

}  // namespace fanin::retriever
