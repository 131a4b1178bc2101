// What a walk needs to know of the elements around a flow, read once each. Internal to walks (traversal.h).
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>

#include "base/error.h"
#include "graph/snapshot.h"

namespace fanin::graph {

class WalkFacts {
 public:
  struct Facts {
    NodeRef definition = kNoRef;  // the innermost definition, package or class; the file where there is none
    NodeKind kind = NodeKind::kFile;
    std::string_view name;
    std::string_view type;
    bool is_in_interface = false;
    std::shared_ptr<const Shard> shard;  // of the views
  };

  // The snapshot must outlive it.
  explicit WalkFacts(const Snapshot& snapshot) : snapshot_(snapshot) {}

  // Cost: one batched read of those that are not known yet.
  base::Status Find(std::span<const NodeRef> nodes);
  // REQUIRES: found before.
  const Facts& at(NodeRef node) const { return facts_.at(node); }
  // Whether an end of a flow is a signal of an interface that the flow's statement is not in.
  bool IsInterface(const Edge& flow, NodeRef end) const;

 private:
  const Snapshot& snapshot_;
  std::unordered_map<NodeRef, Facts> facts_;
};

}  // namespace fanin::graph
