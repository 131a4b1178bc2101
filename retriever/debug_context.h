// The code that shows the suspects, within a budget of tokens.
#pragma once

#include "base/error.h"
#include "retriever/debug.h"
#include "retriever/debug_candidates.h"

namespace fanin::retriever {

// Fills snippets, tokens and truncated: of each suspect in order the passage around it, once; then the heads of the
// suspects' modules. REQUIRES: suspects are set.
base::Status AddDebugSnippets(const graph::Snapshot& snapshot, FileLines& lines, uint32_t budget_tokens,
                              DebugResponse& response);

}  // namespace fanin::retriever
