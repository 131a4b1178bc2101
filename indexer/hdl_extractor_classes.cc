#include "indexer/hdl_extractor_bodies.h"
#include "indexer/hdl_extractor_declarations.h"
#include "indexer/hdl_extractor_members.h"

namespace fanin::indexer {
namespace {

using namespace slang::syntax;
using graph::EdgeKind;
using graph::kNoNode;
using graph::LocalNode;
using graph::LookUp;
using graph::NodeKind;
using slang::parsing::Token;

// The last identifier of a name, and the one before "::", if any.
struct TypeNameTokens {
  Token scope = {};
  Token name = {};
};

Token IdentifierOf(const NameSyntax& name) {
  if (name.kind == SyntaxKind::IdentifierName) return name.as<IdentifierNameSyntax>().identifier;
  if (name.kind == SyntaxKind::ClassName) return name.as<ClassNameSyntax>().identifier;
  return {};
}

TypeNameTokens TokensOf(const NameSyntax& name) {
  if (name.kind != SyntaxKind::ScopedName) return {.name = IdentifierOf(name)};
  const auto& scoped = name.as<ScopedNameSyntax>();
  return {.scope = IdentifierOf(*scoped.left), .name = IdentifierOf(*scoped.right)};
}

void DeclareClass(HdlContext& context, const Place& in, const ClassDeclarationSyntax& declaration) {
  const Token first =
      declaration.virtualOrInterface.rawText().empty() ? declaration.classKeyword : declaration.virtualOrInterface;
  const Token last = declaration.endBlockName == nullptr ? declaration.endClass : declaration.endBlockName->name;
  const LocalNode node = context.Declare({.kind = NodeKind::kClass,
                                          .in = in,
                                          .name = declaration.name,
                                          .bytes = context.source.PlaceOf(first, last),
                                          .type = context.builder.Intern(declaration.virtualOrInterface.rawText())});
  const Place inside = context.Open(node, in);
  context.heads.push_back({node, context.source.PlaceOf(declaration.semi).end});
  if (declaration.parameters != nullptr) DeclareParameterList(context, inside, *declaration.parameters);
  if (declaration.extendsClause != nullptr) {
    context.pending_bases.push_back({.place = in, .node = node, .base = declaration.extendsClause->baseName});
  }
  if (declaration.implementsClause != nullptr) {
    for (const NameSyntax* interface : declaration.implementsClause->interfaces) {
      context.pending_bases.push_back({.place = in, .node = node, .base = interface});
    }
  }
  DeclareMembers(context, inside, declaration.items);
}

void DeclareConstraint(HdlContext& context, const Place& in, const MemberSyntax& member, const NameSyntax& name,
                       const SyntaxNode* block) {
  const LocalNode node = context.Declare({.kind = NodeKind::kConstraint,
                                          .in = in,
                                          .name = TokensOf(name).name,
                                          .bytes = context.source.PlaceOf(member),
                                          .value = context.Text(block, kMaxExpressionBytes)});
  if (block != nullptr) context.pending_bodies.push_back({.place = in, .node = node, .syntax = block});
}

void DeclareCovergroup(HdlContext& context, const Place& in, const CovergroupDeclarationSyntax& group) {
  const LocalNode node = context.Declare({.kind = NodeKind::kCovergroup,
                                          .in = in,
                                          .name = group.name,
                                          .bytes = context.source.PlaceOf(group),
                                          .value = context.Text(group.event, kMaxExpressionBytes)});
  const Place inside = context.Open(node, in);
  if (group.portList != nullptr) DeclareFunctionPorts(context, inside, *group.portList);
  auto mention = [&](const SyntaxNode* syntax) {
    if (syntax != nullptr) context.pending_bodies.push_back({.place = inside, .node = node, .syntax = syntax});
  };
  if (group.event != nullptr && group.event->kind == SyntaxKind::EventControlWithExpression) mention(group.event);
  for (const MemberSyntax* member : group.members) {
    if (const auto* point = member->as_if<CoverpointSyntax>()) {
      mention(point->expr);
      if (point->iff != nullptr) mention(point->iff->expr);
    }
  }
}

}  // namespace

void ResolveBases(HdlContext& context) {
  for (const PendingBase& pending : context.pending_bases) {
    const TypeNameTokens tokens = TokensOf(*pending.base);
    if (NameOf(tokens.name).empty()) continue;
    graph::Reference reference;
    reference.kind = EdgeKind::kExtends;
    reference.from = pending.node;
    reference.name = NameOf(tokens.name);
    reference.scope = NameOf(tokens.scope);
    reference.look_up = reference.scope.empty() ? LookUp::kDefinition : LookUp::kScoped;
    reference.span = context.source.SpanOf(*pending.base);
    context.AddReference(reference);
    // Inherited names of this file are found; those of other files are the linker's.
    Symbol base = context.symbols.Find(pending.place.scope, reference.scope.empty() ? reference.name : reference.scope);
    if (!reference.scope.empty() && base.node != kNoNode) {
      const ScopeId package = context.ShapeOf(base.node).scope;
      base = package == kNoScope ? Symbol{} : context.symbols.FindIn(package, reference.name);
    }
    if (base.node == kNoNode || context.builder.node(base.node).kind != NodeKind::kClass) continue;
    context.symbols.SetBase(context.ShapeOf(pending.node).scope, context.ShapeOf(base.node).scope);
  }
}

void DeclareClassMember(HdlContext& context, const Place& in, const MemberSyntax& member) {
  switch (member.kind) {
    case SyntaxKind::ClassDeclaration: return DeclareClass(context, in, member.as<ClassDeclarationSyntax>());
    case SyntaxKind::ClassPropertyDeclaration:
      return DeclareMember(context, in, *member.as<ClassPropertyDeclarationSyntax>().declaration);
    case SyntaxKind::ClassMethodDeclaration: {
      const FunctionDeclarationSyntax& function = *member.as<ClassMethodDeclarationSyntax>().declaration;
      return DeclareFunction(context, in, *function.prototype, member, &function);
    }
    case SyntaxKind::ClassMethodPrototype:
      return DeclareFunction(context, in, *member.as<ClassMethodPrototypeSyntax>().prototype, member, nullptr);
    case SyntaxKind::ConstraintDeclaration: {
      const auto& constraint = member.as<ConstraintDeclarationSyntax>();
      return DeclareConstraint(context, in, member, *constraint.name, constraint.block);
    }
    case SyntaxKind::ConstraintPrototype:
      return DeclareConstraint(context, in, member, *member.as<ConstraintPrototypeSyntax>().name, nullptr);
    default: return DeclareCovergroup(context, in, member.as<CovergroupDeclarationSyntax>());
  }
}

}  // namespace fanin::indexer
