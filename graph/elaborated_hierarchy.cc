#include "graph/elaborated_hierarchy.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <utility>

namespace fanin::graph {
namespace {

uint64_t SaturatingAdd(uint64_t a, uint64_t b) {
  return a > std::numeric_limits<uint64_t>::max() - b ? std::numeric_limits<uint64_t>::max() : a + b;
}

class ElaboratedTree {
 public:
  ElaboratedTree(const Elaboration& elaboration, const HierarchyRequest& request)
      : elaboration_(elaboration), definitions_(elaboration.design().definitions), request_(request) {
    below_.resize(definitions_.size());
    // Children come before their parents.
    for (size_t i = 0; i < definitions_.size(); ++i) {
      for (const DesignInstance& child : definitions_[i].children) {
        below_[i] = SaturatingAdd(below_[i], SaturatingAdd(1, below_[child.definition]));
      }
    }
  }

  HierarchyResult Run(const std::vector<uint32_t>& tops) && {
    for (uint32_t top : tops) {
      HierarchyNode node = NodeOf(top);
      node.name = node.path = node.module;
      if (!result_.Append(std::move(node), request_.max_instances)) break;
      if (!Descend(top, static_cast<uint32_t>(result_.nodes.size() - 1))) break;
    }
    if (request_.counts) Count(tops);
    return std::move(result_);
  }

 private:
  HierarchyNode NodeOf(uint32_t definition) const {
    HierarchyNode node;
    node.definition = elaboration_.NodeOf(definition);
    node.module = definitions_[definition].name;
    if (request_.counts) node.instances_below = below_[definition];
    if (!request_.parameters) return node;
    for (const ElaboratedParameter& parameter : elaboration_.FactsOf(definition).parameters) {
      if (!parameter.is_local) node.parameters.push_back({parameter.name, parameter.value, false});
    }
    return node;
  }

  // Adds what is below a node; false when the result is full. The depth of the recursion is that of the design.
  bool Descend(uint32_t definition, uint32_t parent) {
    const uint32_t depth = result_.nodes[parent].depth;
    if (depth >= request_.max_depth) {
      result_.truncated |= !definitions_[definition].children.empty();
      return true;
    }
    for (const DesignInstance& child : definitions_[definition].children) {
      HierarchyNode node = NodeOf(child.definition);
      node.instance = elaboration_.NodeOf(child);
      node.parent = parent;
      node.depth = depth + 1;
      node.name = child.name;
      node.path = result_.nodes[parent].path + "." + child.name;
      if (!result_.Append(std::move(node), request_.max_instances)) return false;
      if (!Descend(child.definition, static_cast<uint32_t>(result_.nodes.size() - 1))) return false;
    }
    return true;
  }

  void Count(const std::vector<uint32_t>& tops) {
    std::vector<uint64_t> copies(definitions_.size());
    for (uint32_t top : tops) copies[top] = SaturatingAdd(copies[top], 1);
    std::map<std::pair<std::string, NodeRef>, uint64_t> instances;
    for (size_t i = definitions_.size(); i-- > 0;) {
      if (copies[i] == 0) continue;
      for (const DesignInstance& child : definitions_[i].children) {
        copies[child.definition] = SaturatingAdd(copies[child.definition], copies[i]);
        uint64_t& count = instances[{definitions_[child.definition].name, elaboration_.NodeOf(child.definition)}];
        count = SaturatingAdd(count, copies[i]);
      }
    }
    for (const auto& [module, count] : instances) result_.modules.push_back({module.second, module.first, count});
    std::ranges::stable_sort(result_.modules, std::greater(), &ModuleCount::instances);
  }

  const Elaboration& elaboration_;
  const std::vector<DesignDefinition>& definitions_;
  const HierarchyRequest& request_;
  std::vector<uint64_t> below_;  // instances below each definition
  HierarchyResult result_;
};

}  // namespace

std::vector<uint32_t> ElaboratedTops(const Elaboration& elaboration, NodeRef top) {
  std::vector<uint32_t> tops;
  for (uint32_t definition : elaboration.design().tops) {
    if (top == kNoRef || elaboration.NodeOf(definition) == top) tops.push_back(definition);
  }
  if (tops.empty() && top != kNoRef) {
    const auto specialisations = elaboration.SpecialisationsOf(top);
    if (!specialisations.empty()) tops.push_back(specialisations.front());
  }
  return tops;
}

HierarchyResult GetElaboratedHierarchy(const Elaboration& elaboration, const std::vector<uint32_t>& tops,
                                       const HierarchyRequest& request) {
  return ElaboratedTree(elaboration, request).Run(tops);
}

}  // namespace fanin::graph
