#include "service/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

namespace fanin::service {
namespace {

using testing::HasSubstr;

class AdmissionTest : public testing::Test {
 protected:
  base::Result<Admission::Ticket> Enter(Lane lane, uint32_t units = 1, const CallContext& context = {}) {
    return admission_.Enter(lane, units, context, retry_after_);
  }
  // A context whose caller has left.
  static CallContext Left() {
    CallContext context;
    context.cancelled = [] { return true; };
    return context;
  }

  Admission admission_{{.interactive = {.units = 2, .waiting = 1}, .batch = {.units = 1, .waiting = 0}}};
  std::chrono::milliseconds retry_after_{0};
};

TEST_F(AdmissionTest, ALaneThatIsFullRefusesAndSaysWhenToTryAgain) {
  const auto first = Enter(Lane::kBatch);
  ASSERT_TRUE(first.has_value());
  const auto second = Enter(Lane::kBatch);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, base::Code::kResourceExhausted);
  EXPECT_GE(retry_after_.count(), 100);
  EXPECT_EQ(admission_.StateOf(Lane::kBatch).refused, 1U);
}

TEST_F(AdmissionTest, TheLanesDoNotHoldEachOtherUp) {
  const auto batch = Enter(Lane::kBatch);
  EXPECT_TRUE(Enter(Lane::kInteractive).has_value());
  EXPECT_TRUE(Enter(Lane::kNone).has_value());
}

TEST_F(AdmissionTest, RoomIsGivenBack) {
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(Enter(Lane::kBatch).has_value()) << i;
  EXPECT_EQ(admission_.StateOf(Lane::kBatch).running_units, 0U);
}

TEST_F(AdmissionTest, ACallThatWaitsEntersWhenThereIsRoom) {
  std::optional<Admission::Ticket> first = *Enter(Lane::kInteractive, 2);
  std::atomic<bool> entered = false;
  std::thread other([&] {
    const auto ticket = Enter(Lane::kInteractive);
    entered = ticket.has_value();
  });
  while (admission_.StateOf(Lane::kInteractive).waiting == 0) std::this_thread::yield();
  EXPECT_FALSE(entered);
  first.reset();
  other.join();
  EXPECT_TRUE(entered);
}

TEST_F(AdmissionTest, ACallWhoseTimeIsUpOrWhoseCallerLeftWaitsNoLonger) {
  const auto first = Enter(Lane::kInteractive, 2);
  CallContext late;
  late.deadline = std::chrono::steady_clock::now();
  EXPECT_EQ(Enter(Lane::kInteractive, 1, late).error().code, base::Code::kDeadlineExceeded);
  EXPECT_EQ(Enter(Lane::kInteractive, 1, Left()).error().code, base::Code::kCancelled);
  EXPECT_EQ(admission_.StateOf(Lane::kInteractive).waiting, 0U);
}

TEST_F(AdmissionTest, WhatCostsMoreThanTheLaneHasRunsAlone) {
  const auto large = Enter(Lane::kInteractive, 100);
  ASSERT_TRUE(large.has_value());
  EXPECT_EQ(Enter(Lane::kInteractive, 1, Left()).error().code, base::Code::kCancelled);
}

TEST_F(AdmissionTest, NoMoreThanTheUnitsRunAtOnce) {
  admission_.SetLimits({.interactive = {.units = 3, .waiting = 100}, .batch = {}});
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      const auto ticket = Enter(Lane::kInteractive);
      const int now = ++running;
      int seen = most;
      while (now > seen && !most.compare_exchange_weak(seen, now)) {
      }
      std::this_thread::yield();
      --running;
    });
  }
  threads.clear();
  EXPECT_LE(most, 3);
  EXPECT_GE(most, 1);
}

}  // namespace
}  // namespace fanin::service
