// GraphStore in memory: the meaning of the interface, for tests and for indexes that need not outlive the process.
#pragma once

#include <memory>

#include "graph/graph_store.h"

namespace fanin::graph {

std::shared_ptr<GraphStore> NewMemoryStore();

}  // namespace fanin::graph
