#include "indexer/expression_edges.h"
#include "indexer/hdl_extractor_bodies.h"
#include "indexer/hdl_extractor_declarations.h"
#include "indexer/hdl_extractor_members.h"
#include "indexer/hdl_extractor_types.h"

namespace fanin::indexer {
namespace {

using namespace slang::syntax;
using graph::EdgeKind;
using graph::kNoNode;
using graph::LocalNode;
using graph::NodeKind;
using graph::PortDirection;
using graph::Role;
using slang::parsing::Token;

// What is asserted, of every kind of assertion, property and sequence.
const SyntaxNode* AssertedOf(const SyntaxNode& syntax) {
  if (const auto* immediate = syntax.as_if<ImmediateAssertionStatementSyntax>()) return immediate->expr->expression;
  if (const auto* concurrent = syntax.as_if<ConcurrentAssertionStatementSyntax>()) return concurrent->propertySpec;
  if (const auto* property = syntax.as_if<PropertyDeclarationSyntax>()) return property->propertySpec;
  if (const auto* sequence = syntax.as_if<SequenceDeclarationSyntax>()) return sequence->seqExpr;
  return nullptr;
}

// A property or sequence, with its formal arguments and local variables.
template <typename Syntax>
void DeclareNamed(HdlContext& context, const Place& in, const Syntax& syntax) {
  const LocalNode node = context.Declare({.kind = NodeKind::kAssertion,
                                          .in = in,
                                          .name = syntax.name,
                                          .bytes = context.source.PlaceOf(syntax),
                                          .type = syntax.keyword.rawText(),
                                          .value = context.Text(AssertedOf(syntax), kMaxExpressionBytes)});
  const Place inside = context.Open(node, in);
  if (syntax.portList != nullptr) DeclareAssertionPorts(context, inside, *syntax.portList);
  for (const LocalVariableDeclarationSyntax* variable : syntax.variables) {
    for (const DeclaratorSyntax* declarator : variable->declarators) {
      DeclareVariable(context, inside, variable->type, *declarator, context.source.PlaceOf(*declarator), false);
    }
  }
  context.pending_bodies.push_back({.place = inside, .node = node, .syntax = &syntax});
}

void DeclareStatement(HdlContext& context, const Place& in, const StatementSyntax& statement, const SyntaxNode& whole) {
  const LocalNode node = DeclareAssertion(context, in, statement, context.source.PlaceOf(whole));
  context.pending_bodies.push_back({.place = in, .node = node, .syntax = &statement});
}

void DeclareClocking(HdlContext& context, const Place& in, const ClockingDeclarationSyntax& clocking) {
  const LocalNode node = context.Declare({.kind = NodeKind::kClocking,
                                          .in = in,
                                          .name = clocking.blockName,
                                          .bytes = context.source.PlaceOf(clocking),
                                          .value = context.Text(*clocking.event, kMaxExpressionBytes)});
  const Place inside = context.Open(node, in);
  for (const MemberSyntax* member : clocking.items) {
    const auto* item = member->as_if<ClockingItemSyntax>();
    if (item == nullptr) {
      DeclareMember(context, inside, *member);  // properties and sequences
      continue;
    }
    const bool input = !item->direction->input.rawText().empty();
    const bool output = !item->direction->output.rawText().empty();
    PortDirection direction = output ? PortDirection::kOutput : PortDirection::kInput;
    if (input && output) direction = PortDirection::kInout;
    if (item->direction->input.kind == slang::parsing::TokenKind::InOutKeyword) direction = PortDirection::kInout;
    for (const AttributeSpecSyntax* declaration : item->decls) {
      context.Declare({.kind = NodeKind::kSignal,
                       .in = inside,
                       .name = declaration->name,
                       .bytes = context.source.PlaceOf(*declaration),
                       .direction = direction,
                       .value = InitialValue(context, declaration->value)});
    }
  }
  context.pending_bodies.push_back({.place = inside, .node = node, .syntax = &clocking});
}

void DeclareChecker(HdlContext& context, const Place& in, const CheckerDeclarationSyntax& checker) {
  const LocalNode node = context.Declare(
      {.kind = NodeKind::kChecker, .in = in, .name = checker.name, .bytes = context.source.PlaceOf(checker)});
  const Place inside = context.Open(node, in);
  if (checker.portList != nullptr) DeclareAssertionPorts(context, inside, *checker.portList);
  DeclareMembers(context, inside, checker.members);
}

}  // namespace

LocalNode DeclareAssertion(HdlContext& context, const Place& in, const StatementSyntax& statement, Bytes bytes) {
  Token keyword;
  std::string_view of;
  if (const auto* immediate = statement.as_if<ImmediateAssertionStatementSyntax>()) {
    keyword = immediate->keyword;
  } else {
    const auto& concurrent = statement.as<ConcurrentAssertionStatementSyntax>();
    keyword = concurrent.keyword;
    of = concurrent.propertyOrSequence.rawText();
  }
  NewElement element{.kind = NodeKind::kAssertion,
                     .in = in,
                     .anonymous_token = keyword.valueText(),
                     .bytes = bytes,
                     .type = JoinWords(context, keyword.rawText(), of),
                     .value = context.Text(AssertedOf(statement), kMaxExpressionBytes)};
  if (statement.label != nullptr) element.name = statement.label->name;
  return context.Declare(element);
}

void DeclareVerification(HdlContext& context, const Place& in, const MemberSyntax& member) {
  switch (member.kind) {
    case SyntaxKind::CheckerDeclaration: return DeclareChecker(context, in, member.as<CheckerDeclarationSyntax>());
    case SyntaxKind::CheckerDataDeclaration:
      return DeclareVariables(context, in, *member.as<CheckerDataDeclarationSyntax>().data);
    case SyntaxKind::PropertyDeclaration: return DeclareNamed(context, in, member.as<PropertyDeclarationSyntax>());
    case SyntaxKind::SequenceDeclaration: return DeclareNamed(context, in, member.as<SequenceDeclarationSyntax>());
    case SyntaxKind::ConcurrentAssertionMember:
      return DeclareStatement(context, in, *member.as<ConcurrentAssertionMemberSyntax>().statement, member);
    case SyntaxKind::ImmediateAssertionMember:
      return DeclareStatement(context, in, *member.as<ImmediateAssertionMemberSyntax>().statement, member);
    default: return DeclareClocking(context, in, member.as<ClockingDeclarationSyntax>());
  }
}

void ExtractAssertion(HdlContext& context, UseCollector& collector, const PendingBody& body) {
  const SyntaxNode* asserted = AssertedOf(*body.syntax);
  if (asserted == nullptr) return;
  std::vector<Use> uses;
  collector.Collect(*asserted, body.place.scope, Role::kData, uses);
  for (const Use& use : uses) {
    if (use.kind == UseKind::kIndex) continue;
    EdgeKind kind = EdgeKind::kAssertsOn;
    if (use.kind == UseKind::kConstant) kind = EdgeKind::kRefersTo;
    if (use.kind == UseKind::kCall) kind = EdgeKind::kCallsOut;
    graph::EdgeAttributes attributes;
    attributes.role = use.role;
    if (use.external) {
      graph::Reference reference = ReferenceOf(context, use, kind, body.node);
      reference.attributes = attributes;
      context.AddReference(reference);
    }
    if (use.node == kNoNode || context.builder.node(use.node).parent == body.node) continue;  // its own arguments
    context.AddEdge(kind, body.node, use.node, attributes);
  }
}

// A clocking block samples its inputs and drives its outputs through variables of the same names.
void ExtractClocking(HdlContext& context, UseCollector& collector, const PendingBody& body) {
  const auto& clocking = body.syntax->as<ClockingDeclarationSyntax>();
  const ScopeId around = context.symbols.ParentOf(body.place.scope);
  std::vector<Use> uses;
  collector.Collect(*clocking.event, around, Role::kClock, uses);
  for (const Use& use : uses) {
    graph::EdgeAttributes attributes;
    attributes.role = Role::kClock;
    if (use.node != kNoNode && use.kind == UseKind::kValue) {
      context.AddEdge(EdgeKind::kReads, use.node, body.node, attributes);
    }
  }
  for (const MemberSyntax* member : clocking.items) {
    const auto* item = member->as_if<ClockingItemSyntax>();
    if (item == nullptr) continue;
    for (const AttributeSpecSyntax* declaration : item->decls) {
      const LocalNode variable = context.symbols.FindIn(body.place.scope, NameOf(declaration->name)).node;
      LocalNode signal = context.symbols.Find(around, NameOf(declaration->name)).node;
      if (declaration->value != nullptr) {
        uses.clear();
        collector.Collect(*declaration->value->expr, around, Role::kData, uses);
        signal = uses.empty() ? kNoNode : uses.front().node;
      }
      if (variable == kNoNode || signal == kNoNode || variable == signal) continue;
      graph::EdgeAttributes attributes;
      attributes.assignment = graph::Assignment::kConnection;
      attributes.statement = body.node;
      const PortDirection direction = context.builder.node(variable).direction;
      if (direction != PortDirection::kOutput) context.AddEdge(EdgeKind::kFlows, signal, variable, attributes);
      if (direction != PortDirection::kInput) context.AddEdge(EdgeKind::kFlows, variable, signal, attributes);
    }
  }
}

}  // namespace fanin::indexer
