// Matcher, planning: where to start and in which order to walk.
#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "graph/cypher_match.h"
#include "graph/cypher_parser.h"

namespace fanin::graph::cypher {
namespace {

void SplitConjuncts(const Expression& expression, std::vector<const Expression*>& out) {
  if (expression.kind == Expression::Kind::kOperator && expression.op == Operator::kAnd) {
    for (const ExpressionPtr& operand : expression.operands) SplitConjuncts(*operand, out);
  } else {
    out.push_back(&expression);
  }
}

ExpressionPtr CopyExpression(const Expression& from) {
  auto copy = std::make_unique<Expression>();
  copy->kind = from.kind;
  copy->position = from.position;
  copy->literal = from.literal;
  copy->name = from.name;
  copy->op = from.op;
  copy->distinct = from.distinct;
  copy->star = from.star;
  for (const ExpressionPtr& operand : from.operands) copy->operands.push_back(CopyExpression(*operand));
  return copy;
}

// The condition `variable.key = value` of a property map.
ExpressionPtr MakeEquality(const std::string& variable, const std::string& key, const Expression& value) {
  auto owner = std::make_unique<Expression>();
  owner->kind = Expression::Kind::kVariable;
  owner->name = variable;
  auto property = std::make_unique<Expression>();
  property->kind = Expression::Kind::kProperty;
  property->name = key;
  property->position = value.position;
  property->operands.push_back(std::move(owner));
  auto equality = std::make_unique<Expression>();
  equality->kind = Expression::Kind::kOperator;
  equality->op = Operator::kEqual;
  equality->position = value.position;
  equality->operands.push_back(std::move(property));
  equality->operands.push_back(CopyExpression(value));
  return equality;
}

}  // namespace

void NameEverything(PathPattern& pattern, Evaluator::SlotMap& slots) {
  const auto name = [&](std::string& variable) {
    if (variable.empty()) variable = " " + std::to_string(slots.size());  // no written name starts with a blank
    slots.try_emplace(variable, slots.size());
  };
  for (NodePattern& node : pattern.nodes) name(node.variable);
  for (RelationshipPattern& relationship : pattern.relationships) name(relationship.variable);
  if (!pattern.variable.empty()) name(pattern.variable);
}

base::Result<std::unique_ptr<Matcher>> Matcher::Plan(const Snapshot& snapshot, const CypherRequest& request,
                                                     const std::vector<const PathPattern*>& patterns,
                                                     const Expression* where, const Evaluator::SlotMap& slots,
                                                     Evaluator& evaluator, Work& work, const Options& options) {
  std::unique_ptr<Matcher> matcher(new Matcher(snapshot, request, slots, evaluator, work));
  matcher->reachability_ = options.reachability;
  matcher->is_settled_ = options.is_settled;
  if (where != nullptr) SplitConjuncts(*where, matcher->conjuncts_);
  FANIN_RETURN_IF_ERROR(matcher->ReadPatterns(patterns));
  FANIN_RETURN_IF_ERROR(matcher->PlanSteps(patterns, options));
  return matcher;
}

base::Status Matcher::ReadPatterns(const std::vector<const PathPattern*>& patterns) {
  for (const PathPattern* path : patterns) {
    for (const NodePattern& node : path->nodes) {
      KindMask kinds = node.labels.empty() ? kAllKinds : 0;
      for (const std::string& label : node.labels) {
        const std::optional<KindMask> of_label = KindsOfLabel(label);
        if (!of_label) {
          return std::unexpected(
              ErrorAt(request_.text, node.position, "there is no label '" + label + "'" + SuggestLabel(label)));
        }
        kinds |= *of_label;
      }
      const size_t slot = slots_.at(node.variable);
      kinds_.try_emplace(slot, kAllKinds).first->second &= kinds;
      for (const auto& [key, value] : node.properties) {
        owned_.push_back(MakeEquality(node.variable, key, *value));
        FANIN_RETURN_IF_ERROR(evaluator_.Check(*owned_.back(), false));
        conjuncts_.push_back(owned_.back().get());
      }
    }
    for (const RelationshipPattern& relationship : path->relationships) {
      const size_t slot = slots_.at(relationship.variable);
      edge_slots_.push_back(slot);
      for (const auto& [key, value] : relationship.properties) {
        owned_.push_back(MakeEquality(relationship.variable, key, *value));
        FANIN_RETURN_IF_ERROR(evaluator_.Check(*owned_.back(), false));
        hop_conditions_[slot].push_back(owned_.back().get());
      }
    }
    if (!path->variable.empty()) paths_.push_back({path, slots_.at(path->variable)});
  }
  attached_.assign(conjuncts_.size(), false);
  return {};
}

void Matcher::AttachConditions(Step& step, const std::vector<bool>& bound) {
  for (size_t i = 0; i < conjuncts_.size(); ++i) {
    if (attached_[i]) continue;
    std::set<std::string> variables;
    CollectVariables(*conjuncts_[i], variables);
    const bool ready = std::ranges::all_of(variables, [&](const std::string& variable) {
      const auto slot = slots_.find(variable);
      return slot != slots_.end() && bound[slot->second];
    });
    if (!ready) continue;
    attached_[i] = true;
    (HasPattern(*conjuncts_[i]) ? step.pattern_conditions : step.conditions).push_back(conjuncts_[i]);
  }
}

base::Status Matcher::PlanSteps(const std::vector<const PathPattern*>& patterns, const Options& options) {
  std::vector<bool> bound = options.bound;
  bound.resize(slots_.size(), false);
  for (const auto& [slot, kinds] : kinds_) {
    if (bound[slot] && kinds != kAllKinds) given_.push_back(slot);
  }
  struct Hop {
    const RelationshipPattern* pattern;
    size_t left, right;
    bool done = false;
  };
  std::vector<Hop> hops;
  std::vector<std::string> nodes;
  for (const PathPattern* path : patterns) {
    for (size_t i = 0; i < path->nodes.size(); ++i) {
      nodes.push_back(path->nodes[i].variable);
      if (i > 0) {
        hops.push_back(
            {&path->relationships[i - 1], slots_.at(path->nodes[i - 1].variable), slots_.at(path->nodes[i].variable)});
      }
    }
  }
  const auto bind_paths = [&] {
    for (const Binding& binding : paths_) {  // a path is known once all its parts are
      const bool whole = std::ranges::all_of(binding.path->nodes,
                                             [&](const NodePattern& n) { return bound[slots_.at(n.variable)]; }) &&
                         std::ranges::all_of(binding.path->relationships, [&](const RelationshipPattern& r) {
                           return bound[slots_.at(r.variable)];
                         });
      if (whole) bound[binding.slot] = true;
    }
  };
  for (;;) {
    // A hop between two bound ends first (it only filters), then fixed length before variable.
    Hop* next = nullptr;
    int best = std::numeric_limits<int>::max();
    for (Hop& hop : hops) {
      if (hop.done || !(bound[hop.left] || bound[hop.right])) continue;
      const int cost = (bound[hop.left] && bound[hop.right] ? 0 : 2) + (hop.pattern->variable_length ? 1 : 0);
      if (cost < best) {
        best = cost;
        next = &hop;
      }
    }
    Step step;
    if (next != nullptr) {
      next->done = true;
      step.kind = Step::Kind::kExpand;
      step.pattern = next->pattern;
      step.forward = bound[next->left];
      step.from = step.forward ? next->left : next->right;
      step.node = step.forward ? next->right : next->left;
      step.far_bound = bound[step.node];
      step.edge = slots_.at(next->pattern->variable);
      if (!next->pattern->types.empty()) step.types = 0;
      for (const std::string& type : next->pattern->types) {
        const std::optional<EdgeMask> mask = EdgesOfType(type);
        if (!mask) {
          return std::unexpected(ErrorAt(request_.text, next->pattern->position,
                                         "there is no relationship type '" + type + "'" + SuggestType(type)));
        }
        step.types |= *mask;
        step.label += (step.label.empty() ? "" : "|") + type;
      }
      if (const auto found = hop_conditions_.find(step.edge); found != hop_conditions_.end()) {
        step.hop_conditions = found->second;
      }
      bound[step.edge] = bound[step.node] = true;
    } else {
      Access cheapest;
      cheapest.cost = std::numeric_limits<double>::infinity();
      for (const std::string& variable : nodes) {
        if (bound[slots_.at(variable)]) continue;
        FANIN_ASSIGN_OR_RETURN(Access access, BestAccess(variable));
        if (access.cost < cheapest.cost) {
          cheapest = std::move(access);
          step.node = slots_.at(variable);
        }
      }
      if (!cheapest.list) break;  // all nodes are bound, and so all hops are done
      step.label = cheapest.label;
      step.cost = cheapest.cost;
      step.candidates = std::move(cheapest.list);
      bound[step.node] = true;
    }
    bind_paths();
    AttachConditions(step, bound);
    steps_.push_back(std::move(step));
  }
  return {};
}

std::string Matcher::ToString() const {
  std::string text;
  for (const Step& step : steps_) {
    if (!text.empty()) text += " -> ";
    text += (step.kind == Step::Kind::kScan ? "scan by " : "walk ") +
            (step.label.empty() ? std::string("any") : step.label);
    if (step.kind == Step::Kind::kExpand) {
      const bool out = (step.pattern->arrow == Arrow::kRight) == step.forward;
      text += step.pattern->arrow == Arrow::kEither ? " either way" : out ? " out" : " in";
      if (step.pattern->variable_length) {
        text += " " + std::to_string(step.pattern->min_hops) + ".." + std::to_string(step.pattern->max_hops);
      }
    }
    const size_t conditions = step.conditions.size() + step.pattern_conditions.size();
    if (conditions > 0) text += " if " + std::to_string(conditions);
  }
  return text;
}

}  // namespace fanin::graph::cypher
