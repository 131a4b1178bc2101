#include <string>

#include "indexer/hdl_extractor_members.h"

namespace fanin::indexer {
namespace {

using namespace slang::syntax;
using graph::LocalNode;
using graph::NodeKind;
using slang::parsing::Token;

constexpr size_t kMaxHeadBytes = 200;

// What makes a generate block exist: where its text begins, that text, and the expressions in it.
struct Head {
  uint32_t begin = 0;
  std::string_view text;
  std::vector<const SyntaxNode*> expressions = {};
  Token genvar = {};  // declared by a loop
};

bool IsConditional(const SyntaxNode& node) {
  return node.kind == SyntaxKind::IfGenerate || node.kind == SyntaxKind::CaseGenerate;
}

// One arm. A conditional that stands directly in an arm opens no scope of its own (LRM 27.5), so it takes the arm's
// place.
void DeclareArm(HdlContext& context, const Place& in, const Head& head, const SyntaxNode& body) {
  if (IsConditional(body)) {
    DeclareGenerate(context, in, body.as<MemberSyntax>());
    return;
  }
  const GenerateBlockSyntax* block = body.as_if<GenerateBlockSyntax>();
  NewElement element{.kind = NodeKind::kGenerate, .in = in, .bytes = context.source.PlaceOf(body), .value = head.text};
  element.bytes.begin = std::min(element.bytes.begin, head.begin);
  if (block != nullptr && block->beginName != nullptr) {
    element.name = block->beginName->name;
  } else if (block != nullptr && block->label != nullptr) {
    element.name = block->label->name;
  }
  const LocalNode node = context.Declare(element);
  const Place inside = context.Open(node, in);
  if (head.genvar) {
    const LocalNode genvar = context.Declare({.kind = NodeKind::kSignal,
                                              .in = inside,
                                              .name = head.genvar,
                                              .bytes = context.source.PlaceOf(head.genvar),
                                              .type = "genvar"});
    context.ShapeOf(genvar).index_only = true;
  }
  for (const SyntaxNode* expression : head.expressions) {
    context.pending_bodies.push_back({.place = inside, .node = node, .syntax = expression});
  }
  if (block != nullptr) {
    DeclareMembers(context, inside, block->members);
  } else if (MemberSyntax::isKind(body.kind)) {
    DeclareMember(context, inside, body.as<MemberSyntax>());
  }
}

void DeclareLoop(HdlContext& context, const Place& in, const LoopGenerateSyntax& loop) {
  const Bytes bytes = context.source.PlaceOf(loop.keyword, loop.closeParen);
  Head head{.begin = bytes.begin,
            .text = context.builder.Intern(context.source.Written(bytes, kMaxHeadBytes)),
            .expressions = {loop.initialExpr, loop.stopExpr}};
  if (!loop.genvar.rawText().empty()) head.genvar = loop.identifier;
  DeclareArm(context, in, head, *loop.block);
}

// Iterates along "else if".
void DeclareIf(HdlContext& context, const Place& in, const IfGenerateSyntax& first) {
  Bytes begin = context.source.PlaceOf(first.keyword);
  std::string prefix;
  for (const IfGenerateSyntax* arm = &first; arm != nullptr;) {
    const Bytes condition = context.source.PlaceOf(arm->keyword, arm->closeParen);
    std::string text = prefix;
    text += context.source.Written(condition, kMaxHeadBytes);
    DeclareArm(context, in, {.begin = begin.begin, .text = text, .expressions = {arm->condition}}, *arm->block);
    const ElseClauseSyntax* otherwise = arm->elseClause;
    if (otherwise == nullptr) return;
    begin = context.source.PlaceOf(otherwise->elseKeyword);
    prefix = "else ";
    arm = otherwise->clause->as_if<IfGenerateSyntax>();
    if (arm == nullptr) DeclareArm(context, in, {.begin = begin.begin, .text = "else"}, *otherwise->clause);
  }
}

void DeclareCase(HdlContext& context, const Place& in, const CaseGenerateSyntax& generate) {
  std::string selector(
      context.source.Written(context.source.PlaceOf(generate.keyword, generate.closeParen), kMaxHeadBytes));
  selector += ' ';
  for (const CaseItemSyntax* item : generate.items) {
    Head head{.begin = context.source.PlaceOf(*item).begin, .text = {}, .expressions = {generate.condition}};
    std::string text = selector;
    const SyntaxNode* body = nullptr;
    if (item->kind == SyntaxKind::StandardCaseItem) {
      const auto& standard = item->as<StandardCaseItemSyntax>();
      const Bytes labels = {head.begin, context.source.PlaceOf(standard.colon).begin};
      text += context.source.Written(labels, kMaxHeadBytes);
      for (const ExpressionSyntax* expression : standard.expressions) head.expressions.push_back(expression);
      body = standard.clause;
    } else if (item->kind == SyntaxKind::DefaultCaseItem) {
      text += "default";
      body = item->as<DefaultCaseItemSyntax>().clause;
    }
    head.text = text;
    if (body != nullptr) DeclareArm(context, in, head, *body);
  }
}

}  // namespace

void DeclareGenerate(HdlContext& context, const Place& in, const MemberSyntax& member) {
  switch (member.kind) {
    case SyntaxKind::LoopGenerate: return DeclareLoop(context, in, member.as<LoopGenerateSyntax>());
    case SyntaxKind::IfGenerate: return DeclareIf(context, in, member.as<IfGenerateSyntax>());
    case SyntaxKind::CaseGenerate: return DeclareCase(context, in, member.as<CaseGenerateSyntax>());
    default: return DeclareArm(context, in, {.begin = UINT32_MAX, .text = {}}, member);
  }
}

}  // namespace fanin::indexer
