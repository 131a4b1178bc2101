#include "graph/traversal.h"

#include <algorithm>
#include <tuple>
#include <unordered_set>
#include <utility>

namespace fanin::graph {
namespace {

using base::Result;
using base::Status;

// The state of one walk.
class ConeWalk {
 public:
  ConeWalk(const Snapshot& snapshot, const TraceRequest& request) : snapshot_(snapshot), request_(request) {}

  Result<TraceResult> Run() {
    FANIN_RETURN_IF_ERROR(AddRoots());
    size_t level_begin = 0;
    while (level_begin < result_.steps.size()) {
      if (request_.deadline.has_value() && std::chrono::steady_clock::now() >= *request_.deadline) {
        result_.truncated = true;
        for (size_t i = level_begin; i < result_.steps.size(); ++i) result_.steps[i].stopped = true;
        break;
      }
      const size_t level_end = result_.steps.size();
      FANIN_RETURN_IF_ERROR(WalkLevel(level_begin, level_end));
      level_begin = level_end;
    }
    return std::move(result_);
  }

 private:
  NodeRef FarEnd(const Edge& edge) const { return request_.direction == TraceDirection::kFanIn ? edge.from : edge.to; }

  Status AddRoots() {
    for (NodeRef root : request_.roots) {
      FANIN_CHECK(root < snapshot_.node_count());
      if (!visited_.insert(root).second) continue;
      if (result_.steps.size() == request_.max_nodes) {
        result_.truncated = true;
        break;
      }
      TraceStep& step = result_.steps.emplace_back();
      step.node = root;
    }
    if (!request_.stop_at_ports) return {};
    FANIN_ASSIGN_OR_RETURN(const std::vector<NodeRef> definitions, DefinitionsOf(request_.roots));
    root_definitions_.insert(definitions.begin(), definitions.end());
    return {};
  }

  // Visits what the steps [begin, end) lead to; they are all of one depth.
  Status WalkLevel(size_t begin, size_t end) {
    std::vector<NodeRef> refs;
    for (size_t i = begin; i < end; ++i) refs.push_back(result_.steps[i].node);
    const Direction direction = request_.direction == TraceDirection::kFanIn ? Direction::kIn : Direction::kOut;
    FANIN_ASSIGN_OR_RETURN(auto edges, snapshot_.GetEdges(refs, direction, MaskOf(EdgeKind::kFlows)));
    if (request_.stop_at_ports) FANIN_RETURN_IF_ERROR(FindOutside(edges));
    for (size_t i = begin; i < end; ++i) {
      std::vector<Edge>& flows = edges[i - begin];
      std::ranges::sort(flows, {}, [&](const Edge& edge) {
        return std::tuple(edge.role, -edge.confidence, FarEnd(edge), edge.statement, edge.assignment);
      });
      for (Edge& flow : flows) Follow(static_cast<uint32_t>(i), flow);
    }
    return {};
  }

  void Follow(uint32_t from, Edge& flow) {
    const bool is_timing = flow.role == Role::kClock || flow.role == Role::kReset;
    if (is_timing && !request_.include_clock_reset) return;
    const NodeRef node = FarEnd(flow);
    if (visited_.contains(node)) return;
    TraceStep& origin = result_.steps[from];
    const bool is_full = result_.steps.size() >= request_.max_nodes;
    if (is_full || origin.depth >= request_.max_depth || StopsAt(origin, flow)) {
      origin.stopped = true;
      if (is_full && origin.depth < request_.max_depth && !StopsAt(origin, flow)) result_.truncated = true;
      return;
    }
    visited_.insert(node);
    TraceStep step;
    step.node = node;
    step.parent = from;
    step.depth = origin.depth + 1;
    step.registers = origin.registers + (flow.assignment == Assignment::kNonblocking ? 1 : 0);
    step.edge = std::move(flow);
    result_.steps.push_back(std::move(step));
  }

  // Whether a stop rule forbids to follow the flow.
  bool StopsAt(const TraceStep& origin, const Edge& flow) const {
    const bool is_root = origin.parent == UINT32_MAX;
    if (request_.stop_at_registers && !is_root) {
      const Edge& boundary = request_.direction == TraceDirection::kFanIn ? flow : origin.edge;
      if (boundary.assignment == Assignment::kNonblocking) return true;
    }
    return request_.stop_at_ports && (flow.assignment == Assignment::kConnection || outside_.contains(FarEnd(flow)));
  }

  // Notes which far ends are in other definitions than the roots.
  Status FindOutside(const std::vector<std::vector<Edge>>& edges) {
    std::vector<NodeRef> nodes;
    for (const std::vector<Edge>& flows : edges) {
      for (const Edge& flow : flows) {
        if (flow.assignment != Assignment::kConnection) nodes.push_back(FarEnd(flow));
      }
    }
    FANIN_ASSIGN_OR_RETURN(const std::vector<NodeRef> definitions, DefinitionsOf(nodes));
    for (size_t i = 0; i < nodes.size(); ++i) {
      if (!root_definitions_.contains(definitions[i])) outside_.insert(nodes[i]);
    }
    return {};
  }

  // The innermost definition, package or class around each node; its file where there is none.
  Result<std::vector<NodeRef>> DefinitionsOf(std::span<const NodeRef> nodes) const {
    FANIN_ASSIGN_OR_RETURN(const std::vector<NodeHandle> handles, snapshot_.GetNodes(nodes));
    std::vector<NodeRef> definitions;
    for (const NodeHandle& handle : handles) {
      const std::span<const Node> of_file = handle.shard->nodes();
      LocalNode local = handle.local;
      while (of_file[local].parent != kNoNode && !IsRegion(of_file[local].kind)) local = of_file[local].parent;
      definitions.push_back(snapshot_.RefOf(handle.file, local));
    }
    return definitions;
  }

  static bool IsRegion(NodeKind kind) {
    return IsDefinition(kind) || kind == NodeKind::kPackage || kind == NodeKind::kClass;
  }

  const Snapshot& snapshot_;
  const TraceRequest& request_;
  TraceResult result_;
  std::unordered_set<NodeRef> visited_;
  std::unordered_set<NodeRef> root_definitions_;
  std::unordered_set<NodeRef> outside_;
};

}  // namespace

Result<TraceResult> Trace(const Snapshot& snapshot, const TraceRequest& request) {
  return ConeWalk(snapshot, request).Run();
}

}  // namespace fanin::graph
