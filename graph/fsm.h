// Finite state machines, recognised as a view over the statements of a module: a register that takes named constants
// and whose own value decides which it takes next. Nothing is stored; the view is read from the shard and the file's
// text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "graph/snapshot.h"

namespace fanin::graph {

struct FsmState {
  std::string name;       // as written, without a package
  NodeRef node = kNoRef;  // the enum member or parameter; kNoRef: a literal
};

struct FsmTransition {
  std::vector<uint32_t> from;  // indexes of states; empty: any, or what no other case item names
  std::optional<uint32_t> to;  // nullopt: no constant, see `target`
  std::string target;          // the value as written
  std::string guard;           // what must hold besides the state, as written; empty: nothing
  bool otherwise = false;      // the value that holds where nothing else is assigned
  NodeRef statement = kNoRef;  // the assignment
};

struct Fsm {
  NodeRef definition = kNoRef;
  NodeRef state = kNoRef;                  // the register
  NodeRef next = kNoRef;                   // the next-state signal of a two-process style; kNoRef: one process
  std::vector<FsmState> states;            // of an enum its members; else in order of appearance
  std::optional<uint32_t> reset;           // nullopt: none found
  std::vector<FsmTransition> transitions;  // in source order
};

struct FsmResult {
  std::vector<Fsm> fsms;   // in order of the registers' declarations
  bool truncated = false;  // by max_fsms
};

// The machines of a definition, nested definitions left out.
//
// A register (a signal that a nonblocking assignment loads, or one at the output of an instance that has a signal of
// the same type at another port: a hardened flip-flop) is one when at least two constants are assigned to it, or to the
// one signal that is its next value, and at least one of those assignments stands under a condition on the register
// itself that names a constant: a case item, or a comparison in an if or ?:. Constants are enum members, parameters
// and, for a register that a case selects by, integer literals. Recognised are whole signals only: no elements of an
// array, no members of a struct.
//
// A guard is that of the assignment alone: a later assignment in the same block wins over it. REQUIRES: definition is a
// node of the snapshot. Cost: the definition's statements, and the text of its file.
base::Result<FsmResult> FindFsms(const Snapshot& snapshot, NodeRef definition, uint32_t max_fsms = 100);

}  // namespace fanin::graph
