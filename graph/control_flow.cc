#include "graph/control_flow.h"

#include <algorithm>

#include "base/error.h"

namespace fanin::graph {
namespace {

bool IsControlFlow(EdgeKind kind) {
  return (MaskOf(kind) & MaskOf(EdgeKind::kCfgTrue, EdgeKind::kCfgFalse, EdgeKind::kCfgCase, EdgeKind::kCfgNext)) != 0;
}

}  // namespace

StatementForm FormOf(const Node& statement) {
  const std::string_view word = statement.name.substr(0, statement.name.find('#'));
  if (word == "assign") return StatementForm::kAssign;
  if (word == "call") return StatementForm::kCall;
  if (word == "if") return StatementForm::kIf;
  if (word == "case") return StatementForm::kCase;
  static constexpr std::string_view kLoops[] = {"for", "foreach", "while", "do", "repeat", "forever"};
  return std::ranges::find(kLoops, word) != std::end(kLoops) ? StatementForm::kLoop : StatementForm::kJump;
}

std::vector<LocalNode> ControlFlow::StatementsBelow(LocalNode scope) const {
  std::vector<LocalNode> statements;
  for (LocalNode child : shard_.Children(scope)) {
    if (shard_.nodes()[child].kind == NodeKind::kStatement) statements.push_back(child);
  }
  std::ranges::sort(statements);  // they were added in order; spans made by a macro are equal
  return statements;
}

const std::vector<ControlFlow::Begin>& ControlFlow::BranchesOf(LocalNode statement) {
  const auto [known, is_new] = branches_.try_emplace(statement);
  std::vector<Begin>& begins = known->second;
  if (!is_new) return begins;
  const StatementForm form = FormOf(shard_.nodes()[statement]);
  if (form == StatementForm::kLoop) begins.push_back({0, {statement, Branch::Kind::kLoop, {}}});
  if (form == StatementForm::kIf) begins.push_back({0, {statement, Branch::Kind::kTrue, {}}});
  for (const uint32_t i : shard_.OutEdges(statement)) {
    const LocalEdge& edge = shard_.edges()[i];
    // A branch without statements leads out of the statement.
    if (shard_.nodes()[edge.to].parent != statement) continue;
    if (form == StatementForm::kIf && edge.kind == EdgeKind::kCfgFalse) {
      begins.push_back({edge.to, {statement, Branch::Kind::kFalse, {}}});
    } else if (form == StatementForm::kCase && edge.kind == EdgeKind::kCfgCase) {
      begins.push_back({edge.to, {statement, Branch::Kind::kCase, edge.attributes.text}});
    }
  }
  std::ranges::sort(begins, {}, &Begin::first);
  return begins;
}

Branch ControlFlow::BranchOf(LocalNode statement) {
  const LocalNode parent = shard_.nodes()[statement].parent;
  FANIN_CHECK(parent != kNoNode && shard_.nodes()[parent].kind == NodeKind::kStatement);
  const std::vector<Begin>& begins = BranchesOf(parent);
  const auto after = std::ranges::upper_bound(begins, statement, {}, &Begin::first);
  if (after == begins.begin()) return {parent, Branch::Kind::kCase, {}};  // unreachable: a case without a way to it
  return std::prev(after)->branch;
}

bool ControlFlow::IsReachedOnlyByFalseOf(LocalNode statement, LocalNode before) const {
  uint32_t ways = 0;
  bool by_false = false;
  for (const uint32_t i : shard_.InEdges(statement)) {
    const LocalEdge& edge = shard_.edges()[i];
    if (!IsControlFlow(edge.kind)) continue;
    ++ways;
    by_false = edge.kind == EdgeKind::kCfgFalse && edge.from == before;
  }
  return ways == 1 && by_false;
}

const std::vector<LocalNode>& ControlFlow::ElseIfsOf(LocalNode statement) {
  const auto [known, is_new] = else_ifs_.try_emplace(statement);
  std::vector<LocalNode>& chain = known->second;
  if (!is_new) return chain;
  LocalNode before = statement;
  for (const LocalNode child : StatementsBelow(statement)) {
    if (BranchOf(child).kind != Branch::Kind::kFalse) continue;
    if (FormOf(shard_.nodes()[child]) != StatementForm::kIf || !IsReachedOnlyByFalseOf(child, before)) {
      chain.clear();
      break;
    }
    chain.push_back(child);
    before = child;
  }
  return chain;
}

std::vector<Branch> ControlFlow::ConditionsOf(LocalNode statement) {
  std::vector<Branch> conditions;  // innermost first
  LocalNode parent = shard_.nodes()[statement].parent;
  for (; parent != kNoNode && shard_.nodes()[parent].kind == NodeKind::kStatement;
       statement = parent, parent = shard_.nodes()[parent].parent) {
    const Branch branch = BranchOf(statement);
    if (branch.kind == Branch::Kind::kFalse) {
      const std::vector<LocalNode>& chain = ElseIfsOf(parent);
      const auto self = std::ranges::find(chain, statement);
      if (self != chain.end()) {
        for (auto before = self; before != chain.begin();) {
          conditions.push_back({*--before, Branch::Kind::kFalse, {}});
        }
      }
    }
    conditions.push_back(branch);
  }
  std::ranges::reverse(conditions);
  return conditions;
}

}  // namespace fanin::graph
