// Admission: how many calls run at once, how many wait, and which are refused, in two lanes, so that batch work does
// not keep people waiting. A call takes units of its lane by what its method costs.
//
// Thread-safe. Within a lane calls enter in the order in which they came.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>

#include "base/error.h"
#include "service/api.h"
#include "service/method_rules.h"

namespace fanin::service {

struct LaneLimits {
  uint32_t units = 1;    // that run at once
  uint32_t waiting = 0;  // calls

  friend bool operator==(const LaneLimits&, const LaneLimits&) = default;
};

struct AdmissionLimits {
  LaneLimits interactive;
  LaneLimits batch;

  friend bool operator==(const AdmissionLimits&, const AdmissionLimits&) = default;
};

// Two interactive units a core, one batch unit to four cores, at least one; as many waiting as an answer in seconds
// allows.
AdmissionLimits DefaultAdmission();

struct LaneState {
  uint32_t running_units = 0;
  uint32_t waiting = 0;
  uint64_t refused = 0;
};

class Admission {
 public:
  explicit Admission(const AdmissionLimits& limits);

  // Room in a lane, given back when it goes out of scope. Movable.
  class Ticket {
   public:
    Ticket() = default;
    Ticket(Ticket&& other) noexcept;
    Ticket& operator=(Ticket&& other) noexcept;
    ~Ticket();

   private:
    friend class Admission;
    Admission* admission_ = nullptr;
    Lane lane_ = Lane::kNone;
    uint32_t units_ = 0;
    std::chrono::steady_clock::time_point start_;
  };

  // Waits for room. Errors: RESOURCE_EXHAUSTED at once where too many wait, and sets `retry_after`; DEADLINE_EXCEEDED
  // and CANCELLED while it waits.
  base::Result<Ticket> Enter(Lane lane, uint32_t units, const CallContext& context,
                             std::chrono::milliseconds& retry_after);

  void SetLimits(const AdmissionLimits& limits);
  LaneState StateOf(Lane lane) const;

 private:
  struct Queue {
    LaneLimits limits;
    uint32_t running_units = 0;
    std::list<uint32_t> waiting;  // their units, in order
    uint64_t refused = 0;
    double mean_ms = 50;  // of a unit's stay, smoothed
  };

  static size_t IndexOf(Lane lane) { return lane == Lane::kBatch ? 1 : 0; }
  void Leave(const Ticket& ticket);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::array<Queue, 2> queues_;  // guarded by mutex_
};

}  // namespace fanin::service
