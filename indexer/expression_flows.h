// Dataflow of one block: what its statements drive and read, and which values flow where.
#pragma once

#include <span>
#include <vector>

#include "indexer/expression_guards.h"
#include "indexer/expression_uses.h"

namespace fanin::indexer {

// Writes the edges of one block (a procedure, function, continuous assignment). Facts are said of the statement that
// makes them, and once each of the block. Keeps references to context and collector.
class FlowWriter {
 public:
  // More flows of one statement than this are left out, with a note.
  static constexpr size_t kMaxFlowsPerStatement = 20000;

  FlowWriter(HdlContext& context, UseCollector& collector, graph::LocalNode block)
      : guards(context), context_(context), collector_(collector), block_(block) {}

  GuardStack guards;

  // The clocks of an edge-triggered block; they flow to all that it assigns.
  void SetClocks(std::vector<Use> clocks);
  // Signals that reset the block wherever a condition tests them.
  void AddReset(graph::LocalNode signal) { resets_.push_back(signal); }

  // The uses of an expression, in role `role`, resets marked; valid until the next call.
  std::span<const Use> UsesOf(const slang::syntax::SyntaxNode& expression, ScopeId scope, graph::Role role);
  // Adds reads, calls and mentions of the uses.
  void Read(graph::LocalNode statement, std::span<const Use> uses);
  void Read(graph::LocalNode statement, ScopeId scope, const slang::syntax::SyntaxNode& expression, graph::Role role) {
    Read(statement, UsesOf(expression, scope, role));
  }

  // An assignment under the guards. `right` may be null (an event, a release); `reads_target` is set for "+=" and "++".
  struct Assigned {
    graph::LocalNode statement = graph::kNoNode;
    ScopeId scope = kFileScope;
    const slang::syntax::SyntaxNode* left = nullptr;
    const slang::syntax::SyntaxNode* right = nullptr;
    graph::Assignment assignment = graph::Assignment::kBlocking;
    bool reads_target = false;
  };
  void Assign(const Assigned& assigned);
  // Likewise to the name alone, as a net declaration does; `left` and `right` are ignored.
  void AssignName(const Assigned& assigned, const slang::parsing::Token& name, const slang::syntax::SyntaxNode& value);
  // The value that a function returns.
  void Return(graph::LocalNode statement, ScopeId scope, const slang::syntax::SyntaxNode& value);
  // A call for its effects; output arguments of a known task or function are assigned.
  void Call(graph::LocalNode statement, ScopeId scope, const slang::syntax::InvocationExpressionSyntax& call);

 private:
  // A part of a concatenation: its bits counted from the least significant, where known.
  struct Part {
    static constexpr int32_t kUnknown = -1;
    int32_t low = kUnknown;
    int32_t width_bits = 0;
    size_t first_use = 0;     // of sources_
    size_t last_use = 0;      // past the last
    bool designator = false;  // one name, whose bits are the part's
    std::string_view member;  // of the target, where a pattern names it
  };
  struct Target {
    Use use;
    Part part;
  };

  void AssignCollected(const Assigned& assigned);
  Part& CollectPart(const slang::syntax::SyntaxNode& value, ScopeId scope);
  void CollectTargets(const slang::syntax::SyntaxNode& left, ScopeId scope);
  void CollectParts(const slang::syntax::SyntaxNode& right, ScopeId scope);
  void Drive(const Assigned& assigned, const Target& target);
  void FlowParts(const Assigned& assigned, const Target& target);
  // One flow between the ends, either of which may be of elsewhere.
  void Flow(const Use& from, const graph::BitRange& from_range, const Use& to, const graph::BitRange& to_range,
            graph::EdgeAttributes attributes);
  graph::BitRange BitsOf(const Use& use, const Part& part, int32_t low, int32_t high) const;
  void BindArguments(graph::LocalNode statement, ScopeId scope, const Use& callee);
  void BindArgument(graph::LocalNode statement, ScopeId scope, graph::LocalNode port,
                    const slang::syntax::SyntaxNode& argument);
  bool OncePerBlock(graph::EdgeKind kind, graph::LocalNode node, graph::Role role);

  HdlContext& context_;
  UseCollector& collector_;
  graph::LocalNode block_;
  std::vector<Use> clocks_;
  std::vector<graph::LocalNode> resets_;
  std::vector<Use> scratch_;
  std::vector<Target> targets_;
  std::vector<Use> indexes_;
  std::vector<Part> parts_;
  std::vector<Use> sources_;
  size_t flows_of_statement_ = 0;
  slang::flat_hash_set<uint64_t> said_of_block_;
};

}  // namespace fanin::indexer
