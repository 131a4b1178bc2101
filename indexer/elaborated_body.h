// The facts of one specialised definition: an instance's elaborated body.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "graph/elaborated.h"
#include "indexer/elaborated_flows.h"
#include "indexer/elaborated_nodes.h"
#include "slang/analysis/AnalysisManager.h"
#include "slang/ast/symbols/InstanceSymbols.h"

namespace fanin::indexer {

// An instance below a body, in order of the text.
struct BodyChild {
  std::string name;  // "g_lane[0].u_fifo", "u_ram[3]"
  graph::NodeId node;
  const slang::ast::InstanceSymbol* instance = nullptr;  // null: no file of the design defines `module`
  std::string module;
};

struct BodyFacts {
  graph::ElaboratedFacts facts;
  std::vector<BodyChild> children;
  // Why the facts cannot be trusted; empty: they can.
  std::string bad;
  bool lacks_parameters = false;  // it is the values of parameters that are unknown
};

// `analysis` has analyzed the body's compilation. `between_members` is called between the members of scopes, and may
// throw.
BodyFacts ReadBody(const slang::ast::InstanceBodySymbol& body, const slang::analysis::AnalysisManager& analysis,
                   ElaboratedNodes& nodes, const std::function<void()>& between_members);

}  // namespace fanin::indexer
