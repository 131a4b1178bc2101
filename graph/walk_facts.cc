#include "graph/walk_facts.h"

#include <vector>

#include "graph/occurrence.h"

namespace fanin::graph {

base::Status WalkFacts::Find(std::span<const NodeRef> nodes) {
  std::vector<NodeRef> unknown;
  for (const NodeRef node : nodes) {
    if (facts_.try_emplace(node).second) unknown.push_back(node);
  }
  FANIN_ASSIGN_OR_RETURN(const std::vector<NodeHandle> handles, snapshot_.GetNodes(unknown));
  for (const NodeHandle& handle : handles) {
    const LocalNode region = RegionOf(*handle.shard, handle.local);
    facts_[handle.ref] = {snapshot_.RefOf(handle.file, region),
                          handle->kind,
                          handle->name,
                          handle->type,
                          handle.shard->nodes()[region].kind == NodeKind::kInterface,
                          handle.shard};
  }
  return {};
}

bool WalkFacts::IsInterface(const Edge& flow, NodeRef end) const {
  const auto facts = facts_.find(end);
  const auto statement = facts_.find(flow.statement);
  return facts != facts_.end() && statement != facts_.end() && facts->second.is_in_interface &&
         facts->second.definition != statement->second.definition;
}

}  // namespace fanin::graph
