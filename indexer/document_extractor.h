// Extraction of prose: the sections of a Markdown or reStructuredText file as Document nodes and chunks.
#pragma once

#include <string_view>

#include "graph/shard.h"

namespace fanin::indexer {

// Adds the file node (first), one Document node per heading, nested by level, and one chunk per section (long sections
// are split at blank lines). Text before the first heading belongs to the file. `path`, relative to the repository's
// root, decides the markup: *.rst is reStructuredText, all else Markdown. REQUIRES: an empty builder. Cost: linear.
void ExtractDocument(std::string_view path, std::string_view text, graph::ShardBuilder& builder);

}  // namespace fanin::indexer
