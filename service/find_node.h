// Finding the node that a person or program names.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "graph/snapshot.h"

namespace fanin::service {

// Which nodes may be meant.
using NodeFilter = std::function<bool(graph::NodeKind)>;

// All nodes that the text can mean: a resource name or a node's 32 hexadecimal digits mean that node; anything else is
// a qualified name or the end of one. Where several fit and just one path equals the text, that one is meant. The
// result is grouped: one group for each thing named, since both arms of an `ifdef and a port declared in two places are
// one thing. Errors: NOT_FOUND when nothing fits, with what comes near; INVALID_ARGUMENT for the name of another
// repository's node.
base::Result<std::vector<std::vector<graph::NodeRef>>> FindNodes(const graph::Snapshot& snapshot, std::string_view text,
                                                                 const NodeFilter& filter);

}  // namespace fanin::service
