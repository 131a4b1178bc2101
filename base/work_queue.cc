#include "base/work_queue.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace fanin::base {

size_t DefaultThreads() { return std::max<size_t>(1, std::thread::hardware_concurrency()); }

void ParallelFor(size_t count, size_t threads, const std::function<void(size_t worker, size_t i)>& body) {
  threads = std::min(threads, count);
  if (threads <= 1) {
    for (size_t i = 0; i < count; ++i) body(0, i);
    return;
  }
  std::atomic<size_t> next = 0;
  auto run = [&](size_t worker) {
    for (size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) body(worker, i);
  };
  std::vector<std::jthread> pool;
  pool.reserve(threads - 1);
  for (size_t worker = 1; worker < threads; ++worker) pool.emplace_back(run, worker);
  run(0);
}

}  // namespace fanin::base
