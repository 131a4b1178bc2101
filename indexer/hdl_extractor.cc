#include "indexer/hdl_extractor.h"

#include "indexer/chunker.h"
#include "indexer/comments.h"
#include "indexer/hdl_extractor_arms.h"
#include "indexer/hdl_extractor_bodies.h"
#include "indexer/hdl_extractor_context.h"
#include "indexer/hdl_extractor_directives.h"
#include "indexer/hdl_extractor_members.h"
#include "indexer/hdl_extractor_types.h"
#include "slang/parsing/ParserMetadata.h"
#include "slang/syntax/SyntaxTree.h"

namespace fanin::indexer {

using namespace slang::syntax;

void ExtractHdl(const SyntaxTree& tree, const HdlSource& source, graph::ShardBuilder& builder) {
  const LineIndex lines(source.text);
  const Comments comments(source.text, lines);
  builder.SetLineCount(lines.line_count());
  builder.SetLicense(comments.License());

  HdlContext context(tree.sourceManager(), source, lines, comments, builder);
  for (const auto& [definition, state] : tree.getMetadata().nodeMeta) {
    if (state.defaultNetType == slang::parsing::TokenKind::Unknown) context.without_implicit_nets.insert(definition);
  }
  DeclareMacros(context);
  // A file of a single kind of item may have that item as its root.
  const Place file;
  if (const auto* unit = tree.root().as_if<CompilationUnitSyntax>()) {
    DeclareMembers(context, file, unit->members);
  } else if (const auto* member = tree.root().as_if<MemberSyntax>()) {
    DeclareMember(context, file, *member);
  }
  ArmReader arms(context, tree);
  if (source.sources != nullptr) arms.DeclareInactive(*source.sources);
  ResolveImports(context);
  ResolveBases(context);

  UseCollector collector(context);
  const std::vector<PendingType> types = std::exchange(context.pending_types, {});
  for (const PendingType& pending : types) ResolveType(context, collector, pending);
  // Bodies may declare elements with bodies of their own.
  for (size_t i = 0; i < context.pending_bodies.size(); ++i) {
    ExtractBody(context, collector, PendingBody(context.pending_bodies[i]));
  }
  ExtractMacroUses(context);
  AddChunks({.text = source.text, .lines = lines, .comments = comments, .heads = context.heads}, builder);
}

}  // namespace fanin::indexer
