// The statements of a procedure as a tree of branches, read back from the control-flow edges of a shard: in which
// branch of the statement around it a statement stands, and what holds when it runs.
//
// Views the shard, which must outlive it. Not thread-safe: branches are found when first asked for.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "graph/shard.h"

namespace fanin::graph {

enum class StatementForm : uint8_t { kAssign, kCall, kJump, kIf, kCase, kLoop };
// REQUIRES: the node is a statement.
StatementForm FormOf(const Node& statement);

// A branch of a statement, or what holds in it.
struct Branch {
  enum class Kind : uint8_t { kTrue, kFalse, kCase, kLoop };
  LocalNode statement = kNoNode;
  Kind kind = Kind::kTrue;
  std::string_view label;  // of kCase: its items as written, or "default"

  friend bool operator==(const Branch&, const Branch&) = default;
};

class ControlFlow {
 public:
  explicit ControlFlow(const Shard& shard) : shard_(shard) {}

  // The statements directly below a procedure, statement or function, in order. With an if, the statements of its
  // else-ifs are below those.
  std::vector<LocalNode> StatementsBelow(LocalNode scope) const;

  // The branch of its parent that a statement stands in. REQUIRES: the parent is a statement.
  Branch BranchOf(LocalNode statement);

  // The else-ifs of an if, in order; empty where its else holds anything else. REQUIRES: an if.
  const std::vector<LocalNode>& ElseIfsOf(LocalNode statement);

  // What holds when the statement runs as far as the statements around it tell, outermost first: an else-if has the
  // conditions before it in its chain as kFalse. Assignments in between may have changed what the conditions read.
  std::vector<Branch> ConditionsOf(LocalNode statement);

 private:
  // Where a branch begins: it holds the children from there to the next one's begin.
  struct Begin {
    LocalNode first = kNoNode;
    Branch branch;
  };
  const std::vector<Begin>& BranchesOf(LocalNode statement);
  bool IsReachedOnlyByFalseOf(LocalNode statement, LocalNode before) const;

  const Shard& shard_;
  std::unordered_map<LocalNode, std::vector<Begin>> branches_;
  std::unordered_map<LocalNode, std::vector<LocalNode>> else_ifs_;
};

}  // namespace fanin::graph
