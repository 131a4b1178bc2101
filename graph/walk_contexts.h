// Where a walk is besides its node: the instances through which it has gone down since its root, and the member of a
// struct that it follows. Internal to walks (traversal.h).
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/schema.h"

namespace fanin::graph {

// A module that the walk has not come down into, as the roots' without instances, may be any of its copies.
using ContextId = uint32_t;
inline constexpr ContextId kAnyCopy = 0;

class Contexts {
 public:
  ContextId Enter(ContextId context, NodeRef instance) {
    auto [known, is_new] = ids_.try_emplace({context, instance}, static_cast<ContextId>(items_.size()));
    if (is_new) items_.push_back({context, instance});
    return known->second;
  }
  // nullopt: the context was entered through another instance.
  std::optional<ContextId> Leave(ContextId context, NodeRef instance) const {
    if (context == kAnyCopy) return kAnyCopy;
    if (items_[context].instance != instance) return std::nullopt;
    return items_[context].outer;
  }
  // The innermost instance, and the context around it. REQUIRES: not kAnyCopy.
  NodeRef InstanceOf(ContextId context) const { return items_[context].instance; }
  ContextId OuterOf(ContextId context) const { return items_[context].outer; }
  // Outermost first.
  std::vector<NodeRef> InstancesOf(ContextId context) const {
    std::vector<NodeRef> instances;
    for (; context != kAnyCopy; context = items_[context].outer) instances.push_back(items_[context].instance);
    std::ranges::reverse(instances);
    return instances;
  }

 private:
  struct Item {
    ContextId outer = kAnyCopy;
    NodeRef instance = kNoRef;
  };
  std::vector<Item> items_ = std::vector<Item>(1);
  std::map<std::pair<ContextId, NodeRef>, ContextId> ids_;
};

// Members of structs and interfaces, ".addr".
using MemberId = uint32_t;
inline constexpr MemberId kWhole = 0;
inline constexpr int kMaxMemberDepth = 8;

class Members {
 public:
  // Of a member nested more deeply than types are, as a loop through a generic module makes, the whole.
  MemberId IdOf(std::string_view member) {
    if (std::ranges::count(member, '.') > kMaxMemberDepth) return kWhole;
    const auto [known, is_new] = ids_.try_emplace(std::string(member), static_cast<MemberId>(texts_.size()));
    if (is_new) texts_.push_back(known->first);
    return known->second;
  }
  std::string_view TextOf(MemberId id) const { return texts_[id]; }
  bool empty() const { return texts_.size() == 1; }

 private:
  std::map<std::string, MemberId> ids_{{"", kWhole}};
  std::vector<std::string_view> texts_{""};
};

}  // namespace fanin::graph
