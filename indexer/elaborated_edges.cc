#include "indexer/elaborated_edges.h"

#include <limits>
#include <utility>

#include "slang/ast/symbols/MemberSymbols.h"
#include "slang/ast/symbols/VariableSymbols.h"
#include "slang/ast/types/AllTypes.h"

namespace fanin::indexer {
namespace {

using namespace slang::ast;
using graph::BitRange;
using graph::ElaboratedEdge;
using graph::NodeId;

// Distinct bit ranges of one edge that are kept apart.
constexpr size_t kMaxRanges = 256;

}  // namespace

void EdgeSink::Add(ElaboratedEdge edge) {
  if (edge.from == NodeId{} || edge.to == NodeId{}) {
    ++unplaced_;
    return;
  }
  if (edge.kind == graph::EdgeKind::kDrives) drives_.emplace(edge.from, edge.to);
  const Ranges ranges{edge.from_range.msb, edge.from_range.lsb, edge.to_range.msb, edge.to_range.lsb};
  const Key key{edge.kind, edge.from, edge.to, edge.statement, edge.role, edge.assignment, edge.guard + edge.text};
  const auto [entry, is_new] = edges_.try_emplace(key);
  if (is_new) entry->second.first = std::move(edge);
  entry->second.second.insert(ranges);
}

void EdgeSink::MoveTo(graph::ElaboratedFacts& facts) {
  for (auto& [key, entry] : edges_) {
    auto& [edge, ranges] = entry;
    if (ranges.size() > kMaxRanges) {
      edge.from_range = edge.to_range = {};
      facts.edges.push_back(std::move(edge));
      continue;
    }
    for (const auto& [from_msb, from_lsb, to_msb, to_lsb] : ranges) {
      edge.from_range = {from_msb, from_lsb};
      edge.to_range = {to_msb, to_lsb};
      facts.edges.push_back(edge);
    }
  }
  edges_.clear();
  drives_.clear();
  facts.unplaced += std::exchange(unplaced_, 0);
}

NodeId EdgeSink::NodeOf(const ValueSymbol& symbol) {
  const Symbol* at = &symbol;
  while (at->kind == SymbolKind::ModportPort && at->as<ModportPortSymbol>().internalSymbol != nullptr) {
    at = at->as<ModportPortSymbol>().internalSymbol;
  }
  return nodes_.NodeOf(*at);
}

BitRange EdgeSink::RangeOf(const ValueSymbol& symbol, uint64_t low, uint64_t high) {
  const Type& type = symbol.getType();
  const uint64_t width = type.getSelectableWidth();
  if (low == 0 && high + 1 >= width) return {};
  if (high > std::numeric_limits<int32_t>::max()) return {};
  const auto index = [&](uint64_t bit) {
    const auto offset = static_cast<int32_t>(bit);
    if (!type.isSimpleBitVector() || !type.hasFixedRange()) return offset;
    const slang::ConstantRange range = type.getFixedRange();
    return range.isDescending() ? range.right + offset : range.right - offset;
  };
  return {index(high), index(low)};
}

}  // namespace fanin::indexer
