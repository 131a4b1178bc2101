#include "indexer/hdl_extractor_members.h"

#include "indexer/hdl_extractor_declarations.h"

namespace fanin::indexer {
namespace {

using namespace slang::syntax;
using graph::EdgeKind;
using graph::kNoNode;
using graph::LocalNode;
using graph::LookUp;
using graph::NodeKind;
using graph::PortDirection;

void DeclareImports(HdlContext& context, const Place& in, const PackageImportDeclarationSyntax& declaration) {
  for (const PackageImportItemSyntax* item : declaration.items) {
    graph::Reference reference;
    reference.kind = EdgeKind::kImports;
    reference.look_up = LookUp::kPackage;
    reference.from = in.node;
    reference.name = NameOf(item->package);
    reference.span = context.source.SpanOf(*item);
    reference.attributes.text = item->item.rawText();
    context.builder.AddReference(reference);
    const bool all = item->item.kind == slang::parsing::TokenKind::Star;
    context.pending_imports.push_back(
        {.scope = in.scope, .package = NameOf(item->package), .item = all ? std::string_view() : NameOf(item->item)});
  }
}

NodeKind KindOf(SyntaxKind kind) {
  switch (kind) {
    case SyntaxKind::InterfaceDeclaration: return NodeKind::kInterface;
    case SyntaxKind::ProgramDeclaration: return NodeKind::kProgram;
    case SyntaxKind::PackageDeclaration: return NodeKind::kPackage;
    default: return NodeKind::kModule;
  }
}

// Between two tokens, themselves excluded.
Bytes Between(HdlContext& context, const slang::parsing::Token& open, const slang::parsing::Token& close) {
  return {context.source.PlaceOf(open).end, context.source.PlaceOf(close).begin};
}

HeadLists ListsOf(HdlContext& context, LocalNode node, const ModuleHeaderSyntax& header) {
  HeadLists lists{.node = node, .parameters = {}, .ports = {}};
  if (const ParameterPortListSyntax* parameters = header.parameters) {
    lists.parameters = Between(context, parameters->openParen, parameters->closeParen);
  }
  if (header.ports == nullptr) return lists;
  if (const auto* ansi = header.ports->as_if<AnsiPortListSyntax>()) {
    lists.ports = Between(context, ansi->openParen, ansi->closeParen);
  } else if (const auto* names = header.ports->as_if<NonAnsiPortListSyntax>()) {
    lists.ports = Between(context, names->openParen, names->closeParen);
  }
  return lists;
}

void DeclareDefinition(HdlContext& context, const Place& in, const ModuleDeclarationSyntax& definition) {
  const ModuleHeaderSyntax& header = *definition.header;
  const slang::parsing::Token last =
      definition.blockName == nullptr ? definition.endmodule : definition.blockName->name;
  const LocalNode node = context.Declare({.kind = KindOf(definition.kind),
                                          .in = in,
                                          .name = header.name,
                                          .bytes = context.source.PlaceOf(header.moduleKeyword, last)});
  const Place inside = context.Open(node, in);
  context.heads.push_back({node, context.source.PlaceOf(header.semi).end});
  context.lists.push_back(ListsOf(context, node, header));
  const bool is_package = definition.kind == SyntaxKind::PackageDeclaration;
  if (!is_package && !context.without_implicit_nets.contains(&definition)) {
    context.symbols.AllowImplicitNets(inside.scope);
  }
  for (const PackageImportDeclarationSyntax* import : header.imports) DeclareImports(context, inside, *import);
  if (header.parameters != nullptr) DeclareParameterList(context, inside, *header.parameters);
  if (header.ports != nullptr) DeclarePortList(context, inside, *header.ports);
  DeclareMembers(context, inside, definition.members);
}

void DeclareUdpPort(HdlContext& context, const Place& in, const slang::parsing::Token& name, PortDirection direction,
                    Bytes bytes) {
  const LocalNode known = context.symbols.FindIn(in.scope, NameOf(name)).node;
  if (known == kNoNode) {
    context.Declare({.kind = NodeKind::kPort, .in = in, .name = name, .bytes = bytes, .direction = direction});
  } else if (direction != PortDirection::kNone) {
    context.builder.MutableNode(known).direction = direction;
  }
}

void DeclareUdpPorts(HdlContext& context, const Place& in, const SeparatedSyntaxList<UdpPortDeclSyntax>& ports) {
  for (const UdpPortDeclSyntax* port : ports) {
    const Bytes bytes = context.source.PlaceOf(*port);
    if (port->kind == SyntaxKind::UdpOutputPortDecl) {
      // "reg q;" alone completes the output that is declared already.
      const auto& output = port->as<UdpOutputPortDeclSyntax>();
      DeclareUdpPort(context, in, output.name, PortDirection::kOutput, bytes);
    } else {
      for (const IdentifierNameSyntax* name : port->as<UdpInputPortDeclSyntax>().names) {
        DeclareUdpPort(context, in, name->identifier, PortDirection::kInput, bytes);
      }
    }
  }
}

void DeclareUdp(HdlContext& context, const Place& in, const UdpDeclarationSyntax& udp) {
  const LocalNode node =
      context.Declare({.kind = NodeKind::kPrimitive, .in = in, .name = udp.name, .bytes = context.source.PlaceOf(udp)});
  const Place inside = context.Open(node, in);
  if (udp.portList->kind == SyntaxKind::AnsiUdpPortList) {
    DeclareUdpPorts(context, inside, udp.portList->as<AnsiUdpPortListSyntax>().ports);
  } else if (udp.portList->kind == SyntaxKind::NonAnsiUdpPortList) {
    for (const IdentifierNameSyntax* name : udp.portList->as<NonAnsiUdpPortListSyntax>().ports) {
      DeclareUdpPort(context, inside, name->identifier, PortDirection::kNone, context.source.PlaceOf(*name));
    }
  }
  DeclareUdpPorts(context, inside, udp.body->portDecls);
  context.pending_bodies.push_back({.place = inside, .node = node, .syntax = &udp});
}

void DeclareModports(HdlContext& context, const Place& in, const ModportDeclarationSyntax& declaration) {
  for (const ModportItemSyntax* item : declaration.items) {
    const LocalNode node = context.Declare({.kind = NodeKind::kModport,
                                            .in = in,
                                            .name = item->name,
                                            .bytes = context.source.PlaceOf(*item),
                                            .value = context.Text(*item->ports)});
    context.pending_bodies.push_back({.place = in, .node = node, .syntax = item});
  }
}

}  // namespace

void ResolveImports(HdlContext& context) {
  for (const PendingImport& import : context.pending_imports) {
    const LocalNode package = context.symbols.FindIn(kFileScope, import.package).node;
    const ScopeId inside = package == kNoNode ? kNoScope : context.ShapeOf(package).scope;
    if (import.item.empty()) {
      if (inside == kNoScope) {
        context.symbols.MarkOpen(import.scope);
      } else {
        context.symbols.AddImport(import.scope, inside);
      }
      continue;
    }
    Symbol item{.package = import.package};
    if (inside != kNoScope) item = context.symbols.FindIn(inside, import.item);
    if (item.found()) context.symbols.Declare(import.scope, import.item, item);
  }
}

void DeclareMembers(HdlContext& context, const Place& in, const Members& members) {
  for (const MemberSyntax* member : members) DeclareMember(context, in, *member);
}

void DeclareMember(HdlContext& context, const Place& in, const MemberSyntax& member) {
  switch (member.kind) {
    case SyntaxKind::ModuleDeclaration:
    case SyntaxKind::InterfaceDeclaration:
    case SyntaxKind::ProgramDeclaration:
    case SyntaxKind::PackageDeclaration: return DeclareDefinition(context, in, member.as<ModuleDeclarationSyntax>());
    case SyntaxKind::UdpDeclaration: return DeclareUdp(context, in, member.as<UdpDeclarationSyntax>());
    case SyntaxKind::AnonymousProgram: return DeclareMembers(context, in, member.as<AnonymousProgramSyntax>().members);
    case SyntaxKind::PackageImportDeclaration:
      return DeclareImports(context, in, member.as<PackageImportDeclarationSyntax>());

    case SyntaxKind::DataDeclaration: return DeclareVariables(context, in, member.as<DataDeclarationSyntax>());
    case SyntaxKind::NetDeclaration: return DeclareNets(context, in, member.as<NetDeclarationSyntax>());
    case SyntaxKind::UserDefinedNetDeclaration:
      return DeclareNets(context, in, member.as<UserDefinedNetDeclarationSyntax>());
    case SyntaxKind::GenvarDeclaration: return DeclareGenvars(context, in, member.as<GenvarDeclarationSyntax>());
    case SyntaxKind::TypedefDeclaration: return DeclareTypedef(context, in, member.as<TypedefDeclarationSyntax>());
    case SyntaxKind::NetTypeDeclaration: return DeclareNetType(context, in, member.as<NetTypeDeclarationSyntax>());
    case SyntaxKind::ParameterDeclarationStatement:
      return DeclareParameters(context, in, member.as<ParameterDeclarationStatementSyntax>());
    case SyntaxKind::SpecparamDeclaration:
      return DeclareSpecparams(context, in, member.as<SpecparamDeclarationSyntax>());
    case SyntaxKind::PortDeclaration: return DeclarePorts(context, in, member.as<PortDeclarationSyntax>());
    case SyntaxKind::ModportDeclaration: return DeclareModports(context, in, member.as<ModportDeclarationSyntax>());
    case SyntaxKind::SpecifyBlock: return DeclareMembers(context, in, member.as<SpecifyBlockSyntax>().items);

    case SyntaxKind::GenerateRegion: return DeclareMembers(context, in, member.as<GenerateRegionSyntax>().members);
    case SyntaxKind::LoopGenerate:
    case SyntaxKind::IfGenerate:
    case SyntaxKind::CaseGenerate:
    case SyntaxKind::GenerateBlock: return DeclareGenerate(context, in, member);

    case SyntaxKind::HierarchyInstantiation:
    case SyntaxKind::PrimitiveInstantiation:
    case SyntaxKind::CheckerInstantiation:
    case SyntaxKind::BindDirective:
    case SyntaxKind::DefParam: return DeclareInstances(context, in, member);

    case SyntaxKind::AlwaysBlock:
    case SyntaxKind::AlwaysFFBlock:
    case SyntaxKind::AlwaysCombBlock:
    case SyntaxKind::AlwaysLatchBlock:
    case SyntaxKind::InitialBlock:
    case SyntaxKind::FinalBlock:
    case SyntaxKind::ContinuousAssign:
    case SyntaxKind::NetAlias:
    case SyntaxKind::FunctionDeclaration:
    case SyntaxKind::TaskDeclaration:
    case SyntaxKind::DPIImport:
    case SyntaxKind::ExternInterfaceMethod:
    case SyntaxKind::LetDeclaration: return DeclareBlock(context, in, member);

    case SyntaxKind::ClassDeclaration:
    case SyntaxKind::ClassPropertyDeclaration:
    case SyntaxKind::ClassMethodDeclaration:
    case SyntaxKind::ClassMethodPrototype:
    case SyntaxKind::ConstraintDeclaration:
    case SyntaxKind::ConstraintPrototype:
    case SyntaxKind::CovergroupDeclaration: return DeclareClassMember(context, in, member);

    case SyntaxKind::CheckerDeclaration:
    case SyntaxKind::CheckerDataDeclaration:
    case SyntaxKind::PropertyDeclaration:
    case SyntaxKind::SequenceDeclaration:
    case SyntaxKind::ConcurrentAssertionMember:
    case SyntaxKind::ImmediateAssertionMember:
    case SyntaxKind::ClockingDeclaration: return DeclareVerification(context, in, member);
    default: return;  // nothing to find by name: time units, path delays, configurations, error recovery
  }
}

}  // namespace fanin::indexer
