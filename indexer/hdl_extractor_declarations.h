// Declarations: parameters, ports, nets, variables, genvars and types become elements.
#pragma once

#include "indexer/hdl_extractor_context.h"

namespace fanin::indexer {

// "#(parameter ...)".
void DeclareParameterList(HdlContext& context, const Place& in, const slang::syntax::ParameterPortListSyntax& list);
// A parameter or localparam statement.
void DeclareParameters(HdlContext& context, const Place& in,
                       const slang::syntax::ParameterDeclarationStatementSyntax& statement);
void DeclareSpecparams(HdlContext& context, const Place& in,
                       const slang::syntax::SpecparamDeclarationSyntax& declaration);

// A port list of any style. Non-ANSI ports get what DeclarePorts then finds.
void DeclarePortList(HdlContext& context, const Place& in, const slang::syntax::PortListSyntax& list);
// Non-ANSI "input [7:0] a, b;", also of functions and tasks.
void DeclarePorts(HdlContext& context, const Place& in, const slang::syntax::PortDeclarationSyntax& declaration);
void DeclareFunctionPorts(HdlContext& context, const Place& in, const slang::syntax::FunctionPortListSyntax& list);
// Formal arguments of properties, sequences, checkers and lets.
void DeclareAssertionPorts(HdlContext& context, const Place& in,
                           const slang::syntax::AssertionItemPortListSyntax& list);

// Variables. One that declares a non-ANSI port again adds its type to the port. `index_only` marks loop variables.
void DeclareVariables(HdlContext& context, const Place& in, const slang::syntax::DataDeclarationSyntax& declaration);
graph::LocalNode DeclareVariable(HdlContext& context, const Place& in, const slang::syntax::DataTypeSyntax* type,
                                 const slang::syntax::DeclaratorSyntax& declarator, Bytes bytes, bool index_only);
// Nets; each with an initial value gives an Assign too.
void DeclareNets(HdlContext& context, const Place& in, const slang::syntax::NetDeclarationSyntax& declaration);
void DeclareNets(HdlContext& context, const Place& in,
                 const slang::syntax::UserDefinedNetDeclarationSyntax& declaration);
void DeclareGenvars(HdlContext& context, const Place& in, const slang::syntax::GenvarDeclarationSyntax& declaration);

void DeclareTypedef(HdlContext& context, const Place& in, const slang::syntax::TypedefDeclarationSyntax& declaration);
void DeclareNetType(HdlContext& context, const Place& in, const slang::syntax::NetTypeDeclarationSyntax& declaration);

}  // namespace fanin::indexer
