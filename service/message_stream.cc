#include "service/message_stream.h"

#include <chrono>
#include <utility>

namespace fanin::service {
namespace {

// A reader that is slower than the call holds it up rather than filling the memory.
constexpr size_t kMaxMessages = 16;
constexpr std::chrono::milliseconds kLookTime{200};

}  // namespace

MessageStream::MessageStream(Call call) {
  thread_ = std::jthread([this, call = std::move(call)] {
    base::Status status = call([this](std::string message) { return Add(std::move(message)); },
                               [this] {
                                 const std::lock_guard lock(mutex_);
                                 return is_stopped_;
                               });
    const std::lock_guard lock(mutex_);
    status_ = std::move(status);
    changed_.notify_all();
  });
}

MessageStream::~MessageStream() { Stop(); }

bool MessageStream::Add(std::string message) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return is_stopped_ || messages_.size() < kMaxMessages; });
  if (is_stopped_) return false;
  messages_.push_back(std::move(message));
  changed_.notify_all();
  return true;
}

std::optional<std::string> MessageStream::Next(const std::function<bool()>& is_useless) {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, kLookTime, [this] { return status_ || !messages_.empty(); })) {
    lock.unlock();
    if (is_useless()) Stop();
    lock.lock();
  }
  if (messages_.empty()) return std::nullopt;
  std::string message = std::move(messages_.front());
  messages_.pop_front();
  changed_.notify_all();
  return message;
}

base::Status MessageStream::status() const {
  const std::lock_guard lock(mutex_);
  FANIN_CHECK(status_.has_value());
  return *status_;
}

void MessageStream::Stop() {
  const std::lock_guard lock(mutex_);
  is_stopped_ = true;
  changed_.notify_all();
}

}  // namespace fanin::service
