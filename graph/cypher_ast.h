// The syntax tree of a query in Fanin's read-only subset of openCypher (docs/query_language.md). Plain data; every node
// knows its position in the query text for error messages.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace fanin::graph::cypher {

struct Null {
  friend bool operator==(Null, Null) { return true; }
};

// A literal or parameter value. Lists nest.
struct Literal {
  std::variant<Null, bool, int64_t, double, std::string, std::vector<Literal>> value;
  friend bool operator==(const Literal&, const Literal&) = default;
};
using Parameters = std::map<std::string, Literal>;

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;

// {key: value, ...} of a node or relationship pattern.
using PropertyMap = std::vector<std::pair<std::string, ExpressionPtr>>;

struct NodePattern {
  std::string variable;             // empty: anonymous
  std::vector<std::string> labels;  // any of them (":A|B"); empty: all
  PropertyMap properties;
  size_t position = 0;
};

enum class Arrow : uint8_t { kRight, kLeft, kEither };

struct RelationshipPattern {
  std::string variable;
  std::vector<std::string> types;  // any of them; empty: all
  PropertyMap properties;
  Arrow arrow = Arrow::kEither;
  bool variable_length = false;  // "*", "*2", "*1..4"
  uint32_t min_hops = 1;
  uint32_t max_hops = 1;
  size_t position = 0;
};

// (n0)-[r0]-(n1)-[r1]-(n2) ...: one more node than relationships.
struct PathPattern {
  std::string variable;  // "p = (...)"
  std::vector<NodePattern> nodes;
  std::vector<RelationshipPattern> relationships;
  size_t position = 0;
};

enum class Operator : uint8_t {
  kOr,
  kXor,
  kAnd,
  kNot,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kRegex,
  kStartsWith,
  kEndsWith,
  kContains,
  kIn,
  kIsNull,
  kIsNotNull,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kNegate,
};

struct Expression {
  enum class Kind : uint8_t { kLiteral, kParameter, kVariable, kProperty, kOperator, kFunction, kList, kPattern };
  Kind kind = Kind::kLiteral;
  size_t position = 0;
  Literal literal;                       // kLiteral
  std::string name;                      // kParameter, kVariable, kProperty (the key), kFunction (lower case)
  Operator op = Operator::kAnd;          // kOperator
  bool distinct = false;                 // kFunction: count(DISTINCT x)
  bool star = false;                     // kFunction: count(*)
  std::vector<ExpressionPtr> operands;   // kOperator, kFunction, kList; kProperty: the owner
  std::unique_ptr<PathPattern> pattern;  // kPattern: true where it matches
};

struct ReturnItem {
  ExpressionPtr expression;
  std::string alias;  // column name: as given by AS, else the item's own text
};

struct SortItem {
  ExpressionPtr expression;
  bool descending = false;
};

struct Query {
  std::vector<PathPattern> patterns;  // all MATCH clauses together
  ExpressionPtr where;                // null: none; several WHEREs are joined by AND
  bool distinct = false;
  bool return_all = false;  // RETURN *
  std::vector<ReturnItem> items;
  std::vector<SortItem> order_by;
  ExpressionPtr skip;
  ExpressionPtr limit;
};

}  // namespace fanin::graph::cypher
