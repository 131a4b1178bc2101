#include "retriever/cursor_place.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <unordered_set>

namespace fanin::retriever {
namespace {

bool BeginsProcess(std::string_view word) {
  return word.starts_with("always") || word == "initial" || word == "final" || word == "function" || word == "task";
}

bool IsDeclaring(std::string_view word) {
  static const std::unordered_set<std::string_view> kWords = {
      "input",      "output",  "inout",   "wire",     "reg",     "logic",   "bit",  "tri",    "parameter",
      "localparam", "int",     "integer", "genvar",   "byte",    "real",    "time", "string", "typedef",
      "enum",       "struct",  "union",   "shortint", "longint", "signed",  "var",  "const",  "rand",
      "randc",      "supply0", "supply1", "event",    "packed",  "unsigned"};
  return kWords.contains(word);
}

// Follows blocks of statements to tell what the cursor stands in.
class PlaceScanner {
 public:
  explicit PlaceScanner(const std::vector<Token>& tokens) : tokens_(tokens) {}

  CursorPlace Run(const CursorScan& scan) {
    for (size_t i = 0; i < tokens_.size(); ++i) Step(i);
    if (!scan.open_instances.empty()) {
      return scan.open_instances.back().in_parameters ? CursorPlace::kOverride : CursorPlace::kConnection;
    }
    if (!tokens_.empty() && statement_ < tokens_.size()) {
      const Token& first = tokens_[statement_];
      if (first.kind == Token::Kind::kMacro) {
        if (first.text == "include") return CursorPlace::kInclude;
        if (parentheses_ > 0 || statement_ + 1 == tokens_.size()) return CursorPlace::kMacroCall;
      }
      if (Is(first, "import")) return CursorPlace::kImport;
    }
    if (scan.enclosing.empty()) return CursorPlace::kFile;
    if (in_header_) return ImportIsOpen() ? CursorPlace::kImport : CursorPlace::kHeader;
    if (statement_ >= tokens_.size()) {  // nothing of it is written
      if (!blocks_.empty() && blocks_.back() == Block::kCase) return CursorPlace::kCaseItem;
      return InProcess() ? CursorPlace::kStatement : CursorPlace::kItem;
    }
    const std::span<const Token> written = std::span(tokens_).subspan(statement_);
    if (process_ && parentheses_ == 0 && BeginsProcess(written.front().text)) return CursorPlace::kStatement;
    if (Assigns(written)) return CursorPlace::kAssignment;
    if (tokens_[statement_].kind == Token::Kind::kKeyword && IsDeclaring(tokens_[statement_].text)) {
      return CursorPlace::kDeclaration;
    }
    return CursorPlace::kExpression;
  }

 private:
  enum class Block : uint8_t { kPlain, kProcess, kCase };

  bool InProcess() const {
    return process_ || std::ranges::any_of(blocks_, [](Block block) { return block != Block::kPlain; });
  }

  // Whether an import between a name and its ports is not ended.
  bool ImportIsOpen() const {
    for (size_t i = tokens_.size(); i-- > 0 && !Is(tokens_[i], ";") && !Is(tokens_[i], "(");) {
      if (Is(tokens_[i], "import")) return true;
    }
    return false;
  }

  // Whether a `=` or `<=` stands outside of brackets.
  static bool Assigns(std::span<const Token> written) {
    int depth = 0;
    for (const Token& token : written) {
      if (Is(token, "(") || Is(token, "[") || Is(token, "{")) ++depth;
      if (Is(token, ")") || Is(token, "]") || Is(token, "}")) --depth;
      if (depth <= 0 && Is(token, "=")) return true;
    }
    return false;
  }

  void Step(size_t i) {
    const Token& token = tokens_[i];
    if (token.kind == Token::Kind::kMark) {
      Mark(token, i);
    } else if (token.kind == Token::Kind::kKeyword) {
      Keyword(token, i);
    } else if (token.kind == Token::Kind::kName && i >= 2 && statement_ + 1 == i && Is(tokens_[i - 1], ":")) {
      statement_ = i + 1;  // the label of a block that begins or ends
    } else if (token.kind == Token::Kind::kMacro && i > 0 && token.line != tokens_[i - 1].line && parentheses_ == 0 &&
               statement_ + 1 < i && tokens_[statement_].kind == Token::Kind::kMacro) {
      statement_ = i;  // a macro call without a semicolon ends with its line
    }
  }

  void Mark(const Token& token, size_t i) {
    if (token.text == "(" || token.text == "[" || token.text == "{") {
      ++parentheses_;
    } else if (token.text == ")" || token.text == "]" || token.text == "}") {
      parentheses_ = std::max(0, parentheses_ - 1);
      if (parentheses_ == 0 && case_head_) {
        case_head_ = false;
        statement_ = i + 1;  // its first item
      }
    } else if (token.text == ";" && parentheses_ == 0) {
      in_header_ = false;
      process_ = false;
      statement_ = i + 1;
    } else if (token.text == ":" && parentheses_ == 0 && !blocks_.empty() && blocks_.back() == Block::kCase) {
      statement_ = i + 1;
    }
  }

  void Keyword(const Token& token, size_t i) {
    const std::string_view word = token.text;
    if (OpensScope(word)) {
      blocks_.clear();
      parentheses_ = 0;
      in_header_ = true;
    } else if (BeginsProcess(word)) {
      process_ = true;
      if (word == "function" || word == "task") blocks_.push_back(Block::kProcess);
    } else if (word == "begin" || word == "fork") {
      blocks_.push_back(InProcess() ? Block::kProcess : Block::kPlain);
      process_ = false;
      statement_ = i + 1;
    } else if (word.starts_with("case")) {
      blocks_.push_back(Block::kCase);
      case_head_ = true;
    } else if (word == "end" || word == "endcase" || word == "endfunction" || word == "endtask" ||
               word.starts_with("join")) {
      if (!blocks_.empty()) blocks_.pop_back();
      process_ = false;
      statement_ = i + 1;
    } else if (word == "else") {
      statement_ = i + 1;
    } else if (word.starts_with("end")) {
      blocks_.clear();
      process_ = false;
      statement_ = i + 1;
    }
  }

  const std::vector<Token>& tokens_;
  std::vector<Block> blocks_;
  size_t statement_ = 0;  // first token of what is being written
  int parentheses_ = 0;
  bool in_header_ = false;
  bool case_head_ = false;  // between `case` and the end of its parenthesis
  bool process_ = false;    // the statement being written is that of an always, initial or final
};

}  // namespace

CursorPlace FindPlace(const std::vector<Token>& tokens, const CursorScan& scan) {
  return PlaceScanner(tokens).Run(scan);
}

std::string_view CursorPlaceName(CursorPlace place) {
  static constexpr std::array<std::string_view, 13> kNames = {
      "file",      "header",     "item",       "declaration", "override", "connection", "statement",
      "case item", "assignment", "expression", "import",      "include",  "macro call"};
  return kNames[static_cast<size_t>(place)];
}

}  // namespace fanin::retriever
