// The third step of extraction: what elements do, once every name of the file is known.
#pragma once

#include "indexer/expression_uses.h"
#include "indexer/hdl_extractor_context.h"

namespace fanin::indexer {

// Longest text of a connection, override, assertion or condition that nodes and edges carry.
inline constexpr size_t kMaxExpressionBytes = 200;

// Dispatches on the kind of syntax.
void ExtractBody(HdlContext& context, UseCollector& collector, const PendingBody& body);

// --- its parts, one file each

// What an instance instantiates, connects and overrides; the flows of gates (hdl_extractor_instances.cc).
void ExtractInstance(HdlContext& context, UseCollector& collector, const PendingBody& body);
void ExtractDefparam(HdlContext& context, UseCollector& collector, const PendingBody& body);
// always, initial, final; functions and tasks (hdl_extractor_blocks.cc).
void ExtractProcedure(HdlContext& context, UseCollector& collector, const PendingBody& body);
// assign, net declarations with a value, alias (hdl_extractor_assigns.cc).
void ExtractAssign(HdlContext& context, UseCollector& collector, const PendingBody& body);
// Properties, sequences, assertions, clocking blocks (hdl_extractor_assertions.cc).
void ExtractAssertion(HdlContext& context, UseCollector& collector, const PendingBody& body);
void ExtractClocking(HdlContext& context, UseCollector& collector, const PendingBody& body);
// The node of an immediate or concurrent assertion; its body is the caller's to extract.
graph::LocalNode DeclareAssertion(HdlContext& context, const Place& in, const slang::syntax::StatementSyntax& statement,
                                  Bytes bytes);

// Declares a name that nothing declares as a net in the scope (LRM 6.10).
graph::LocalNode DeclareImplicitNet(HdlContext& context, ScopeId scope, const slang::parsing::Token& name);

}  // namespace fanin::indexer
