#include "retriever/cursor_scan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace fanin::retriever {
namespace {

constexpr double kDeclarationShare = 0.5;
constexpr uint32_t kWordLines = 10;  // nearby_words: the last lines that hold text
constexpr size_t kMaxWords = 40;

// Reserved words of IEEE 1800-2017 Annex B that RTL and testbenches use, and type words: never names of the design.
const std::unordered_set<std::string_view>& Keywords() {
  static const std::unordered_set<std::string_view> kWords = {
      "alias", "always", "always_comb", "always_ff", "always_latch", "and", "assert", "assign", "assume", "automatic",
      "before", "begin", "bind", "bins", "bit", "break", "buf", "byte", "case", "casex", "casez", "cell", "chandle",
      "checker", "class", "clocking", "config", "const", "constraint", "context", "continue", "cover", "covergroup",
      "coverpoint", "cross", "deassign", "default", "defparam", "disable", "dist", "do", "edge", "else", "end",
      "endcase", "endchecker", "endclass", "endclocking", "endfunction", "endgenerate", "endgroup", "endinterface",
      "endmodule", "endpackage", "endprimitive", "endprogram", "endproperty", "endsequence", "endspecify", "endtable",
      "endtask", "enum", "event", "expect", "export", "extends", "extern", "final", "first_match", "for", "force",
      "foreach", "forever", "fork", "forkjoin", "function", "generate", "genvar", "if", "iff", "ifnone", "ignore_bins",
      "illegal_bins", "implements", "import", "include", "initial", "inout", "input", "inside", "instance", "int",
      "integer", "interconnect", "interface", "intersect", "join", "join_any", "join_none", "let", "local",
      "localparam", "logic", "longint", "macromodule", "matches", "modport", "module", "nand", "negedge", "new", "nor",
      "not", "null", "or", "output", "package", "packed", "parameter", "posedge", "primitive", "priority", "program",
      "property", "protected", "pure", "rand", "randc", "randcase", "randomize", "real", "realtime", "ref", "reg",
      "release", "repeat", "return", "sequence", "shortint", "shortreal", "signed", "solve", "specify", "specparam",
      "static", "string", "struct", "super", "supply0", "supply1", "table", "tagged", "task", "this", "throughout",
      "time", "timeprecision", "timescale", "timeunit", "tri", "tri0", "tri1", "triand", "trior", "type", "typedef",
      "union", "unique", "unique0", "unsigned", "until", "untyped", "use", "var", "vectored", "virtual", "void", "wait",
      "wand", "while", "wildcard", "wire", "with", "within", "wor", "xnor", "xor",
      // directives, written with a back-tick
      "define", "undef", "ifdef", "ifndef", "elsif", "endif", "resetall", "default_nettype", "begin_keywords",
      "end_keywords", "celldefine", "endcelldefine", "line", "pragma"};
  return kWords;
}

bool IsNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsNameChar(char c) { return IsNameStart(c) || (c >= '0' && c <= '9') || c == '$'; }

struct Token {
  enum class Kind : uint8_t { kName, kKeyword, kMacro, kString, kMark } kind = Kind::kMark;
  std::string_view text;
  uint32_t line = 0;
};

// Splits RTL text into names and marks; numbers (with their bases), comments and blanks are dropped.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Token> Run(uint32_t* last_line) {
    while (position_ < text_.size()) Step();
    *last_line = line_;
    return std::move(tokens_);
  }

 private:
  char At(size_t offset) const { return position_ + offset < text_.size() ? text_[position_ + offset] : '\0'; }
  void Emit(Token::Kind kind, size_t begin, size_t end) {
    tokens_.push_back({kind, text_.substr(begin, end - begin), line_});
  }

  void Step() {
    const char c = At(0);
    if (c == '\n') {
      ++line_;
      ++position_;
    } else if (c == '/' && At(1) == '/') {
      position_ = std::min(text_.find('\n', position_), text_.size());
    } else if (c == '/' && At(1) == '*') {
      SkipTo(text_.find("*/", position_ + 2), 2);
    } else if (c == '"') {
      String();
    } else if (IsNameStart(c)) {
      const size_t end = NameEnd(position_);
      const std::string_view name = text_.substr(position_, end - position_);
      Emit(Keywords().contains(name) ? Token::Kind::kKeyword : Token::Kind::kName, position_, end);
      position_ = end;
    } else if (c == '`' && IsNameStart(At(1))) {
      const size_t end = NameEnd(position_ + 1);
      Emit(Token::Kind::kMacro, position_ + 1, end);
      position_ = end;
    } else if (c == '$' || (c >= '0' && c <= '9')) {
      position_ = NameEnd(position_);  // system task or number
    } else if (c == '\'') {
      ++position_;  // based number: its base and digits look like a name
      if (At(0) == 's' || At(0) == 'S') ++position_;
      if (std::string_view("bodhBODH").contains(At(0)) && At(0) != '\0') position_ = NameEnd(position_);
    } else {
      if (c > ' ') Emit(Token::Kind::kMark, position_, position_ + 1);
      ++position_;
    }
  }

  size_t NameEnd(size_t from) const {
    size_t end = from + 1;
    while (end < text_.size() && IsNameChar(text_[end])) ++end;
    return end;
  }

  void SkipTo(size_t found, size_t width) {
    const size_t end = found == std::string_view::npos ? text_.size() : found + width;
    line_ += static_cast<uint32_t>(std::count(text_.begin() + static_cast<ptrdiff_t>(position_),
                                              text_.begin() + static_cast<ptrdiff_t>(end), '\n'));
    position_ = end;
  }

  void String() {
    size_t end = position_ + 1;
    while (end < text_.size() && text_[end] != '"' && text_[end] != '\n') end += text_[end] == '\\' ? 2 : 1;
    end = std::min(end, text_.size());
    Emit(Token::Kind::kString, position_ + 1, end);
    position_ = std::min(end + (end < text_.size() && text_[end] == '"' ? 1 : 0), text_.size());
  }

  std::string_view text_;
  size_t position_ = 0;
  uint32_t line_ = 1;
  std::vector<Token> tokens_;
};

bool Is(const Token& token, std::string_view text) {
  return token.text == text && token.kind != Token::Kind::kString && token.kind != Token::Kind::kMacro;
}

bool OpensScope(std::string_view word) {
  return word == "module" || word == "macromodule" || word == "interface" || word == "package" || word == "class" ||
         word == "program";
}

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

}  // namespace

CursorScan ScanBeforeCursor(std::string_view prefix) {
  uint32_t cursor_line = 1;
  const std::vector<Token> tokens = Lexer(prefix).Run(&cursor_line);
  CursorScan scan;
  ScanScopes(tokens, scan);
  ScanOpenInstance(tokens, scan);
  ScanNames(tokens, cursor_line, scan);
  ScanNearbyWords(tokens, scan);
  return scan;
}

}  // namespace fanin::retriever
