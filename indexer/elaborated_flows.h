// Dataflow of elaborated statements: what procedures, functions and continuous assignments read, and which values flow
// where, in the terms of tier 1 (docs/graph.md), with bits as elaboration knows them.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "graph/elaborated.h"
#include "indexer/elaborated_edges.h"
#include "indexer/elaborated_uses.h"

namespace fanin::indexer {

// The name of the generate block around a symbol; empty: none, or it has none.
std::string_view GenerateAround(const slang::ast::Symbol& symbol);

// Facts of one block: procedure, function or continuous assignment.
class FlowVisitor : public slang::ast::ASTVisitor<FlowVisitor, slang::ast::VisitFlags::Statements> {
 public:
  // `function`: the block is one; its results are those of its return variable.
  FlowVisitor(EdgeSink& sink, const slang::ast::Symbol& block, const slang::ast::SubroutineSymbol* function = nullptr);

  void Procedure(const slang::ast::ProceduralBlockSymbol& procedure);
  void Function(const slang::ast::SubroutineSymbol& function);
  void Continuous(const slang::ast::ContinuousAssignSymbol& assign);
  // A net declared with a value.
  void Declared(const slang::ast::ValueSymbol& net, const slang::ast::Expression& value);
  // The actual of an instance's port, given to `port`.
  void Connection(const graph::NodeId& instance, const slang::ast::ValueSymbol& port,
                  const slang::ast::Expression& actual, slang::ast::ArgumentDirection direction);
  // A gate's output and input.
  void Gate(const slang::ast::PrimitiveInstanceSymbol& gate);

  // Something did not elaborate.
  bool is_bad() const { return is_bad_; }

  void handle(const slang::ast::ExpressionStatement& statement);
  void handle(const slang::ast::VariableDeclStatement& statement);
  void handle(const slang::ast::ReturnStatement& statement);
  void handle(const slang::ast::ConditionalStatement& statement);
  void handle(const slang::ast::CaseStatement& statement);
  void handle(const slang::ast::ForLoopStatement& statement);
  void handle(const slang::ast::ForeachLoopStatement& statement);
  void handle(const slang::ast::RepeatLoopStatement& statement);
  void handle(const slang::ast::WhileLoopStatement& statement);
  void handle(const slang::ast::DoWhileLoopStatement& statement);
  void handle(const slang::ast::TimedStatement& statement);
  void handle(const slang::ast::ImmediateAssertionStatement&) {}
  void handle(const slang::ast::ConcurrentAssertionStatement&) {}
  void handle(const slang::ast::InvalidStatement&) { is_bad_ = true; }

 private:
  // What is assigned, and from what.
  struct Assigned {
    slang::SourceLocation location;
    const slang::syntax::SyntaxNode* syntax = nullptr;
    std::vector<BitUse> targets;
    std::vector<BitUse> sources;
    std::vector<CallUse> calls;
    graph::Assignment assignment = graph::Assignment::kBlocking;
    bool drives = true;  // a `return` does not
  };

  UseVisitor NewUses() { return UseVisitor(context_, loop_variables_); }
  // Uses of a condition, resets marked.
  std::vector<BitUse> Condition(const slang::ast::Expression& expression);
  void ReadAt(const graph::NodeId& statement, const std::vector<BitUse>& uses);
  void Assign(const slang::ast::AssignmentExpression& assignment);
  void Emit(const Assigned& assigned);
  // That a statement assigns the bits of a target. What slang's driver analysis said of it before is more exact where
  // the bits depend on a loop.
  void Drive(const graph::NodeId& statement, const BitUse& target, graph::Assignment assignment,
             const std::string& guard);
  void Flow(const BitUse& from, const BitUse& to, const graph::NodeId& statement, graph::Assignment assignment,
            const std::string& guard);
  // Both ends as written where one is a member of a struct, else empty; of a connection the actual alone (as tier 1).
  std::string MemberText(const BitUse& from, const BitUse& to, graph::Assignment assignment);
  void Call(const CallUse& call, const graph::NodeId& statement);
  template <typename Visit>
  void Under(std::vector<BitUse> conditions, const Visit& visit);
  void Events(const slang::ast::TimingControl& timing, const slang::ast::Statement& body);

  using Wanted = ElaboratedNodes::Wanted;
  graph::NodeId StatementAt(slang::SourceLocation location, Wanted wanted) {
    wanted.generate = generate_;
    return sink_.nodes().StatementAt(location, wanted);
  }

  EdgeSink& sink_;
  slang::ast::EvalContext context_;
  std::string_view generate_;  // name of the generate block around the block
  graph::NodeId block_;
  const slang::ast::SubroutineSymbol* function_;
  UseVisitor::LoopVariables loop_variables_;
  std::vector<BitUse> guards_;
  std::vector<BitUse> clocks_;
  std::set<const slang::ast::ValueSymbol*> resets_;
  std::set<graph::NodeId> clocked_;  // targets that the clocks were said to flow to
  bool is_bad_ = false;
};

}  // namespace fanin::indexer
