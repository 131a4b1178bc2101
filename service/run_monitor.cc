#include "service/run_monitor.h"

namespace fanin::service {

void RunMonitor::Begin(Phase phase) {
  End();
  phase_ = phase;
  phase_start_ = Clock::now();
  Report(0, 0);
}

void RunMonitor::End() {
  if (phase_ == v1::IndexProgress::PHASE_UNSPECIFIED) return;
  seconds_[static_cast<size_t>(phase_.load())] += std::chrono::duration<double>(Clock::now() - phase_start_).count();
  phase_ = v1::IndexProgress::PHASE_UNSPECIFIED;
}

void RunMonitor::Report(uint64_t done, uint64_t total) {
  if (!on_progress_) return;
  v1::IndexProgress progress;
  progress.set_phase(phase_);
  progress.set_done(done);
  progress.set_total(total);
  std::lock_guard lock(report_mutex_);
  if (!on_progress_(progress)) cancelled_ = true;
}

base::Status RunMonitor::CheckCancelled() const {
  if (cancelled_) return base::Fail(base::Code::kCancelled, "indexing was cancelled; the snapshot before it stays");
  return {};
}

void RunMonitor::FillIn(v1::IndexSummary& summary) const {
  for (size_t phase = 0; phase < seconds_.size(); ++phase) {
    if (seconds_[phase] == 0) continue;
    v1::PhaseTime& time = *summary.add_phases();
    time.set_phase(static_cast<Phase>(phase));
    time.set_seconds(seconds_[phase]);
  }
  summary.set_total_seconds(std::chrono::duration<double>(Clock::now() - start_).count());
}

}  // namespace fanin::service
