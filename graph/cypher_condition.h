// Conditions that are patterns, e.g. WHERE NOT (:Instance)-[:INSTANTIATES]->(m): whether a row has a match is answered
// for many rows at once, as a semi-join, and remembered.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "graph/cypher_ast.h"
#include "graph/cypher_eval.h"
#include "graph/cypher_match.h"

namespace fanin::graph::cypher {

class PatternConditions {
 public:
  // References must outlive it.
  PatternConditions(const Snapshot& snapshot, const CypherRequest& request, const Evaluator::SlotMap& slots,
                    Evaluator& evaluator, Work& work)
      : snapshot_(snapshot), request_(request), slots_(slots), evaluator_(evaluator), work_(work) {}

  // Answers a pattern for all rows, walking from them or, once as many rows were asked about as the pattern's own most
  // selective node has candidates, from there: then all rows that will ever be asked about are answered by one walk. A
  // limit may stop it. REQUIRES: the pattern outlives it and NameEverything has named it.
  base::Status Prepare(const PathPattern& pattern, std::span<const Row> rows);
  // nullopt: a limit stopped the walk before it was known.
  base::Result<std::optional<bool>> Holds(const PathPattern& pattern, const Row& row);

 private:
  struct Condition {
    std::vector<size_t> outer;               // slots that a row fills
    std::unique_ptr<Matcher> from_rows;      // walks with them filled
    std::unique_ptr<Matcher> from_itself;    // walks with none filled; null: its properties depend on the row
    uint64_t asked = 0;                      // rows
    bool complete = false;                   // what is not among the answers does not match
    std::map<Row, bool, RowLess> answers{};  // by the values of `outer`
  };
  base::Result<Condition*> Find(const PathPattern& pattern);
  base::Status Match(Condition& condition, Matcher& matcher, std::vector<Row> rows);
  static Row KeyOf(const Condition& condition, const Row& row);

  const Snapshot& snapshot_;
  const CypherRequest& request_;
  const Evaluator::SlotMap& slots_;
  Evaluator& evaluator_;
  Work& work_;
  std::unordered_map<const PathPattern*, Condition> conditions_;
};

}  // namespace fanin::graph::cypher
