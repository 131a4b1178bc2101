#include "graph/cypher_condition.h"

#include <set>
#include <string>
#include <utility>

namespace fanin::graph::cypher {

Row PatternConditions::KeyOf(const Condition& condition, const Row& row) {
  Row key;
  key.reserve(condition.outer.size());
  for (const size_t slot : condition.outer) key.push_back(row[slot]);
  return key;
}

base::Result<PatternConditions::Condition*> PatternConditions::Find(const PathPattern& pattern) {
  const auto [entry, inserted] = conditions_.try_emplace(&pattern);
  Condition& condition = entry->second;
  if (!inserted) return &condition;
  std::set<std::string> nodes, all;
  for (const NodePattern& node : pattern.nodes) {
    if (IsNamed(node.variable)) nodes.insert(node.variable);
  }
  CollectVariables(pattern, all);
  for (const std::string& variable : all) condition.outer.push_back(slots_.at(variable));

  Matcher::Options options;
  options.reachability = true;
  options.is_settled = [this, &condition](const Row& row) {
    const auto answer = condition.answers.find(KeyOf(condition, row));
    return answer != condition.answers.end() && answer->second;
  };
  const auto plan = [&] {
    return Matcher::Plan(snapshot_, request_, {&pattern}, nullptr, slots_, evaluator_, work_, options);
  };
  if (nodes == all) {
    FANIN_ASSIGN_OR_RETURN(condition.from_itself, plan());
  }
  options.bound.assign(slots_.size(), false);
  for (const size_t slot : condition.outer) options.bound[slot] = true;
  FANIN_ASSIGN_OR_RETURN(condition.from_rows, plan());
  return &condition;
}

base::Status PatternConditions::Match(Condition& condition, Matcher& matcher, std::vector<Row> rows) {
  return matcher.Run(std::move(rows), [&](const Row& match) -> base::Result<bool> {
    condition.answers[KeyOf(condition, match)] = true;
    return true;
  });
}

base::Status PatternConditions::Prepare(const PathPattern& pattern, std::span<const Row> rows) {
  FANIN_ASSIGN_OR_RETURN(Condition* const condition, Find(pattern));
  if (condition->complete) return {};
  std::vector<Row> open;
  std::vector<Row> keys;
  for (const Row& row : rows) {
    Row key = KeyOf(*condition, row);
    if (!condition->answers.try_emplace(key, false).second) continue;
    Row only_outer(row.size());
    for (const size_t slot : condition->outer) only_outer[slot] = row[slot];
    open.push_back(std::move(only_outer));
    keys.push_back(std::move(key));
  }
  if (open.empty()) return {};
  condition->asked += open.size();
  const bool from_itself = condition->from_itself != nullptr &&
                           static_cast<double>(condition->asked) >= condition->from_itself->start_cost();
  if (from_itself) {
    FANIN_RETURN_IF_ERROR(Match(*condition, *condition->from_itself, {Row(slots_.size())}));
  } else {
    FANIN_RETURN_IF_ERROR(Match(*condition, *condition->from_rows, std::move(open)));
  }
  if (!work_.exhausted) {
    condition->complete = from_itself;
    return {};
  }
  for (const Row& key : keys) {  // that no match was found so far means nothing
    if (const auto answer = condition->answers.find(key); !answer->second) condition->answers.erase(answer);
  }
  return {};
}

base::Result<std::optional<bool>> PatternConditions::Holds(const PathPattern& pattern, const Row& row) {
  FANIN_RETURN_IF_ERROR(Prepare(pattern, {&row, 1}));
  FANIN_ASSIGN_OR_RETURN(const Condition* const condition, Find(pattern));
  const auto answer = condition->answers.find(KeyOf(*condition, row));
  if (answer != condition->answers.end()) return std::optional(answer->second);
  return condition->complete ? std::optional(false) : std::nullopt;
}

}  // namespace fanin::graph::cypher
