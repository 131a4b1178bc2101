// Flows of members of interfaces, made ready for a walk that keeps to one instance (interface_binding.h). Internal to
// walks (traversal.h).
#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "graph/snapshot.h"

namespace fanin::graph {

// Whether an end of a flow is a signal of an interface that the flow's statement is not in.
using IsInterfaceEnd = std::function<bool(const Edge& flow, NodeRef end)>;

// Gives elaborated flows of interfaces the texts that tier 1 has for them, as elaboration does not tell by which name a
// member was used: one flow for each text. `edges` are those of `refs` in the direction; name_of: of a flow's end.
// Cost: one batched read, where there are such flows.
base::Status TakeTextsOfSyntax(const Snapshot& snapshot, std::span<const NodeRef> refs, Direction direction,
                               const IsInterfaceEnd& is_interface,
                               const std::function<std::string_view(NodeRef)>& name_of,
                               std::vector<std::vector<Edge>>& edges);

// Tier 1 tells a member of an interface twice, of the port or instance and of the interface's own signal: drops the
// former.
void DropDoubles(Direction direction, const IsInterfaceEnd& is_interface, std::vector<Edge>& flows);

}  // namespace fanin::graph
