#include "indexer/expansion_guard.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "indexer/token_cursor.h"

namespace fanin::indexer {
namespace {

// Tokens of an expansion: fixed + sum of per_argument[i] * (tokens of argument i).
struct Size {
  double fixed = 0;
  std::vector<double> per_argument;
  uint32_t depth = 0;      // of macros in macros
  bool separated = false;  // a `;` is in it

  void Add(const Size& other, double times = 1) {
    separated |= other.separated;
    fixed += times * other.fixed;
    if (per_argument.size() < other.per_argument.size()) per_argument.resize(other.per_argument.size());
    for (size_t i = 0; i < other.per_argument.size(); ++i) per_argument[i] += times * other.per_argument[i];
    depth = std::max(depth, other.depth);
  }
  void Max(const Size& other) {
    separated |= other.separated;
    fixed = std::max(fixed, other.fixed);
    if (per_argument.size() < other.per_argument.size()) per_argument.resize(other.per_argument.size());
    for (size_t i = 0; i < other.per_argument.size(); ++i) {
      per_argument[i] = std::max(per_argument[i], other.per_argument[i]);
    }
    depth = std::max(depth, other.depth);
  }
};

using FormalNames = std::unordered_map<std::string_view, size_t>;

struct Formals {
  FormalNames names;
  std::vector<std::string_view> defaults;  // as many
};

Formals ParseFormals(std::string_view text) {
  Formals formals;
  size_t depth = 0;
  bool expect_name = true;
  for (TokenCursor cursor(text); cursor.Peek().kind != TokenKind::kEnd;) {
    const Token token = cursor.Next();
    const std::string_view word = cursor.TextOf(token);
    if (token.kind == TokenKind::kWord && depth == 1 && expect_name) {
      formals.names.emplace(word, formals.defaults.size());
      formals.defaults.push_back(text.substr(token.end, 0));
    } else if (depth >= 1 && !formals.defaults.empty() && word != "," && word != ")") {
      std::string_view& value = formals.defaults.back();
      value = {value.data(), static_cast<size_t>(text.data() + token.end - value.data())};
    }
    expect_name = depth <= 1 && (word == "," || word == "(");
    if (word == "(" || word == "[" || word == "{") ++depth;
    if ((word == ")" || word == "]" || word == "}") && depth > 0) --depth;
  }
  return formals;
}

class Estimator {
 public:
  Estimator(const TextScan& scan, const MacroEnvironment& environment, const ExpansionLimits& limits)
      : limits_(limits) {
    for (const MacroDefinition& definition : scan.definitions) definitions_[definition.name].push_back(&definition);
    for (const MacroDefinition* definition : environment.definitions) {
      definitions_[definition->name].push_back(definition);
    }
  }

  // The expansion of a stretch of text outside of any macro.
  Size OfText(std::string_view text) { return OfTokens(text, {}, 0); }

 private:
  // Walks tokens, up to the end or to a `,` or `)` at the outermost level when `in_arguments`.
  Size OfTokens(std::string_view text, const FormalNames& formals, uint32_t level) {
    TokenCursor cursor(text);
    Size size;
    while (cursor.Peek().kind != TokenKind::kEnd) size.Add(Next(cursor, formals, level));
    return size;
  }

  // One token, or one use with its arguments.
  Size Next(TokenCursor& cursor, const FormalNames& formals, uint32_t level) {
    const Token token = cursor.Next();
    const std::string_view text = cursor.TextOf(token);
    Size size;
    if (token.kind == TokenKind::kDirective) {
      const bool pasted = cursor.Peek().kind == TokenKind::kPaste && cursor.TextOf(cursor.Peek()) == "``";
      const Size macro = OfMacro(text.substr(1), pasted || formals.contains(text.substr(1)), level);
      size.fixed = macro.fixed;
      size.depth = macro.depth;
      size.separated = macro.separated;
      AddArguments(cursor, macro, formals, level, size);
    } else if (const auto formal = formals.find(text); formal != formals.end() && token.kind == TokenKind::kWord) {
      size.per_argument.resize(formal->second + 1);
      size.per_argument[formal->second] = 1;
    } else {
      size.fixed = 1;
      size.separated = text == ";";
    }
    return size;
  }

  // `cursor` may be at the "(" of the arguments of a use of `macro`.
  void AddArguments(TokenCursor& cursor, const Size& macro, const FormalNames& formals, uint32_t level, Size& size) {
    if (cursor.TextOf(cursor.Peek()) != "(" || level > limits_.max_depth) return;
    cursor.Next();
    size_t index = 0;
    size_t depth = 0;
    while (cursor.Peek().kind != TokenKind::kEnd) {
      const std::string_view text = cursor.TextOf(cursor.Peek());
      if (text == "(" || text == "[" || text == "{") ++depth;
      if (text == ")" || text == "]" || text == "}") {
        if (depth == 0) break;
        --depth;
      }
      if (text == "," && depth == 0) ++index;
      const Size token = Next(cursor, formals, level + 1);
      // Slang expands each argument once by itself, whether or not the body has it.
      const double copies = index < macro.per_argument.size() ? macro.per_argument[index] : 0;
      size.Add(token, copies + 1);
    }
    if (cursor.Peek().kind != TokenKind::kEnd) cursor.Next();
  }

  Size OfMacro(std::string_view name, bool pasted, uint32_t level) {
    Size size;
    if (level > limits_.max_depth) {
      size.depth = level;
      return size;
    }
    if (pasted) {  // any macro whose name begins so
      for (const auto& [candidate, unused] : definitions_) {
        if (candidate.starts_with(name)) size.Max(OfName(candidate, /*through_paste=*/true, level));
      }
      return size;
    }
    return OfName(name, /*through_paste=*/false, level);
  }

  Size OfName(std::string_view name, bool through_paste, uint32_t level) {
    if (const auto known = sizes_.find(name); known != sizes_.end()) return known->second;
    const auto found = definitions_.find(name);
    if (found == definitions_.end()) return {};
    if (!open_.insert(name).second) {
      Size recursion;
      if (through_paste) recursion.fixed = limits_.max_statement_tokens / 2 + 1;
      return recursion;
    }
    Size size;
    for (const MacroDefinition* definition : found->second) {
      const Formals formals = ParseFormals(definition->formals);
      Size one = OfTokens(definition->body, formals.names, level + 1);
      // Defaults count whether or not they are taken.
      const std::vector<double> per_argument = one.per_argument;
      for (size_t i = 0; i < std::min(per_argument.size(), formals.defaults.size()); ++i) {
        one.Add(OfTokens(formals.defaults[i], {}, level + 1), per_argument[i]);
      }
      size.Max(one);
    }
    ++size.depth;
    open_.erase(name);
    sizes_.emplace(name, size);
    return size;
  }

  const ExpansionLimits limits_;
  std::unordered_map<std::string_view, std::vector<const MacroDefinition*>> definitions_;
  std::unordered_map<std::string_view, Size> sizes_;
  std::unordered_set<std::string_view> open_;  // being computed
};

std::string Message(const std::string& name, const Size& size, const ExpansionLimits& limits) {
  return "macro `" + name +
         (size.depth > limits.max_depth ? " nests more than " + std::to_string(limits.max_depth) + " macros"
                                        : std::string(" expands to too much text")) +
         "; its use is left out";
}

}  // namespace

ExpansionEstimate EstimateExpansions(std::string_view text, const TextScan& scan, const MacroEnvironment& environment,
                                     const ExpansionLimits& limits) {
  ExpansionEstimate estimate;
  if (scan.uses.empty()) return estimate;
  Estimator estimator(scan, environment, limits);
  double statement_tokens = 0;
  uint32_t statement = UINT32_MAX;
  uint32_t outer_end = 0;
  for (const MacroUse& use : scan.uses) {
    if (use.begin < outer_end) continue;
    outer_end = use.end;
    if (std::exchange(statement, use.statement) != use.statement) statement_tokens = 0;
    const Size size = estimator.OfText(text.substr(use.begin, use.end - use.begin));
    const bool fits = size.depth <= limits.max_depth && statement_tokens + size.fixed <= limits.max_statement_tokens &&
                      estimate.tokens + size.fixed <= limits.max_file_tokens;
    if (fits) {
      estimate.tokens += size.fixed;
      statement_tokens = size.separated ? 0 : statement_tokens + size.fixed;
    } else {
      const ByteRange range{use.begin, use.end};
      estimate.refused.push_back({range, use.line, Message(scan.names[use.name], size, limits)});
    }
  }
  return estimate;
}

}  // namespace fanin::indexer
