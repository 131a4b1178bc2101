// Macros and includes, read lexically, so that those in an inactive arm of an `ifdef are found too.
#pragma once

#include "indexer/hdl_extractor_context.h"

namespace fanin::indexer {

// Adds a Macro for each `define (kDefines from the file) and a reference for each `include.
void DeclareMacros(HdlContext& context);

// Adds kUsesMacro from the innermost element around each use, statements aside: to the file's own macro of that name
// that was defined last before it (or anywhere, failing that), else as a reference. REQUIRES: all elements are added.
void ExtractMacroUses(HdlContext& context);

}  // namespace fanin::indexer
