// Evaluator, functions: scalars over one row, aggregates over the rows of a group.
#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <memory>
#include <utility>

#include "graph/cypher_eval.h"
#include "graph/cypher_schema.h"

namespace fanin::graph::cypher {
namespace {

constexpr std::array<std::string_view, 6> kAggregates = {"count", "collect", "min", "max", "sum", "avg"};
constexpr std::array<std::string_view, 13> kScalars = {"id",       "labels",  "type",         "length",    "size",
                                                       "tolower",  "toupper", "nodes",        "startnode", "endnode",
                                                       "coalesce", "abs",     "relationships"};

}  // namespace

bool IsAggregate(std::string_view function) { return std::ranges::find(kAggregates, function) != kAggregates.end(); }

bool HasAggregate(const Expression& expression) {
  if (expression.kind == Expression::Kind::kFunction && IsAggregate(expression.name)) return true;
  return std::ranges::any_of(expression.operands, [](const ExpressionPtr& operand) { return HasAggregate(*operand); });
}

bool IsScalar(std::string_view function) { return std::ranges::find(kScalars, function) != kScalars.end(); }

base::Result<CypherValue> Evaluator::Call(const Expression& expression, const Row& row) {
  std::vector<CypherValue> arguments;
  for (const ExpressionPtr& operand : expression.operands) {
    FANIN_ASSIGN_OR_RETURN(CypherValue value, Evaluate(*operand, row));
    if (expression.name == "coalesce" && !IsNull(value)) return value;
    arguments.push_back(std::move(value));
  }
  const CypherValue& argument = arguments[0];
  if (IsNull(argument)) return CypherValue{};
  const std::string& name = expression.name;
  const auto* node = Get<NodeRef>(argument);
  const auto* edge = Get<std::shared_ptr<const Edge>>(argument);
  const auto* list = Get<CypherValue::List>(argument);
  const auto* text = Get<std::string>(argument);
  if ((name == "id" || name == "labels") && node != nullptr) {
    FANIN_ASSIGN_OR_RETURN(const NodeHandle handle, Node(*node));
    if (name == "id") return CypherValue{snapshot_.IdOf(handle).ToHex()};
    return CypherValue{CypherValue::List{{LabelOf(handle->kind)}}};
  }
  if (edge != nullptr) {
    if (name == "type") return CypherValue{TypeOf((*edge)->kind)};
    if (name == "startnode") return CypherValue{(*edge)->from};
    if (name == "endnode") return CypherValue{(*edge)->to};
  }
  if (list != nullptr) {
    if (name == "size") return CypherValue{static_cast<int64_t>(list->size())};
    if (name == "length") return CypherValue{static_cast<int64_t>(list->size() / 2)};  // nodes and edges alternate
    if (name == "nodes" || name == "relationships") {
      CypherValue::List part;
      for (const CypherValue& item : *list) {
        if ((Get<NodeRef>(item) != nullptr) == (name == "nodes")) part.push_back(item);
      }
      return CypherValue{std::move(part)};
    }
  }
  if (text != nullptr) {
    if (name == "size") return CypherValue{static_cast<int64_t>(text->size())};
    if (name == "tolower" || name == "toupper") {
      std::string changed = *text;
      std::ranges::transform(changed, changed.begin(), [&](unsigned char c) {
        return static_cast<char>(name == "tolower" ? std::tolower(c) : std::toupper(c));
      });
      return CypherValue{std::move(changed)};
    }
  }
  if (name == "abs") {
    if (const auto* integer = Get<int64_t>(argument)) return CypherValue{*integer < 0 ? -*integer : *integer};
    if (const auto* real = Get<double>(argument)) return CypherValue{std::fabs(*real)};
  }
  return std::unexpected(ErrorAtExpression(expression, name + "() does not take such a value"));
}

base::Result<CypherValue> Evaluator::Aggregate(const Expression& expression, const std::vector<Row>& group) {
  if (expression.star) return CypherValue{static_cast<int64_t>(group.size())};
  CypherValue::List values;
  for (const Row& row : group) {
    FANIN_ASSIGN_OR_RETURN(CypherValue value, Evaluate(*expression.operands[0], row));
    if (!IsNull(value)) values.push_back(std::move(value));
  }
  const auto less = [](const CypherValue& a, const CypherValue& b) { return Compare(a, b) < 0; };
  if (expression.distinct) {
    std::ranges::sort(values, less);
    const auto rest =
        std::ranges::unique(values, [](const CypherValue& a, const CypherValue& b) { return Compare(a, b) == 0; });
    values.erase(rest.begin(), rest.end());
  }
  if (expression.name == "count") return CypherValue{static_cast<int64_t>(values.size())};
  if (expression.name == "collect") return CypherValue{std::move(values)};
  if (expression.name == "min" || expression.name == "max") {
    if (values.empty()) return CypherValue{};
    return expression.name == "min" ? *std::ranges::min_element(values, less) : *std::ranges::max_element(values, less);
  }
  double sum = 0;
  bool integers = true;
  for (const CypherValue& value : values) {
    const std::optional<double> number = AsNumber(value);
    if (!number) return std::unexpected(ErrorAtExpression(expression, expression.name + "() needs numbers"));
    integers = integers && Get<int64_t>(value) != nullptr;
    sum += *number;
  }
  if (expression.name == "avg")
    return values.empty() ? CypherValue{} : CypherValue{sum / static_cast<double>(values.size())};
  return integers ? CypherValue{static_cast<int64_t>(sum)} : CypherValue{sum};
}

}  // namespace fanin::graph::cypher
