// Finding the element that a person or program names.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "fanin/v1/trace.pb.h"
#include "graph/occurrence.h"
#include "graph/snapshot.h"

namespace fanin::service {

// Which nodes may be meant.
using NodeFilter = std::function<bool(graph::NodeKind)>;

// All that the text can mean: a resource name or a node's 32 hexadecimal digits mean that node; anything else is a
// qualified name or the end of one, and where there is none a hierarchical path. Where several fit and just one
// qualified name equals the text, that one is meant. The result is grouped: one group for each thing named, since both
// arms of an `ifdef and a port declared in two places are one thing. Only a hierarchical path gives instances: those
// that all places which it fits share. Errors: NOT_FOUND when nothing fits, with what comes near; INVALID_ARGUMENT for
// the name of another repository's node.
base::Result<std::vector<std::vector<graph::Occurrence>>> FindThings(const graph::Snapshot& snapshot,
                                                                     std::string_view text, const NodeFilter& filter);

// The same for a text that is to mean one thing. Several: they are listed in `ambiguous` (50 at most) and nothing is
// returned.
base::Result<std::vector<graph::Occurrence>> FindOne(const graph::Snapshot& snapshot, const std::string& text,
                                                     const NodeFilter& filter,
                                                     google::protobuf::RepeatedPtrField<v1::AmbiguousName>& ambiguous);

}  // namespace fanin::service
