// The first step of extraction: members of files, definitions, classes and generate blocks become elements and names.
#pragma once

#include "indexer/hdl_extractor_context.h"

namespace fanin::indexer {

using Members = slang::syntax::SyntaxList<slang::syntax::MemberSyntax>;

void DeclareMembers(HdlContext& context, const Place& in, const Members& members);
void DeclareMember(HdlContext& context, const Place& in, const slang::syntax::MemberSyntax& member);

// Imports of every scope and bases of every class, once all of the file is declared.
void ResolveImports(HdlContext& context);
void ResolveBases(HdlContext& context);

// --- parts of DeclareMember, one file each

// if, case and for generates, and blocks (hdl_extractor_generates.cc).
void DeclareGenerate(HdlContext& context, const Place& in, const slang::syntax::MemberSyntax& member);
// Classes, their methods and constraints, covergroups (hdl_extractor_classes.cc).
void DeclareClassMember(HdlContext& context, const Place& in, const slang::syntax::MemberSyntax& member);
// Instances, gates, binds, defparams (hdl_extractor_instances.cc).
void DeclareInstances(HdlContext& context, const Place& in, const slang::syntax::MemberSyntax& member);
// Properties, sequences, assertions, checkers' items, clockings (hdl_extractor_assertions.cc).
void DeclareVerification(HdlContext& context, const Place& in, const slang::syntax::MemberSyntax& member);
// Procedural blocks, continuous assignments, functions and tasks (hdl_extractor_blocks.cc).
void DeclareBlock(HdlContext& context, const Place& in, const slang::syntax::MemberSyntax& member);
void DeclareFunction(HdlContext& context, const Place& in, const slang::syntax::FunctionPrototypeSyntax& prototype,
                     const slang::syntax::SyntaxNode& whole, const slang::syntax::FunctionDeclarationSyntax* body);

}  // namespace fanin::indexer
