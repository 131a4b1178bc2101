#include "indexer/use_context.h"

#include <algorithm>
#include <unordered_set>

namespace fanin::indexer {
namespace {

using Words = std::unordered_set<std::string_view>;

// Of a list separated by spaces.
Words Split(std::string_view list) {
  Words words;
  while (!list.empty()) {
    const size_t end = std::min(list.find(' '), list.size());
    words.insert(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return words;
}

// Of IEEE 1800-2017, Annex B.
constexpr std::string_view kKeywords =
    "accept_on alias always always_comb always_ff always_latch and assert assign assume automatic before begin "
    "bind bins binsof bit break buf bufif0 bufif1 byte case casex casez cell chandle checker class clocking cmos "
    "config const constraint context continue cover covergroup coverpoint cross deassign default defparam design "
    "disable dist do edge else end endcase endchecker endclass endclocking endconfig endfunction endgenerate "
    "endgroup endinterface endmodule endpackage endprimitive endprogram endproperty endsequence endspecify "
    "endtable endtask enum event eventually expect export extends extern final first_match for force foreach "
    "forever fork forkjoin function generate genvar global highz0 highz1 if iff ifnone ignore_bins illegal_bins "
    "implements implies import incdir include initial inout input inside instance int integer interconnect "
    "interface intersect join join_any join_none large let liblist library local localparam logic longint "
    "macromodule matches medium modport module nand negedge nettype new nexttime nmos nor noshowcancelled not "
    "notif0 notif1 null or output package packed parameter pmos posedge primitive priority program property "
    "protected pull0 pull1 pulldown pullup pulsestyle_ondetect pulsestyle_onevent pure rand randc randcase "
    "randsequence rcmos real realtime ref reg reject_on release repeat restrict return rnmos rpmos rtran "
    "rtranif0 rtranif1 s_always s_eventually s_nexttime s_until s_until_with scalared sequence shortint "
    "shortreal showcancelled signed small soft solve specify specparam static string strong strong0 strong1 "
    "struct super supply0 supply1 sync_accept_on sync_reject_on table tagged task this throughout time "
    "timeprecision timeunit tran tranif0 tranif1 tri tri0 tri1 triand trior trireg type typedef union unique "
    "unique0 unsigned until until_with untyped use uwire var vectored virtual void wait wait_order wand weak "
    "weak0 weak1 while wildcard wire with within wor xnor xor";

// After these a name is declared or looked up.
constexpr std::string_view kBeforeName =
    "assign checker class covergroup export extends function implements import interface macromodule module "
    "negedge package posedge primitive program property sequence task";

// After these comes a type or the declared name.
constexpr std::string_view kBeforeType =
    "automatic const genvar inout input local localparam output parameter protected rand randc ref static "
    "supply0 supply1 tri tri0 tri1 typedef uwire var virtual wand wire wor";

// After these comes a range or the declared name.
constexpr std::string_view kTypes = "bit byte int integer logic longint reg shortint signed string time unsigned";

// After these a statement or an item begins.
constexpr std::string_view kBeforeItem =
    "begin clocking end endcase endchecker endclass endclocking endconfig endfunction endgenerate endgroup "
    "endinterface endmodule endpackage endprimitive endprogram endproperty endsequence endspecify endtable "
    "endtask fork generate join join_any join_none specify";

// After these exactly one statement is expected.
constexpr std::string_view kBeforeBranch = "always always_comb always_latch do else final forever initial";

bool IsBeforeName(std::string_view word) {
  static const Words kWords = Split(kBeforeName);
  return kWords.contains(word);
}
bool IsBeforeType(std::string_view word) {
  static const Words kWords = Split(kBeforeType);
  return kWords.contains(word);
}
bool IsType(std::string_view word) {
  static const Words kWords = Split(kTypes);
  return kWords.contains(word);
}
bool IsBeforeItem(std::string_view word) {
  static const Words kWords = Split(kBeforeItem);
  return kWords.contains(word);
}
bool IsBeforeBranch(std::string_view word) {
  static const Words kWords = Split(kBeforeBranch);
  return kWords.contains(word);
}

struct Next {
  explicit Next(const Token& token, std::string_view text)
      : new_line(token.newline_before || token.kind == TokenKind::kEnd),
        first(token.kind == TokenKind::kPunctuation && !text.empty() ? text[0] : '\0'),
        scope(first == ':' && text.size() > 1 && text[1] == ':'),
        keyword(token.kind == TokenKind::kWord && IsKeyword(text)),
        identifier((token.kind == TokenKind::kWord && !keyword) || token.kind == TokenKind::kDirective),
        is_else(keyword && text == "else") {}

  bool Is(std::string_view characters) const { return first != '\0' && characters.find(first) != characters.npos; }
  bool EndsName() const { return new_line || Is(";,=)[("); }

  bool new_line;
  char first;
  bool scope;  // `::`
  bool keyword;
  bool identifier;  // or another macro
  bool is_else;
};

// At the begin of a statement or item.
UseContext ClassifyItem(bool branch, const Next& next) {
  if (branch && (next.is_else || (next.new_line && next.first != ';'))) return UseContext::kBranch;
  if (next.identifier && !next.new_line) return UseContext::kName;
  if (next.new_line) return UseContext::kStatement;
  if (next.Is("=[.#<")) return UseContext::kName;
  return next.Is("+-*/%&|^?'") ? UseContext::kExpression : UseContext::kStatement;  // a macro's body may begin so
}

// The "h" or "sd" of 8'h`VALUE.
bool IsLiteralBase(std::string_view word) {
  if (word.size() == 2 && (word[0] == 's' || word[0] == 'S')) word.remove_prefix(1);
  return word.size() == 1 && std::string_view("bodhBODH").find(word[0]) != word.npos;
}

UseContext ClassifyAfterWord(const UsePosition& position, const Next& next) {
  const std::string_view word = position.previous_text;
  if (IsBeforeName(word)) return UseContext::kName;
  if (IsBeforeItem(word)) return ClassifyItem(/*branch=*/false, next);
  if (IsBeforeBranch(word)) return ClassifyItem(/*branch=*/true, next);
  if (IsBeforeType(word)) return next.keyword ? UseContext::kStatement : UseContext::kName;
  const bool type = IsType(word);
  if (!type && IsKeyword(word)) return UseContext::kExpression;
  if (position.newline_before) return ClassifyItem(/*branch=*/false, next);  // e.g. after the label of a `begin`
  if (!position.space_before) return IsLiteralBase(word) ? UseContext::kExpression : UseContext::kStatement;
  if (next.identifier || next.keyword) return UseContext::kStatement;
  return next.EndsName() ? UseContext::kName : UseContext::kExpression;
}

UseContext ClassifyAfterPunctuation(const UsePosition& position, const Next& next) {
  const char previous = position.previous_text[0];
  switch (previous) {
    case ';':
    case '}': return ClassifyItem(/*branch=*/false, next);
    case '.': return UseContext::kName;
    case ')':
      if (!next.new_line && !next.identifier && !next.keyword && next.first != ';') return UseContext::kExpression;
      return ClassifyItem(/*branch=*/true, next);
    case ':':
      if (!position.after_question) return ClassifyItem(/*branch=*/true, next);
      return UseContext::kExpression;
    case ']':
      if (position.newline_before) return ClassifyItem(/*branch=*/false, next);
      return next.EndsName() ? UseContext::kName : UseContext::kStatement;
    case '(':
    case ',':
    case '{':
      if (position.newline_before && next.new_line && (next.identifier || next.keyword)) return UseContext::kStatement;
      if (next.identifier) return UseContext::kName;  // a type in a list of ports or arguments
      if (next.keyword && !next.new_line) return UseContext::kStatement;
      return UseContext::kExpression;
    default: return UseContext::kExpression;
  }
}

}  // namespace

bool IsKeyword(std::string_view word) {
  static const Words kWords = Split(kKeywords);
  return kWords.contains(word);
}

UseContext ClassifyUse(const UsePosition& position, const Token& next_token, std::string_view next_text) {
  const Next next(next_token, next_text);
  if (next.scope) return UseContext::kName;
  switch (position.previous) {
    case TokenKind::kEnd:
    case TokenKind::kContinuation: return ClassifyItem(/*branch=*/false, next);
    case TokenKind::kWord: return ClassifyAfterWord(position, next);
    case TokenKind::kPunctuation: return ClassifyAfterPunctuation(position, next);
    case TokenKind::kNumber:
    case TokenKind::kString:
      if (position.newline_before) return ClassifyItem(/*branch=*/false, next);
      return UseContext::kExpression;
    case TokenKind::kDirective:
      if (position.previous_context == UseContext::kStatement || position.previous_context == UseContext::kBranch) {
        return ClassifyItem(/*branch=*/false, next);
      }
      return next.EndsName() && position.space_before ? UseContext::kName : UseContext::kStatement;
    case TokenKind::kPaste: return UseContext::kStatement;
  }
  return UseContext::kStatement;
}

}  // namespace fanin::indexer
