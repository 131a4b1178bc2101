#include "indexer/hdl_extractor_declarations.h"
#include "indexer/hdl_extractor_types.h"

namespace fanin::indexer {
namespace {

using namespace slang::syntax;
using graph::EdgeKind;
using graph::kNoNode;
using graph::LocalNode;
using graph::NodeKind;
using graph::PortDirection;
using slang::parsing::Token;
using slang::parsing::TokenKind;

PortDirection DirectionOf(const Token& token) {
  switch (token.kind) {
    case TokenKind::InputKeyword: return PortDirection::kInput;
    case TokenKind::OutputKeyword: return PortDirection::kOutput;
    case TokenKind::InOutKeyword: return PortDirection::kInout;
    case TokenKind::RefKeyword: return PortDirection::kRef;
    default: return PortDirection::kNone;
  }
}

bool IsImplicitScalar(const DataTypeSyntax& type) {
  if (type.kind != SyntaxKind::ImplicitType) return false;
  const auto& implicit = type.as<ImplicitTypeSyntax>();
  return implicit.dimensions.empty() && implicit.signing.rawText().empty();
}

// What a header says; what is missing comes from the port before it.
struct Header {
  PortDirection direction = PortDirection::kNone;
  std::string_view type = {};
  std::string_view width = {};
  const DataTypeSyntax* syntax = nullptr;
  const InterfacePortHeaderSyntax* interface = nullptr;  // with a modport, or the keyword
  bool interface_name = false;                           // `syntax` names an interface
};

// In "axi_if bus" after another port the name may be a type, with the direction before it, or an interface. Only the
// file or custom can tell: types end in _t, _e, _s or come from a package.
bool NamesInterface(HdlContext& context, const Place& in, const DataTypeSyntax& type) {
  if (type.kind != SyntaxKind::NamedType) return false;
  const NameSyntax& name = *type.as<NamedTypeSyntax>().name;
  if (name.kind != SyntaxKind::IdentifierName) return false;
  const std::string_view text = NameOf(name.as<IdentifierNameSyntax>().identifier);
  const LocalNode node = context.symbols.Find(in.scope, text).node;
  if (node != kNoNode) return context.builder.node(node).kind == NodeKind::kInterface;
  return !text.ends_with("_t") && !text.ends_with("_e") && !text.ends_with("_s") && !text.ends_with("_T");
}

// `inherit` is false for declarations of their own (non-ANSI), which take nothing from before.
void ReadHeader(HdlContext& context, const Place& in, const PortHeaderSyntax& syntax, bool inherit, Header& header) {
  if (syntax.kind == SyntaxKind::InterfacePortHeader) {
    header = {};
    header.interface = &syntax.as<InterfacePortHeaderSyntax>();
    header.type = context.Text(syntax);
    return;
  }
  Token direction;
  std::string_view words;
  const DataTypeSyntax* type = nullptr;
  if (syntax.kind == SyntaxKind::NetPortHeader) {
    const auto& net = syntax.as<NetPortHeaderSyntax>();
    direction = net.direction;
    words = net.netType.rawText();
    type = net.dataType;
  } else {
    const auto& variable = syntax.as<VariablePortHeaderSyntax>();
    direction = variable.direction;
    words = variable.varKeyword.rawText();
    type = variable.dataType;
  }
  const PortDirection said = DirectionOf(direction);
  if (inherit && said == PortDirection::kNone && words.empty() && IsImplicitScalar(*type)) return;
  const PortDirection before =
      header.interface == nullptr && !header.interface_name ? header.direction : PortDirection::kNone;
  header = {};
  header.syntax = type;
  const TypeText text = DescribeType(context, *type);
  header.type = JoinWords(context, words, text.type);
  header.width = text.width;
  if (said != PortDirection::kNone) {
    header.direction = said;
  } else if (inherit && NamesInterface(context, in, *type)) {
    header.interface_name = true;
  } else {
    header.direction = before == PortDirection::kNone ? PortDirection::kInout : before;
  }
}

void ReferToInterface(HdlContext& context, LocalNode port, const Token& name, std::string_view modport) {
  graph::Reference reference;
  reference.kind = EdgeKind::kHasType;
  reference.look_up = graph::LookUp::kDefinition;
  reference.from = port;
  reference.name = NameOf(name);
  reference.span = context.source.SpanOf(context.source.PlaceOf(name));
  reference.attributes.text = modport;
  context.AddReference(reference);
}

// Leaves the type of a declared port to be resolved.
void ResolveLater(HdlContext& context, const Place& in, LocalNode port, const Header& header,
                  const Dimensions& unpacked, const EqualsValueClauseSyntax* initializer) {
  const bool interface = header.interface != nullptr || header.interface_name;
  context.ShapeOf(port).interface_port = interface;
  if (header.interface != nullptr) {
    if (header.interface->nameOrKeyword.kind == TokenKind::Identifier) {
      const DotMemberClauseSyntax* modport = header.interface->modport;
      ReferToInterface(context, port, header.interface->nameOrKeyword,
                       modport == nullptr ? std::string_view() : NameOf(modport->member));
    }
  } else if (header.interface_name) {
    ReferToInterface(context, port, FirstToken(*header.syntax), {});
  }
  context.pending_types.push_back({.place = in,
                                   .node = port,
                                   .type = interface ? nullptr : header.syntax,
                                   .unpacked = &unpacked,
                                   .value = initializer == nullptr ? nullptr : initializer->expr.get()});
}

LocalNode DeclarePort(HdlContext& context, const Place& in, const Header& header, const DeclaratorSyntax& declarator,
                      Bytes bytes) {
  const LocalNode node = context.Declare({.kind = NodeKind::kPort,
                                          .in = in,
                                          .name = declarator.name,
                                          .bytes = bytes,
                                          .direction = header.direction,
                                          .type = header.type,
                                          .width = JoinDimensions(context, header.width, declarator.dimensions),
                                          .value = InitialValue(context, declarator.initializer)});
  ResolveLater(context, in, node, header, declarator.dimensions, declarator.initializer);
  return node;
}

void DeclareAnsiPorts(HdlContext& context, const Place& in, const AnsiPortListSyntax& list) {
  Header header;
  for (const MemberSyntax* member : list.ports) {
    const Bytes bytes = context.source.PlaceOf(*member);
    if (member->kind == SyntaxKind::ImplicitAnsiPort) {
      const auto& port = member->as<ImplicitAnsiPortSyntax>();
      ReadHeader(context, in, *port.header, true, header);
      const LocalNode node = DeclarePort(context, in, header, *port.declarator, bytes);
      if (header.syntax != nullptr) DeclareTypeMembers(context, in, node, *header.syntax);
    } else if (member->kind == SyntaxKind::ExplicitAnsiPort) {
      const auto& port = member->as<ExplicitAnsiPortSyntax>();
      if (DirectionOf(port.direction) != PortDirection::kNone) header = {.direction = DirectionOf(port.direction)};
      const LocalNode node = context.AddElement({.kind = NodeKind::kPort,
                                                 .in = in,
                                                 .name = port.name,
                                                 .bytes = bytes,
                                                 .direction = header.direction,
                                                 .value = context.Text(port.expr)});
      if (port.expr != nullptr) context.pending_bodies.push_back({.place = in, .node = node, .syntax = &port});
    }
  }
}

void DeclareNonAnsiPorts(HdlContext& context, const Place& in, const NonAnsiPortListSyntax& list) {
  for (const NonAnsiPortSyntax* port : list.ports) {
    NewElement element{.kind = NodeKind::kPort, .in = in, .bytes = context.source.PlaceOf(*port)};
    if (port->kind == SyntaxKind::ImplicitNonAnsiPort) {
      const PortExpressionSyntax& expression = *port->as<ImplicitNonAnsiPortSyntax>().expr;
      if (expression.kind == SyntaxKind::PortReference) element.name = expression.as<PortReferenceSyntax>().name;
      context.Declare(element);
    } else if (port->kind == SyntaxKind::ExplicitNonAnsiPort) {
      const auto& named = port->as<ExplicitNonAnsiPortSyntax>();
      element.name = named.name;
      element.value = context.Text(named.expr);
      context.AddElement(element);  // the inside knows it by the expression's name only
    } else {
      element.anonymous_token = "port";  // ", ," keeps the positions of those after it
      context.AddElement(element);
    }
  }
}

}  // namespace

void DeclarePortList(HdlContext& context, const Place& in, const PortListSyntax& list) {
  if (list.kind == SyntaxKind::AnsiPortList) DeclareAnsiPorts(context, in, list.as<AnsiPortListSyntax>());
  if (list.kind == SyntaxKind::NonAnsiPortList) DeclareNonAnsiPorts(context, in, list.as<NonAnsiPortListSyntax>());
}

void DeclarePorts(HdlContext& context, const Place& in, const PortDeclarationSyntax& declaration) {
  Header header;
  ReadHeader(context, in, *declaration.header, false, header);
  const Bytes whole = context.source.PlaceOf(declaration);
  bool first = true;
  for (const DeclaratorSyntax* declarator : declaration.declarators) {
    Bytes bytes = declaration.declarators.size() == 1 ? whole : context.source.PlaceOf(*declarator);
    if (first) bytes.begin = whole.begin;
    first = false;
    const LocalNode listed = context.symbols.FindIn(in.scope, NameOf(declarator->name)).node;
    if (listed == kNoNode || context.builder.node(listed).parent != in.node) {
      DeclarePort(context, in, header, *declarator, bytes);  // a function's, or the inside of an explicit port
      continue;
    }
    graph::Node& node = context.builder.MutableNode(listed);
    node.direction = header.direction;
    node.type = header.type.empty() ? node.type : header.type;
    node.width = JoinDimensions(context, header.width, declarator->dimensions);
    node.span = context.source.SpanOf(bytes);
    node.name_span = context.source.SpanOf(context.source.PlaceOf(declarator->name));
    if (std::string doc = context.comments.DocOf(node.span, true); !doc.empty()) node.doc = context.builder.Intern(doc);
    ResolveLater(context, in, listed, header, declarator->dimensions, declarator->initializer);
  }
}

void DeclareFunctionPorts(HdlContext& context, const Place& in, const FunctionPortListSyntax& list) {
  Header header;
  for (const FunctionPortBaseSyntax* base : list.ports) {
    if (base->kind != SyntaxKind::FunctionPort) continue;
    const auto& port = base->as<FunctionPortSyntax>();
    const PortDirection said = DirectionOf(port.direction);
    const bool typed = port.dataType != nullptr && !IsImplicitScalar(*port.dataType);
    if (typed || said != PortDirection::kNone) {
      const PortDirection before = header.direction;
      header = {.direction = said == PortDirection::kNone ? before : said};
      header.syntax = port.dataType;
      if (port.dataType != nullptr) {
        const TypeText text = DescribeType(context, *port.dataType);
        header.type = text.type;
        header.width = text.width;
      }
    }
    if (header.direction == PortDirection::kNone) header.direction = PortDirection::kInput;
    DeclarePort(context, in, header, *port.declarator, context.source.PlaceOf(port));
  }
}

void DeclareAssertionPorts(HdlContext& context, const Place& in, const AssertionItemPortListSyntax& list) {
  for (const AssertionItemPortSyntax* port : list.ports) {
    const TypeText text = DescribeType(context, *port->type);
    const LocalNode node = context.Declare(
        {.kind = NodeKind::kPort,
         .in = in,
         .name = port->name,
         .bytes = context.source.PlaceOf(*port),
         .direction = DirectionOf(port->direction),
         .type = text.type,
         .width = JoinDimensions(context, text.width, port->dimensions),
         .value = port->defaultValue == nullptr ? std::string_view() : context.Text(*port->defaultValue->expr)});
    context.pending_types.push_back({.place = in, .node = node, .type = port->type, .unpacked = &port->dimensions});
  }
}

}  // namespace fanin::indexer
