// The fan-in cone of a symptom with all that drives each signal in it: what debugging ranks and slices.
//
// Immutable once built; node references are of the snapshot it was built on.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "graph/elaboration.h"
#include "graph/snapshot.h"
#include "graph/traversal.h"

namespace fanin::retriever {

struct ConeLimits {
  uint32_t max_signals = 1000;
  uint32_t max_steps = 40;
};

class Cone {
 public:
  // The walk stays in the modules that the roots' paths begin in, and below. `elaboration` may be null. Cost: that of
  // the trace and one more batched edge read.
  static base::Result<Cone> Build(const graph::Snapshot& snapshot, const graph::Elaboration* elaboration,
                                  const std::vector<graph::Occurrence>& roots, const ConeLimits& limits,
                                  std::optional<std::chrono::steady_clock::time_point> deadline);

  // As graph::Trace tells them: the signals, nearest first, each with the way it was reached.
  const std::vector<graph::TraceStep>& steps() const { return steps_; }
  // Edges of kind flows and drives into the signal of a step that hold where it is: of ports' connections only that of
  // the instance the walk came through.
  std::span<const graph::Edge> DriversOf(uint32_t step) const { return drivers_[step]; }
  // The step of the signal that a flow into `step` comes from; nullopt: a limit or rule left it out.
  std::optional<uint32_t> SourceOf(uint32_t step, const graph::Edge& flow) const;
  bool truncated() const { return truncated_; }

 private:
  Cone() = default;

  std::vector<graph::TraceStep> steps_;
  std::vector<std::vector<graph::Edge>> drivers_;  // by step
  std::unordered_multimap<graph::NodeRef, uint32_t> by_node_;
  std::unordered_map<graph::NodeRef, graph::NodeRef> region_of_;  // of signals and instances
  bool truncated_ = false;
};

}  // namespace fanin::retriever
