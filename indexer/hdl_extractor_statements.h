// Statements of one procedural block, function or task: their nodes, control flow and dataflow.
#pragma once

#include <string_view>
#include <vector>

#include "indexer/expression_flows.h"
#include "indexer/hdl_extractor_context.h"

namespace fanin::indexer {

// Walks the statements in source order. Control flow is built by keeping the exits of what came before, which the next
// statement connects (as in Appel, Modern Compiler Implementation, 8.2, with edges for jumps). An "else if" chain is
// walked iteratively; its later conditions are children of the first `if`.
class StatementExtractor {
 public:
  StatementExtractor(HdlContext& context, UseCollector& collector, FlowWriter& flows, graph::LocalNode block);

  // The statement of a procedural block. Its timing control is the block's sensitivity, not a statement.
  void ExtractBlock(const slang::syntax::StatementSyntax& statement, const Place& in);
  // The statements and declarations of a function or task, or of a block, with those of inactive arms among them.
  // `inside`: what the items stand in, its delimiters excluded.
  void ExtractItems(const slang::syntax::SyntaxList<slang::syntax::SyntaxNode>& items, Bytes inside, const Place& in);

 private:
  // A statement that leads to the next one.
  struct Exit {
    graph::LocalNode from;
    graph::EdgeKind kind;
    std::string_view text;
  };
  struct Loop {
    graph::LocalNode node;
    std::vector<Exit> breaks;
  };

  // A `case` whose items are being extracted.
  struct OpenCase {
    Place in;
    Place below;
    std::string_view selector;
    std::vector<Use> uses;    // decide whether the next item is reached: of the selector and of the labels so far
    bool conditions = false;  // case (1'b1): the items are the conditions
    bool wild = false;        // casez, casex
    bool inside = false;      // case (x) inside
    std::vector<Exit> exits;
    bool has_default = false;
  };

  void Extract(const slang::syntax::SyntaxNode& syntax, const Place& in);
  // Calls `extract` for each item and `extract_arm` for each inactive arm among them, in the order of the text.
  template <typename Items, typename ExtractOne, typename ExtractArm>
  void InOrder(const Items& items, Bytes inside, ExtractOne extract, ExtractArm extract_arm);
  void ExtractDeclaration(const slang::syntax::SyntaxNode& syntax, const Place& in);
  void ExtractSequence(const slang::syntax::BlockStatementSyntax& block, const Place& in);
  void ExtractParallel(const slang::syntax::BlockStatementSyntax& block, const Place& in);
  void ExtractIf(const slang::syntax::ConditionalStatementSyntax& statement, const Place& in);
  void ExtractCase(const slang::syntax::CaseStatementSyntax& statement, const Place& in);
  void ExtractCaseItems(const slang::syntax::SyntaxList<slang::syntax::CaseItemSyntax>& items, Bytes inside,
                        OpenCase& open);
  void ExtractCaseItem(const slang::syntax::CaseItemSyntax& item, OpenCase& open);
  void ExtractFor(const slang::syntax::ForLoopStatementSyntax& loop, const Place& in);
  void ExtractForeach(const slang::syntax::ForeachLoopStatementSyntax& loop, const Place& in);
  // while, repeat, do and forever; `condition` may be null.
  void ExtractLoop(const slang::syntax::StatementSyntax& loop, std::string_view token,
                   const slang::syntax::ExpressionSyntax* condition, bool guards_body,
                   const slang::syntax::StatementSyntax& body, const Place& in);
  void ExtractLoopBody(graph::LocalNode node, bool ends, const slang::syntax::StatementSyntax& body, const Place& in);
  void ExtractTimed(const slang::syntax::SyntaxNode& timing, const slang::syntax::StatementSyntax* statement,
                    const slang::syntax::SyntaxNode& whole, const Place& in);
  void ExtractExpression(const slang::syntax::ExpressionSyntax& expression, const slang::syntax::SyntaxNode& whole,
                         const Place& in);
  void ExtractAssignment(const slang::syntax::SyntaxNode& left, const slang::syntax::SyntaxNode* right,
                         graph::Assignment assignment, bool reads_target, const slang::syntax::SyntaxNode& whole,
                         const Place& in);
  void ExtractJump(const slang::syntax::SyntaxNode& syntax, const Place& in);
  void ExtractAssert(const slang::syntax::SyntaxNode& syntax, const slang::syntax::ActionBlockSyntax& action,
                     const Place& in);

  // A statement's node, connected to the exits before it, which it replaces.
  graph::LocalNode Enter(std::string_view token, Bytes bytes, const Place& in, std::string_view value);
  void Connect(graph::LocalNode to);
  // The exits of the branch at hand join those of its siblings in `all`.
  void CollectExits(std::vector<Exit>& all);

  HdlContext& context_;
  UseCollector& collector_;
  FlowWriter& flows_;
  graph::LocalNode block_;
  std::vector<Exit> exits_;
  std::vector<Loop> loops_;
  int depth_ = 0;
};

}  // namespace fanin::indexer
