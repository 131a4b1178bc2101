// LocalApi: CompareSnapshots.
#include <utility>

#include "graph/diff.h"
#include "service/convert.h"
#include "service/local_api.h"
#include "service/validate.h"

namespace fanin::service {
namespace {

constexpr uint32_t kDefaultChanges = 1000;

v1::ChangeKind ToProto(graph::Change change) {
  switch (change) {
    case graph::Change::kAdded: return v1::CHANGE_KIND_ADDED;
    case graph::Change::kRemoved: return v1::CHANGE_KIND_REMOVED;
    case graph::Change::kChanged: return v1::CHANGE_KIND_CHANGED;
  }
  return v1::CHANGE_KIND_UNSPECIFIED;
}

void Set(const graph::ChangeCounts& counts, v1::ChangeCounts& out) {
  out.set_added(counts.added);
  out.set_removed(counts.removed);
  out.set_changed(counts.changed);
}

void AddRefs(const std::optional<graph::Edge>& edge, std::vector<graph::NodeRef>& refs) {
  if (edge) refs.insert(refs.end(), {edge->from, edge->to, edge->statement});
}

// The nodes of both snapshots that a result names.
struct Tables {
  NodeTable before;
  NodeTable after;
};

base::Result<Tables> LoadTables(const graph::Snapshot& before, const graph::Snapshot& after,
                                const graph::DiffResult& result) {
  std::vector<graph::NodeRef> old_refs, new_refs;
  for (const graph::NodeChange& change : result.nodes) {
    old_refs.push_back(change.before);
    new_refs.push_back(change.after);
  }
  for (const graph::EdgeChange& change : result.edges) {
    AddRefs(change.before, old_refs);
    AddRefs(change.after, new_refs);
  }
  FANIN_ASSIGN_OR_RETURN(NodeTable old_nodes, NodeTable::Load(before, std::move(old_refs)));
  FANIN_ASSIGN_OR_RETURN(NodeTable new_nodes, NodeTable::Load(after, std::move(new_refs)));
  return Tables{std::move(old_nodes), std::move(new_nodes)};
}

}  // namespace

base::Result<v1::CompareSnapshotsResponse> LocalApi::CompareSnapshots(const v1::CompareSnapshotsRequest& request,
                                                                      const CallContext& context) {
  FANIN_RETURN_IF_ERROR(Check(request));
  FANIN_ASSIGN_OR_RETURN(const auto before, OpenSnapshot(request.from()));
  FANIN_ASSIGN_OR_RETURN(const auto after, OpenSnapshot(request.to()));
  graph::DiffLimits limits;
  limits.max_nodes = request.max_nodes() == 0 ? kDefaultChanges : request.max_nodes();
  limits.max_edges = request.max_edges() == 0 ? kDefaultChanges : request.max_edges();
  limits.deadline = context.deadline;
  FANIN_ASSIGN_OR_RETURN(const graph::DiffResult result, graph::Compare(*before, *after, limits));
  FANIN_ASSIGN_OR_RETURN(const Tables tables, LoadTables(*before, *after, result));

  v1::CompareSnapshotsResponse response;
  response.set_from(SnapshotName(before->manifest().repository, before->manifest().snapshot));
  response.set_to(SnapshotName(after->manifest().repository, after->manifest().snapshot));
  response.set_files_compared(result.files_compared);
  response.set_truncated(result.truncated);
  Set(result.node_counts, *response.mutable_node_counts());
  Set(result.edge_counts, *response.mutable_edge_counts());
  for (const graph::NodeChange& change : result.nodes) {
    v1::NodeChange& out = *response.add_nodes();
    out.set_change(ToProto(change.change));
    if (change.before != graph::kNoRef) *out.mutable_before() = tables.before.ToProto(change.before);
    if (change.after != graph::kNoRef) *out.mutable_after() = tables.after.ToProto(change.after);
    out.mutable_differences()->Add(change.differences.begin(), change.differences.end());
  }
  for (const graph::EdgeChange& change : result.edges) {
    v1::EdgeChange& out = *response.add_edges();
    out.set_change(ToProto(change.change));
    const NodeTable& nodes = change.after ? tables.after : tables.before;
    const graph::Edge& edge = change.after ? *change.after : *change.before;
    *out.mutable_edge() = nodes.ToProto(edge);
    *out.mutable_from() = nodes.ToProto(edge.from);
    *out.mutable_to() = nodes.ToProto(edge.to);
    if (change.change == graph::Change::kChanged) *out.mutable_before() = tables.before.ToProto(*change.before);
  }
  return response;
}

}  // namespace fanin::service
