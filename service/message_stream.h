// A call that streams its answer, run on a thread of its own, so that its outcome before the first message is known
// before an answer begins.
//
// Thread-safe: one thread reads, any may stop.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/error.h"

namespace fanin::service {

class MessageStream {
 public:
  // Writes messages by its argument, until that returns false. `is_stopped` tells it that nobody reads any more.
  using Emit = std::function<bool(std::string)>;
  using Call = std::function<base::Status(const Emit&, const std::function<bool()>& is_stopped)>;

  explicit MessageStream(Call call);
  // Stops the call and waits for its end.
  ~MessageStream();

  // Waits for the next message; nullopt: the call has ended, see status(). Stops the call when `is_useless`, asked
  // several times a second, says that nobody wants it.
  std::optional<std::string> Next(const std::function<bool()>& is_useless);
  // Requires: Next() has returned nullopt.
  base::Status status() const;
  void Stop();

 private:
  bool Add(std::string message);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> messages_;
  bool is_stopped_ = false;
  std::optional<base::Status> status_;  // of the call that ended
  std::jthread thread_;
};

}  // namespace fanin::service
