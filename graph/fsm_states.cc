#include "graph/fsm_states.h"

#include <algorithm>
#include <utility>

#include "graph/expression_text.h"

namespace fanin::graph {

void Intersect(AdmittedStates& admitted, std::vector<std::string> names) {
  if (admitted) {
    std::erase_if(names,
                  [&](const std::string& name) { return std::ranges::find(*admitted, name) == admitted->end(); });
  }
  admitted = std::move(names);
}

void StateNames::AddConstant(std::string_view name, NodeRef node, bool is_member) {
  const bool is_new = constants_.try_emplace(std::string(name), node).second;
  if (is_new && is_member) members_.emplace_back(name);
}

NodeRef StateNames::NodeOf(const std::string& name) const {
  const auto known = constants_.find(name);
  return known == constants_.end() ? kNoRef : known->second;
}

std::string StateNames::NameOf(std::string_view text) {
  text = Unwrap(text);
  if (IsName(text)) {
    const std::string name(LastOfScoped(text));
    return constants_.contains(name) ? name : "";
  }
  const std::optional<uint64_t> value = LiteralValue(text);
  if (!value) return "";
  return literals_.emplace(*value, text).first->second;
}

std::vector<std::string> StateNames::NamesOf(std::string_view list) {
  std::vector<std::string> names;
  for (const std::string_view item : SplitOperands(list, ",")) {
    names.push_back(NameOf(item));
    if (names.back().empty()) return {};
  }
  return names;
}

AdmittedStates StateNames::StatesOf(std::string_view condition) {
  std::vector<std::string> names;
  for (std::string_view test : SplitOperands(Unwrap(condition), "||")) {
    test = Unwrap(test);
    std::vector<std::string> of_test;
    for (const std::string_view op : {"==", "==="}) {
      const std::vector<std::string_view> sides = SplitOperands(test, op);
      if (sides.size() != 2) continue;
      for (size_t side = 0; side < 2; ++side) {
        if (Unwrap(sides[side]) == state_) of_test = NamesOf(sides[1 - side]);
      }
    }
    const size_t inside = test.find(" inside ");
    if (inside != std::string_view::npos && Unwrap(test.substr(0, inside)) == state_) {
      std::string_view list = Unwrap(test.substr(inside + 8));
      if (list.starts_with('{') && list.ends_with('}')) of_test = NamesOf(list.substr(1, list.size() - 2));
    }
    if (of_test.empty()) return std::nullopt;
    names.insert(names.end(), of_test.begin(), of_test.end());
  }
  return names;
}

void StateNames::Hold(std::string_view condition, AdmittedStates& from, std::vector<std::string>& guard) {
  condition = Unwrap(condition);
  if (AdmittedStates states = StatesOf(condition)) return Intersect(from, *std::move(states));
  for (const std::string_view op : {"&&", "&"}) {
    const std::vector<std::string_view> terms = SplitOperands(condition, op);
    if (terms.size() == 1 || std::ranges::none_of(terms, [&](std::string_view t) { return StatesOf(t).has_value(); })) {
      continue;
    }
    for (const std::string_view term : terms) Hold(term, from, guard);
    return;
  }
  guard.emplace_back(condition);
}

std::string StateNames::NameInMacro(std::string_view text) {
  const size_t open = text.find('('), close = text.rfind(')');
  if (!text.starts_with('`') || open == std::string_view::npos || close == std::string_view::npos || close < open)
    return "";
  std::string constant;
  for (const std::string_view argument : SplitOperands(text.substr(open + 1, close - open - 1), ",")) {
    if (!IsName(argument)) continue;
    const std::string name = NameOf(argument);
    if (!name.empty() && !std::exchange(constant, name).empty()) return "";
  }
  return constant;
}

}  // namespace fanin::graph
