#include <utility>

#include "indexer/expression_edges.h"
#include "indexer/expression_flows.h"
#include "indexer/hdl_extractor_bodies.h"

namespace fanin::indexer {
namespace {

using namespace slang::syntax;
using graph::Assignment;
using graph::EdgeKind;
using graph::kNoNode;
using graph::NodeKind;
using graph::PortDirection;
using graph::Role;

// Values run both ways between all nets of an alias; neighbours are enough to connect them.
void ExtractAlias(FlowWriter& flows, const PendingBody& body) {
  const auto& nets = body.syntax->as<NetAliasSyntax>().nets;
  for (size_t i = 0; i + 1 < nets.size(); ++i) {
    FlowWriter::Assigned assigned{.statement = body.node,
                                  .scope = body.place.scope,
                                  .left = nets[i],
                                  .right = nets[i + 1],
                                  .assignment = Assignment::kContinuous};
    flows.Assign(assigned);
    std::swap(assigned.left, assigned.right);
    flows.Assign(assigned);
  }
}

// ".q(expression)" in a port list: the port's inside.
void ExtractExplicitPort(HdlContext& context, UseCollector& collector, const PendingBody& body) {
  std::vector<Use> uses;
  collector.Collect(*body.syntax->as<ExplicitAnsiPortSyntax>().expr, body.place.scope, Role::kData, uses);
  const PortDirection direction = context.builder.node(body.node).direction;
  for (const Use& use : uses) {
    if (use.node == kNoNode || use.kind != UseKind::kValue) continue;
    graph::EdgeAttributes attributes;
    attributes.role = use.role;
    attributes.assignment = Assignment::kConnection;
    attributes.from_range = use.range;
    if (direction != PortDirection::kInput) context.AddEdge(EdgeKind::kFlows, use.node, body.node, attributes);
    if (direction == PortDirection::kOutput || use.role != Role::kData) continue;
    std::swap(attributes.from_range, attributes.to_range);
    context.AddEdge(EdgeKind::kFlows, body.node, use.node, attributes);
  }
}

// The table of a primitive makes its output of all its inputs.
void ExtractUdp(HdlContext& context, const PendingBody& body) {
  graph::EdgeAttributes attributes;
  attributes.statement = body.node;
  for (graph::LocalNode to = body.node + 1; to < context.builder.node_count(); ++to) {
    if (context.builder.node(to).parent != body.node) break;
    if (context.builder.node(to).direction != PortDirection::kOutput) continue;
    for (graph::LocalNode from = body.node + 1; from < context.builder.node_count(); ++from) {
      if (context.builder.node(from).parent != body.node) break;
      if (context.builder.node(from).direction != PortDirection::kInput) continue;
      context.AddEdge(EdgeKind::kFlows, from, to, attributes);
    }
  }
}

// A modport gives its interface's signals their directions; the edge's text is the direction.
void ExtractModport(HdlContext& context, UseCollector& collector, const PendingBody& body) {
  for (const MemberSyntax* group : body.syntax->as<ModportItemSyntax>().ports->ports) {
    if (group->kind != SyntaxKind::ModportSimplePortList) continue;
    const auto& list = group->as<ModportSimplePortListSyntax>();
    graph::EdgeAttributes attributes;
    attributes.text = list.direction.rawText();
    for (const ModportPortSyntax* port : list.ports) {
      std::vector<Use> uses;
      if (port->kind == SyntaxKind::ModportNamedPort) {
        const std::string_view name = NameOf(port->as<ModportNamedPortSyntax>().name);
        const graph::LocalNode node = context.symbols.Find(body.place.scope, name).node;
        if (node != kNoNode) context.AddEdge(EdgeKind::kRefersTo, body.node, node, attributes);
      } else if (port->kind == SyntaxKind::ModportExplicitPort) {
        if (const ExpressionSyntax* actual = port->as<ModportExplicitPortSyntax>().expr) {
          collector.Collect(*actual, body.place.scope, Role::kData, uses);
        }
      }
      AddMentions(context, body.node, uses);
    }
  }
}

}  // namespace

void ExtractAssign(HdlContext& context, UseCollector& collector, const PendingBody& body) {
  FlowWriter flows(context, collector, body.node);
  FlowWriter::Assigned assigned{
      .statement = body.node, .scope = body.place.scope, .assignment = Assignment::kContinuous};
  if (body.syntax->kind == SyntaxKind::NetAlias) return ExtractAlias(flows, body);
  if (const auto* declarator = body.syntax->as_if<DeclaratorSyntax>()) {
    flows.AssignName(assigned, declarator->name, *declarator->initializer->expr);
    return;
  }
  const auto* binary = body.syntax->as_if<BinaryExpressionSyntax>();
  if (binary == nullptr) return;  // recovered from an error
  if (const auto* name = binary->left->as_if<IdentifierNameSyntax>()) {
    const bool declared = context.symbols.Find(body.place.scope, NameOf(name->identifier)).found();
    if (!declared && context.symbols.MakesImplicitNets(body.place.scope)) {
      DeclareImplicitNet(context, body.place.scope, name->identifier);
    }
  }
  assigned.left = binary->left;
  assigned.right = binary->right;
  flows.Assign(assigned);
}

void ExtractBody(HdlContext& context, UseCollector& collector, const PendingBody& body) {
  switch (context.builder.node(body.node).kind) {
    case NodeKind::kAssign: return ExtractAssign(context, collector, body);
    case NodeKind::kAssertion: return ExtractAssertion(context, collector, body);
    case NodeKind::kPrimitive: return ExtractUdp(context, body);
    case NodeKind::kModport: return ExtractModport(context, collector, body);
    case NodeKind::kPort: return ExtractExplicitPort(context, collector, body);
    default: break;
  }
  switch (body.syntax->kind) {
    case SyntaxKind::HierarchicalInstance: return ExtractInstance(context, collector, body);
    case SyntaxKind::DefParamAssignment: return ExtractDefparam(context, collector, body);
    case SyntaxKind::AlwaysBlock:
    case SyntaxKind::AlwaysFFBlock:
    case SyntaxKind::AlwaysCombBlock:
    case SyntaxKind::AlwaysLatchBlock:
    case SyntaxKind::InitialBlock:
    case SyntaxKind::FinalBlock:
    case SyntaxKind::FunctionDeclaration:
    case SyntaxKind::TaskDeclaration:
    case SyntaxKind::LetDeclaration: return ExtractProcedure(context, collector, body);
    case SyntaxKind::ClockingDeclaration: return ExtractClocking(context, collector, body);
    default: break;
  }
  // Whatever else an element mentions: conditions of generates, constraints, covergroups.
  std::vector<Use> uses;
  collector.Collect(*body.syntax, body.place.scope, Role::kData, uses);
  AddMentions(context, body.node, uses);
}

}  // namespace fanin::indexer
