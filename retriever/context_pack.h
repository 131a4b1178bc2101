// Chooses among proposed passages under a budget of tokens.
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "retriever/context_source.h"
#include "retriever/token_counter.h"

namespace fanin::retriever {

// Fills snippets, tokens and truncated of `response`: by score, first within each need's share of the budget (which
// depends on the place of the cursor), then whatever still fits. Whole passages only; lines that are taken already are
// left out of later ones, and a passage of which little is left is dropped. Where lines are left out between two that
// are shown, a comment says how many. Passages that may join are one snippet per file.
struct PackOptions {
  CursorPlace place = CursorPlace::kFile;
  uint32_t budget_tokens = 0;
  const TokenCounter& counter;
};
base::Status Pack(const ContextView& view, const PackOptions& options, std::vector<ContextCandidate> candidates,
                  ContextResponse& response);

}  // namespace fanin::retriever
