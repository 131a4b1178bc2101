// The dynamic slice of a symptom: what of its cone had a part in the value that it had at a time.
//
// From the symptom backwards (Korel and Laski, IPL 1988; relevant slices: Agrawal et al., ICSM 1993): of the statements
// that drive a signal those count whose conditions held, of their expressions the names that decided, of a clocked
// procedure the values just before the last edge at which it loaded the signal. The conditions that kept others from
// driving count half: the fault may be that they did not.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "graph/control_flow.h"
#include "retriever/debug_candidates.h"
#include "retriever/debug_cone.h"
#include "retriever/wave_scope.h"

namespace fanin::retriever {

struct SliceLimits {
  uint32_t max_moments = 4000;  // signals at times
  uint32_t max_edges = 64;      // that one signal is looked back for its last load
};

// Parts by statement, condition head or instance.
struct Slice {
  std::unordered_map<graph::NodeRef, Part> parts;
  // Of an instance by the port's signal; of a signal that is in the slice itself.
  std::map<std::pair<graph::NodeRef, graph::NodeRef>, Part> connections;
  std::unordered_map<graph::NodeRef, Part> signals;
  bool truncated = false;
};

// Slices of one cone. Not thread-safe: what was read of its statements is kept.
class Slicer {
 public:
  Slicer(const graph::Snapshot& snapshot, const Cone& cone, WaveScope& scope, FileLines& lines);
  ~Slicer();

  // From the roots of the cone at a time. Errors: those of reading.
  base::Result<Slice> At(uint64_t time, const SliceLimits& limits = {});
  // Times before `time` at which the clock of the nearest register had its edge, the latest first, at most `count`;
  // empty: no clock is known.
  base::Result<std::vector<uint64_t>> EdgesBefore(uint64_t time, size_t count);

 private:
  class Run;
  struct Driver;
  struct Signal;
  base::Result<const Signal*> Load(uint32_t step);
  base::Status LoadDriver(const Signal& signal, Driver& driver);

  const graph::Snapshot& snapshot_;
  const Cone& cone_;
  WaveScope& scope_;
  FileLines& lines_;
  std::unordered_map<uint32_t, std::unique_ptr<Signal>> signals_;
  std::unordered_map<graph::FileRef, std::unique_ptr<graph::ControlFlow>> flows_;
};

}  // namespace fanin::retriever
