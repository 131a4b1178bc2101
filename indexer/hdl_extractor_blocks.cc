#include <algorithm>
#include <cctype>
#include <optional>

#include "indexer/expression_parts.h"
#include "indexer/hdl_extractor_bodies.h"
#include "indexer/hdl_extractor_declarations.h"
#include "indexer/hdl_extractor_members.h"
#include "indexer/hdl_extractor_statements.h"
#include "indexer/hdl_extractor_types.h"

namespace fanin::indexer {
namespace {

using namespace slang::syntax;
using graph::kNoNode;
using graph::LocalNode;
using graph::NodeKind;
using graph::Role;
using slang::parsing::Token;

constexpr size_t kMaxSensitivityBytes = 400;

NodeKind KindOf(SyntaxKind kind) {
  switch (kind) {
    case SyntaxKind::AlwaysFFBlock: return NodeKind::kAlwaysFf;
    case SyntaxKind::AlwaysCombBlock: return NodeKind::kAlwaysComb;
    case SyntaxKind::AlwaysLatchBlock: return NodeKind::kAlwaysLatch;
    case SyntaxKind::InitialBlock: return NodeKind::kInitial;
    case SyntaxKind::FinalBlock: return NodeKind::kFinal;
    default: return NodeKind::kAlways;
  }
}

Token LabelOf(const StatementSyntax& statement) {
  const StatementSyntax* inner = &statement;
  if (inner->kind == SyntaxKind::TimingControlStatement) inner = inner->as<TimingControlStatementSyntax>().statement;
  if (inner->label != nullptr) return inner->label->name;
  if (const auto* block = inner->as_if<BlockStatementSyntax>(); block != nullptr && block->blockName != nullptr) {
    return block->blockName->name;
  }
  return {};
}

void DeclareProcedure(HdlContext& context, const Place& in, const ProceduralBlockSyntax& block) {
  NewElement element{
      .kind = KindOf(block.kind), .in = in, .name = LabelOf(*block.statement), .bytes = context.source.PlaceOf(block)};
  element.bytes.begin = context.source.PlaceOf(block.keyword).begin;
  if (const auto* timed = block.statement->as_if<TimingControlStatementSyntax>()) {
    element.value = context.Text(*timed->timingControl, kMaxSensitivityBytes);
  }
  const LocalNode node = context.Declare(element);
  context.pending_bodies.push_back({.place = context.Open(node, in), .node = node, .syntax = &block});
}

void DeclareAssigns(HdlContext& context, const Place& in, const ContinuousAssignSyntax& assign) {
  const Bytes whole = context.source.PlaceOf(assign);
  for (size_t i = 0; i < assign.assignments.size(); ++i) {
    const ExpressionSyntax& assignment = *assign.assignments[i];
    NewElement element{.kind = NodeKind::kAssign, .in = in, .bytes = whole};
    if (assign.assignments.size() > 1) {
      element.bytes = context.source.PlaceOf(assignment);
      if (i == 0) element.bytes.begin = whole.begin;
    }
    if (const auto* binary = assignment.as_if<BinaryExpressionSyntax>()) {
      element.value = context.Text(*binary->left, kMaxExpressionBytes);
    }
    const LocalNode node = context.AddElement(element);
    context.pending_bodies.push_back({.place = in, .node = node, .syntax = &assignment});
  }
}

const Token& NameToken(const NameSyntax& name) {
  const SyntaxNode& last = name.kind == SyntaxKind::ScopedName ? *name.as<ScopedNameSyntax>().right : name;
  static const Token kNone;
  if (last.kind == SyntaxKind::IdentifierName) return last.as<IdentifierNameSyntax>().identifier;
  if (KeywordNameSyntax::isKind(last.kind)) return last.as<KeywordNameSyntax>().keyword;
  return kNone;
}

// The class whose method `name` ("cls::method") defines outside of it.
ScopeId ScopeOfMethod(HdlContext& context, const Place& in, const NameSyntax& name) {
  if (name.kind != SyntaxKind::ScopedName) return kNoScope;
  const NameSyntax& owner = *name.as<ScopedNameSyntax>().left;
  if (owner.kind != SyntaxKind::IdentifierName) return kNoScope;
  const LocalNode node = context.symbols.Find(in.scope, NameOf(owner.as<IdentifierNameSyntax>().identifier)).node;
  return node != kNoNode && context.builder.node(node).kind == NodeKind::kClass ? context.ShapeOf(node).scope
                                                                                : kNoScope;
}

void DeclareLet(HdlContext& context, const Place& in, const LetDeclarationSyntax& let) {
  const LocalNode node = context.Declare({.kind = NodeKind::kFunction,
                                          .in = in,
                                          .name = let.identifier,
                                          .bytes = context.source.PlaceOf(let),
                                          .type = "let",
                                          .value = context.Text(*let.expr, kMaxExpressionBytes)});
  const Place inside = context.Open(node, in);
  if (let.portList != nullptr) DeclareAssertionPorts(context, inside, *let.portList);
  context.pending_bodies.push_back({.place = inside, .node = node, .syntax = &let});
}

// --- clocks and resets

struct Event {
  const SignalEventExpressionSyntax* syntax = nullptr;
  Use use = {};
};

// The edge events of "@(posedge a or negedge b)"; empty when any event is not an edge.
std::vector<Event> EdgeEvents(const StatementSyntax& statement) {
  if (statement.kind != SyntaxKind::TimingControlStatement) return {};
  const SyntaxNode& timing = *statement.as<TimingControlStatementSyntax>().timingControl;
  if (timing.kind != SyntaxKind::EventControlWithExpression) return {};
  std::vector<Event> events;
  std::vector<const SyntaxNode*> stack = {timing.as<EventControlWithExpressionSyntax>().expr};
  while (!stack.empty()) {
    const SyntaxNode& node = *stack.back();
    stack.pop_back();
    if (node.kind == SyntaxKind::BinaryEventExpression) {
      stack.push_back(node.as<BinaryEventExpressionSyntax>().right);
      stack.push_back(node.as<BinaryEventExpressionSyntax>().left);
    } else if (node.kind == SyntaxKind::ParenthesizedEventExpression) {
      stack.push_back(node.as<ParenthesizedEventExpressionSyntax>().expr);
    } else if (node.kind == SyntaxKind::SignalEventExpression &&
               !node.as<SignalEventExpressionSyntax>().edge.rawText().empty()) {
      events.push_back({.syntax = &node.as<SignalEventExpressionSyntax>()});
    } else {
      return {};
    }
  }
  return events;
}

// The conditions of the `if`s that stand first in an edge-triggered block's list of statements.
std::vector<const ConditionalStatementSyntax*> OuterIfs(const StatementSyntax& statement) {
  const StatementSyntax* inner = &statement;
  while (inner->kind == SyntaxKind::TimingControlStatement) inner = inner->as<TimingControlStatementSyntax>().statement;
  std::vector<const ConditionalStatementSyntax*> ifs;
  if (const auto* conditional = inner->as_if<ConditionalStatementSyntax>()) ifs.push_back(conditional);
  if (inner->kind == SyntaxKind::SequentialBlockStatement) {
    for (const SyntaxNode* item : inner->as<BlockStatementSyntax>().items) {
      if (const auto* conditional = item->as_if<ConditionalStatementSyntax>()) ifs.push_back(conditional);
    }
  }
  return ifs;
}

bool IsNamedReset(std::string_view name) {
  auto contains = [&](std::string_view word) {
    auto equal = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
    return std::ranges::search(name, word, equal).begin() != name.end();
  };
  return contains("rst") || contains("reset");
}

// Tells clocks from resets among the events of an edge-triggered block: what the first `if` tests is a reset. Without
// one there, a signal of such a name that an outer `if` tests is a synchronous reset.
void FindClocks(HdlContext& context, UseCollector& collector, const PendingBody& body, const StatementSyntax& statement,
                FlowWriter& flows) {
  std::vector<Event> events = EdgeEvents(statement);
  if (events.empty()) return;
  const ScopeId scope = body.place.scope;
  const std::vector<const ConditionalStatementSyntax*> ifs = OuterIfs(statement);
  std::vector<Use> tested;
  if (!ifs.empty()) collector.Collect(*ifs.front()->predicate, scope, Role::kControl, tested);
  std::vector<Use> uses;
  bool has_reset = false;
  for (Event& event : events) {
    std::vector<Use> found;
    collector.Collect(*event.syntax, scope, Role::kData, found);
    if (found.empty()) continue;
    event.use = found.front();
    const bool is_tested = std::ranges::any_of(
        tested, [&](const Use& use) { return use.node == event.use.node && use.name == event.use.name; });
    if (is_tested && events.size() > 1) {
      event.use.role = Role::kReset;
      has_reset = true;
      if (event.use.node != kNoNode) flows.AddReset(event.use.node);
    }
    uses.push_back(event.use);
    uses.insert(uses.end(), found.begin() + 1, found.end());  // of an iff
  }
  if (!has_reset) {
    for (const ConditionalStatementSyntax* conditional : ifs) {
      tested.clear();
      collector.Collect(*conditional->predicate, scope, Role::kControl, tested);
      for (const Use& use : tested) {
        if (use.node != kNoNode && use.kind == UseKind::kValue && IsNamedReset(context.builder.node(use.node).name)) {
          flows.AddReset(use.node);
        }
      }
    }
  }
  flows.SetClocks(std::move(uses));
}

}  // namespace

void DeclareFunction(HdlContext& context, const Place& in, const FunctionPrototypeSyntax& prototype,
                     const SyntaxNode& whole, const FunctionDeclarationSyntax* body) {
  const bool is_task = prototype.keyword.kind == slang::parsing::TokenKind::TaskKeyword;
  const TypeText returned = DescribeType(context, *prototype.returnType);
  const LocalNode node = context.Declare({.kind = is_task ? NodeKind::kTask : NodeKind::kFunction,
                                          .in = in,
                                          .name = NameToken(*prototype.name),
                                          .bytes = context.source.PlaceOf(whole),
                                          .type = returned.type,
                                          .width = returned.width});
  Place around = in;
  if (const ScopeId method_of = ScopeOfMethod(context, in, *prototype.name); method_of != kNoScope)
    around.scope = method_of;
  const Place inside = context.Open(node, around);
  context.pending_types.push_back({.place = inside, .node = node, .type = prototype.returnType});
  const size_t first_port = context.builder.node_count();
  if (prototype.portList != nullptr) DeclareFunctionPorts(context, inside, *prototype.portList);
  if (body != nullptr) {
    for (const SyntaxNode* item : body->items) {
      if (const auto* ports = item->as_if<PortDeclarationSyntax>()) DeclarePorts(context, inside, *ports);
    }
    context.pending_bodies.push_back({.place = inside, .node = node, .syntax = body});
  }
  std::vector<LocalNode>& formals = context.formals[node];
  for (size_t i = first_port; i < context.builder.node_count(); ++i) {
    const graph::Node& port = context.builder.node(static_cast<LocalNode>(i));
    if (port.kind == NodeKind::kPort && port.parent == node) formals.push_back(static_cast<LocalNode>(i));
  }
}

void DeclareBlock(HdlContext& context, const Place& in, const MemberSyntax& member) {
  switch (member.kind) {
    case SyntaxKind::ContinuousAssign: return DeclareAssigns(context, in, member.as<ContinuousAssignSyntax>());
    case SyntaxKind::NetAlias: {
      const LocalNode node =
          context.AddElement({.kind = NodeKind::kAssign, .in = in, .bytes = context.source.PlaceOf(member)});
      context.pending_bodies.push_back({.place = in, .node = node, .syntax = &member});
      return;
    }
    case SyntaxKind::FunctionDeclaration:
    case SyntaxKind::TaskDeclaration: {
      const auto& function = member.as<FunctionDeclarationSyntax>();
      return DeclareFunction(context, in, *function.prototype, function, &function);
    }
    case SyntaxKind::DPIImport:
      return DeclareFunction(context, in, *member.as<DPIImportSyntax>().method, member, nullptr);
    case SyntaxKind::ExternInterfaceMethod:
      return DeclareFunction(context, in, *member.as<ExternInterfaceMethodSyntax>().prototype, member, nullptr);
    case SyntaxKind::LetDeclaration: return DeclareLet(context, in, member.as<LetDeclarationSyntax>());
    default: return DeclareProcedure(context, in, member.as<ProceduralBlockSyntax>());
  }
}

void ExtractProcedure(HdlContext& context, UseCollector& collector, const PendingBody& body) {
  FlowWriter flows(context, collector, body.node);
  StatementExtractor statements(context, collector, flows, body.node);
  if (const auto* function = body.syntax->as_if<FunctionDeclarationSyntax>()) {
    const Bytes inside = {context.source.PlaceOf(function->semi).end, context.source.PlaceOf(function->end).begin};
    statements.ExtractItems(function->items, inside, body.place);
    return;
  }
  if (const auto* let = body.syntax->as_if<LetDeclarationSyntax>()) {
    flows.Return(body.node, body.place.scope, *let->expr);
    return;
  }
  const StatementSyntax& statement = *body.syntax->as<ProceduralBlockSyntax>().statement;
  FindClocks(context, collector, body, statement, flows);
  statements.ExtractBlock(statement, body.place);
}

}  // namespace fanin::indexer
