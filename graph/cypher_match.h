// Matching patterns against a snapshot: planning from the most selective end, then walking in bounded batches.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "graph/cypher_ast.h"
#include "graph/cypher_eval.h"
#include "graph/cypher_schema.h"

namespace fanin::graph::cypher {

// Work done and allowed, shared by all matchers of one query.
struct Work {
  uint64_t max_edges = 0;
  std::optional<std::chrono::steady_clock::time_point> deadline;
  uint64_t nodes = 0;
  uint64_t edges = 0;
  bool exhausted = false;  // a limit stopped the walk

  // Whether the walk must stop; sets exhausted.
  bool Stop();
};

// Matches a list of connected or separate path patterns under conditions. Every node and relationship of the patterns
// must have a variable with a slot (NameEverything does that).
class Matcher {
 public:
  // `bound`: slots that the given rows have filled already. `reachability`: only whether ends are connected matters,
  // not by how many ways, so a variable-length walk visits each node once. `is_settled`: rows for which nothing more
  // need be found. References must outlive the matcher.
  struct Options {
    std::vector<bool> bound = {};
    bool reachability = false;
    std::function<bool(const Row&)> is_settled = {};
  };
  static base::Result<std::unique_ptr<Matcher>> Plan(const Snapshot& snapshot, const CypherRequest& request,
                                                     const std::vector<const PathPattern*>& patterns,
                                                     const Expression* where, const Evaluator::SlotMap& slots,
                                                     Evaluator& evaluator, Work& work, const Options& options);

  // Calls emit(row) for each match that extends one of the rows, until it returns false.
  base::Status Run(std::vector<Row> rows, const std::function<base::Result<bool>(const Row&)>& emit);
  // Candidates of the node that it starts at; 0: it starts at what the rows fill.
  double start_cost() const { return steps_.empty() ? 0 : steps_.front().cost; }
  std::string ToString() const;

 private:
  struct NodeSlot {
    std::string variable;
    KindMask kinds = kAllKinds;
  };
  struct Step {
    enum class Kind : uint8_t { kScan, kExpand } kind = Kind::kScan;
    size_t node = 0;  // kScan: slot; kExpand: slot of the far node
    size_t from = 0;  // kExpand: slot walked from
    size_t edge = 0;  // kExpand: slot of the relationship
    const RelationshipPattern* pattern = nullptr;
    bool forward = true;  // walked in the pattern's writing direction
    bool far_bound = false;
    EdgeMask types = kAllEdges;
    std::vector<const Expression*> hop_conditions;                   // hold for each edge
    std::vector<const Expression*> conditions;                       // hold once the step's slots are filled
    std::vector<const Expression*> pattern_conditions;               // likewise; answered for all its rows at once
    double cost = 0;                                                 // kScan: candidates expected
    std::string label;                                               // for ToString
    std::function<base::Result<std::vector<NodeRef>>()> candidates;  // kScan
  };
  struct Binding {
    const PathPattern* path = nullptr;
    size_t slot = 0;
  };

  Matcher(const Snapshot& snapshot, const CypherRequest& request, const Evaluator::SlotMap& slots, Evaluator& evaluator,
          Work& work)
      : snapshot_(snapshot), request_(request), slots_(slots), evaluator_(evaluator), work_(work) {}

  using Emit = std::function<base::Result<bool>(const Row&)>;
  base::Status ReadPatterns(const std::vector<const PathPattern*>& patterns);
  base::Status PlanSteps(const std::vector<const PathPattern*>& patterns, const Options& options);
  // A way to list the candidates of a node and how many to expect.
  struct Access {
    double cost = 0;
    std::string label;
    std::function<base::Result<std::vector<NodeRef>>()> list;
  };
  base::Result<Access> BestAccess(const std::string& variable) const;
  // By what one condition demands of a node's name, path or id; infinite cost: nothing that helps.
  base::Result<Access> AccessByText(const std::string& variable, const Expression& conjunct) const;
  void AttachConditions(Step& step, const std::vector<bool>& bound);

  base::Result<bool> RunStep(size_t step, std::vector<Row> rows, const Emit& emit);
  base::Result<bool> Scan(const Step& step, size_t index, std::vector<Row> rows, const Emit& emit);
  base::Result<bool> Expand(const Step& step, size_t index, std::vector<Row> rows, const Emit& emit);
  base::Result<bool> ExpandFar(const Step& step, size_t index, const Row& row, const Emit& emit);
  base::Result<bool> Flush(size_t index, std::vector<Row>& rows, const Emit& emit);
  bool IsSettled(const Row& row) const { return is_settled_ && is_settled_(row); }
  base::Result<bool> Accept(const Step& step, Row& row);
  base::Result<std::vector<std::vector<Edge>>> EdgesOf(const std::vector<NodeRef>& refs, const Step& step);
  base::Result<bool> HopHolds(const Step& step, Row& row, const std::shared_ptr<const Edge>& edge);
  base::Result<bool> KindHolds(size_t slot, NodeRef ref);
  bool UsedBefore(const Row& row, const Edge& edge) const;

  const Snapshot& snapshot_;
  const CypherRequest& request_;
  const Evaluator::SlotMap& slots_;
  Evaluator& evaluator_;
  Work& work_;
  bool reachability_ = false;
  std::function<bool(const Row&)> is_settled_;
  std::vector<size_t> given_;                   // slots filled by the rows whose kind the patterns restrict
  std::unordered_map<size_t, KindMask> kinds_;  // by node slot
  std::vector<const Expression*> conjuncts_;    // of WHERE and node property maps
  std::vector<bool> attached_;
  std::vector<ExpressionPtr> owned_;                                           // conditions made from property maps
  std::unordered_map<size_t, std::vector<const Expression*>> hop_conditions_;  // by relationship slot
  std::vector<size_t> edge_slots_;
  std::vector<Binding> paths_;
  std::vector<Step> steps_;
};

// Gives every unnamed node and relationship a variable of its own and every variable a slot.
void NameEverything(PathPattern& pattern, Evaluator::SlotMap& slots);

}  // namespace fanin::graph::cypher
