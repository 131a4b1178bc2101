// Which lines of the new side a unified diff touches.
#pragma once

#include <string_view>

#include "retriever/debug.h"

namespace fanin::retriever {

// Added lines, and where lines were removed and none added the ones on both sides. Paths without git's "a/" and "b/"; a
// removed file gives nothing. Text that is no diff gives nothing. Pure; cost linear.
ChangedLines ReadUnifiedDiff(std::string_view text);

}  // namespace fanin::retriever
