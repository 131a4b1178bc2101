// Labels, relationship types and properties: the graph's schema as queries spell it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graph/cypher.h"
#include "graph/schema.h"
#include "graph/snapshot.h"

namespace fanin::graph::cypher {

// Bits 1 << NodeKind.
using KindMask = uint64_t;
constexpr KindMask Bit(NodeKind kind) { return KindMask{1} << static_cast<int>(kind); }
inline constexpr KindMask kAllKinds = (KindMask{1} << kNodeKindCount) - 1;

// "AlwaysFf", "Module"; groups: "Always", "Block", "Definition", "Signal" (nets, variables and ports). Case is ignored.
std::optional<KindMask> KindsOfLabel(std::string_view label);
// "DRIVES", "HAS_TYPE". Case is ignored.
std::optional<EdgeMask> EdgesOfType(std::string_view type);

// "AlwaysFf" and "DRIVES": how answers spell them.
std::string LabelOf(NodeKind kind);
std::string TypeOf(EdgeKind kind);

// The known word nearest to a misspelt one, as ", did you mean 'X'?", or nothing.
std::string SuggestLabel(std::string_view label);
std::string SuggestType(std::string_view type);

// Value of a node's or edge's property; nullopt: there is no property of that name.
// `elaboration`: the design that elaborated properties come from; null: they have no value.
std::optional<CypherValue> NodeProperty(const Snapshot& snapshot, const Elaboration* elaboration,
                                        const NodeHandle& node, std::string_view name);
std::optional<CypherValue> EdgeProperty(const Edge& edge, std::string_view name);

const std::vector<std::string_view>& NodePropertyNames();
const std::vector<std::string_view>& EdgePropertyNames();

}  // namespace fanin::graph::cypher
