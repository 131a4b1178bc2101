// Which instance of an interface a name in a module means, and where that instance goes by which name: what keeps a
// walk through members of interfaces within one instance. Internal to walks (traversal.h).
//
// A signal of an interface is one node for all instances; its context ends in the instance, or, where nothing above
// tells which, in the interface port at which the search ended. Thread rule: one walk.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "graph/snapshot.h"
#include "graph/walk_contexts.h"

namespace fanin::graph {

class InterfaceBinding {
 public:
  // References must outlive it.
  InterfaceBinding(const Snapshot& snapshot, Contexts& contexts) : snapshot_(snapshot), contexts_(contexts) {}

  // Contexts of the interface that `name`, an interface port or instance of the module, means in a context of the
  // module: several, where any copy of the module is meant. {kAnyCopy}: not known. Cost: a read per module on the way
  // up to the instance; what was found is kept.
  base::Result<std::vector<ContextId>> Inside(ContextId context, NodeRef module, std::string_view name,
                                              NodeRef interface);

  // Contexts of the module in which `name` means the interface in `context`; none: it means other instances.
  base::Result<std::vector<ContextId>> Outside(ContextId context, NodeRef module, std::string_view name,
                                               NodeRef interface);

  // The signal that a member (".valid", ".master.valid") of an interface port or instance is, and its interface;
  // kNoRef: no such, e.g. a port that is a struct. `rest`: what of the member is a part of the signal.
  struct Member {
    NodeRef signal = kNoRef;
    NodeRef interface = kNoRef;
    std::string rest;
  };
  base::Result<Member> FindMember(NodeRef owner, std::string_view member);

 private:
  // What is connected to an interface port, for one instance of its module.
  struct Connection {
    NodeRef instance = kNoRef;
    NodeRef module = kNoRef;  // in which the instance stands
    std::string actual;       // the name there
  };
  using Question = std::tuple<ContextId, NodeRef, std::string>;

  base::Result<std::vector<ContextId>> Inside(ContextId context, NodeRef module, std::string_view name, int depth);
  base::Result<std::vector<ContextId>> Outside(ContextId context, NodeRef module, std::string_view name, int depth);
  // Whether an instance is of the interface: else the name leads through a module.
  base::Result<bool> IsOf(NodeRef instance, NodeRef interface);
  // The interface port or instance of that name in a module; kNoRef: there is none.
  base::Result<NodeHandle> Find(NodeRef module, std::string_view name);
  base::Result<const std::vector<Connection>*> ConnectionsOf(NodeRef port);

  const Snapshot& snapshot_;
  Contexts& contexts_;
  std::map<std::pair<NodeRef, std::string>, NodeHandle> found_;
  std::unordered_map<NodeRef, std::vector<Connection>> connections_;
  std::map<Question, std::vector<ContextId>> inside_, outside_;
};

// "bus" of "bus.valid" and "bus[2].master.valid": the name that a text of a member begins with. Empty: it is no member.
std::string_view OwnerOf(std::string_view text);
// What such a text has after the interface's signal of that name: "[3]" of "bus.sink.data[3]" and "data"; nullopt: it
// is of another.
std::optional<std::string_view> MemberBelow(std::string_view text, std::string_view signal);

}  // namespace fanin::graph
