#include "indexer/hdl_extractor_declarations.h"

#include "indexer/hdl_extractor_types.h"

namespace fanin::indexer {
namespace {

using namespace slang::syntax;
using graph::kNoNode;
using graph::LocalNode;
using graph::NodeKind;
using slang::parsing::Token;

// The bytes of the i-th of the declarators: the first has the declaration's head too, a single one all of it.
Bytes BytesOf(HdlContext& context, Bytes declaration, size_t index, size_t count, const SyntaxNode& declarator) {
  if (count == 1) return declaration;
  Bytes bytes = context.source.PlaceOf(declarator);
  if (index == 0) bytes.begin = declaration.begin;
  return bytes;
}

// The port of `in` that a net or variable declaration of the same name completes.
LocalNode PortToComplete(HdlContext& context, const Place& in, const Token& name) {
  const LocalNode node = context.symbols.FindIn(in.scope, NameOf(name)).node;
  if (node == kNoNode) return kNoNode;
  const graph::Node& known = context.builder.node(node);
  return known.kind == NodeKind::kPort && known.parent == in.node ? node : kNoNode;
}

void CompletePort(HdlContext& context, LocalNode port, std::string_view type, std::string_view width,
                  std::string_view value) {
  graph::Node& node = context.builder.MutableNode(port);
  if (node.type.empty() || node.type == "signed") node.type = context.builder.Intern(type);
  if (node.width.empty()) node.width = context.builder.Intern(width);
  if (node.value.empty()) node.value = context.builder.Intern(value);
}

void DeclareTypeParameters(HdlContext& context, const Place& in, const TypeParameterDeclarationSyntax& parameter,
                           std::string_view keyword, Bytes bytes) {
  const std::string_view type = JoinWords(context, keyword, "type");
  for (size_t i = 0; i < parameter.declarators.size(); ++i) {
    const TypeAssignmentSyntax& declarator = *parameter.declarators[i];
    const DataTypeSyntax* value = declarator.assignment == nullptr ? nullptr : declarator.assignment->type.get();
    const LocalNode node =
        context.Declare({.kind = NodeKind::kParameter,
                         .in = in,
                         .name = declarator.name,
                         .bytes = BytesOf(context, bytes, i, parameter.declarators.size(), declarator),
                         .type = type,
                         .value = context.Text(value)});
    if (value != nullptr) context.pending_types.push_back({.place = in, .node = node, .value = value});
  }
}

void DeclareParameter(HdlContext& context, const Place& in, const ParameterDeclarationBaseSyntax& base,
                      std::string_view keyword, Bytes bytes) {
  if (base.kind == SyntaxKind::TypeParameterDeclaration) {
    DeclareTypeParameters(context, in, base.as<TypeParameterDeclarationSyntax>(), keyword, bytes);
    return;
  }
  const auto& parameter = base.as<ParameterDeclarationSyntax>();
  const TypeText text = DescribeType(context, *parameter.type);
  const std::string_view type = JoinWords(context, keyword, text.type);
  for (size_t i = 0; i < parameter.declarators.size(); ++i) {
    const DeclaratorSyntax& declarator = *parameter.declarators[i];
    const LocalNode node =
        context.Declare({.kind = NodeKind::kParameter,
                         .in = in,
                         .name = declarator.name,
                         .bytes = BytesOf(context, bytes, i, parameter.declarators.size(), declarator),
                         .type = type,
                         .width = JoinDimensions(context, text.width, declarator.dimensions),
                         .value = InitialValue(context, declarator.initializer)});
    if (i == 0) DeclareTypeMembers(context, in, node, *parameter.type);
    context.pending_types.push_back(
        {.place = in,
         .node = node,
         .type = parameter.type,
         .unpacked = &declarator.dimensions,
         .value = declarator.initializer == nullptr ? nullptr : declarator.initializer->expr.get()});
  }
}

void AddNetAssign(HdlContext& context, const Place& in, const DeclaratorSyntax& declarator) {
  if (declarator.initializer == nullptr) return;
  const LocalNode node = context.AddElement({.kind = NodeKind::kAssign,
                                             .in = in,
                                             .bytes = context.source.PlaceOf(declarator),
                                             .value = NameOf(declarator.name)});
  context.pending_bodies.push_back({.place = in, .node = node, .syntax = &declarator});
}

void DeclareNet(HdlContext& context, const Place& in, std::string_view type, std::string_view width,
                const DataTypeSyntax* syntax, const DeclaratorSyntax& declarator, Bytes bytes) {
  const std::string_view dimensions = JoinDimensions(context, width, declarator.dimensions);
  const std::string_view value = InitialValue(context, declarator.initializer);
  LocalNode node = PortToComplete(context, in, declarator.name);
  if (node == kNoNode) {
    node = context.Declare({.kind = NodeKind::kSignal,
                            .in = in,
                            .name = declarator.name,
                            .bytes = bytes,
                            .type = type,
                            .width = dimensions,
                            .value = value});
  } else {
    CompletePort(context, node, type, dimensions, value);
  }
  context.pending_types.push_back({.place = in, .node = node, .type = syntax, .unpacked = &declarator.dimensions});
  AddNetAssign(context, in, declarator);
}

}  // namespace

void DeclareParameterList(HdlContext& context, const Place& in, const ParameterPortListSyntax& list) {
  std::string_view keyword = "parameter";
  for (const ParameterDeclarationBaseSyntax* parameter : list.declarations) {
    if (parameter->keyword && !parameter->keyword.rawText().empty()) keyword = parameter->keyword.rawText();
    DeclareParameter(context, in, *parameter, keyword, context.source.PlaceOf(*parameter));
  }
}

void DeclareParameters(HdlContext& context, const Place& in, const ParameterDeclarationStatementSyntax& statement) {
  const ParameterDeclarationBaseSyntax& parameter = *statement.parameter;
  DeclareParameter(context, in, parameter, parameter.keyword.rawText(),
                   context.source.PlaceOf(parameter.keyword, statement.semi));
}

void DeclareSpecparams(HdlContext& context, const Place& in, const SpecparamDeclarationSyntax& declaration) {
  const TypeText text = DescribeType(context, *declaration.type);
  const std::string_view type = JoinWords(context, declaration.keyword.rawText(), text.type);
  const Bytes bytes = context.source.PlaceOf(declaration);
  for (size_t i = 0; i < declaration.declarators.size(); ++i) {
    const SpecparamDeclaratorSyntax& declarator = *declaration.declarators[i];
    context.Declare({.kind = NodeKind::kParameter,
                     .in = in,
                     .name = declarator.name,
                     .bytes = BytesOf(context, bytes, i, declaration.declarators.size(), declarator),
                     .type = type,
                     .width = text.width,
                     .value = context.Text(*declarator.value1)});
  }
}

LocalNode DeclareVariable(HdlContext& context, const Place& in, const DataTypeSyntax* type,
                          const DeclaratorSyntax& declarator, Bytes bytes, bool index_only) {
  const TypeText text = type == nullptr ? TypeText() : DescribeType(context, *type);
  const std::string_view dimensions = JoinDimensions(context, text.width, declarator.dimensions);
  const std::string_view value = InitialValue(context, declarator.initializer);
  LocalNode node = PortToComplete(context, in, declarator.name);
  if (node == kNoNode) {
    node = context.Declare({.kind = NodeKind::kSignal,
                            .in = in,
                            .name = declarator.name,
                            .bytes = bytes,
                            .type = text.type,
                            .width = dimensions,
                            .value = value});
  } else {
    CompletePort(context, node, text.type, dimensions, value);
  }
  context.ShapeOf(node).index_only = index_only;
  context.pending_types.push_back(
      {.place = in,
       .node = node,
       .type = type,
       .unpacked = &declarator.dimensions,
       .value = declarator.initializer == nullptr ? nullptr : declarator.initializer->expr.get()});
  return node;
}

void DeclareVariables(HdlContext& context, const Place& in, const DataDeclarationSyntax& declaration) {
  const Bytes bytes = context.source.PlaceOf(declaration);
  const size_t count = declaration.declarators.size();
  for (size_t i = 0; i < count; ++i) {
    const DeclaratorSyntax& declarator = *declaration.declarators[i];
    const LocalNode node = DeclareVariable(context, in, declaration.type, declarator,
                                           BytesOf(context, bytes, i, count, declarator), false);
    if (i == 0) DeclareTypeMembers(context, in, node, *declaration.type);
  }
}

void DeclareNets(HdlContext& context, const Place& in, const NetDeclarationSyntax& declaration) {
  const TypeText text = DescribeType(context, *declaration.type);
  const std::string_view type = JoinWords(context, declaration.netType.rawText(), text.type);
  const Bytes bytes = context.source.PlaceOf(declaration);
  const size_t count = declaration.declarators.size();
  for (size_t i = 0; i < count; ++i) {
    const DeclaratorSyntax& declarator = *declaration.declarators[i];
    DeclareNet(context, in, type, text.width, declaration.type, declarator,
               BytesOf(context, bytes, i, count, declarator));
  }
}

void DeclareNets(HdlContext& context, const Place& in, const UserDefinedNetDeclarationSyntax& declaration) {
  const std::string_view type = context.builder.Intern(NameOf(declaration.netType));
  const Bytes bytes = context.source.PlaceOf(declaration);
  const size_t count = declaration.declarators.size();
  for (size_t i = 0; i < count; ++i) {
    const DeclaratorSyntax& declarator = *declaration.declarators[i];
    DeclareNet(context, in, type, {}, nullptr, declarator, BytesOf(context, bytes, i, count, declarator));
  }
}

void DeclareGenvars(HdlContext& context, const Place& in, const GenvarDeclarationSyntax& declaration) {
  const Bytes bytes = context.source.PlaceOf(declaration);
  const size_t count = declaration.identifiers.size();
  for (size_t i = 0; i < count; ++i) {
    const IdentifierNameSyntax& name = *declaration.identifiers[i];
    const LocalNode node = context.Declare({.kind = NodeKind::kSignal,
                                            .in = in,
                                            .name = name.identifier,
                                            .bytes = BytesOf(context, bytes, i, count, name),
                                            .type = "genvar"});
    context.ShapeOf(node).index_only = true;
  }
}

void DeclareTypedef(HdlContext& context, const Place& in, const TypedefDeclarationSyntax& declaration) {
  const TypeText text = DescribeType(context, *declaration.type);
  const LocalNode node = context.Declare({.kind = NodeKind::kTypedef,
                                          .in = in,
                                          .name = declaration.name,
                                          .bytes = context.source.PlaceOf(declaration),
                                          .type = text.type,
                                          .width = JoinDimensions(context, text.width, declaration.dimensions)});
  DeclareTypeMembers(context, in, node, *declaration.type);
  context.pending_types.push_back(
      {.place = in, .node = node, .type = declaration.type, .unpacked = &declaration.dimensions});
}

void DeclareNetType(HdlContext& context, const Place& in, const NetTypeDeclarationSyntax& declaration) {
  const TypeText text = DescribeType(context, *declaration.type);
  const LocalNode node = context.Declare({.kind = NodeKind::kTypedef,
                                          .in = in,
                                          .name = declaration.name,
                                          .bytes = context.source.PlaceOf(declaration),
                                          .type = text.type,
                                          .width = text.width});
  context.pending_types.push_back({.place = in, .node = node, .type = declaration.type});
}

}  // namespace fanin::indexer
