#include "retriever/cursor_scan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "retriever/cursor_place.h"
#include "retriever/rtl_tokens.h"

namespace fanin::retriever {
namespace {

constexpr double kDeclarationShare = 0.5;
constexpr uint32_t kWordLines = 10;  // nearby_words: the last lines that hold text
constexpr size_t kMaxWords = 40;
constexpr size_t kMaxUnused = 16;
constexpr double kUnusedWeight = 0.35;  // of what is declared and not used yet, wherever it is declared

// The enclosing definition, imports and includes.
void ScanScopes(const std::vector<Token>& tokens, CursorScan& scan) {
  std::vector<std::string_view> open;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    const bool has_next = i + 1 < tokens.size();
    if (token.kind == Token::Kind::kMacro && token.text == "include" && has_next &&
        tokens[i + 1].kind == Token::Kind::kString) {
      scan.includes.emplace_back(tokens[i + 1].text);
    }
    if (token.kind != Token::Kind::kKeyword) continue;
    if (OpensScope(token.text)) {
      size_t name = i + 1;
      while (name < tokens.size() && (Is(tokens[name], "automatic") || Is(tokens[name], "static"))) ++name;
      // `virtual interface x`, `interface.modport` and a `typedef class x;` open nothing
      const bool declares = i == 0 || !(Is(tokens[i - 1], "virtual") && token.text == "interface");
      if (declares && !(i > 0 && Is(tokens[i - 1], "typedef")) && name < tokens.size() &&
          tokens[name].kind == Token::Kind::kName) {
        open.push_back(tokens[name].text);
      }
    } else if (token.text.starts_with("end") && OpensScope(token.text.substr(3)) && !open.empty()) {
      open.pop_back();
    } else if (token.text == "import") {
      for (size_t j = i + 1; j + 2 < tokens.size() && !Is(tokens[j], ";"); ++j) {
        if (tokens[j].kind == Token::Kind::kName && Is(tokens[j + 1], ":") && Is(tokens[j + 2], ":")) {
          scan.imports.emplace_back(tokens[j].text);
        }
      }
    }
  }
  if (!open.empty()) scan.enclosing = open.back();
}

// Index of the bracket that is open at the cursor and opened last, or npos.
size_t InnermostOpenParenthesis(const std::vector<Token>& tokens, size_t end) {
  int depth = 0;
  for (size_t i = end; i-- > 0;) {
    if (tokens[i].kind == Token::Kind::kMark) {
      if (tokens[i].text == ")") ++depth;
      if (tokens[i].text == "(" && depth-- == 0) return i;
      if (tokens[i].text == ";") return std::string_view::npos;
    } else if (tokens[i].kind == Token::Kind::kKeyword && OpensScope(tokens[i].text)) {
      return std::string_view::npos;
    }
  }
  return std::string_view::npos;
}

size_t MatchingOpen(const std::vector<Token>& tokens, size_t close) {
  int depth = 0;
  for (size_t i = close + 1; i-- > 0;) {
    if (Is(tokens[i], ")") || Is(tokens[i], "]")) ++depth;
    if ((Is(tokens[i], "(") || Is(tokens[i], "[")) && --depth == 0) return i;
  }
  return std::string_view::npos;
}

std::vector<std::string> NamedAfter(const std::vector<Token>& tokens, size_t open) {
  std::vector<std::string> names;
  int depth = 0;
  for (size_t i = open + 1; i + 1 < tokens.size(); ++i) {
    if (Is(tokens[i], "(")) ++depth;
    if (Is(tokens[i], ")")) --depth;
    if (depth == 0 && Is(tokens[i], ".") && tokens[i + 1].kind == Token::Kind::kName)
      names.emplace_back(tokens[i + 1].text);
  }
  return names;
}

// `module [#(...)] instance [range] (` or `module #(` with nothing of a declaration or call about it.
bool ReadInstanceHead(const std::vector<Token>& tokens, size_t open, OpenInstance& found) {
  if (open == 0) return false;
  if (Is(tokens[open - 1], "#")) {
    if (open < 2 || tokens[open - 2].kind != Token::Kind::kName) return false;
    if (open >= 3 && tokens[open - 3].kind == Token::Kind::kKeyword && OpensScope(tokens[open - 3].text)) return false;
    found.module = tokens[open - 2].text;
    found.in_parameters = true;
  } else {
    size_t at = open - 1;
    if (Is(tokens[at], "]")) {
      at = MatchingOpen(tokens, at);
      if (at == std::string_view::npos || at == 0) return false;
      --at;
    }
    if (tokens[at].kind != Token::Kind::kName || at == 0) return false;
    found.instance = tokens[at].text;
    --at;
    if (Is(tokens[at], ")")) {
      at = MatchingOpen(tokens, at);
      if (at == std::string_view::npos || at < 2 || !Is(tokens[at - 1], "#")) return false;
      at -= 2;
    }
    if (tokens[at].kind != Token::Kind::kName) return false;
    if (at > 0 && tokens[at - 1].kind == Token::Kind::kKeyword &&
        (OpensScope(tokens[at - 1].text) || tokens[at - 1].text == "function" || tokens[at - 1].text == "task" ||
         tokens[at - 1].text == "automatic")) {
      return false;
    }
    found.module = tokens[at].text;
  }
  found.connected = NamedAfter(tokens, open);
  return true;
}

void ScanOpenInstance(const std::vector<Token>& tokens, CursorScan& scan) {
  // Walk outwards: the cursor may be inside the actual of a connection, itself in brackets.
  for (size_t open = InnermostOpenParenthesis(tokens, tokens.size()); open != std::string_view::npos;
       open = InnermostOpenParenthesis(tokens, open)) {
    OpenInstance found;
    if (ReadInstanceHead(tokens, open, found)) {
      scan.open_instances.push_back(std::move(found));
      return;
    }
  }
}

struct Occurrence {
  uint32_t first_line = 0;
  uint32_t best_line = 0;
  double weight = 0;
};

void ScanNames(const std::vector<Token>& tokens, uint32_t cursor_line, CursorScan& scan) {
  struct Key {
    std::string_view scope, text;
    bool macro;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const {
      const std::hash<std::string_view> hash;
      return hash(key.text) * 31 + hash(key.scope) + (key.macro ? 1 : 0);
    }
  };
  std::unordered_map<Key, Occurrence, KeyHash> seen;
  std::unordered_map<uint32_t, std::vector<Key>> by_line;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    const bool macro = token.kind == Token::Kind::kMacro;
    if (token.kind != Token::Kind::kName && !macro) continue;
    if (macro && Keywords().contains(token.text)) continue;
    Key key{{}, token.text, macro};
    if (i >= 3 && Is(tokens[i - 1], ":") && Is(tokens[i - 2], ":") && tokens[i - 3].kind == Token::Kind::kName) {
      key.scope = tokens[i - 3].text;
    }
    const double weight = std::exp2(-static_cast<double>(cursor_line - token.line) / kHalfLifeLines);
    Occurrence& occurrence = seen[key];
    if (occurrence.first_line == 0) occurrence.first_line = token.line;
    if (weight >= occurrence.weight) {
      occurrence.weight = weight;
      occurrence.best_line = token.line;
    }
    by_line[token.line].push_back(key);
  }
  // Names on the declaration line of a nearby name matter with it.
  std::unordered_map<Key, Occurrence, KeyHash> lifted;
  for (const auto& [key, occurrence] : seen) {
    for (const Key& neighbour : by_line[occurrence.first_line]) {
      Occurrence& lift = lifted[neighbour];
      if (occurrence.weight * kDeclarationShare > lift.weight) {
        lift = {occurrence.first_line, occurrence.first_line, occurrence.weight * kDeclarationShare};
      }
    }
  }
  for (const auto& [key, occurrence] : seen) {
    const Occurrence& lift = lifted[key];
    const Occurrence& best = lift.weight > occurrence.weight ? lift : occurrence;
    scan.names.push_back({std::string(key.text), std::string(key.scope), key.macro, best.best_line, best.weight});
  }
  std::ranges::sort(scan.names, [](const CursorName& a, const CursorName& b) {
    return std::tie(b.weight, a.text, a.scope, a.macro) < std::tie(a.weight, b.text, b.scope, b.macro);
  });
  if (scan.names.size() > kMaxNames) scan.names.resize(kMaxNames);
}

void ScanNearbyWords(const std::vector<Token>& tokens, CursorScan& scan) {
  std::unordered_set<std::string_view> words;
  uint32_t lines = 0, line = 0;
  for (size_t i = tokens.size(); i-- > 0 && words.size() < kMaxWords;) {
    if (tokens[i].line != line) {
      line = tokens[i].line;
      if (++lines > kWordLines) break;
    }
    if (tokens[i].kind != Token::Kind::kName || !words.insert(tokens[i].text).second) continue;
    if (!scan.nearby_words.empty()) scan.nearby_words += ' ';
    scan.nearby_words += tokens[i].text;
  }
}

void ScanAllNames(const std::vector<Token>& tokens, CursorScan& scan) {
  std::unordered_set<std::string_view> names;
  for (const Token& token : tokens) {
    const bool macro = token.kind == Token::Kind::kMacro && !Keywords().contains(token.text);
    if (token.kind == Token::Kind::kName || macro) names.insert(token.text);
  }
  scan.all_names.assign(names.begin(), names.end());
  std::ranges::sort(scan.all_names);
}

}  // namespace

bool CursorScan::Has(std::string_view name) const { return std::ranges::binary_search(all_names, name); }

CursorScan ScanBeforeCursor(std::string_view prefix) {
  CursorScan scan;
  const std::vector<Token> tokens = Tokenize(prefix, &scan.line);
  ScanScopes(tokens, scan);
  ScanOpenInstance(tokens, scan);
  ScanNames(tokens, scan.line, scan);
  ScanAllNames(tokens, scan);
  ScanNearbyWords(tokens, scan);
  scan.place = FindPlace(tokens, scan);
  return scan;
}

void AddDeclarations(const graph::Shard& shard, std::string_view prefix, CursorScan& scan) {
  uint32_t last_line = 1;
  std::unordered_map<std::string_view, uint32_t> occurrences;
  for (const Token& token : Tokenize(prefix, &last_line)) {
    if (token.kind == Token::Kind::kName) ++occurrences[token.text];
  }
  const auto raise = [&](std::string_view name, uint32_t line, double weight) {
    const auto known =
        std::ranges::find_if(scan.names, [&](const CursorName& n) { return n.text == name && !n.macro; });
    if (known == scan.names.end()) {
      scan.names.push_back({std::string(name), {}, false, line, weight});
    } else if (known->weight < weight) {
      known->weight = weight;
      known->line = line;
    }
  };
  const std::span<const graph::Node> nodes = shard.nodes();
  for (size_t i = nodes.size(); i-- > 0 && scan.unused.size() < kMaxUnused;) {
    const graph::Node& node = nodes[i];
    const bool declared = node.kind == graph::NodeKind::kPort || node.kind == graph::NodeKind::kSignal ||
                          node.kind == graph::NodeKind::kParameter;
    if (!declared || node.anonymous || node.name_span.end_byte > prefix.size()) continue;
    const auto seen = occurrences.find(node.name);
    if (seen == occurrences.end() || seen->second != 1 || nodes[node.parent].name != scan.enclosing) continue;
    scan.unused.emplace_back(node.name);
    raise(node.name, node.name_span.begin_line, kUnusedWeight);
    for (const Token& token : Tokenize(node.type, &last_line)) {
      if (token.kind == Token::Kind::kName) raise(token.text, node.name_span.begin_line, kUnusedWeight);
    }
  }
  std::ranges::sort(scan.names, [](const CursorName& a, const CursorName& b) {
    return std::tie(b.weight, a.text, a.scope, a.macro) < std::tie(a.weight, b.text, b.scope, b.macro);
  });
}

}  // namespace fanin::retriever
