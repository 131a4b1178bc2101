// The text of a chunk that is embedded: what it is, what is said of it, what it says.
#pragma once

#include <string>
#include <string_view>

#include "base/digest.h"
#include "graph/shard.h"

namespace fanin::retriever {

// The model reads 256 tokens, of about four bytes each in RTL.
inline constexpr size_t kMaxChunkTextBytes = 1200;

// "always_ff in async_fifo.gen_sync", the doc comment unless it is part of the code, the code; white space folded, so
// that near-equal chunks have equal texts. At most kMaxChunkTextBytes, cut between characters. The path of the file is
// left out: copies in different folders are embedded once. `text` is the file's.
std::string ChunkText(const graph::Shard& shard, const graph::Chunk& chunk, std::string_view text);

// The key under which the vector of a text is stored.
base::Digest VectorKey(const base::Digest& model, std::string_view chunk_text);

}  // namespace fanin::retriever
