#include "graph/cypher_eval.h"

#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "graph/cypher_condition.h"
#include "graph/cypher_parser.h"
#include "graph/cypher_schema.h"

namespace fanin::graph::cypher {
namespace {

constexpr size_t kMaxCachedNodes = 200'000;
constexpr int64_t kRegexMemoryBytes = 8 << 20;

}  // namespace

bool HasPattern(const Expression& expression) {
  return expression.pattern != nullptr ||
         std::ranges::any_of(expression.operands, [](const ExpressionPtr& operand) { return HasPattern(*operand); });
}

void CollectVariables(const Expression& expression, std::set<std::string>& out) {
  if (expression.kind == Expression::Kind::kVariable) out.insert(expression.name);
  if (expression.pattern != nullptr) CollectVariables(*expression.pattern, out);
  for (const ExpressionPtr& operand : expression.operands) CollectVariables(*operand, out);
}

void CollectVariables(const PathPattern& pattern, std::set<std::string>& out) {
  for (const NodePattern& node : pattern.nodes) {
    if (IsNamed(node.variable)) out.insert(node.variable);
    for (const auto& [key, value] : node.properties) CollectVariables(*value, out);
  }
  for (const RelationshipPattern& relationship : pattern.relationships) {
    for (const auto& [key, value] : relationship.properties) CollectVariables(*value, out);
  }
}

Evaluator::Evaluator(const Snapshot& snapshot, const CypherRequest& request, const SlotMap& slots)
    : snapshot_(snapshot), request_(request), slots_(slots) {}
Evaluator::~Evaluator() = default;

base::Error Evaluator::ErrorAtExpression(const Expression& expression, const std::string& message) const {
  return ErrorAt(request_.text, expression.position, message);
}

base::Status Evaluator::Check(const Expression& expression, bool allow_aggregates) const {
  const auto fail = [&](const std::string& message) { return std::unexpected(ErrorAtExpression(expression, message)); };
  switch (expression.kind) {
    case Expression::Kind::kVariable:
      if (!slots_.contains(expression.name))
        return fail("variable '" + expression.name + "' is not bound by any MATCH");
      break;
    case Expression::Kind::kParameter:
      if (!request_.parameters.contains(expression.name))
        return fail("parameter $" + expression.name + " has no value");
      break;
    case Expression::Kind::kProperty: {
      const auto& nodes = NodePropertyNames();
      const auto& edges = EdgePropertyNames();
      if (std::ranges::find(nodes, expression.name) == nodes.end() &&
          std::ranges::find(edges, expression.name) == edges.end()) {
        return fail("nothing has a property '" + expression.name + "'");
      }
      break;
    }
    case Expression::Kind::kFunction:
      if (IsAggregate(expression.name)) {
        if (!allow_aggregates)
          return fail(expression.name + "() may stand in RETURN only, and not within another aggregate");
        allow_aggregates = false;
        if (expression.star ? expression.name != "count" : expression.operands.size() != 1) {
          return fail(expression.name + "() takes one argument");
        }
      } else if (!IsScalar(expression.name)) {
        return fail("there is no function '" + expression.name + "'");
      } else if (expression.name == "coalesce" ? expression.operands.empty() : expression.operands.size() != 1) {
        return fail(expression.name + "() takes one argument");
      }
      break;
    case Expression::Kind::kPattern:
      for (const NodePattern& node : expression.pattern->nodes) {
        if (!node.variable.empty() && !slots_.contains(node.variable)) {
          return std::unexpected(
              ErrorAt(request_.text, node.position,
                      "a pattern in a condition cannot bind '" + node.variable + "'; name it in MATCH"));
        }
      }
      for (const RelationshipPattern& relationship : expression.pattern->relationships) {
        if (!relationship.variable.empty()) {
          return std::unexpected(ErrorAt(request_.text, relationship.position,
                                         "a pattern in a condition cannot bind '" + relationship.variable + "'"));
        }
      }
      break;
    case Expression::Kind::kLiteral:
    case Expression::Kind::kOperator:
    case Expression::Kind::kList: break;
  }
  for (const ExpressionPtr& operand : expression.operands) FANIN_RETURN_IF_ERROR(Check(*operand, allow_aggregates));
  return {};
}

base::Status Evaluator::Prefetch(const std::vector<NodeRef>& refs) {
  if (nodes_.size() + refs.size() > kMaxCachedNodes) nodes_.clear();
  std::vector<NodeRef> missing;
  for (const NodeRef ref : refs) {
    if (!nodes_.contains(ref)) missing.push_back(ref);
  }
  if (missing.empty()) return {};
  FANIN_ASSIGN_OR_RETURN(std::vector<NodeHandle> handles, snapshot_.GetNodes(missing));
  for (size_t i = 0; i < missing.size(); ++i) nodes_[missing[i]] = std::move(handles[i]);
  return {};
}

base::Result<NodeHandle> Evaluator::Node(NodeRef ref) {
  if (const auto found = nodes_.find(ref); found != nodes_.end()) return found->second;
  FANIN_ASSIGN_OR_RETURN(NodeHandle handle, snapshot_.GetNode(ref));
  if (nodes_.size() >= kMaxCachedNodes) nodes_.clear();
  nodes_[ref] = handle;
  return handle;
}

base::Status Evaluator::Prepare(const Expression& expression, std::span<const Row> rows) {
  if (expression.pattern != nullptr) FANIN_RETURN_IF_ERROR(conditions_->Prepare(*expression.pattern, rows));
  for (const ExpressionPtr& operand : expression.operands) FANIN_RETURN_IF_ERROR(Prepare(*operand, rows));
  return {};
}

base::Result<bool> Evaluator::IsTrue(const Expression& expression, const Row& row) {
  FANIN_ASSIGN_OR_RETURN(const CypherValue value, Evaluate(expression, row));
  if (IsNull(value)) return false;
  const bool* truth = Get<bool>(value);
  if (truth == nullptr) return std::unexpected(ErrorAtExpression(expression, "a condition must be true or false"));
  return *truth;
}

base::Result<CypherValue> Evaluator::Evaluate(const Expression& expression, const Row& row) {
  switch (expression.kind) {
    case Expression::Kind::kLiteral: return FromLiteral(expression.literal);
    case Expression::Kind::kParameter: return FromLiteral(request_.parameters.at(expression.name));
    case Expression::Kind::kVariable: return row[slots_.at(expression.name)];
    case Expression::Kind::kProperty: return Property(expression, row);
    case Expression::Kind::kOperator: return Operate(expression, row);
    case Expression::Kind::kFunction:
      return IsAggregate(expression.name) ? Aggregate(expression, *group_) : Call(expression, row);
    case Expression::Kind::kList: {
      CypherValue::List list;
      for (const ExpressionPtr& item : expression.operands) {
        FANIN_ASSIGN_OR_RETURN(CypherValue value, Evaluate(*item, row));
        list.push_back(std::move(value));
      }
      return CypherValue{std::move(list)};
    }
    case Expression::Kind::kPattern: {
      FANIN_ASSIGN_OR_RETURN(const std::optional<bool> matches, conditions_->Holds(*expression.pattern, row));
      return matches ? CypherValue{*matches} : CypherValue{};
    }
  }
  return CypherValue{};
}

base::Result<CypherValue> Evaluator::EvaluateGroup(const Expression& expression, const std::vector<Row>& group) {
  group_ = &group;
  static const Row kNoRow;
  base::Result<CypherValue> value = Evaluate(expression, group.empty() ? kNoRow : group.front());
  group_ = nullptr;
  return value;
}

base::Result<CypherValue> Evaluator::Property(const Expression& expression, const Row& row) {
  FANIN_ASSIGN_OR_RETURN(const CypherValue owner, Evaluate(*expression.operands[0], row));
  if (IsNull(owner)) return CypherValue{};
  if (const auto* ref = Get<NodeRef>(owner)) {
    FANIN_ASSIGN_OR_RETURN(const NodeHandle node, Node(*ref));
    if (auto value = NodeProperty(snapshot_, request_.elaboration, node, expression.name)) return *std::move(value);
    return std::unexpected(ErrorAtExpression(expression, "a node has no property '" + expression.name + "'"));
  }
  if (const auto* edge = Get<std::shared_ptr<const Edge>>(owner)) {
    if (auto value = EdgeProperty(**edge, expression.name)) return *std::move(value);
    return std::unexpected(ErrorAtExpression(expression, "a relationship has no property '" + expression.name + "'"));
  }
  return std::unexpected(ErrorAtExpression(expression, "only nodes and relationships have properties"));
}

base::Result<CypherValue> Evaluator::Logic(const Expression& expression, const Row& row) {
  // nullopt is Cypher's null
  const auto truth = [&](const Expression& operand) -> base::Result<std::optional<bool>> {
    FANIN_ASSIGN_OR_RETURN(const CypherValue value, Evaluate(operand, row));
    if (IsNull(value)) return std::optional<bool>();
    if (const bool* is_true = Get<bool>(value)) return std::optional<bool>(*is_true);
    return std::unexpected(ErrorAtExpression(operand, "a condition must be true or false"));
  };
  FANIN_ASSIGN_OR_RETURN(const std::optional<bool> left, truth(*expression.operands[0]));
  if (expression.op == Operator::kNot) return left ? CypherValue{!*left} : CypherValue{};
  if (expression.op == Operator::kAnd && left == false) return CypherValue{false};
  if (expression.op == Operator::kOr && left == true) return CypherValue{true};
  FANIN_ASSIGN_OR_RETURN(const std::optional<bool> right, truth(*expression.operands[1]));
  if (expression.op == Operator::kAnd && right == false) return CypherValue{false};
  if (expression.op == Operator::kOr && right == true) return CypherValue{true};
  if (!left || !right) return CypherValue{};
  return CypherValue{expression.op == Operator::kXor ? *left != *right : expression.op == Operator::kAnd};
}

base::Result<CypherValue> Evaluator::MatchRegex(const Expression& expression, const CypherValue& text,
                                                const CypherValue& regex) {
  const auto* subject = Get<std::string>(text);
  const auto* pattern = Get<std::string>(regex);
  if (subject == nullptr || pattern == nullptr) {
    return std::unexpected(ErrorAtExpression(expression, "=~ compares text with a regular expression"));
  }
  std::unique_ptr<re2::RE2>& compiled = regexes_[*pattern];
  if (compiled == nullptr) {
    re2::RE2::Options options(re2::RE2::Quiet);
    options.set_max_mem(kRegexMemoryBytes);
    compiled = std::make_unique<re2::RE2>(*pattern, options);
  }
  if (!compiled->ok())
    return std::unexpected(ErrorAtExpression(expression, "bad regular expression: " + compiled->error()));
  return CypherValue{re2::RE2::FullMatch(*subject, *compiled)};
}

base::Result<CypherValue> Evaluator::Arithmetic(const Expression& expression, const CypherValue& a,
                                                const CypherValue& b) {
  const auto* left_text = Get<std::string>(a);
  const auto* right_text = Get<std::string>(b);
  if (expression.op == Operator::kAdd && left_text != nullptr && right_text != nullptr)
    return CypherValue{*left_text + *right_text};
  const std::optional<double> x = AsNumber(a), y = AsNumber(b);
  if (!x || !y) return std::unexpected(ErrorAtExpression(expression, "arithmetic needs numbers"));
  const auto* left = Get<int64_t>(a);
  const auto* right = Get<int64_t>(b);
  const bool integers = left != nullptr && right != nullptr;
  int64_t exact = 0;
  switch (expression.op) {
    case Operator::kAdd:
      if (!integers) return CypherValue{*x + *y};
      if (!__builtin_add_overflow(*left, *right, &exact)) return CypherValue{exact};
      break;
    case Operator::kSubtract:
      if (!integers) return CypherValue{*x - *y};
      if (!__builtin_sub_overflow(*left, *right, &exact)) return CypherValue{exact};
      break;
    case Operator::kMultiply:
      if (!integers) return CypherValue{*x * *y};
      if (!__builtin_mul_overflow(*left, *right, &exact)) return CypherValue{exact};
      break;
    default:
      if (*y == 0) return std::unexpected(ErrorAtExpression(expression, "division by zero"));
      if (!integers) return CypherValue{expression.op == Operator::kDivide ? *x / *y : std::fmod(*x, *y)};
      if (*right == -1) return CypherValue{expression.op == Operator::kDivide ? -*x : 0.0};  // INT64_MIN / -1 overflows
      return CypherValue{expression.op == Operator::kDivide ? *left / *right : *left % *right};
  }
  return std::unexpected(ErrorAtExpression(expression, "the number is too large"));
}

base::Result<CypherValue> Evaluator::Operate(const Expression& expression, const Row& row) {
  const Operator op = expression.op;
  if (op <= Operator::kNot) return Logic(expression, row);
  FANIN_ASSIGN_OR_RETURN(const CypherValue a, Evaluate(*expression.operands[0], row));
  if (op == Operator::kIsNull) return CypherValue{IsNull(a)};
  if (op == Operator::kIsNotNull) return CypherValue{!IsNull(a)};
  if (op == Operator::kNegate) {
    if (IsNull(a)) return CypherValue{};
    return Arithmetic(expression, CypherValue{int64_t{-1}}, a);
  }
  FANIN_ASSIGN_OR_RETURN(const CypherValue b, Evaluate(*expression.operands[1], row));
  if (IsNull(a) || IsNull(b)) return CypherValue{};
  switch (op) {
    case Operator::kEqual: return CypherValue{Compare(a, b) == 0};
    case Operator::kNotEqual: return CypherValue{Compare(a, b) != 0};
    case Operator::kLess:
    case Operator::kLessEqual:
    case Operator::kGreater:
    case Operator::kGreaterEqual: {
      if (TypeRank(a) != TypeRank(b)) return CypherValue{};  // values of two types have no order in Cypher
      const int order = Compare(a, b);
      return CypherValue{op == Operator::kLess        ? order < 0
                         : op == Operator::kLessEqual ? order <= 0
                         : op == Operator::kGreater   ? order > 0
                                                      : order >= 0};
    }
    case Operator::kRegex: return MatchRegex(expression, a, b);
    case Operator::kStartsWith:
    case Operator::kEndsWith:
    case Operator::kContains: {
      const auto* text = Get<std::string>(a);
      const auto* part = Get<std::string>(b);
      if (text == nullptr || part == nullptr) return CypherValue{};
      return CypherValue{op == Operator::kStartsWith ? text->starts_with(*part)
                         : op == Operator::kEndsWith ? text->ends_with(*part)
                                                     : text->contains(*part)};
    }
    case Operator::kIn: {
      const auto* list = Get<CypherValue::List>(b);
      if (list == nullptr) return std::unexpected(ErrorAtExpression(expression, "IN needs a list"));
      return CypherValue{std::ranges::any_of(*list, [&](const CypherValue& item) { return Compare(a, item) == 0; })};
    }
    default: return Arithmetic(expression, a, b);
  }
}

}  // namespace fanin::graph::cypher
