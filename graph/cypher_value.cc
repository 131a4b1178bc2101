#include "graph/cypher_value.h"

#include <algorithm>
#include <memory>
#include <tuple>

namespace fanin::graph::cypher {
namespace {

int Sign(auto a, auto b) { return a < b ? -1 : (b < a ? 1 : 0); }

auto EdgeKey(const Edge& edge) {
  return std::tuple(edge.from, edge.to, edge.kind, edge.statement, edge.role, edge.from_range.msb, edge.from_range.lsb,
                    edge.to_range.msb, edge.to_range.lsb, std::string_view(edge.text), std::string_view(edge.guard));
}

}  // namespace

CypherValue FromLiteral(const Literal& literal) {
  return std::visit(
      [](const auto& value) -> CypherValue {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::vector<Literal>>) {
          CypherValue::List list;
          for (const Literal& item : value) list.push_back(FromLiteral(item));
          return {std::move(list)};
        } else {
          return {value};
        }
      },
      literal.value);
}

std::optional<double> AsNumber(const CypherValue& value) {
  if (const auto* integer = Get<int64_t>(value)) return static_cast<double>(*integer);
  if (const auto* real = Get<double>(value)) return *real;
  return std::nullopt;
}

size_t TypeRank(const CypherValue& value) {
  if (IsNull(value)) return SIZE_MAX;
  return AsNumber(value) ? 2 : value.value.index();
}

bool IsNull(const CypherValue& value) { return std::holds_alternative<Null>(value.value); }

int Compare(const CypherValue& a, const CypherValue& b) {
  if (const int by_type = Sign(TypeRank(a), TypeRank(b)); by_type != 0 || IsNull(a)) return by_type;
  if (AsNumber(a)) return Sign(*AsNumber(a), *AsNumber(b));
  if (const auto* x = Get<std::string>(a)) return Sign(x->compare(*Get<std::string>(b)), 0);
  if (const auto* x = Get<bool>(a)) return Sign(*x, *Get<bool>(b));
  if (const auto* x = Get<NodeRef>(a)) return Sign(*x, *Get<NodeRef>(b));
  if (const auto* x = Get<std::shared_ptr<const Edge>>(a)) {
    return Sign(EdgeKey(**x), EdgeKey(**Get<std::shared_ptr<const Edge>>(b)));
  }
  const auto& x = *Get<CypherValue::List>(a);
  const auto& y = *Get<CypherValue::List>(b);
  for (size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
    if (const int by_item = Compare(x[i], y[i]); by_item != 0) return by_item;
  }
  return Sign(x.size(), y.size());
}

bool RowLess::operator()(const Row& a, const Row& b) const {
  return std::ranges::lexicographical_compare(
      a, b, [](const CypherValue& x, const CypherValue& y) { return Compare(x, y) < 0; });
}

}  // namespace fanin::graph::cypher
