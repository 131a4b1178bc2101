#include <string>

#include "indexer/expression_edges.h"
#include "indexer/hdl_extractor_bodies.h"
#include "indexer/hdl_extractor_members.h"

namespace fanin::indexer {
namespace {

using namespace slang::syntax;
using graph::EdgeKind;
using graph::kNoNode;
using graph::LocalNode;
using graph::LookUp;
using graph::NodeKind;
using graph::Role;
using slang::parsing::TokenKind;

using Instances = SeparatedSyntaxList<HierarchicalInstanceSyntax>;

void DeclareInstanceList(HdlContext& context, const Place& in, const MemberSyntax& member, std::string_view type,
                         const Instances& instances) {
  const Bytes whole = context.source.PlaceOf(member);
  for (size_t i = 0; i < instances.size(); ++i) {
    const HierarchicalInstanceSyntax& instance = *instances[i];
    NewElement element{.kind = NodeKind::kInstance, .in = in, .bytes = whole, .value = type};
    if (instances.size() > 1) {
      element.bytes = context.source.PlaceOf(instance);
      if (i == 0) element.bytes.begin = whole.begin;
    }
    if (const InstanceNameSyntax* name = instance.decl; name != nullptr) {
      element.name = name->name;
      if (!name->dimensions.empty()) {
        element.width = context.builder.Intern(context.source.Written(
            context.source.PlaceOf(name->dimensions.front()->openBracket, name->dimensions.back()->closeBracket)));
      }
    }
    const LocalNode node = context.Declare(element);
    context.pending_bodies.push_back({.place = in, .node = node, .syntax = &instance, .detail = &member});
  }
}

// Where the names in a connection are looked up: for a bind in the target, which must be in this file to be known.
ScopeId ScopeOfActuals(HdlContext& context, const PendingBody& body) {
  const SyntaxNode* parent = body.detail->parent;
  if (parent == nullptr || parent->kind != SyntaxKind::BindDirective) return body.place.scope;
  const NameSyntax& target = *parent->as<BindDirectiveSyntax>().target;
  if (target.kind != SyntaxKind::IdentifierName) return kNoScope;
  const LocalNode node = context.symbols.FindIn(kFileScope, NameOf(target.as<IdentifierNameSyntax>().identifier)).node;
  return node == kNoNode ? kNoScope : context.ShapeOf(node).scope;
}

class InstanceExtractor {
 public:
  InstanceExtractor(HdlContext& context, UseCollector& collector, const PendingBody& body)
      : context_(context), collector_(collector), body_(body), scope_(ScopeOfActuals(context, body)) {}

  void Refer(EdgeKind kind, LookUp look_up, std::string_view name, const SyntaxNode& at, std::string_view text = {}) {
    graph::Reference reference = NewReference(kind, look_up, name, at);
    reference.attributes.text = text;
    reference.operands = operands_;
    context_.builder.AddReference(reference);
    operands_.clear();
  }

  void Override(const ParameterValueAssignmentSyntax& parameters) {
    uint32_t position = 0;
    for (const ParamAssignmentSyntax* assignment : parameters.parameters) {
      if (assignment->kind == SyntaxKind::NamedParamAssignment) {
        const auto& named = assignment->as<NamedParamAssignmentSyntax>();
        if (named.expr != nullptr) Mention(*named.expr);
        Refer(EdgeKind::kOverrides, LookUp::kInstanceParameter, NameOf(named.name), named,
              context_.Text(named.expr, kMaxExpressionBytes));
      } else {
        const auto& ordered = assignment->as<OrderedParamAssignmentSyntax>();
        Mention(*ordered.expr);
        Refer(EdgeKind::kOverrides, LookUp::kInstanceParameter, Position(position++), ordered,
              context_.Text(*ordered.expr, kMaxExpressionBytes));
      }
    }
  }

  void Connect(const SeparatedSyntaxList<PortConnectionSyntax>& connections) {
    uint32_t position = 0;
    for (const PortConnectionSyntax* connection : connections) {
      switch (connection->kind) {
        case SyntaxKind::NamedPortConnection: ConnectNamed(connection->as<NamedPortConnectionSyntax>()); break;
        case SyntaxKind::OrderedPortConnection: {
          const PropertyExprSyntax& actual = *connection->as<OrderedPortConnectionSyntax>().expr;
          AddOperands(actual);
          Refer(EdgeKind::kConnects, LookUp::kInstancePort, Position(position++), *connection,
                context_.Text(actual, kMaxExpressionBytes));
          break;
        }
        case SyntaxKind::WildcardPortConnection:
          Refer(EdgeKind::kConnects, LookUp::kInstancePort, "*", *connection);
          break;
        default: ++position; break;  // left open
      }
    }
  }

  // Terminals of a built-in gate drive and read in the order that its kind sets (LRM 28).
  void ConnectGate(TokenKind gate, const SeparatedSyntaxList<PortConnectionSyntax>& connections) {
    std::vector<const SyntaxNode*> terminals;
    for (const PortConnectionSyntax* connection : connections) {
      const bool ordered = connection->kind == SyntaxKind::OrderedPortConnection;
      terminals.push_back(ordered ? connection->as<OrderedPortConnectionSyntax>().expr.get() : nullptr);
    }
    size_t outputs = 1;
    switch (gate) {
      case TokenKind::BufKeyword:
      case TokenKind::NotKeyword: outputs = terminals.empty() ? 0 : terminals.size() - 1; break;
      case TokenKind::TranKeyword:
      case TokenKind::RtranKeyword:
      case TokenKind::TranIf0Keyword:
      case TokenKind::TranIf1Keyword:
      case TokenKind::RtranIf0Keyword:
      case TokenKind::RtranIf1Keyword: outputs = 2; break;
      default: break;
    }
    const bool both_ways = outputs == 2 && gate != TokenKind::BufKeyword && gate != TokenKind::NotKeyword;
    std::vector<Use> targets;
    std::vector<Use> sources;
    for (size_t i = 0; i < terminals.size(); ++i) {
      if (terminals[i] == nullptr) continue;
      const bool enables = i >= 2 && HasControl(gate);
      if (i < outputs) collector_.Collect(*terminals[i], scope_, Role::kData, targets);
      if (i >= outputs || both_ways) {
        collector_.Collect(*terminals[i], scope_, enables ? Role::kControl : Role::kData, sources);
      }
    }
    for (const Use& target : targets) AddGateEdges(target, sources);
  }

 private:
  static bool HasControl(TokenKind gate) {
    switch (gate) {
      case TokenKind::AndKeyword:
      case TokenKind::NandKeyword:
      case TokenKind::OrKeyword:
      case TokenKind::NorKeyword:
      case TokenKind::XorKeyword:
      case TokenKind::XnorKeyword:
      case TokenKind::BufKeyword:
      case TokenKind::NotKeyword: return false;
      default: return true;
    }
  }

  graph::Reference NewReference(EdgeKind kind, LookUp look_up, std::string_view name, const SyntaxNode& at) {
    graph::Reference reference;
    reference.kind = kind;
    reference.look_up = look_up;
    reference.from = body_.node;
    reference.name = name;
    reference.span = context_.source.SpanOf(at);
    return reference;
  }

  std::string_view Position(uint32_t position) { return context_.builder.Intern("#" + std::to_string(position)); }

  void Mention(const SyntaxNode& expression) {
    if (scope_ == kNoScope) return;
    uses_.clear();
    collector_.Collect(expression, scope_, Role::kData, uses_);
    AddMentions(context_, body_.node, uses_);
  }

  void ConnectNamed(const NamedPortConnectionSyntax& connection) {
    const std::string_view name = NameOf(connection.name);
    const bool implicit = connection.openParen.rawText().empty();  // ".clk"
    if (implicit) {
      if (scope_ != kNoScope) AddImplicitOperand(connection.name);
      Refer(EdgeKind::kConnects, LookUp::kInstancePort, name, connection, name);
      return;
    }
    if (connection.expr != nullptr) AddOperands(*connection.expr);
    Refer(EdgeKind::kConnects, LookUp::kInstancePort, name, connection,
          context_.Text(connection.expr, kMaxExpressionBytes));
  }

  void AddImplicitOperand(const slang::parsing::Token& name) {
    const LocalNode node = context_.symbols.Find(scope_, NameOf(name)).node;
    if (node != kNoNode) operands_.push_back({.node = node, .range = {}, .role = Role::kData});
  }

  void AddOperands(const SyntaxNode& actual) {
    if (scope_ == kNoScope) return;
    uses_.clear();
    collector_.Collect(actual, scope_, Role::kData, uses_);
    MakeImplicitNet(actual);
    size_t mentioned = 0;
    for (const Use& use : uses_) {
      if (use.kind == UseKind::kValue && use.node != kNoNode) {
        operands_.push_back({.node = use.node, .range = use.range, .role = use.role});
      } else if (use.kind != UseKind::kIndex) {
        uses_[mentioned++] = use;
      }
    }
    uses_.resize(mentioned);
    AddMentions(context_, body_.node, uses_);
  }

  // A name alone that nothing declares makes a net.
  void MakeImplicitNet(const SyntaxNode& actual) {
    if (uses_.size() != 1 || !uses_.front().external || uses_.front().look_up != LookUp::kIdentifier) return;
    const slang::parsing::Token name = FirstToken(actual);
    if (NameOf(name) != uses_.front().name || !context_.symbols.MakesImplicitNets(scope_)) return;
    uses_.front().external = false;
    uses_.front().kind = UseKind::kValue;
    uses_.front().node = DeclareImplicitNet(context_, scope_, name);
  }

  void AddGateEdges(const Use& target, const std::vector<Use>& sources) {
    if (target.node == kNoNode || target.kind != UseKind::kValue || target.role != Role::kData) return;
    graph::EdgeAttributes attributes;
    attributes.assignment = graph::Assignment::kContinuous;
    attributes.to_range = target.range;
    context_.AddEdge(EdgeKind::kDrives, body_.node, target.node, attributes);
    attributes.statement = body_.node;
    for (const Use& source : sources) {
      if (source.node == kNoNode || source.kind != UseKind::kValue) continue;
      graph::EdgeAttributes read;
      read.role = attributes.role = source.role;
      context_.AddEdge(EdgeKind::kReads, source.node, body_.node, read);
      attributes.from_range = source.range;
      if (source.node != target.node) context_.AddEdge(EdgeKind::kFlows, source.node, target.node, attributes);
    }
  }

  HdlContext& context_;
  UseCollector& collector_;
  const PendingBody& body_;
  ScopeId scope_;
  std::vector<Use> uses_;
  std::vector<graph::Operand> operands_;
};

}  // namespace

LocalNode DeclareImplicitNet(HdlContext& context, ScopeId scope, const slang::parsing::Token& name) {
  return context.Declare({.kind = NodeKind::kSignal,
                          .in = {scope, context.symbols.NodeOf(scope)},
                          .name = name,
                          .bytes = context.source.PlaceOf(name),
                          .type = "wire"});
}

void DeclareInstances(HdlContext& context, const Place& in, const MemberSyntax& member) {
  switch (member.kind) {
    case SyntaxKind::HierarchyInstantiation: {
      const auto& instantiation = member.as<HierarchyInstantiationSyntax>();
      return DeclareInstanceList(context, in, member, NameOf(instantiation.type), instantiation.instances);
    }
    case SyntaxKind::PrimitiveInstantiation: {
      const auto& instantiation = member.as<PrimitiveInstantiationSyntax>();
      return DeclareInstanceList(context, in, member, instantiation.type.valueText(), instantiation.instances);
    }
    case SyntaxKind::CheckerInstantiation: {
      const auto& instantiation = member.as<CheckerInstantiationSyntax>();
      return DeclareInstanceList(context, in, member, context.Text(*instantiation.type), instantiation.instances);
    }
    case SyntaxKind::BindDirective:
      return DeclareInstances(context, in, *member.as<BindDirectiveSyntax>().instantiation);
    case SyntaxKind::DefParam:
      for (const DefParamAssignmentSyntax* assignment : member.as<DefParamSyntax>().assignments) {
        context.pending_bodies.push_back({.place = in, .node = in.node, .syntax = assignment});
      }
      return;
    default: return;
  }
}

void ExtractInstance(HdlContext& context, UseCollector& collector, const PendingBody& body) {
  const auto& instance = body.syntax->as<HierarchicalInstanceSyntax>();
  InstanceExtractor extractor(context, collector, body);
  if (body.more) return extractor.Connect(instance.connections);
  const std::string_view type = context.builder.node(body.node).value;
  if (const SyntaxNode* parent = body.detail->parent; parent != nullptr && parent->kind == SyntaxKind::BindDirective) {
    const auto& bind = parent->as<BindDirectiveSyntax>();
    extractor.Refer(EdgeKind::kRefersTo, LookUp::kDefinition, context.Text(*bind.target), *bind.target, "bind");
  }
  if (body.detail->kind == SyntaxKind::PrimitiveInstantiation) {
    const slang::parsing::Token gate = body.detail->as<PrimitiveInstantiationSyntax>().type;
    if (gate.kind != TokenKind::Identifier) return extractor.ConnectGate(gate.kind, instance.connections);
  }
  extractor.Refer(EdgeKind::kInstantiates, LookUp::kDefinition, type, *body.detail);
  const ParameterValueAssignmentSyntax* parameters = nullptr;
  if (body.detail->kind == SyntaxKind::HierarchyInstantiation) {
    parameters = body.detail->as<HierarchyInstantiationSyntax>().parameters;
  } else if (body.detail->kind == SyntaxKind::CheckerInstantiation) {
    parameters = body.detail->as<CheckerInstantiationSyntax>().parameters;
  }
  if (parameters != nullptr) extractor.Override(*parameters);
  extractor.Connect(instance.connections);
}

void ExtractDefparam(HdlContext& context, UseCollector& collector, const PendingBody& body) {
  // "instance.parameter" of an instance beside it; longer paths need elaboration.
  const auto& assignment = body.syntax->as<DefParamAssignmentSyntax>();
  std::vector<Use> uses;
  collector.Collect(*assignment.setter->expr, body.place.scope, Role::kData, uses);
  AddMentions(context, body.node, uses);
  if (assignment.name->kind != SyntaxKind::ScopedName) return;
  const auto& name = assignment.name->as<ScopedNameSyntax>();
  if (name.left->kind != SyntaxKind::IdentifierName || name.right->kind != SyntaxKind::IdentifierName) return;
  const LocalNode instance =
      context.symbols.Find(body.place.scope, NameOf(name.left->as<IdentifierNameSyntax>().identifier)).node;
  if (instance == kNoNode || context.builder.node(instance).kind != NodeKind::kInstance) return;
  graph::Reference reference;
  reference.kind = EdgeKind::kOverrides;
  reference.look_up = LookUp::kInstanceParameter;
  reference.from = instance;
  reference.name = NameOf(name.right->as<IdentifierNameSyntax>().identifier);
  reference.span = context.source.SpanOf(assignment);
  reference.attributes.text = context.Text(*assignment.setter->expr, kMaxExpressionBytes);
  context.builder.AddReference(reference);
}

}  // namespace fanin::indexer
