// Values of a query's rows: what they are compared, ordered and grouped by.
#pragma once

#include <cstddef>
#include <optional>
#include <variant>
#include <vector>

#include "graph/cypher.h"
#include "graph/cypher_ast.h"

namespace fanin::graph::cypher {

// Values by slot; a slot is a variable of the pattern, named or not.
using Row = std::vector<CypherValue>;

template <typename T>
const T* Get(const CypherValue& value) {
  return std::get_if<T>(&value.value);
}

bool IsNull(const CypherValue& value);
CypherValue FromLiteral(const Literal& literal);
// nullopt: it is no number.
std::optional<double> AsNumber(const CypherValue& value);
// Numbers compare with numbers whatever their type; null sorts last.
size_t TypeRank(const CypherValue& value);
// Total order over all values for ORDER BY, DISTINCT and grouping: by type, then value; null last.
int Compare(const CypherValue& a, const CypherValue& b);
struct RowLess {
  bool operator()(const Row& a, const Row& b) const;
};

}  // namespace fanin::graph::cypher
