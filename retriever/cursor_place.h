// What the line under a cursor is. Internal to cursor_scan.
#pragma once

#include <vector>

#include "retriever/cursor_scan.h"
#include "retriever/rtl_tokens.h"

namespace fanin::retriever {

// `tokens` are those of the text before the cursor; `scan` has its enclosing definition and open instance already.
CursorPlace FindPlace(const std::vector<Token>& tokens, const CursorScan& scan);

}  // namespace fanin::retriever
