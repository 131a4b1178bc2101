#include "retriever/query_parser.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "retriever/query_values.h"
#include "retriever/text_match.h"

namespace fanin::retriever {
namespace {

// Farther away than this a name is no misspelling.
constexpr size_t kMaxSuggestionDistance = 3;

bool IsSpace(char c) { return static_cast<uint8_t>(c) <= ' ' || c == 0x7f; }
bool IsKeyChar(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool EndsWord(char c) { return IsSpace(c) || c == '(' || c == ')' || c == '"'; }

// Levenshtein distance with transpositions of neighbours (optimal string alignment).
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> distance(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) distance[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) distance[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t substitute = distance[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      distance[i][j] = std::min({distance[i - 1][j] + 1, distance[i][j - 1] + 1, substitute});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        distance[i][j] = std::min(distance[i][j], distance[i - 2][j - 2] + 1);
      }
    }
  }
  return distance[a.size()][b.size()];
}

// "; did you mean 'kind'?" or "".
template <typename Names>
std::string Suggestion(std::string_view wrong, const Names& names) {
  std::string_view best;
  size_t best_distance = std::min(kMaxSuggestionDistance, wrong.size() / 2) + 1;
  for (std::string_view name : names) {
    // A prefix ("instance", "lic") is near whatever its length.
    size_t distance = wrong.size() >= 3 && name.starts_with(wrong) ? 1 : EditDistance(wrong.substr(0, 64), name);
    if (distance < best_distance) {
      best = name;
      best_distance = distance;
    }
  }
  return best.empty() ? "" : "; did you mean '" + std::string(best) + "'?";
}

// Length of the well-formed UTF-8 sequence at the start of the text; 0: none.
size_t Utf8Length(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  size_t length = byte(0) < 0x80 ? 1 : byte(0) >= 0xc2 && byte(0) < 0xe0 ? 2 : (byte(0) & 0xf0) == 0xe0 ? 3 : 4;
  if (byte(0) >= 0xf5 || (byte(0) >= 0x80 && byte(0) < 0xc2) || length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  if (length == 3 && ((byte(0) == 0xe0 && byte(1) < 0xa0) || (byte(0) == 0xed && byte(1) >= 0xa0))) return 0;
  if (length == 4 && ((byte(0) == 0xf0 && byte(1) < 0x90) || (byte(0) == 0xf4 && byte(1) >= 0x90))) return 0;
  return length;
}

// One printable line of valid UTF-8; *columns receives its width in code points.
std::string Printable(std::string_view text, size_t* columns) {
  std::string out;
  *columns = 0;
  while (!text.empty()) {
    size_t length = Utf8Length(text);
    if (length == 0) {
      out += '?';
    } else if (IsSpace(text[0])) {
      out += ' ';
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<size_t>(length, 1));
    ++*columns;
  }
  return out;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  base::Result<QueryPtr> Parse() {
    if (text_.size() > kMaxQueryBytes) {
      return base::Fail(base::Code::kInvalidArgument, "the query is longer than " + std::to_string(kMaxQueryBytes) +
                                                          " bytes (" + std::to_string(text_.size()) + ")");
    }
    SkipSpace();
    if (AtEnd()) return base::Fail(base::Code::kInvalidArgument, "the query is empty");
    FANIN_ASSIGN_OR_RETURN(QueryPtr query, ParseOr(0));
    if (!AtEnd()) return Error(position_, position_ + 1, "')' without '('");
    return query;
  }

 private:
  bool AtEnd() const { return position_ >= text_.size(); }
  // The byte `ahead` of the position; a space beyond the end.
  char Peek(size_t ahead = 0) const { return position_ + ahead < text_.size() ? text_[position_ + ahead] : ' '; }
  void SkipSpace() {
    while (!AtEnd() && IsSpace(Peek())) ++position_;
  }
  bool AtOperatorOr() const {
    return Peek() == 'O' && Peek(1) == 'R' && (EndsWord(Peek(2)) || position_ + 2 >= text_.size());
  }

  std::unexpected<base::Error> Error(size_t begin, size_t end, const std::string& what,
                                     const std::string& hint = "") const {
    size_t before = 0;
    size_t marked = 0;
    size_t after = 0;
    std::string line = Printable(text_.substr(0, begin), &before);
    line += Printable(text_.substr(begin, end - begin), &marked);
    line += Printable(text_.substr(std::min(end, text_.size())), &after);
    size_t ignored = 0;
    return base::Fail(base::Code::kInvalidArgument, Printable(what, &ignored) + " at byte " + std::to_string(begin) +
                                                        hint + "\n  " + line + "\n  " + std::string(before, ' ') + "^" +
                                                        std::string(marked > 1 ? marked - 1 : 0, '~'));
  }

  base::Result<QueryPtr> ParseOr(size_t depth) {
    std::vector<QueryPtr> alternatives;
    while (true) {
      FANIN_ASSIGN_OR_RETURN(QueryPtr alternative, ParseAnd(depth));
      alternatives.push_back(std::move(alternative));
      if (AtEnd() || !AtOperatorOr()) break;
      position_ += 2;
    }
    return alternatives.size() == 1 ? alternatives[0] : MakeQuery(Or{std::move(alternatives)});
  }

  // At least one item, up to "OR", ")" or the end.
  base::Result<QueryPtr> ParseAnd(size_t depth) {
    And conjunction;
    while (true) {
      SkipSpace();
      if (AtEnd() || Peek() == ')' || AtOperatorOr()) break;
      if (++items_ > kMaxQueryItems) {
        return Error(position_, position_ + 1, "more than " + std::to_string(kMaxQueryItems) + " items");
      }
      FANIN_ASSIGN_OR_RETURN(QueryPtr item, ParseItem(depth));
      conjunction.children.push_back(std::move(item));
    }
    if (conjunction.children.empty()) {
      if (!AtEnd() && AtOperatorOr()) return Error(position_, position_ + 2, "nothing before OR");
      if (AtEnd() || text_[position_] != ')') return Error(position_, position_, "nothing after OR");
      if (depth == 0) return Error(position_, position_ + 1, "')' without '('");
      return Error(position_, position_ + 1, "nothing after OR");
    }
    return conjunction.children.size() == 1 ? conjunction.children[0] : MakeQuery(std::move(conjunction));
  }

  base::Result<QueryPtr> ParseItem(size_t depth) {
    bool negated = Peek() == '-' && !IsSpace(Peek(1)) && Peek(1) != '-' && Peek(1) != ')';
    if (negated) ++position_;
    FANIN_ASSIGN_OR_RETURN(QueryPtr item, ParsePrimary(depth));
    return negated ? MakeQuery(Not{std::move(item)}) : item;
  }

  base::Result<QueryPtr> ParsePrimary(size_t depth) {
    if (Peek() == '(') return ParseGroup(depth);
    if (Peek() == '"') {
      size_t begin = position_;
      FANIN_ASSIGN_OR_RETURN(std::string text, ParseQuoted());
      if (text.empty()) return Error(begin, position_, "an empty phrase");
      return MakeQuery(Phrase{std::move(text)});
    }
    if (Peek() == '/') {
      FANIN_ASSIGN_OR_RETURN(std::string pattern, ParseRegex());
      return MakeQuery(Regex{std::move(pattern)});
    }
    size_t key_end = position_;
    while (key_end < text_.size() && IsKeyChar(text_[key_end])) ++key_end;
    if (key_end > position_ && key_end < text_.size() && text_[key_end] == ':') {
      bool has_value = key_end + 1 < text_.size() && !IsSpace(text_[key_end + 1]) && text_[key_end + 1] != ')';
      std::string name = LowerCase(text_.substr(position_, key_end - position_));
      std::optional<Key> key = KeyFromName(name);
      if (key.has_value() && !has_value) return Error(position_, key_end + 1, "no value after '" + name + ":'");
      if (has_value && text_[key_end + 1] != ':') return ParseAtom(key, name, key_end);
    }
    size_t begin = position_;
    while (!AtEnd() && !EndsWord(Peek())) ++position_;
    return MakeQuery(Word{std::string(text_.substr(begin, position_ - begin))});
  }

  base::Result<QueryPtr> ParseGroup(size_t depth) {
    size_t begin = position_++;
    if (depth >= kMaxQueryDepth) {
      return Error(begin, begin + 1, "more than " + std::to_string(kMaxQueryDepth) + " levels of parentheses");
    }
    SkipSpace();
    QueryPtr group = MakeQuery(And{});
    if (AtEnd() || Peek() != ')') {
      if (AtEnd()) return Error(begin, begin + 1, "'(' without ')'");
      FANIN_ASSIGN_OR_RETURN(group, ParseOr(depth + 1));
    }
    if (AtEnd()) return Error(begin, begin + 1, "'(' without ')'");
    ++position_;
    return group;
  }

  base::Result<QueryPtr> ParseAtom(std::optional<Key> key, const std::string& name, size_t key_end) {
    size_t begin = position_;
    if (!key.has_value()) {
      std::vector<std::string_view> names = {"path"};
      for (int i = 0; i < kKeyCount; ++i) names.push_back(KeyName(static_cast<Key>(i)));
      return Error(begin, key_end, "unknown key '" + name + "'",
                   Suggestion(name, names) + " (quote the text to search for it)");
    }
    position_ = key_end + 1;
    size_t value_begin = position_;
    Atom atom{*key, {}};
    if (Peek() == '"') {
      FANIN_ASSIGN_OR_RETURN(atom.value.text, ParseQuoted());
    } else if (Peek() == '/') {
      atom.value.type = Pattern::Type::kRegex;
      FANIN_ASSIGN_OR_RETURN(atom.value.text, ParseRegex());
    } else {
      while (!AtEnd() && !EndsWord(Peek())) ++position_;
      atom.value.text = text_.substr(value_begin, position_ - value_begin);
      if (atom.value.text.find_first_of("*?") != std::string::npos) atom.value.type = Pattern::Type::kGlob;
    }
    if (atom.value.text.empty()) return Error(begin, position_, "no value after '" + name + ":'");
    auto matcher = *key == Key::kFile ? PatternMatcher::ForPaths(atom.value) : PatternMatcher::ForTerms(atom.value);
    if (!matcher.has_value()) return Error(value_begin, position_, matcher.error().message);
    if (*key == Key::kKind && KindsOf(atom.value).none()) {
      return Error(value_begin, position_, "no kind is '" + atom.value.text + "'",
                   Suggestion(LowerCase(atom.value.text), KindValueNames()));
    }
    if (*key == Key::kLang && LanguagesOf(atom.value).empty()) {
      return Error(value_begin, position_, "no language is '" + atom.value.text + "'",
                   Suggestion(LowerCase(atom.value.text), LanguageNames()));
    }
    return MakeQuery(std::move(atom));
  }

  base::Result<std::string> ParseQuoted() {
    size_t begin = position_++;
    std::string text;
    for (; !AtEnd() && Peek() != '"'; ++position_) {
      if (Peek() == '\\' && (Peek(1) == '"' || Peek(1) == '\\')) ++position_;
      text += Peek();
    }
    if (AtEnd()) return Error(begin, begin + 1, "'\"' without its end");
    ++position_;
    return text;
  }

  base::Result<std::string> ParseRegex() {
    size_t begin = position_++;
    std::string pattern;
    while (true) {
      if (AtEnd()) {
        return Error(begin, begin + 1, "a regular expression without its closing '/'",
                     " (quote the text to search for it; paths begin without '/')");
      }
      if (Peek() == '/' && (IsSpace(Peek(1)) || Peek(1) == ')')) break;
      if (Peek() == '\\' && position_ + 1 < text_.size()) {
        if (Peek(1) != '/') pattern += '\\';
        ++position_;
      }
      pattern += Peek();
      ++position_;
    }
    ++position_;
    if (pattern.empty()) return Error(begin, position_, "an empty regular expression");
    auto compiled = TextMatcher::ForRegex(pattern);
    if (!compiled.has_value()) return Error(begin, position_, compiled.error().message);
    return pattern;
  }

  std::string_view text_;
  size_t position_ = 0;
  size_t items_ = 0;
};

}  // namespace

base::Result<QueryPtr> ParseQuery(std::string_view query) { return Parser(query).Parse(); }

}  // namespace fanin::retriever
