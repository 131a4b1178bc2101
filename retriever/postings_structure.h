// Structure terms: what the graph says of each document of a file. Internal to postings* and chunk_text.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "graph/linker.h"
#include "graph/shard.h"
#include "retriever/postings_codec.h"

namespace fanin::retriever {

inline constexpr uint32_t kNoChunk = UINT32_MAX;

// For each node the chunk that shows it: the innermost that holds the first byte of its name (of the node, if it has no
// name); kNoChunk for the file and what no chunk holds.
std::vector<uint32_t> ChunksOfNodes(const graph::Shard& shard);

// Calls emit(chunk, field, lower-case term) for every structure term but those of kinds and names, repeatedly. `links`
// may be null: connections of instances are then without drives and reads.
using EmitStructure = std::function<void(uint32_t chunk, StructureField field, std::string_view term)>;
void ForEachStructureTerm(const graph::Shard& shard, const graph::LinkSet* links,
                          const std::vector<uint32_t>& chunk_of_node, const EmitStructure& emit);

// Calls visit(scope) for the named scopes around the node, itself first if it is one, outwards.
void ForEachScope(const graph::Shard& shard, graph::LocalNode node,
                  const std::function<void(graph::LocalNode scope)>& visit);

}  // namespace fanin::retriever
