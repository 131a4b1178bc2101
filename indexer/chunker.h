// Chunks: the spans of whole lines that retrieval returns, made from the elements of a file.
//
// They cover every line that holds text and do not overlap. What belongs together:
//   - a definition, package or class of at most kSmallLines is one chunk; of a larger one the head ("module ... );", or
//   of a
//     class its properties too) is one, and its members are chunks of their own;
//   - a procedural block, function, task, instance or small generate block is one chunk; a larger generate block is
//   split
//     into its head and its members;
//   - neighbouring declarations, types, assigns, assertions, macros and one-line instances join up to kRunLines. Lines
//   of
//     declarations and assigns that follow each other without a blank line join too, as assigns;
//   - comments directly above an element belong to it, and so does a short comment or directive a little further up;
//   lines
//     that only close something belong to what is before them; all else is "other";
//   - what is longer than kHugeLines is cut at statements or elements into pieces of at most kPieceLines, all of the
//   same
//     node. A line that two elements share belongs to the first.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "graph/shard.h"
#include "indexer/comments.h"
#include "indexer/line_index.h"

namespace fanin::indexer {

inline constexpr uint32_t kSmallLines = 30;
inline constexpr uint32_t kRunLines = 40;
inline constexpr uint32_t kHugeLines = 120;
inline constexpr uint32_t kPieceLines = 80;

// Where the head of a definition, package or class ends: the byte after its ";".
struct HeadEnd {
  graph::LocalNode node = graph::kNoNode;
  uint32_t byte = 0;
};

// The text that the builder's nodes stand in.
struct ChunkSource {
  std::string_view text;
  const LineIndex& lines;
  const Comments& comments;
  std::span<const HeadEnd> heads;  // ascending by node
};

// Adds the file's chunks, ascending. REQUIRES: the builder has all nodes and no chunk. Cost: linearithmic in the nodes.
void AddChunks(const ChunkSource& source, graph::ShardBuilder& builder);

}  // namespace fanin::indexer
