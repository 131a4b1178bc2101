// Evaluating expressions of a query over one row of bound variables. Cypher's three-valued logic: what involves null is
// null.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "graph/cypher.h"
#include "graph/cypher_ast.h"
#include "graph/snapshot.h"

namespace re2 {
class RE2;
}

namespace fanin::graph::cypher {

// Values by slot; a slot is a variable of the pattern, named or not.
using Row = std::vector<CypherValue>;

bool IsNull(const CypherValue& value);
// Total order over all values for ORDER BY, DISTINCT and grouping: by type, then value; null last.
int Compare(const CypherValue& a, const CypherValue& b);
struct RowLess {
  bool operator()(const Row& a, const Row& b) const;
};
bool IsAggregate(std::string_view function);
// Whether an aggregate occurs anywhere in the expression.
bool HasAggregate(const Expression& expression);

class Evaluator {
 public:
  using SlotMap = std::unordered_map<std::string, size_t>;
  // Matches a pattern predicate from the row's bound variables.
  using PatternMatcher = std::function<base::Result<bool>(const PathPattern& pattern, const Row& row)>;

  // All references must outlive the evaluator. `slots` names the variables.
  Evaluator(const Snapshot& snapshot, const CypherRequest& request, const SlotMap& slots);
  ~Evaluator();
  void SetPatternMatcher(PatternMatcher matcher) { matcher_ = std::move(matcher); }

  // Checks names of variables, functions, parameters and their places once, before any row. `allow_aggregates`: in
  // RETURN.
  base::Status Check(const Expression& expression, bool allow_aggregates) const;
  base::Result<CypherValue> Evaluate(const Expression& expression, const Row& row);
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
  PatternMatcher matcher_;
  const std::vector<Row>* group_ = nullptr;  // set while a RETURN item with aggregates is evaluated
  std::unordered_map<NodeRef, NodeHandle> nodes_;
  std::unordered_map<std::string, std::unique_ptr<re2::RE2>> regexes_;
};

}  // namespace fanin::graph::cypher
