// What the cones of several signals have in common (traversal.h).
#include <algorithm>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "graph/traversal.h"

namespace fanin::graph {
namespace {

using base::Result;

// One cone, with its steps by node.
struct Cone {
  std::vector<TraceStep> steps;
  std::unordered_multimap<NodeRef, uint32_t> by_node;
  std::vector<bool> is_common;

  // The first step that may be at the place.
  std::optional<uint32_t> Find(const Occurrence& place) const {
    std::optional<uint32_t> found;
    const auto [begin, end] = by_node.equal_range(place.node);
    for (auto entry = begin; entry != end; ++entry) {
      if (MayBeSame(steps[entry->second].place, place) && (!found || entry->second < *found)) found = entry->second;
    }
    return found;
  }
  // Whether the step is reached by a way on which nothing before it is common.
  bool IsNearest(uint32_t step) const {
    const uint32_t parent = steps[step].parent;
    return parent == UINT32_MAX || !is_common[parent];
  }
};

// Steps of `steps[0]`'s cone with their counterparts in the others.
std::vector<CommonSource> Match(std::vector<Cone>& cones) {
  std::vector<CommonSource> sources;
  for (uint32_t first = 0; first < cones.front().steps.size(); ++first) {
    CommonSource source{cones.front().steps[first].place, {first}};
    for (size_t i = 1; i < cones.size(); ++i) {
      const std::optional<uint32_t> step = cones[i].Find(source.place);
      if (!step) break;
      source.steps.push_back(*step);
      const Occurrence& place = cones[i].steps[*step].place;
      if (place.instances.size() > source.place.instances.size()) source.place = place;
    }
    if (source.steps.size() < cones.size()) continue;
    for (size_t i = 0; i < cones.size(); ++i) cones[i].is_common[source.steps[i]] = true;
    sources.push_back(std::move(source));
  }
  std::erase_if(sources, [&](const CommonSource& source) {
    for (size_t i = 0; i < cones.size(); ++i) {
      if (cones[i].IsNearest(source.steps[i])) return false;
    }
    return true;
  });
  return sources;
}

}  // namespace

Result<CommonResult> FindCommon(const Snapshot& snapshot, const TraceRequest& request,
                                const std::vector<std::vector<Occurrence>>& groups) {
  CommonResult result;
  std::vector<Cone> cones;
  for (const std::vector<Occurrence>& roots : groups) {
    TraceRequest of_group = request;
    of_group.roots = roots;
    FANIN_ASSIGN_OR_RETURN(TraceResult trace, Trace(snapshot, of_group));
    result.truncated |= trace.truncated;
    Cone& cone = cones.emplace_back();
    cone.steps = std::move(trace.steps);
    cone.is_common.assign(cone.steps.size(), false);
    for (uint32_t i = 0; i < cone.steps.size(); ++i) cone.by_node.emplace(cone.steps[i].place.node, i);
  }
  if (cones.empty()) return result;
  result.sources = Match(cones);
  std::ranges::sort(result.sources, {}, [&](const CommonSource& source) {
    uint32_t farthest = 0;
    uint64_t sum = 0;
    for (size_t i = 0; i < cones.size(); ++i) {
      const uint32_t depth = cones[i].steps[source.steps[i]].depth;
      farthest = std::max(farthest, depth);
      sum += depth;
    }
    return std::tuple(farthest, sum, source.place);
  });
  for (size_t i = 0; i < cones.size(); ++i) {
    std::vector<uint32_t> wanted;
    for (const CommonSource& source : result.sources) wanted.push_back(source.steps[i]);
    wanted = KeepPathsTo(std::move(wanted), cones[i].steps);
    const auto base = static_cast<uint32_t>(result.steps.size());
    for (size_t s = 0; s < wanted.size(); ++s) result.sources[s].steps[i] = base + wanted[s];
    for (TraceStep& step : cones[i].steps) {
      if (step.parent != UINT32_MAX) step.parent += base;
      result.steps.push_back(std::move(step));
    }
  }
  return result;
}

}  // namespace fanin::graph
