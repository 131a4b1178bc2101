#include "retriever/rtl_tokens.h"

#include <algorithm>
#include <cstddef>

namespace fanin::retriever {
namespace {

bool IsNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsNameChar(char c) { return IsNameStart(c) || (c >= '0' && c <= '9') || c == '$'; }

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

}  // namespace

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

bool OpensScope(std::string_view keyword) {
  return keyword == "module" || keyword == "macromodule" || keyword == "interface" || keyword == "package" ||
         keyword == "class" || keyword == "program";
}

std::vector<Token> Tokenize(std::string_view text, uint32_t* last_line) { return Lexer(text).Run(last_line); }

}  // namespace fanin::retriever
