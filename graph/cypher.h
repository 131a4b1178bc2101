// Queries by pattern: a read-only subset of openCypher over one snapshot. Language, properties and examples:
// docs/query_language.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "graph/cypher_ast.h"
#include "graph/elaboration.h"
#include "graph/snapshot.h"

namespace fanin::graph {

struct CypherRequest {
  std::string text;
  cypher::Parameters parameters;
  uint64_t max_rows = 10000;       // rows returned at most; more sets `truncated`
  uint64_t max_edges = 5'000'000;  // edges looked at; the work limit
  std::optional<std::chrono::steady_clock::time_point> deadline;
  // Not null: a design whose edges stand in place of tier 1's, and that elaborated properties come from. REQUIRES: of
  // the same snapshot, outliving the call.
  const Elaboration* elaboration = nullptr;
};

// One value of a row. A list holds values of any kind; a path is the list of its nodes and edges, alternating.
struct CypherValue {
  using List = std::vector<CypherValue>;
  std::variant<cypher::Null, bool, int64_t, double, std::string, NodeRef, std::shared_ptr<const Edge>, List> value;
};

struct CypherResult {
  std::vector<std::string> columns;
  std::vector<std::vector<CypherValue>> rows;
  bool truncated = false;  // by max_rows, max_edges or the deadline (not by the query's own LIMIT)
  uint64_t nodes_visited = 0;
  uint64_t edges_visited = 0;
  std::string plan;  // one line: where it starts and how it walks
};

// Runs a query. Starts at the pattern node expected to have the fewest candidates (an equal name or id, then a label),
// walks relationships from what is bound, and applies each condition as soon as its variables are. Errors:
// INVALID_ARGUMENT with the place in the text (syntax, unknown variable, label, type, property, function, parameter, a
// type that does not fit).
base::Result<CypherResult> RunCypher(const Snapshot& snapshot, const CypherRequest& request);

}  // namespace fanin::graph
