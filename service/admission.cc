#include "service/admission.h"

#include <algorithm>
#include <string>
#include <thread>
#include <utility>

namespace fanin::service {
namespace {

using std::chrono::milliseconds;

// How often a call that waits looks whether its caller is still there.
constexpr milliseconds kLookInterval{50};
constexpr milliseconds kLeastRetry{100};
constexpr milliseconds kMostRetry{30'000};
constexpr double kSmoothing = 0.1;

}  // namespace

AdmissionLimits DefaultAdmission() {
  const uint32_t cores = std::max(1U, std::thread::hardware_concurrency());
  return {.interactive = {.units = 2 * cores, .waiting = 64 * cores},
          .batch = {.units = std::max(2U, cores / 4), .waiting = 16}};
}

Admission::Ticket::Ticket(Ticket&& other) noexcept { *this = std::move(other); }

Admission::Ticket& Admission::Ticket::operator=(Ticket&& other) noexcept {
  std::swap(admission_, other.admission_);
  std::swap(lane_, other.lane_);
  std::swap(units_, other.units_);
  std::swap(start_, other.start_);
  return *this;
}

Admission::Ticket::~Ticket() {
  if (admission_ != nullptr) admission_->Leave(*this);
}

Admission::Admission(const AdmissionLimits& limits) { SetLimits(limits); }

void Admission::SetLimits(const AdmissionLimits& limits) {
  {
    const std::lock_guard lock(mutex_);
    queues_[0].limits = limits.interactive;
    queues_[1].limits = limits.batch;
  }
  changed_.notify_all();
}

LaneState Admission::StateOf(Lane lane) const {
  const std::lock_guard lock(mutex_);
  const Queue& queue = queues_[IndexOf(lane)];
  return {queue.running_units, static_cast<uint32_t>(queue.waiting.size()), queue.refused};
}

base::Result<Admission::Ticket> Admission::Enter(Lane lane, uint32_t units, const CallContext& context,
                                                 milliseconds& retry_after) {
  Ticket ticket;
  if (lane == Lane::kNone) return ticket;
  std::unique_lock lock(mutex_);
  Queue& queue = queues_[IndexOf(lane)];
  // What costs more than the lane has runs alone.
  const auto has_room = [&] { return queue.running_units == 0 || queue.running_units + units <= queue.limits.units; };
  if (!queue.waiting.empty() || !has_room()) {
    if (queue.waiting.size() >= queue.limits.waiting) {
      ++queue.refused;
      const double turns = static_cast<double>(queue.waiting.size() + 1) / std::max(1U, queue.limits.units);
      retry_after = std::clamp(milliseconds(static_cast<int64_t>(turns * queue.mean_ms)), kLeastRetry, kMostRetry);
      return base::Fail(base::Code::kResourceExhausted, "the server is busy: " + std::to_string(queue.waiting.size()) +
                                                            " calls wait; try again in " +
                                                            std::to_string(retry_after.count()) + " ms");
    }
    const auto place = queue.waiting.insert(queue.waiting.end(), units);
    const auto is_next = [&] { return place == queue.waiting.begin() && has_room(); };
    base::Status status;
    while (!is_next()) {
      changed_.wait_for(lock, kLookInterval);
      if (is_next()) break;
      if (context.deadline && std::chrono::steady_clock::now() >= *context.deadline) {
        status = base::Fail(base::Code::kDeadlineExceeded, "the deadline came while the call waited for its turn");
        break;
      }
      if (context.cancelled && context.cancelled()) {
        status = base::Fail(base::Code::kCancelled, "the caller left while the call waited for its turn");
        break;
      }
    }
    queue.waiting.erase(place);
    if (!status) {
      lock.unlock();
      changed_.notify_all();
      return std::unexpected(status.error());
    }
  }
  queue.running_units += units;
  ticket.admission_ = this;
  ticket.lane_ = lane;
  ticket.units_ = units;
  ticket.start_ = std::chrono::steady_clock::now();
  lock.unlock();
  changed_.notify_all();  // there may be room for the next one too
  return ticket;
}

void Admission::Leave(const Ticket& ticket) {
  {
    const std::lock_guard lock(mutex_);
    Queue& queue = queues_[IndexOf(ticket.lane_)];
    queue.running_units -= ticket.units_;
    const double ms =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - ticket.start_).count();
    queue.mean_ms += kSmoothing * (ms - queue.mean_ms);
  }
  changed_.notify_all();
}

}  // namespace fanin::service
