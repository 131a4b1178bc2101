#include "indexer/text_scan.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "indexer/nesting.h"
#include "indexer/token_cursor.h"
#include "indexer/use_context.h"
#include "indexer/use_tracker.h"

namespace fanin::indexer {
namespace {

enum class DirectiveWord : uint8_t {
  kMacro,  // none of the below
  kDefine,
  kUndef,
  kUndefineAll,
  kInclude,
  kIfdef,
  kIfndef,
  kElsif,
  kElse,
  kEndif,
  kPragma,
  kProtected,
  kRestOfLine,  // of old tools
  kValue,       // __FILE__, __LINE__
  kOther,
};

DirectiveWord Recognise(std::string_view name) {
  static const std::unordered_map<std::string_view, DirectiveWord> kWords = [] {
    std::unordered_map<std::string_view, DirectiveWord> words = {{"define", DirectiveWord::kDefine},
                                                                 {"undef", DirectiveWord::kUndef},
                                                                 {"undefineall", DirectiveWord::kUndefineAll},
                                                                 {"include", DirectiveWord::kInclude},
                                                                 {"ifdef", DirectiveWord::kIfdef},
                                                                 {"ifndef", DirectiveWord::kIfndef},
                                                                 {"elsif", DirectiveWord::kElsif},
                                                                 {"else", DirectiveWord::kElse},
                                                                 {"endif", DirectiveWord::kEndif},
                                                                 {"pragma", DirectiveWord::kPragma},
                                                                 {"protected", DirectiveWord::kProtected},
                                                                 {"__FILE__", DirectiveWord::kValue},
                                                                 {"__LINE__", DirectiveWord::kValue}};
    for (std::string_view other :
         {"begin_keywords", "celldefine", "default_decay_time", "default_nettype", "default_trireg_strength",
          "delay_mode_distributed", "delay_mode_path", "delay_mode_unit", "delay_mode_zero", "end_keywords",
          "endcelldefine", "endprotect", "endprotected", "line", "nounconnected_drive", "protect", "resetall",
          "timescale", "unconnected_drive"}) {
      words.emplace(other, DirectiveWord::kOther);
    }
    for (std::string_view vendor : VendorDirectives()) words.emplace(vendor, DirectiveWord::kRestOfLine);
    return words;
  }();
  const auto found = kWords.find(name);
  return found == kWords.end() ? DirectiveWord::kMacro : found->second;
}

// "`i", "`in" ... could be pasted into `include.
bool IsPrefixOfInclude(std::string_view name) {
  constexpr std::string_view kInclude = "include";
  return name.size() < kInclude.size() && kInclude.starts_with(name);
}

bool HoldsWord(std::string_view text, std::string_view word) {
  for (size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const size_t end = at + word.size();
    const bool begins = at == 0 || (!IsWordByte(text[at - 1]) && text[at - 1] != '`');
    if (begins && (end == text.size() || !IsWordByte(text[end]))) return true;
  }
  return false;
}

class Scanner {
 public:
  Scanner(std::string_view text, uint32_t max_nesting)
      : text_(text), max_nesting_(max_nesting), cursor_(text), uses_(text) {}

  TextScan Run() && {
    while (cursor_.Peek().kind != TokenKind::kEnd && scan_.max_nesting <= max_nesting_) {
      const Token token = cursor_.Next();
      if (token.kind == TokenKind::kDirective) {
        TakeDirective(token);
      } else {
        if (IsBareInclude(token)) scan_.unsafe_includes.push_back({token.begin, token.end});
        if (uses_.Take(token) == NestingTracker::Event::kOpened) TakeOpening(token);
        Measure(token.line, uses_.nesting());
      }
    }
    uses_.Finish();
    scan_.uses = std::move(uses_.uses());
    scan_.names = std::move(uses_.names());
    return std::move(scan_);
  }

 private:
  using Kind = Directive::Kind;

  void Add(Kind kind, size_t index = 0) { scan_.directives.push_back({kind, static_cast<uint32_t>(index)}); }

  void Measure(uint32_t line, const NestingTracker& nesting) {
    if (nesting.nesting() > scan_.max_nesting) {
      scan_.max_nesting = nesting.nesting();
      scan_.max_nesting_line = line;
    }
    if (nesting.run() > scan_.longest_run) {
      scan_.longest_run = nesting.run();
      scan_.longest_run_line = line;
    }
  }

  // A token that opens a level.
  void TakeOpening(const Token& token) {
    if (token.kind != TokenKind::kWord || cursor_.Peek().kind != TokenKind::kWord) return;
    const std::string_view word = cursor_.TextOf(token);
    const std::string_view name = cursor_.TextOf(cursor_.Peek());
    const bool defines = word == "module" || word == "macromodule" || word == "interface" || word == "program" ||
                         word == "package" || word == "primitive";
    if (defines && !IsKeyword(name)) scan_.modules.emplace_back(name);
  }

  void TakeDirective(const Token& token) {
    const std::string_view name = cursor_.TextOf(token).substr(1);
    switch (Recognise(name)) {
      case DirectiveWord::kMacro:
        if (IsPrefixOfInclude(name) && cursor_.Peek().kind == TokenKind::kPaste) {
          scan_.unsafe_includes.push_back({token.begin, token.end});
        }
        Add(Kind::kUse, uses_.uses().size());
        uses_.TakeUse(token);
        return;
      case DirectiveWord::kDefine: ScanDefine(); return;
      case DirectiveWord::kUndef:
        if (OnSameLine(TokenKind::kWord)) Add(Kind::kUndefine, uses_.NameIndex(cursor_.TextOf(cursor_.Next())));
        return;
      case DirectiveWord::kUndefineAll: Add(Kind::kUndefineAll); return;
      case DirectiveWord::kInclude: ScanInclude(token); return;
      case DirectiveWord::kIfdef: ScanIf(""); return;
      case DirectiveWord::kIfndef: ScanIf("!"); return;
      case DirectiveWord::kElsif:
        EnterArm();
        Add(Kind::kElseIf, scan_.conditions.size());
        scan_.conditions.push_back(ScanCondition());
        return;
      case DirectiveWord::kElse:
        EnterArm();
        Add(Kind::kElse);
        return;
      case DirectiveWord::kEndif:
        if (!arm_depths_.empty()) arm_depths_.pop_back();
        Add(Kind::kEndIf);
        return;
      case DirectiveWord::kPragma: SkipEncrypted(token); return;
      case DirectiveWord::kProtected: SkipBehind(token.end, "`endprotected"); return;
      case DirectiveWord::kRestOfLine:
        while (cursor_.Peek().kind != TokenKind::kEnd && !cursor_.Peek().newline_before) cursor_.Next();
        return;
      case DirectiveWord::kValue: {
        Token value = token;
        value.kind = TokenKind::kNumber;
        uses_.Take(value);
        return;
      }
      case DirectiveWord::kOther: return;
    }
  }

  bool OnSameLine(TokenKind kind) const { return cursor_.Peek().kind == kind && !cursor_.Peek().newline_before; }

  // --- conditionals

  void ScanIf(const char* prefix) {
    arm_depths_.push_back(uses_.nesting().depth());
    Add(Kind::kIf, scan_.conditions.size());
    scan_.conditions.push_back(prefix + ScanCondition());
  }

  // Both arms of a conditional begin at the same depth.
  void EnterArm() {
    if (!arm_depths_.empty()) uses_.nesting().Restore(arm_depths_.back());
  }

  // One name, or from "(" to its ")" without spaces and comments.
  std::string ScanCondition() {
    std::string condition;
    size_t depth = 0;
    while (cursor_.Peek().kind == TokenKind::kWord || cursor_.Peek().kind == TokenKind::kPunctuation) {
      const std::string_view text = cursor_.TextOf(cursor_.Peek());
      if (text == "(") ++depth;
      if (depth == 0 && cursor_.Peek().kind != TokenKind::kWord) break;
      condition += text;
      cursor_.Next();
      if (text == ")") --depth;
      if (depth == 0) break;
    }
    return condition;
  }

  // --- includes

  // From a token to the end of its line.
  static ByteRange RestOfLine(std::string_view text, const Token& token) {
    return {token.begin, static_cast<uint32_t>(std::min(text.find('\n', token.begin), text.size()))};
  }

  static bool IsRelativePath(std::string_view path) { return !path.empty() && path[0] != '/'; }

  // The path between quotes or angle brackets behind `include; empty when it is neither. Leaves the cursor behind it.
  std::string ScanIncludePath(TokenCursor& cursor) {
    const Token& next = cursor.Peek();
    if (next.newline_before) return {};
    if (next.kind == TokenKind::kString) {
      const std::string_view quoted = cursor.TextOf(cursor.Next());
      return quoted.size() >= 2 ? std::string(quoted.substr(1, quoted.size() - 2)) : std::string();
    }
    if (cursor.TextOf(next) != "<") return {};
    const size_t begin = next.end;
    const size_t end = cursor.text().find_first_of(">\n", begin);
    if (end == std::string_view::npos || cursor.text()[end] == '\n') return {};
    cursor.SkipTo(static_cast<uint32_t>(end + 1));
    return std::string(cursor.text().substr(begin, end - begin));
  }

  void ScanInclude(const Token& directive) {
    std::string path = ScanIncludePath(cursor_);
    if (!IsRelativePath(path)) {
      scan_.unsafe_includes.push_back(RestOfLine(text_, directive));
      return;
    }
    Add(Kind::kInclude, scan_.includes.size());
    scan_.includes.push_back({std::move(path), directive.line});
  }

  // A macro's argument `include` could become a directive where a formal is written as `formal.
  bool IsBareInclude(const Token& token) const {
    return token.kind == TokenKind::kWord && cursor_.TextOf(token) == "include";
  }

  // --- definitions

  void ScanDefine() {
    if (!OnSameLine(TokenKind::kWord)) return;
    const Token name = cursor_.Next();
    MacroDefinition definition;
    definition.name = cursor_.TextOf(name);
    definition.line = name.line;
    uint32_t begin = name.end;
    if (cursor_.TextOf(cursor_.Peek()) == "(" && !cursor_.Peek().space_before) {
      definition.formals = ScanFormals();
      ScanDefaults(definition);
      begin = static_cast<uint32_t>(definition.formals.size()) + begin;
    }
    uint32_t body_begin = begin;
    uint32_t body_end = begin;
    uint32_t body_line = name.line;
    while (cursor_.Peek().kind != TokenKind::kEnd && !cursor_.Peek().newline_before) {
      const Token token = cursor_.Next();
      if (body_end == begin) {
        body_begin = token.begin;
        body_line = token.line;
      }
      body_end = token.end;
    }
    definition.body = text_.substr(body_begin, body_end - body_begin);
    while (!definition.body.empty() && (definition.body.back() == '\n' || definition.body.back() == '\\' ||
                                        definition.body.back() == ' ' || definition.body.back() == '\r')) {
      definition.body.pop_back();
    }
    ScanBody(definition, body_begin, body_line);
    Add(Kind::kDefine, scan_.definitions.size());
    scan_.definitions.push_back(std::move(definition));
  }

  // From "(" to its ")", as written.
  std::string ScanFormals() {
    const uint32_t begin = cursor_.Peek().begin;
    uint32_t end = begin;
    size_t depth = 0;
    while (cursor_.Peek().kind != TokenKind::kEnd) {
      const Token token = cursor_.Next();
      end = token.end;
      const std::string_view text = cursor_.TextOf(token);
      if (text == "(") ++depth;
      if (text == ")" && --depth == 0) break;
    }
    return std::string(text_.substr(begin, end - begin));
  }

  // The default of a formal may use macros.
  static void ScanDefaults(MacroDefinition& definition) {
    for (TokenCursor cursor(definition.formals); cursor.Peek().kind != TokenKind::kEnd;) {
      const Token token = cursor.Next();
      if (token.kind != TokenKind::kDirective) continue;
      const std::string_view name = cursor.TextOf(token).substr(1);
      MacroUse use;
      use.context = UseContext::kExpression;
      if (Recognise(name) == DirectiveWord::kMacro) AddBodyUse(definition, std::string(name), use);
    }
  }

  // Finds the macros that a body uses and blanks what could include a file of the machine. `offset` and `line` are
  // those of the body within the text.
  void ScanBody(MacroDefinition& definition, uint32_t offset, uint32_t line) {
    const std::string body = definition.body;
    TokenCursor cursor(body, line);
    UseTracker uses(body);
    std::vector<ByteRange> unsafe;
    while (cursor.Peek().kind != TokenKind::kEnd) {
      const Token token = cursor.Next();
      const std::string_view text = cursor.TextOf(token);
      if (token.kind == TokenKind::kDirective) {
        const DirectiveWord word = Recognise(text.substr(1));
        if (word == DirectiveWord::kInclude && !IsRelativePath(ScanIncludePath(cursor))) {
          unsafe.push_back(RestOfLine(body, token));
        }
        if (word != DirectiveWord::kMacro) continue;
        if (IsPrefixOfInclude(text.substr(1))) unsafe.push_back({token.begin, token.end});
        uses.TakeUse(token);
      } else if (token.kind != TokenKind::kContinuation) {
        if (text == "include") unsafe.push_back({token.begin, token.end});
        uses.Take(token);
        Measure(token.line, uses.nesting());
      }
    }
    uses.Finish();
    for (const MacroUse& use : uses.uses()) AddBodyUse(definition, uses.names()[use.name], use);
    for (const ByteRange& range : unsafe) {
      Blank(definition.body, range);
      scan_.unsafe_includes.push_back({range.begin + offset, range.end + offset});
    }
  }

  static void AddBodyUse(MacroDefinition& definition, const std::string& name, const MacroUse& use) {
    if (HoldsWord(definition.formals, name)) return;  // `FORMAL: the actual's name takes its place
    for (BodyUse& known : definition.uses) {
      if (known.name != name) continue;
      known.arguments = std::max(known.arguments, use.arguments);
      known.pasted |= use.pasted;
      return;
    }
    definition.uses.push_back({name, use.arguments, use.context, use.pasted});
  }

  // --- encrypted regions: neither brackets nor quotes mean anything in them

  void SkipEncrypted(const Token& pragma) {
    const size_t line_end = std::min(text_.find('\n', pragma.end), text_.size());
    const std::string_view line = text_.substr(pragma.end, line_end - pragma.end);
    if (line.find("protect") != line.npos && line.find("begin_protected") != line.npos) {
      SkipBehind(pragma.end, "end_protected");
    }
  }

  void SkipBehind(uint32_t from, std::string_view mark) {
    const size_t found = text_.find(mark, from);
    const size_t end = found == std::string_view::npos ? text_.size() : found + mark.size();
    if (end > cursor_.Peek().begin) cursor_.SkipTo(static_cast<uint32_t>(end));
  }

  std::string_view text_;
  uint32_t max_nesting_;
  TokenCursor cursor_;
  UseTracker uses_;
  TextScan scan_;
  std::vector<size_t> arm_depths_;  // of the open conditionals
};

}  // namespace

void Blank(std::span<char> text, ByteRange range) {
  for (char& c : text.subspan(range.begin, range.end - range.begin)) {
    if (c != '\n' && c != '\\') c = ' ';
  }
}

TextScan ScanText(std::string_view text, uint32_t max_nesting) { return Scanner(text, max_nesting).Run(); }

const std::vector<std::string_view>& VendorDirectives() {
  static const std::vector<std::string_view> kDirectives = {"accelerate",          "autoexpand_vectornets",
                                                            "disable_portfaults",  "enable_portfaults",
                                                            "expand_vectornets",   "noaccelerate",
                                                            "noexpand_vectornets", "noremove_gatenames",
                                                            "noremove_netnames",   "nosuppress_faults",
                                                            "remove_gatenames",    "remove_netnames",
                                                            "suppress_faults",     "uselib"};
  return kDirectives;
}

bool IsDirective(std::string_view name) { return Recognise(name) != DirectiveWord::kMacro; }

}  // namespace fanin::indexer
