#include "service/call_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "service/caller.h"

namespace fanin::service {
namespace {

using testing::HasSubstr;
using testing::Not;

class CallGateTest : public testing::Test {
 protected:
  CallGateTest() {
    gate_.SetOnRecord([this](const CallRecord& record) {
      caller_ = record.caller;
      error_ = record.error;
      trace_id_ = record.trace_id;
    });
  }

  // Callers are told apart; the token of one with these grants.
  std::string LetIn(const std::vector<Grant>& grants) {
    const NewToken made = MakeToken("someone", grants);
    gate_.SetTokens(Tokens::Parse(made.lines, "tokens").value());
    return "Bearer " + made.token;
  }

  CallGate::Outcome Run(const std::string& authorization, const std::string& repository = "repositories/soc",
                        base::Status result = {}) {
    v1::GetSourceRequest request;
    request.set_repository(repository);
    info_.front = "test";
    info_.authorization = authorization;
    return gate_.Run("GetSource", request, info_, [&](const CallContext& context) {
      ++calls_;
      saw_caller_ = context.caller != nullptr;
      return result;
    });
  }

  CallGate gate_{{.interactive = {.units = 1, .waiting = 0}, .batch = {.units = 1, .waiting = 0}}};
  CallInfo info_;
  int calls_ = 0;
  bool saw_caller_ = false;
  std::string caller_;
  std::string trace_id_;
  std::optional<base::Code> error_;
};

TEST_F(CallGateTest, WithoutTokensEverybodyMayDoEverything) {
  EXPECT_TRUE(Run("").status.has_value());
  EXPECT_EQ(calls_, 1);
  EXPECT_FALSE(saw_caller_);
  EXPECT_TRUE(gate_.CheckMayReadAll("").has_value());
}

TEST_F(CallGateTest, WithTokensNothingRunsForWhoHasNone) {
  const std::string token = LetIn({{"*", Right::kAdmin}});
  for (const std::string& shown :
       {std::string(), std::string("Bearer "), token + "0", token.substr(7), "Basic " + token}) {
    const auto outcome = Run(shown);
    ASSERT_FALSE(outcome.status.has_value()) << shown;
    EXPECT_EQ(outcome.status.error().code, base::Code::kUnauthenticated);
    EXPECT_EQ(gate_.CheckMayReadAll(shown).error().code, base::Code::kUnauthenticated);
  }
  EXPECT_EQ(calls_, 0);
  EXPECT_TRUE(Run(token).status.has_value());
  EXPECT_TRUE(saw_caller_);
  EXPECT_EQ(caller_, "someone");
}

TEST_F(CallGateTest, ACallBeyondItsRightsDoesNotRunAndIsRecorded) {
  const std::string token = LetIn({{"ip", Right::kAdmin}});
  EXPECT_EQ(Run(token).status.error().code, base::Code::kPermissionDenied);
  EXPECT_EQ(calls_, 0);
  EXPECT_EQ(error_, base::Code::kPermissionDenied);
  EXPECT_TRUE(Run(token, "repositories/ip/snapshots/3").status.has_value());
  EXPECT_EQ(gate_.CheckMayReadAll(token).error().code, base::Code::kPermissionDenied);
}

TEST_F(CallGateTest, NamesOfOthersAreNotToldToWhoMayNotReadThem) {
  const base::Status missing = base::Fail(base::Code::kNotFound, "no repository named \"ip2\"; there are: soc");
  EXPECT_THAT(Run("", "repositories/ip2", missing).status.error().message, HasSubstr("soc"));
  const std::string token = LetIn({{"ip*", Right::kRead}});
  EXPECT_THAT(Run(token, "repositories/ip2", missing).status.error().message, Not(HasSubstr("soc")));
}

TEST_F(CallGateTest, ABusyLaneSaysWhenToTryAgain) {
  v1::GetSourceRequest request;
  request.set_repository("repositories/soc");
  const auto outer = gate_.Run("GetSource", request, info_, [&](const CallContext&) -> base::Status {
    const auto inner = Run("");
    EXPECT_EQ(inner.status.error().code, base::Code::kResourceExhausted);
    EXPECT_TRUE(inner.retry_after.has_value());
    return {};
  });
  EXPECT_TRUE(outer.status.has_value());
  EXPECT_EQ(calls_, 0);
}

TEST_F(CallGateTest, AClosedGateLetsCallsEndAndNoneIn) {
  std::atomic<bool> is_in = false;
  std::atomic<bool> may_end = false;
  v1::GetSourceRequest request;
  request.set_repository("repositories/soc");
  std::thread running([&] {
    const auto outcome = gate_.Run("GetSource", request, CallInfo(), [&](const CallContext&) -> base::Status {
      is_in = true;
      while (!may_end) std::this_thread::yield();
      return {};
    });
    EXPECT_TRUE(outcome.status.has_value());
  });
  while (!is_in) std::this_thread::yield();
  gate_.Close(std::chrono::seconds(0));
  EXPECT_EQ(Run("").status.error().code, base::Code::kUnavailable);
  may_end = true;
  gate_.Close(std::chrono::hours(1));
  running.join();
}

TEST_F(CallGateTest, RequestAndTraceIdsAreTakenWhereTheyArePlain) {
  info_.request_id = "a.b-1";
  info_.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  EXPECT_EQ(Run("").request_id, "a.b-1");
  EXPECT_EQ(trace_id_, "0af7651916cd43dd8448eb211c80319c");
  for (const std::string& id : {std::string(), std::string("a b"), std::string("a\nevent=x"), std::string(65, 'a')}) {
    info_.request_id = id;
    info_.traceparent = id;
    EXPECT_THAT(Run("").request_id, testing::MatchesRegex("[0-9a-f]{16}"));
    EXPECT_EQ(trace_id_, "");
  }
}

}  // namespace
}  // namespace fanin::service
