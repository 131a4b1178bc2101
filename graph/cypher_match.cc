// Matcher, running: rows flow through the steps in batches.
#include "graph/cypher_match.h"

#include <algorithm>
#include <set>
#include <utility>

namespace fanin::graph::cypher {
namespace {

constexpr size_t kBatchRows = 512;

bool SameEdge(const Edge& a, const Edge& b) {
  return a.kind == b.kind && a.from == b.from && a.to == b.to && a.statement == b.statement && a.role == b.role &&
         a.from_range == b.from_range && a.to_range == b.to_range && a.text == b.text && a.guard == b.guard;
}

}  // namespace

bool Work::Stop() {
  constexpr uint64_t kClockEvery = 256;
  if (edges > max_edges) exhausted = true;
  if (deadline && (nodes + edges) % kClockEvery == 0 && std::chrono::steady_clock::now() >= *deadline) exhausted = true;
  return exhausted;
}

base::Status Matcher::Run(std::vector<Row> rows, const std::function<base::Result<bool>(const Row&)>& emit) {
  std::vector<Row> fitting;
  for (Row& row : rows) {
    bool fits = true;
    for (const size_t slot : given_) {
      FANIN_ASSIGN_OR_RETURN(const bool kind_holds, KindHolds(slot, std::get<NodeRef>(row[slot].value)));
      fits = fits && kind_holds;
    }
    if (fits) fitting.push_back(std::move(row));
  }
  FANIN_ASSIGN_OR_RETURN([[maybe_unused]] const bool finished, RunStep(0, std::move(fitting), emit));
  return {};
}

base::Result<bool> Matcher::RunStep(size_t step, std::vector<Row> rows, const Emit& emit) {
  if (step == steps_.size()) {
    for (const Row& row : rows) {
      FANIN_ASSIGN_OR_RETURN(const bool go_on, emit(row));
      if (!go_on) return false;
    }
    return true;
  }
  return steps_[step].kind == Step::Kind::kScan ? Scan(steps_[step], step, std::move(rows), emit)
                                                : Expand(steps_[step], step, std::move(rows), emit);
}

base::Result<bool> Matcher::Flush(size_t index, std::vector<Row>& rows, const Emit& emit) {
  for (const Expression* condition : steps_[index].pattern_conditions) {
    FANIN_RETURN_IF_ERROR(evaluator_.Prepare(*condition, rows));
    if (work_.exhausted) return false;
    std::vector<Row> holding;
    for (Row& row : rows) {
      FANIN_ASSIGN_OR_RETURN(const bool holds, evaluator_.IsTrue(*condition, row));
      if (holds) holding.push_back(std::move(row));
    }
    rows = std::move(holding);
  }
  if (rows.empty()) return true;
  return RunStep(index + 1, std::exchange(rows, {}), emit);
}

base::Result<bool> Matcher::KindHolds(size_t slot, NodeRef ref) {
  const auto kinds = kinds_.find(slot);
  if (kinds == kinds_.end() || kinds->second == kAllKinds) return true;
  FANIN_ASSIGN_OR_RETURN(const NodeHandle node, evaluator_.Node(ref));
  return (Bit(node->kind) & kinds->second) != 0;
}

base::Result<bool> Matcher::Accept(const Step& step, Row& row) {
  FANIN_ASSIGN_OR_RETURN(const bool kind_holds, KindHolds(step.node, std::get<NodeRef>(row[step.node].value)));
  if (!kind_holds) return false;
  for (const Binding& binding : paths_) {
    CypherValue::List parts;
    for (size_t i = 0; i < binding.path->nodes.size(); ++i) {
      if (i > 0) {
        const CypherValue& edge = row[slots_.at(binding.path->relationships[i - 1].variable)];
        if (const auto* hops = std::get_if<CypherValue::List>(&edge.value)) {
          // A walked relationship lists its edges; the nodes between come from them.
          NodeRef at = std::get<NodeRef>(parts.back().value);
          for (size_t h = 0; h < hops->size(); ++h) {
            const Edge& hop = *std::get<std::shared_ptr<const Edge>>((*hops)[h].value);
            at = hop.from == at ? hop.to : hop.from;
            parts.push_back((*hops)[h]);
            if (h + 1 < hops->size()) parts.push_back({at});
          }
          if (hops->empty()) continue;  // zero hops: both ends are one node
        } else {
          parts.push_back(edge);
        }
      }
      parts.push_back(row[slots_.at(binding.path->nodes[i].variable)]);
      if (IsNull(parts.back())) break;  // not walked yet
    }
    row[binding.slot] = {std::move(parts)};
  }
  for (const Expression* condition : step.conditions) {
    FANIN_ASSIGN_OR_RETURN(const bool holds, evaluator_.IsTrue(*condition, row));
    if (!holds) return false;
  }
  return true;
}

base::Result<bool> Matcher::Scan(const Step& step, size_t index, std::vector<Row> rows, const Emit& emit) {
  FANIN_ASSIGN_OR_RETURN(const std::vector<NodeRef> candidates, step.candidates());
  std::vector<Row> out;
  for (const Row& row : rows) {
    for (size_t begin = 0; begin < candidates.size(); begin += kBatchRows) {
      const size_t end = std::min(begin + kBatchRows, candidates.size());
      FANIN_RETURN_IF_ERROR(evaluator_.Prefetch({candidates.begin() + static_cast<std::ptrdiff_t>(begin),
                                                 candidates.begin() + static_cast<std::ptrdiff_t>(end)}));
      for (size_t i = begin; i < end; ++i) {
        ++work_.nodes;
        if (work_.Stop()) return false;
        Row next = row;
        next[step.node] = {candidates[i]};
        FANIN_ASSIGN_OR_RETURN(const bool accepted, Accept(step, next));
        if (accepted) out.push_back(std::move(next));
      }
      FANIN_ASSIGN_OR_RETURN(const bool go_on, Flush(index, out, emit));
      if (!go_on) return false;
    }
  }
  return true;
}

base::Result<std::vector<std::vector<Edge>>> Matcher::EdgesOf(const std::vector<NodeRef>& refs, const Step& step) {
  const Arrow arrow = step.pattern->arrow;
  std::vector<std::vector<Edge>> edges(refs.size());
  for (const Direction direction : {Direction::kOut, Direction::kIn}) {
    const bool written = (direction == Direction::kOut) == step.forward;
    if (arrow != Arrow::kEither && (arrow == Arrow::kRight) != written) continue;
    FANIN_ASSIGN_OR_RETURN(auto some, GetEdges(snapshot_, request_.elaboration, refs, direction, step.types));
    for (size_t i = 0; i < refs.size(); ++i) {
      work_.edges += some[i].size();
      for (Edge& edge : some[i]) {
        if (arrow == Arrow::kEither && direction == Direction::kIn && edge.from == edge.to) continue;  // came with kOut
        edges[i].push_back(std::move(edge));
      }
    }
  }
  return edges;
}

bool Matcher::UsedBefore(const Row& row, const Edge& edge) const {
  return std::ranges::any_of(edge_slots_, [&](size_t slot) {
    if (const auto* single = std::get_if<std::shared_ptr<const Edge>>(&row[slot].value))
      return SameEdge(**single, edge);
    if (const auto* hops = std::get_if<CypherValue::List>(&row[slot].value)) {
      return std::ranges::any_of(*hops, [&](const CypherValue& hop) {
        return SameEdge(*std::get<std::shared_ptr<const Edge>>(hop.value), edge);
      });
    }
    return false;
  });
}

base::Result<bool> Matcher::HopHolds(const Step& step, Row& row, const std::shared_ptr<const Edge>& edge) {
  if (step.hop_conditions.empty()) return true;
  CypherValue before = std::exchange(row[step.edge], CypherValue{edge});
  bool holds = true;
  for (const Expression* condition : step.hop_conditions) {
    FANIN_ASSIGN_OR_RETURN(holds, evaluator_.IsTrue(*condition, row));
    if (!holds) break;
  }
  row[step.edge] = std::move(before);
  return holds;
}

base::Result<bool> Matcher::Expand(const Step& step, size_t index, std::vector<Row> rows, const Emit& emit) {
  if (step.pattern->variable_length) {
    for (const Row& row : rows) {
      if (IsSettled(row)) continue;
      FANIN_ASSIGN_OR_RETURN(const bool go_on, ExpandFar(step, index, row, emit));
      if (!go_on) return false;
    }
    return true;
  }
  std::erase_if(rows, [this](const Row& row) { return IsSettled(row); });
  std::vector<NodeRef> refs;
  for (const Row& row : rows) refs.push_back(std::get<NodeRef>(row[step.from].value));
  std::ranges::sort(refs);
  refs.erase(std::ranges::unique(refs).begin(), refs.end());
  FANIN_ASSIGN_OR_RETURN(const auto edges, EdgesOf(refs, step));
  std::vector<NodeRef> far;
  for (const auto& some : edges) {
    for (const Edge& edge : some) {
      far.push_back(edge.from);
      far.push_back(edge.to);
    }
  }
  FANIN_RETURN_IF_ERROR(evaluator_.Prefetch(far));
  std::vector<Row> out;
  for (Row& row : rows) {
    const NodeRef from = std::get<NodeRef>(row[step.from].value);
    const size_t at = static_cast<size_t>(std::ranges::lower_bound(refs, from) - refs.begin());
    for (const Edge& edge : edges[at]) {
      if (work_.Stop()) return false;
      const NodeRef to = edge.from == from ? edge.to : edge.from;
      if (step.far_bound && std::get<NodeRef>(row[step.node].value) != to) continue;
      if (UsedBefore(row, edge)) continue;
      const auto shared = std::make_shared<const Edge>(edge);
      FANIN_ASSIGN_OR_RETURN(const bool holds, HopHolds(step, row, shared));
      if (!holds) continue;
      Row next = row;
      next[step.edge] = {shared};
      next[step.node] = {to};
      FANIN_ASSIGN_OR_RETURN(const bool accepted, Accept(step, next));
      if (accepted) out.push_back(std::move(next));
      if (out.size() >= kBatchRows) {
        FANIN_ASSIGN_OR_RETURN(const bool go_on, Flush(index, out, emit));
        if (!go_on) return false;
      }
    }
  }
  return Flush(index, out, emit);
}

// Paths of min..max hops, breadth first. Edges are not repeated within a path; under reachability, nodes are not
// visited twice.
base::Result<bool> Matcher::ExpandFar(const Step& step, size_t index, const Row& start, const Emit& emit) {
  struct Partial {
    NodeRef at;
    CypherValue::List edges;
  };
  const bool visit_once = reachability_ && step.pattern->min_hops <= 1;
  const NodeRef origin = std::get<NodeRef>(start[step.from].value);
  std::vector<Partial> frontier = {{origin, {}}};
  std::set<NodeRef> visited;
  std::vector<Row> out;
  for (uint32_t hops = 0; !frontier.empty(); ++hops) {
    if (hops >= step.pattern->min_hops) {
      for (const Partial& partial : frontier) {
        if (step.far_bound && std::get<NodeRef>(start[step.node].value) != partial.at) continue;
        Row next = start;
        CypherValue::List edges = partial.edges;
        if (!step.forward) std::ranges::reverse(edges);
        next[step.edge] = {std::move(edges)};
        next[step.node] = {partial.at};
        FANIN_ASSIGN_OR_RETURN(const bool accepted, Accept(step, next));
        if (accepted) out.push_back(std::move(next));
        if (out.size() >= kBatchRows) {
          FANIN_ASSIGN_OR_RETURN(const bool go_on, Flush(index, out, emit));
          if (!go_on) return false;
        }
      }
    }
    if (hops == step.pattern->max_hops) break;
    std::vector<NodeRef> refs;
    for (const Partial& partial : frontier) refs.push_back(partial.at);
    std::ranges::sort(refs);
    refs.erase(std::ranges::unique(refs).begin(), refs.end());
    FANIN_ASSIGN_OR_RETURN(const auto edges, EdgesOf(refs, step));
    std::vector<Partial> longer;
    Row row = start;
    for (const Partial& partial : frontier) {
      const size_t at = static_cast<size_t>(std::ranges::lower_bound(refs, partial.at) - refs.begin());
      for (const Edge& edge : edges[at]) {
        if (work_.Stop()) return false;
        const NodeRef to = edge.from == partial.at ? edge.to : edge.from;
        if (visit_once && visited.contains(to)) continue;
        row[step.edge] = {partial.edges};
        if (!visit_once && UsedBefore(row, edge)) continue;
        const auto shared = std::make_shared<const Edge>(edge);
        FANIN_ASSIGN_OR_RETURN(const bool holds, HopHolds(step, row, shared));
        if (!holds) continue;
        if (visit_once) visited.insert(to);
        ++work_.edges;
        Partial next{to, partial.edges};
        next.edges.push_back({shared});
        longer.push_back(std::move(next));
      }
    }
    frontier = std::move(longer);
  }
  return Flush(index, out, emit);
}

}  // namespace fanin::graph::cypher
