#include "base/work_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <numeric>
#include <thread>
#include <vector>

namespace fanin::base {
namespace {

TEST(ParallelFor, CallsEveryItemOnce) {
  for (size_t threads : {1u, 2u, 7u}) {
    std::vector<std::atomic<int>> calls(1000);
    ParallelFor(calls.size(), threads, [&](size_t, size_t i) { ++calls[i]; });
    for (size_t i = 0; i < calls.size(); ++i) ASSERT_EQ(calls[i], 1) << "item " << i << ", threads " << threads;
  }
}

TEST(ParallelFor, NothingToDoCallsNothing) {
  ParallelFor(0, 4, [](size_t, size_t) { FAIL(); });
}

TEST(ParallelFor, OneThreadIsTheCallersAndKeepsTheOrder) {
  const auto caller = std::this_thread::get_id();
  for (size_t threads : {0u, 1u}) {
    std::vector<size_t> order;
    ParallelFor(5, threads, [&](size_t worker, size_t i) {
      EXPECT_EQ(worker, 0u);
      EXPECT_EQ(std::this_thread::get_id(), caller);
      order.push_back(i);
    });
    EXPECT_EQ(order, (std::vector<size_t>{0, 1, 2, 3, 4}));
  }
}

TEST(ParallelFor, ItemsRunAtTheSameTime) {
  // Each call waits until all three have begun: with fewer threads this would never end.
  constexpr size_t kThreads = 3;
  std::latch all_begun(kThreads);
  ParallelFor(kThreads, kThreads, [&](size_t, size_t) { all_begun.arrive_and_wait(); });
}

TEST(ParallelFor, WorkerNumbersOwnTheirScratch) {
  constexpr size_t kThreads = 4;
  constexpr size_t kItems = 20'000;
  std::vector<size_t> sums(kThreads);  // unguarded on purpose: one worker number, one thread at a time
  ParallelFor(kItems, kThreads, [&](size_t worker, size_t i) { sums.at(worker) += i; });
  EXPECT_EQ(std::accumulate(sums.begin(), sums.end(), size_t{0}), kItems * (kItems - 1) / 2);
}

TEST(ParallelFor, AllCallsHaveReturnedAfterwards) {
  size_t values[64] = {};
  ParallelFor(64, 4, [&](size_t, size_t i) { values[i] = i + 1; });
  for (size_t i = 0; i < 64; ++i) EXPECT_EQ(values[i], i + 1);
}

TEST(DefaultThreads, IsAtLeastOne) { EXPECT_GE(DefaultThreads(), 1u); }

}  // namespace
}  // namespace fanin::base
