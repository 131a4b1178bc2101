#include "retriever/debug_cone.h"

#include <algorithm>
#include <utility>

#include "graph/occurrence.h"

namespace fanin::retriever {

using graph::Edge;
using graph::EdgeKind;
using graph::NodeRef;

base::Result<Cone> Cone::Build(const graph::Snapshot& snapshot, const graph::Elaboration* elaboration,
                               const std::vector<graph::Occurrence>& roots, const ConeLimits& limits,
                               std::optional<std::chrono::steady_clock::time_point> deadline) {
  graph::TraceRequest request;
  request.roots = roots;
  request.max_depth = limits.max_steps;
  request.max_nodes = limits.max_signals;
  request.include_clock_reset = true;
  request.stay_below = true;
  request.deadline = deadline;
  request.elaboration = elaboration;
  FANIN_ASSIGN_OR_RETURN(graph::TraceResult trace, graph::Trace(snapshot, request));
  Cone cone;
  cone.truncated_ = trace.truncated;
  cone.steps_ = std::move(trace.steps);

  std::vector<NodeRef> refs;
  for (uint32_t step = 0; step < cone.steps_.size(); ++step) {
    refs.push_back(cone.steps_[step].place.node);
    cone.by_node_.emplace(cone.steps_[step].place.node, step);
  }
  std::ranges::sort(refs);
  refs.erase(std::ranges::unique(refs).begin(), refs.end());
  constexpr graph::EdgeMask kKinds = MaskOf(EdgeKind::kFlows, EdgeKind::kDrives);
  FANIN_ASSIGN_OR_RETURN(const auto edges, graph::GetEdges(snapshot, elaboration, refs, graph::Direction::kIn, kKinds));

  std::vector<NodeRef> placed = refs;
  for (const std::vector<Edge>& into : edges) {
    for (const Edge& edge : into) {
      if (IsPortFlow(edge)) placed.push_back(edge.statement);
    }
  }
  FANIN_ASSIGN_OR_RETURN(const std::vector<graph::NodeHandle> nodes, snapshot.GetNodes(placed));
  for (const graph::NodeHandle& node : nodes) {
    cone.region_of_[node.ref] = snapshot.RefOf(node.file, graph::RegionOf(*node.shard, node.local));
  }

  cone.drivers_.resize(cone.steps_.size());
  for (uint32_t step = 0; step < cone.steps_.size(); ++step) {
    const graph::Occurrence& place = cone.steps_[step].place;
    const auto at = static_cast<size_t>(std::ranges::lower_bound(refs, place.node) - refs.begin());
    for (const Edge& edge : edges[at]) {
      const bool from_outside = IsPortFlow(edge) && cone.region_of_[edge.statement] != cone.region_of_[place.node];
      if (from_outside && !place.instances.empty() && place.instances.back() != edge.statement) continue;
      cone.drivers_[step].push_back(edge);
    }
  }
  return cone;
}

std::optional<uint32_t> Cone::SourceOf(uint32_t step, const Edge& flow) const {
  const graph::Occurrence& place = steps_[step].place;
  std::vector<NodeRef> instances = place.instances;
  if (IsPortFlow(flow)) {
    if (region_of_.at(flow.statement) == region_of_.at(place.node)) {
      instances.push_back(flow.statement);
    } else if (!instances.empty()) {
      instances.pop_back();
    }
  }
  std::optional<uint32_t> found;
  const auto [begin, end] = by_node_.equal_range(flow.from);
  for (auto entry = begin; entry != end; ++entry) {
    const bool same = steps_[entry->second].place.instances == instances;
    if (same && (!found || entry->second < *found)) found = entry->second;
  }
  return found;
}

}  // namespace fanin::retriever
