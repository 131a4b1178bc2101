// The text of a chunk that is embedded: what it is, what is said of it, what it says.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "graph/shard.h"

namespace fanin::retriever {

// The model reads 256 tokens, of about four bytes each in RTL.
inline constexpr size_t kMaxChunkTextBytes = 1200;

// "always_ff in async_fifo.gen_sync", the doc comment unless it is part of the code, the code; white space folded, so
// that near-equal chunks have equal texts. At most kMaxChunkTextBytes, cut between characters. The path of the file is
// left out: copies in different folders are embedded once. `text` is the file's.
std::string ChunkText(const graph::Shard& shard, const graph::Chunk& chunk, std::string_view text);

// An element by itself: of a declaration direction, type, width and name, of anything else its code; and its doc
// comment. Nothing of what is around it, so that the same declaration in many modules is embedded once. `text` is the
// file's.
std::string ElementText(const graph::Shard& shard, graph::LocalNode node, std::string_view text);

// The elements that have vectors of their own, since passages show them by the dozen: declarations (ports, parameters,
// signals, enum members, struct fields), and blocks that share a passage with others.
std::vector<graph::LocalNode> EmbeddedElements(const graph::Shard& shard);

// The key under which the vector of a text is stored.
base::Digest VectorKey(const base::Digest& model, std::string_view chunk_text);

}  // namespace fanin::retriever
