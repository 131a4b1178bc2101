// What a state register is compared with and loaded with: the names of its states, and which of them a condition
// admits. Works on text as the graph keeps it (expression_text.h). A part of fsm.h; not thread-safe while it is filled.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "graph/schema.h"

namespace fanin::graph {

// The names of states that conditions admit; nullopt: any.
using AdmittedStates = std::optional<std::vector<std::string>>;
void Intersect(AdmittedStates& admitted, std::vector<std::string> names);

class StateNames {
 public:
  // `state`: the register's name.
  explicit StateNames(std::string_view state) : state_(state) {}

  const std::string& state() const { return state_; }
  // Members of its enum, in order.
  const std::vector<std::string>& members() const { return members_; }
  // An enum member or parameter that may be meant; the first of a name counts.
  void AddConstant(std::string_view name, NodeRef node, bool is_member);
  // kNoRef: a literal.
  NodeRef NodeOf(const std::string& name) const;

  // The state that a text names; empty: it is no constant. A literal bears the first spelling of its value.
  std::string NameOf(std::string_view text);
  // "A, pkg::B" -> A, B; empty where one of them is no constant.
  std::vector<std::string> NamesOf(std::string_view list);
  // The one constant among the arguments of a macro's use, "`FF(q, d, IDLE)"; empty: none, several, or no use of a
  // macro.
  std::string NameInMacro(std::string_view text);

  // The states for which a condition holds: "s == A", "s inside {A, B}", several of them joined by ||. nullopt: it is
  // no such condition.
  AdmittedStates StatesOf(std::string_view condition);
  // Takes from a condition that holds what it says of the state; the rest goes to `guard`.
  void Hold(std::string_view condition, AdmittedStates& from, std::vector<std::string>& guard);

 private:
  std::string state_;
  std::unordered_map<std::string, NodeRef> constants_;
  std::vector<std::string> members_;
  std::map<uint64_t, std::string> literals_;
};

}  // namespace fanin::graph
