// The edges of an elaborated definition, collected.
#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "graph/elaborated.h"
#include "indexer/elaborated_nodes.h"
#include "slang/ast/symbols/ValueSymbol.h"

namespace fanin::indexer {

// Collects the edges of one specialised definition. Distinct bit ranges of one edge are kept up to a limit, then
// joined.
class EdgeSink {
 public:
  explicit EdgeSink(ElaboratedNodes& nodes) : nodes_(nodes) {}

  ElaboratedNodes& nodes() { return nodes_; }
  // An edge one of whose ends is zero is counted as unplaced.
  void Add(graph::ElaboratedEdge edge);
  // Whether a drives edge between the two was added.
  bool HasDrive(const graph::NodeId& statement, const graph::NodeId& target) const {
    return drives_.contains({statement, target});
  }
  void MoveTo(graph::ElaboratedFacts& facts);

  // The node of a signal, through a modport to the interface's own.
  graph::NodeId NodeOf(const slang::ast::ValueSymbol& symbol);
  // Bits of a symbol as BitRange tells them; unknown when they are all.
  static graph::BitRange RangeOf(const slang::ast::ValueSymbol& symbol, uint64_t low, uint64_t high);

 private:
  using Key = std::tuple<graph::EdgeKind, graph::NodeId, graph::NodeId, graph::NodeId, graph::Role, graph::Assignment,
                         std::string>;
  using Ranges = std::tuple<int32_t, int32_t, int32_t, int32_t>;  // from, to

  ElaboratedNodes& nodes_;
  std::map<Key, std::pair<graph::ElaboratedEdge, std::set<Ranges>>> edges_;
  std::set<std::pair<graph::NodeId, graph::NodeId>> drives_;
  uint32_t unplaced_ = 0;
};

}  // namespace fanin::indexer
