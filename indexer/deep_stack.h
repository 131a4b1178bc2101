// Running a function on a stack large enough for deep recursion.
#pragma once

#include <functional>

#include "base/error.h"

namespace fanin::indexer {

// Calls `work` on a thread of its own with a stack of 1 GiB of address space, of which only what is touched takes
// memory, and waits for it. Errors: RESOURCE_EXHAUSTED when no such thread can be made. `work` must not throw.
base::Status RunOnDeepStack(const std::function<void()>& work);

}  // namespace fanin::indexer
