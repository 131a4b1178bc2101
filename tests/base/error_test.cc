#include "base/error.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <sstream>

namespace fanin::base {
namespace {

Result<int> Half(int value) {
  if (value % 2 != 0) return Fail(Code::kInvalidArgument, std::to_string(value) + " is odd");
  return value / 2;
}

Result<int> Quarter(int value) {
  FANIN_ASSIGN_OR_RETURN(const int half, Half(value));
  FANIN_ASSIGN_OR_RETURN(const int quarter, Half(half));
  return quarter;
}

Status MustBeEven(int value, bool* reached_end) {
  FANIN_RETURN_IF_ERROR(Half(value));
  *reached_end = true;
  return {};
}

Result<std::unique_ptr<int>> Boxed(int value) { return std::make_unique<int>(value); }

Result<int> Unboxed(int value) {
  FANIN_ASSIGN_OR_RETURN(std::unique_ptr<int> box, Boxed(value));
  return *box;
}

TEST(Error, PrintsGrpcNameAndMessage) {
  const Error error{Code::kNotFound, "no such folder: rtl"};
  std::ostringstream out;
  out << error;
  EXPECT_EQ(error.ToString(), "NOT_FOUND: no such folder: rtl");
  EXPECT_EQ(out.str(), error.ToString());
}

TEST(Error, CodesHaveTheNumbersAndNamesOfGrpc) {
  EXPECT_EQ(static_cast<int>(Code::kCancelled), 1);
  EXPECT_EQ(static_cast<int>(Code::kInvalidArgument), 3);
  EXPECT_EQ(static_cast<int>(Code::kFailedPrecondition), 9);
  EXPECT_EQ(static_cast<int>(Code::kDataLoss), 15);
  EXPECT_EQ(static_cast<int>(Code::kUnauthenticated), 16);
  EXPECT_EQ(CodeName(Code::kInvalidArgument), "INVALID_ARGUMENT");
  EXPECT_EQ(CodeName(Code::kDataLoss), "DATA_LOSS");
}

TEST(Error, AnnotateKeepsTheCodeAndPutsTheContextFirst) {
  const Error error = Error{Code::kDataLoss, "bad checksum"}.Annotate("shard 7").Annotate("repository soc");
  EXPECT_EQ(error, (Error{Code::kDataLoss, "repository soc: shard 7: bad checksum"}));
}

TEST(Error, AssignOrReturnBindsTheValueOrPassesTheErrorOn) {
  EXPECT_EQ(Quarter(12), 3);
  EXPECT_EQ(Quarter(7).error().message, "7 is odd");
  EXPECT_EQ(Quarter(6).error().message, "3 is odd");
  EXPECT_EQ(Quarter(6).error().code, Code::kInvalidArgument);
}

TEST(Error, AssignOrReturnMovesValuesThatCannotBeCopied) { EXPECT_EQ(Unboxed(5), 5); }

TEST(Error, ReturnIfErrorStopsAtTheFailure) {
  bool reached_end = false;
  EXPECT_FALSE(MustBeEven(3, &reached_end).has_value());
  EXPECT_FALSE(reached_end);
  EXPECT_TRUE(MustBeEven(4, &reached_end).has_value());
  EXPECT_TRUE(reached_end);
}

TEST(Error, ErrnoMapsToTheMostSpecificCode) {
  const auto code = [](int error_number) { return FailErrno("write f", error_number).error().code; };
  EXPECT_EQ(code(ENOENT), Code::kNotFound);
  EXPECT_EQ(code(EACCES), Code::kPermissionDenied);
  EXPECT_EQ(code(EROFS), Code::kPermissionDenied);
  EXPECT_EQ(code(ENOSPC), Code::kResourceExhausted);
  EXPECT_EQ(code(EMFILE), Code::kResourceExhausted);
  EXPECT_EQ(code(EEXIST), Code::kAlreadyExists);
  EXPECT_EQ(code(ELOOP), Code::kInvalidArgument);
  EXPECT_EQ(code(EIO), Code::kUnavailable);
  EXPECT_EQ(FailErrno("write f", ENOSPC).error().message, "write f: No space left on device");
}

TEST(ErrorDeathTest, BrokenCheckAbortsWithTheConditionAndItsPlace) {
  const int rows = 3;
  FANIN_CHECK(rows == 3);
  EXPECT_DEATH(FANIN_CHECK(rows == 4), "error_test.cc:[0-9]+: check failed: rows == 4");
}

}  // namespace
}  // namespace fanin::base
