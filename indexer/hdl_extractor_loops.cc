// Loops, jumps, waits and assertions of the StatementExtractor.
#include <utility>

#include "indexer/hdl_extractor_bodies.h"
#include "indexer/hdl_extractor_declarations.h"
#include "indexer/hdl_extractor_statements.h"
#include "indexer/hdl_extractor_types.h"

namespace fanin::indexer {
namespace {

using namespace slang::syntax;
using graph::EdgeKind;
using graph::kNoNode;
using graph::LocalNode;
using graph::NodeKind;
using graph::Role;
using slang::parsing::TokenKind;

}  // namespace

void StatementExtractor::ExtractLoopBody(LocalNode node, bool ends, const StatementSyntax& body, const Place& in) {
  loops_.push_back({node, {}});
  exits_ = {{node, EdgeKind::kCfgTrue, {}}};
  Extract(body, in);
  Connect(node);
  std::vector<Exit> after = std::move(loops_.back().breaks);
  loops_.pop_back();
  if (ends) after.push_back({node, EdgeKind::kCfgFalse, {}});
  exits_ = std::move(after);
}

void StatementExtractor::ExtractLoop(const StatementSyntax& loop, std::string_view token,
                                     const ExpressionSyntax* condition, bool guards_body, const StatementSyntax& body,
                                     const Place& in) {
  const LocalNode node = Enter(token, context_.source.PlaceOf(loop), in, context_.Text(condition, kMaxExpressionBytes));
  const GuardStack::Mark mark = flows_.guards.Top();
  if (condition != nullptr) {
    const std::span<const Use> uses = flows_.UsesOf(*condition, in.scope, Role::kControl);
    flows_.Read(node, uses);
    if (guards_body) flows_.guards.Push(GuardTerm(context_, *condition), uses);
  }
  ExtractLoopBody(node, condition != nullptr, body, {in.scope, node});
  flows_.guards.PopTo(mark);
}

// The loop variable is an index: neither declared by the loop nor one of the block counts as data while it runs.
void StatementExtractor::ExtractFor(const ForLoopStatementSyntax& loop, const Place& in) {
  const Bytes head = context_.source.PlaceOf(loop.openParen, loop.closeParen);
  const LocalNode node = Enter("for", context_.source.PlaceOf(loop), in,
                               context_.builder.Intern(context_.source.Written(head, kMaxExpressionBytes)));
  const Place inside{context_.symbols.AddScope(in.scope, node), node};
  std::vector<LocalNode> borrowed;
  const DataTypeSyntax* type = nullptr;
  for (const SyntaxNode* initializer : loop.initializers) {
    if (const auto* variable = initializer->as_if<ForVariableDeclarationSyntax>()) {
      if (variable->type != nullptr) type = variable->type;
      DeclareVariable(context_, inside, type, *variable->declarator, context_.source.PlaceOf(*variable), true);
      continue;
    }
    const auto* assignment = initializer->as_if<BinaryExpressionSyntax>();
    if (assignment == nullptr) continue;
    if (const auto* name = assignment->left->as_if<IdentifierNameSyntax>()) {
      const LocalNode variable = context_.symbols.Find(in.scope, NameOf(name->identifier)).node;
      if (variable != kNoNode && !context_.ShapeOf(variable).index_only) borrowed.push_back(variable);
    }
    flows_.Read(node, inside.scope, *assignment->right, Role::kControl);
  }
  for (const PendingType& pending : std::exchange(context_.pending_types, {}))
    ResolveType(context_, collector_, pending);
  for (LocalNode variable : borrowed) context_.ShapeOf(variable).index_only = true;
  if (loop.stopExpr != nullptr) flows_.Read(node, inside.scope, *loop.stopExpr, Role::kControl);
  for (const ExpressionSyntax* step : loop.steps) flows_.Read(node, inside.scope, *step, Role::kControl);
  ExtractLoopBody(node, true, *loop.statement, inside);
  for (LocalNode variable : borrowed) context_.ShapeOf(variable).index_only = false;
}

void StatementExtractor::ExtractForeach(const ForeachLoopStatementSyntax& loop, const Place& in) {
  const LocalNode node =
      Enter("foreach", context_.source.PlaceOf(loop), in, context_.Text(*loop.loopList, kMaxExpressionBytes));
  const Place inside{context_.symbols.AddScope(in.scope, node), node};
  flows_.Read(node, in.scope, *loop.loopList->arrayName, Role::kControl);
  for (const NameSyntax* name : loop.loopList->loopVariables) {
    const auto* variable = name->as_if<IdentifierNameSyntax>();
    if (variable == nullptr) continue;
    const LocalNode declared = context_.Declare({.kind = NodeKind::kSignal,
                                                 .in = inside,
                                                 .name = variable->identifier,
                                                 .bytes = context_.source.PlaceOf(variable->identifier),
                                                 .type = "int"});
    context_.ShapeOf(declared).index_only = true;
  }
  ExtractLoopBody(node, true, *loop.statement, inside);
}

// "@(posedge clk) ...", "#5 ...", "wait (x) ...": what is waited for is read; a wait's condition guards what follows.
void StatementExtractor::ExtractTimed(const SyntaxNode& timing, const StatementSyntax* statement,
                                      const SyntaxNode& whole, const Place& in) {
  const bool waits = whole.kind == SyntaxKind::WaitStatement;
  const GuardStack::Mark mark = flows_.guards.Top();
  const std::span<const Use> uses = flows_.UsesOf(timing, in.scope, waits ? Role::kControl : Role::kData);
  flows_.Read(block_, uses);
  if (waits) flows_.guards.Push(GuardTerm(context_, timing), uses);
  Extract(*statement, in);
  flows_.guards.PopTo(mark);
}

void StatementExtractor::ExtractJump(const SyntaxNode& syntax, const Place& in) {
  if (const auto* returned = syntax.as_if<ReturnStatementSyntax>()) {
    const LocalNode node = Enter("return", context_.source.PlaceOf(syntax), in, {});
    if (returned->returnValue != nullptr) flows_.Return(node, in.scope, *returned->returnValue);
    exits_.clear();
    return;
  }
  const bool breaks = syntax.as<JumpStatementSyntax>().breakOrContinue.kind == TokenKind::BreakKeyword;
  if (!loops_.empty()) {
    if (breaks) {
      CollectExits(loops_.back().breaks);
    } else {
      Connect(loops_.back().node);
    }
  }
  exits_.clear();
}

void StatementExtractor::ExtractAssert(const SyntaxNode& syntax, const ActionBlockSyntax& action, const Place& in) {
  const LocalNode node = DeclareAssertion(context_, in, syntax.as<StatementSyntax>(), context_.source.PlaceOf(syntax));
  ExtractAssertion(context_, collector_, {.place = in, .node = node, .syntax = &syntax});
  const std::vector<Exit> entry = exits_;
  std::vector<Exit> all;
  if (action.statement != nullptr) Extract(*action.statement, in);
  CollectExits(all);
  if (action.elseClause != nullptr) {
    exits_ = entry;
    Extract(*action.elseClause->clause, in);
    CollectExits(all);
  }
  exits_ = std::move(all);
}

}  // namespace fanin::indexer
