// Stand-ins for macros of well-known libraries that a repository uses but does not hold, so that a use costs its own
// statement at most.
#pragma once

#include <string_view>
#include <vector>

#include "indexer/text_scan.h"

namespace fanin::indexer {

// The stand-in for a macro of UVM or of a common assertion library; nullptr: not known. Lives forever. Thread-safe.
const MacroDefinition* FindBuiltinMacro(std::string_view name);
// The names of those that begin so, sorted.
std::vector<std::string_view> BuiltinNamesWithPrefix(std::string_view prefix);

// A stand-in made up from how an unknown macro is used: `votes[context]` counts its uses, `arguments` is the most that
// any of them gives (0: none has parentheses).
struct UnknownUse {
  uint32_t votes[kUseContextCount] = {};
  uint32_t arguments = 0;
  bool pasted = false;  // in any of them
};
MacroDefinition MakeStub(std::string_view name, const UnknownUse& use);

}  // namespace fanin::indexer
