#include "graph/cypher.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "graph/cypher_condition.h"
#include "graph/cypher_eval.h"
#include "graph/cypher_match.h"
#include "graph/cypher_parser.h"

namespace fanin::graph {
namespace {

using cypher::Evaluator;
using cypher::Expression;
using cypher::ExpressionPtr;
using cypher::Matcher;
using cypher::Row;

// One run of one query.
class Run {
 public:
  Run(const Snapshot& snapshot, const CypherRequest& request, cypher::Query query)
      : snapshot_(snapshot), request_(request), query_(std::move(query)), evaluator_(snapshot, request, slots_) {
    work_.max_edges = request.max_edges;
    work_.deadline = request.deadline;
  }

  base::Result<CypherResult> Execute() {
    FANIN_RETURN_IF_ERROR(Resolve());
    std::vector<const cypher::PathPattern*> patterns;
    for (const cypher::PathPattern& pattern : query_.patterns) patterns.push_back(&pattern);
    Matcher::Options options;
    options.reachability = query_.distinct && !UsesWalks();
    evaluator_.SetPatternConditions(&conditions_);
    FANIN_ASSIGN_OR_RETURN(const auto matcher, Matcher::Plan(snapshot_, request_, patterns, query_.where.get(), slots_,
                                                             evaluator_, work_, options));
    result_.plan = matcher->ToString();
    FANIN_RETURN_IF_ERROR(aggregates_ ? Group(*matcher) : Stream(*matcher));
    FANIN_RETURN_IF_ERROR(Finish());
    result_.nodes_visited = work_.nodes;
    result_.edges_visited = work_.edges;
    result_.truncated = result_.truncated || work_.exhausted;
    return std::move(result_);
  }

 private:
  // A row of the answer with the values that order it.
  struct Output {
    Row sort_keys;
    Row values;
  };

  // --- names, columns, limits
  base::Status Resolve() {
    for (cypher::PathPattern& pattern : query_.patterns) NameEverything(pattern, slots_);
    if (query_.return_all) {
      std::map<size_t, std::string> named;
      for (const auto& [name, slot] : slots_) {
        if (cypher::IsNamed(name)) named[slot] = name;
      }
      for (const auto& [slot, name] : named) {
        auto variable = std::make_unique<Expression>();
        variable->kind = Expression::Kind::kVariable;
        variable->name = name;
        query_.items.push_back({std::move(variable), name});
      }
    }
    if (query_.where != nullptr) FANIN_RETURN_IF_ERROR(evaluator_.Check(*query_.where, false));
    if (query_.where != nullptr) NamePredicates(*query_.where);
    for (cypher::ReturnItem& item : query_.items) {
      FANIN_RETURN_IF_ERROR(evaluator_.Check(*item.expression, true));
      if (HasAggregate(*item.expression)) {
        aggregates_ = true;
        FANIN_RETURN_IF_ERROR(CheckPure(*item.expression));
      }
      NamePredicates(*item.expression);
      result_.columns.push_back(item.alias);
    }
    FANIN_RETURN_IF_ERROR(ResolveOrder());
    FANIN_ASSIGN_OR_RETURN(skip_, Count(query_.skip.get(), 0));
    FANIN_ASSIGN_OR_RETURN(limit_, Count(query_.limit.get(), UINT64_MAX));
    return {};
  }

  // Anonymous parts of pattern predicates get slots too.
  void NamePredicates(Expression& expression) {
    if (expression.pattern != nullptr) NameEverything(*expression.pattern, slots_);
    for (ExpressionPtr& operand : expression.operands) NamePredicates(*operand);
  }

  // An item with an aggregate may use variables only inside it.
  base::Status CheckPure(const Expression& expression) const {
    if (expression.kind == Expression::Kind::kFunction && cypher::IsAggregate(expression.name)) return {};
    if (expression.kind == Expression::Kind::kVariable) {
      return std::unexpected(evaluator_.ErrorAtExpression(
          expression, "'" + expression.name + "' beside an aggregate: return it as an item of its own"));
    }
    for (const ExpressionPtr& operand : expression.operands) FANIN_RETURN_IF_ERROR(CheckPure(*operand));
    return {};
  }

  // ORDER BY names a column by alias or text, or, without aggregates or DISTINCT, any expression of the row.
  base::Status ResolveOrder() {
    for (const cypher::SortItem& item : query_.order_by) {
      std::optional<size_t> column;
      for (size_t i = 0; i < query_.items.size(); ++i) {
        const bool by_alias =
            item.expression->kind == Expression::Kind::kVariable && item.expression->name == query_.items[i].alias;
        if (by_alias || Same(*item.expression, *query_.items[i].expression)) column = i;
      }
      if (!column) {
        if (aggregates_ || query_.distinct) {
          return std::unexpected(
              evaluator_.ErrorAtExpression(*item.expression, "ORDER BY must name a returned column here"));
        }
        FANIN_RETURN_IF_ERROR(evaluator_.Check(*item.expression, false));
        NamePredicates(*item.expression);
      }
      order_columns_.push_back(column);
    }
    return {};
  }

  static bool Same(const Expression& a, const Expression& b) {
    return a.kind == b.kind && a.name == b.name && a.op == b.op && a.literal == b.literal && a.star == b.star &&
           a.distinct == b.distinct && a.pattern == nullptr && b.pattern == nullptr &&
           std::ranges::equal(a.operands, b.operands,
                              [](const ExpressionPtr& x, const ExpressionPtr& y) { return Same(*x, *y); });
  }

  base::Result<uint64_t> Count(const Expression* expression, uint64_t otherwise) {
    if (expression == nullptr) return otherwise;
    FANIN_RETURN_IF_ERROR(evaluator_.Check(*expression, false));
    const bool constant =
        expression->kind == Expression::Kind::kLiteral || expression->kind == Expression::Kind::kParameter;
    if (constant) {
      FANIN_ASSIGN_OR_RETURN(const CypherValue value, evaluator_.Evaluate(*expression, {}));
      const auto* count = std::get_if<int64_t>(&value.value);
      if (count != nullptr && *count >= 0) return static_cast<uint64_t>(*count);
    }
    return std::unexpected(evaluator_.ErrorAtExpression(*expression, "SKIP and LIMIT take a whole number from 0"));
  }

  // Whether a walk's own edges are asked for, so that each way counts.
  bool UsesWalks() const {
    for (const cypher::PathPattern& pattern : query_.patterns) {
      if (!pattern.variable.empty()) return true;
      for (const cypher::RelationshipPattern& relationship : pattern.relationships) {
        if (relationship.variable_length && cypher::IsNamed(relationship.variable)) return true;
      }
    }
    return false;
  }

  // --- rows
  base::Result<Output> Project(const Row& row) {
    Output output;
    for (const cypher::ReturnItem& item : query_.items) {
      FANIN_ASSIGN_OR_RETURN(CypherValue value, evaluator_.Evaluate(*item.expression, row));
      output.values.push_back(std::move(value));
    }
    for (size_t i = 0; i < order_columns_.size(); ++i) {
      if (order_columns_[i]) {
        output.sort_keys.push_back(output.values[*order_columns_[i]]);
      } else {
        FANIN_ASSIGN_OR_RETURN(CypherValue value, evaluator_.Evaluate(*query_.order_by[i].expression, row));
        output.sort_keys.push_back(std::move(value));
      }
    }
    return output;
  }

  base::Status Stream(Matcher& matcher) {
    const bool sorted = !query_.order_by.empty();
    const uint64_t wanted = skip_ + std::min(limit_, request_.max_rows + 1);  // one more tells that it is cut
    if (wanted == 0) return {};
    std::set<Row, cypher::RowLess> seen;
    return matcher.Run({Row(slots_.size())}, [&](const Row& row) -> base::Result<bool> {
      FANIN_ASSIGN_OR_RETURN(Output output, Project(row));
      if (query_.distinct && !seen.insert(output.values).second) return true;
      outputs_.push_back(std::move(output));
      if (!sorted && outputs_.size() >= wanted) return false;
      if (outputs_.size() > MaxHeld()) {
        work_.exhausted = true;
        return false;
      }
      return true;
    });
  }

  base::Status Group(Matcher& matcher) {
    std::map<Row, std::vector<Row>, cypher::RowLess> groups;
    uint64_t held = 0;
    FANIN_RETURN_IF_ERROR(matcher.Run({Row(slots_.size())}, [&](const Row& row) -> base::Result<bool> {
      Row key;
      for (const cypher::ReturnItem& item : query_.items) {
        if (HasAggregate(*item.expression)) continue;
        FANIN_ASSIGN_OR_RETURN(CypherValue value, evaluator_.Evaluate(*item.expression, row));
        key.push_back(std::move(value));
      }
      groups[std::move(key)].push_back(row);
      if (++held > MaxHeld()) work_.exhausted = true;
      return held <= MaxHeld();
    }));
    const bool only_aggregates = std::ranges::all_of(
        query_.items, [](const cypher::ReturnItem& item) { return HasAggregate(*item.expression); });
    if (groups.empty() && only_aggregates) groups[{}] = {};
    for (const auto& [key, rows] : groups) {
      Output output;
      size_t next_key = 0;
      for (const cypher::ReturnItem& item : query_.items) {
        if (HasAggregate(*item.expression)) {
          FANIN_ASSIGN_OR_RETURN(CypherValue value, evaluator_.EvaluateGroup(*item.expression, rows));
          output.values.push_back(std::move(value));
        } else {
          output.values.push_back(key[next_key++]);
        }
      }
      for (const std::optional<size_t> column : order_columns_) output.sort_keys.push_back(output.values[*column]);
      outputs_.push_back(std::move(output));
    }
    return {};
  }

  // Rows that may be held to sort, group or tell apart: more than are returned, but bounded.
  uint64_t MaxHeld() const { return std::max<uint64_t>(request_.max_rows * 100, 100'000); }

  base::Status Finish() {
    std::ranges::stable_sort(outputs_, [&](const Output& a, const Output& b) {
      for (size_t i = 0; i < a.sort_keys.size(); ++i) {
        const int order = cypher::Compare(a.sort_keys[i], b.sort_keys[i]);
        if (order != 0) return query_.order_by[i].descending ? order > 0 : order < 0;
      }
      return false;
    });
    const uint64_t begin = std::min<uint64_t>(skip_, outputs_.size());
    const uint64_t asked = std::min<uint64_t>(limit_, outputs_.size() - begin);
    const uint64_t given = std::min(asked, request_.max_rows);
    result_.truncated = given < asked;
    for (uint64_t i = begin; i < begin + given; ++i) result_.rows.push_back(std::move(outputs_[i].values));
    return {};
  }

  const Snapshot& snapshot_;
  const CypherRequest& request_;
  cypher::Query query_;
  Evaluator::SlotMap slots_;
  cypher::Work work_;
  Evaluator evaluator_;
  cypher::PatternConditions conditions_{snapshot_, request_, slots_, evaluator_, work_};
  bool aggregates_ = false;
  std::vector<std::optional<size_t>> order_columns_;
  uint64_t skip_ = 0;
  uint64_t limit_ = 0;
  std::vector<Output> outputs_;
  CypherResult result_;
};

}  // namespace

base::Result<CypherResult> RunCypher(const Snapshot& snapshot, const CypherRequest& request) {
  FANIN_ASSIGN_OR_RETURN(cypher::Query query, cypher::Parse(request.text));
  return Run(snapshot, request, std::move(query)).Execute();
}

}  // namespace fanin::graph
