// Evaluating expressions of a query over one row of bound variables. Cypher's three-valued logic: what involves null is
// null.
#pragma once

#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "graph/cypher.h"
#include "graph/cypher_ast.h"
#include "graph/cypher_value.h"
#include "graph/snapshot.h"

namespace re2 {
class RE2;
}

namespace fanin::graph::cypher {

bool IsAggregate(std::string_view function);
bool IsScalar(std::string_view function);
// Whether an aggregate occurs anywhere in the expression.
bool HasAggregate(const Expression& expression);
bool HasPattern(const Expression& expression);
// Unnamed nodes and relationships bear made-up names (NameEverything), which no text can spell.
inline bool IsNamed(const std::string& variable) { return !variable.starts_with(' '); }
// The named variables that an expression or pattern speaks of.
void CollectVariables(const Expression& expression, std::set<std::string>& out);
void CollectVariables(const PathPattern& pattern, std::set<std::string>& out);

class PatternConditions;

class Evaluator {
 public:
  using SlotMap = std::unordered_map<std::string, size_t>;

  // All references must outlive the evaluator. `slots` names the variables.
  Evaluator(const Snapshot& snapshot, const CypherRequest& request, const SlotMap& slots);
  ~Evaluator();
  // What answers conditions that are patterns; must be set before one is evaluated, and outlive the evaluator.
  void SetPatternConditions(PatternConditions* conditions) { conditions_ = conditions; }

  // Checks names of variables, functions, parameters and their places once, before any row. `allow_aggregates`: in
  // RETURN.
  base::Status Check(const Expression& expression, bool allow_aggregates) const;
  base::Result<CypherValue> Evaluate(const Expression& expression, const Row& row);
  // Answers the patterns in an expression for all rows at once, so that evaluating it on each is a look-up.
  base::Status Prepare(const Expression& expression, std::span<const Row> rows);
  // Whether a condition is true (null counts as not).
  base::Result<bool> IsTrue(const Expression& expression, const Row& row);
  // Aggregates replaced by their values over the rows of a group.
  base::Result<CypherValue> EvaluateGroup(const Expression& expression, const std::vector<Row>& group);
  // Loads a node once.
  base::Result<NodeHandle> Node(NodeRef ref);
  base::Status Prefetch(const std::vector<NodeRef>& refs);
  base::Error ErrorAtExpression(const Expression& expression, const std::string& message) const;

 private:
  base::Result<CypherValue> Property(const Expression& expression, const Row& row);
  base::Result<CypherValue> Operate(const Expression& expression, const Row& row);
  base::Result<CypherValue> Logic(const Expression& expression, const Row& row);
  base::Result<CypherValue> MatchRegex(const Expression& expression, const CypherValue& text, const CypherValue& regex);
  base::Result<CypherValue> Arithmetic(const Expression& expression, const CypherValue& a, const CypherValue& b);
  base::Result<CypherValue> Call(const Expression& expression, const Row& row);
  base::Result<CypherValue> Aggregate(const Expression& expression, const std::vector<Row>& group);

  const Snapshot& snapshot_;
  const CypherRequest& request_;
  const SlotMap& slots_;
  PatternConditions* conditions_ = nullptr;
  const std::vector<Row>* group_ = nullptr;  // set while a RETURN item with aggregates is evaluated
  std::unordered_map<NodeRef, NodeHandle> nodes_;
  std::unordered_map<std::string, std::unique_ptr<re2::RE2>> regexes_;
};

}  // namespace fanin::graph::cypher
