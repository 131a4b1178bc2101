// Extraction of the tier-1 facts of one HDL file: what its syntax alone shows.
//
// What each construct becomes is docs/graph.md. Names that the file itself does not define become references for the
// linker; nothing here reads another file, and nothing is elaborated.
//
// Thread rule: a call touches only its arguments; calls on different builders may run at once.
#pragma once

#include <string_view>

#include "graph/shard.h"
#include "slang/text/SourceLocation.h"

namespace slang {
class SourceManager;
namespace syntax {
class SyntaxTree;
}
}  // namespace slang

namespace fanin::indexer {

// The file that was parsed. The views must live during the call.
struct HdlSource {
  std::string_view path;   // relative to the repository's root, '/' separated
  std::string_view text;   // exactly what slang was given, without its terminating zero
  slang::BufferID buffer;  // the tree's main buffer; tokens of others count as written where the macro is used
  // The tree's own. Where given, inactive arms of `ifdefs are read too, as buffers of their own.
  slang::SourceManager* sources = nullptr;
};

// Adds the file node (first), elements, edges, references, chunks and licence of the parsed file to the builder.
// REQUIRES: an empty builder. Error recovery nodes are skipped, what follows them is not. Cost: linear in the syntax
// tree.
void ExtractHdl(const slang::syntax::SyntaxTree& tree, const HdlSource& source, graph::ShardBuilder& builder);

}  // namespace fanin::indexer
