// Metrics of a server, in Prometheus' text format: counted as calls end, the rest read when they are asked for.
// docs/operation.md lists them.
//
// Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "service/call_gate.h"
#include "service/engine.h"
#include "service/job_queue.h"

namespace fanin::service {

class Metrics {
 public:
  // All must outlive it.
  Metrics(Engine& engine, const JobQueue& jobs, const CallGate& gate);
  ~Metrics();

  void Count(const CallRecord& record);
  // Cost: one read of each repository's manifest.
  std::string Text();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fanin::service
