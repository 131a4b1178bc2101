#include "indexer/hdl_extractor_directives.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "indexer/hdl_extractor_sweep.h"
#include "indexer/text_scan.h"

namespace fanin::indexer {
namespace {

using graph::EdgeKind;
using graph::kNoNode;
using graph::LocalNode;
using graph::NodeKind;

constexpr size_t kMaxMacroBytes = 2000;

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

// One past the last byte of the logical line: a backslash before a line end continues it.
uint32_t EndOfLogicalLine(std::string_view text, uint32_t begin) {
  size_t at = begin;
  while (true) {
    const size_t newline = text.find('\n', at);
    if (newline == std::string_view::npos) return static_cast<uint32_t>(text.size());
    size_t last = newline;
    while (last > begin && (text[last - 1] == '\r' || IsBlank(text[last - 1]))) --last;
    if (last == begin || text[last - 1] != '\\') return static_cast<uint32_t>(last);
    at = newline + 1;
  }
}

// The formal arguments "(a, b = 1)" at the start of `text`, which is what follows a macro's name.
std::string_view FormalsOf(std::string_view text) {
  if (!text.starts_with('(')) return {};
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')' && --depth == 0) return text.substr(0, i + 1);
  }
  return text;
}

// A body on one line, without continuations.
std::string Flatten(std::string_view body) {
  std::string flat;
  for (size_t i = 0; i < body.size() && flat.size() <= kMaxMacroBytes; ++i) {
    const bool continuation = body[i] == '\\' && i + 1 < body.size() && (body[i + 1] == '\n' || body[i + 1] == '\r');
    if (continuation || body[i] == '\n' || body[i] == '\r' || IsBlank(body[i])) {
      if (!flat.empty() && flat.back() != ' ') flat += ' ';
    } else {
      flat += body[i];
    }
  }
  while (flat.ends_with(' ')) flat.pop_back();
  CutText(flat, kMaxMacroBytes);
  return flat;
}

class MacroDeclarer {
 public:
  explicit MacroDeclarer(HdlContext& context) : context_(context), text_(context.source.text()) {}

  void Define(const BacktickWord& word) {
    uint32_t begin = word.end;
    while (begin < text_.size() && IsBlank(text_[begin])) ++begin;
    uint32_t end = begin;
    while (end < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[end])) != 0 || text_[end] == '_' || text_[end] == '$')) {
      ++end;
    }
    if (end == begin) return;
    const uint32_t line_end = EndOfLogicalLine(text_, word.begin);
    const std::string_view rest = text_.substr(end, line_end - end);
    const std::string_view formals = FormalsOf(rest);
    graph::Node node;
    node.kind = NodeKind::kMacro;
    node.parent = 0;
    node.name = text_.substr(begin, end - begin);
    node.span = context_.source.SpanOf({word.begin, line_end});
    node.name_span = context_.source.SpanOf({begin, end});
    const std::string flat_formals = Flatten(formals);
    const std::string flat_body = Flatten(rest.substr(formals.size()));
    node.type = flat_formals;
    node.value = flat_body;
    const LocalNode macro = context_.AddNode(node);
    context_.AddEdge(EdgeKind::kDefines, 0, macro);
    context_.macros.push_back(macro);
  }

  void Include(const BacktickWord& word) {
    uint32_t begin = word.end;
    while (begin < text_.size() && IsBlank(text_[begin])) ++begin;
    if (begin == text_.size()) return;
    const char close = text_[begin] == '"' ? '"' : text_[begin] == '<' ? '>' : '\0';
    const size_t end = close == '\0' ? std::string_view::npos : text_.find(close, begin + 1);
    if (end == std::string_view::npos) return;  // a macro makes up its name
    graph::Reference reference;
    reference.kind = EdgeKind::kIncludes;
    reference.look_up = graph::LookUp::kFile;
    reference.from = 0;
    reference.name = text_.substr(begin + 1, end - begin - 1);
    if (reference.name.find('\n') != std::string_view::npos) return;
    reference.span = context_.source.SpanOf({word.begin, static_cast<uint32_t>(end + 1)});
    context_.builder.AddReference(reference);
  }

 private:
  HdlContext& context_;
  std::string_view text_;
};

}  // namespace

void DeclareMacros(HdlContext& context) {
  MacroDeclarer declarer(context);
  for (const BacktickWord& word : context.comments.backtick_words()) {
    const std::string_view name = context.source.text().substr(word.begin + 1, word.end - word.begin - 1);
    if (name == "define") declarer.Define(word);
    if (name == "include") declarer.Include(word);
  }
}

void ExtractMacroUses(HdlContext& context) {
  if (context.comments.backtick_words().empty()) return;
  slang::flat_hash_map<std::string_view, LocalNode> known;  // the definition in force, or the first one
  for (LocalNode macro : context.macros) known.try_emplace(context.builder.node(macro).name, macro);
  size_t next_macro = 0;
  ElementSweep sweep(context);
  for (const BacktickWord& word : context.comments.backtick_words()) {
    const std::string_view name = context.source.text().substr(word.begin + 1, word.end - word.begin - 1);
    if (IsDirective(name)) continue;
    while (next_macro < context.macros.size() &&
           context.builder.node(context.macros[next_macro]).span.end_byte <= word.begin) {
      const LocalNode macro = context.macros[next_macro++];
      known[context.builder.node(macro).name] = macro;
    }
    const LocalNode user = sweep.At(word.begin);
    if (const auto macro = known.find(name); macro != known.end()) {
      if (macro->second != user) context.AddEdge(EdgeKind::kUsesMacro, user, macro->second);
      continue;
    }
    graph::Reference reference;
    reference.kind = EdgeKind::kUsesMacro;
    reference.look_up = graph::LookUp::kMacro;
    reference.from = user;
    reference.name = name;
    reference.span = context.source.SpanOf({word.begin, word.end});
    context.AddReference(reference);
  }
}

}  // namespace fanin::indexer
