// RunMonitor: progress, cancellation and timing of one indexing run.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>

#include "base/error.h"
#include "fanin/v1/repository.pb.h"

namespace fanin::service {

// Called from any of a run's threads, one call at a time; false stops the run.
using OnIndexProgress = std::function<bool(const v1::IndexProgress&)>;

// Thread-safe, but for the phases: one thread begins them, one after the other.
class RunMonitor {
 public:
  using Phase = v1::IndexProgress::Phase;

  explicit RunMonitor(OnIndexProgress on_progress) : on_progress_(std::move(on_progress)) {}

  // Ends the phase before it. A phase may come more than once; its times add up.
  void Begin(Phase phase);
  void End();
  // Progress of the current phase.
  void Report(uint64_t done, uint64_t total);

  bool cancelled() const { return cancelled_; }
  // Errors: CANCELLED.
  base::Status CheckCancelled() const;

  // Sets phases and total_seconds.
  void FillIn(v1::IndexSummary& summary) const;

 private:
  using Clock = std::chrono::steady_clock;

  const OnIndexProgress on_progress_;
  const Clock::time_point start_ = Clock::now();
  std::atomic<bool> cancelled_ = false;
  std::atomic<Phase> phase_ = v1::IndexProgress::PHASE_UNSPECIFIED;
  Clock::time_point phase_start_;
  std::array<double, v1::IndexProgress::Phase_ARRAYSIZE> seconds_{};
  std::mutex report_mutex_;
};

}  // namespace fanin::service
