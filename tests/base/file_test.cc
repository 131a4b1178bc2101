#include "base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace fanin::base {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "fanin_file_test_XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  void Put(const std::string& name, std::string_view content) {
    std::ofstream(folder_ / name, std::ios::binary) << content;
  }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) names.push_back(entry.path().filename().string());
    return names;
  }

  fs::path folder_;
};

TEST_F(FileTest, ReadsEveryByte) {
  const std::string content("\0module\xff\n", 9);
  Put("a.v", content);
  EXPECT_EQ(ReadFile(folder_ / "a.v"), content);
  Put("empty.v", "");
  EXPECT_EQ(ReadFile(folder_ / "empty.v"), "");
}

TEST_F(FileTest, MissingFileIsNotFoundAndNamed) {
  const auto content = ReadFile(folder_ / "none.v");
  ASSERT_FALSE(content.has_value());
  EXPECT_EQ(content.error().code, Code::kNotFound);
  EXPECT_THAT(content.error().message, HasSubstr("none.v"));
  Put("a.v", "");
  EXPECT_EQ(ReadFile(folder_ / "a.v" / "inside.v").error().code, Code::kNotFound);
}

TEST_F(FileTest, FolderIsRefused) { EXPECT_EQ(ReadFile(folder_).error().code, Code::kInvalidArgument); }

TEST_F(FileTest, FifoIsRefusedWithoutWaitingForAWriter) {
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(ReadFile(folder_ / "pipe").error().code, Code::kInvalidArgument);
}

TEST_F(FileTest, DeviceIsRefused) { EXPECT_EQ(ReadFile("/dev/zero").error().code, Code::kInvalidArgument); }

TEST_F(FileTest, LinkToItselfIsAnError) {
  fs::create_symlink("loop", folder_ / "loop");
  EXPECT_EQ(ReadFile(folder_ / "loop").error().code, Code::kInvalidArgument);
}

TEST_F(FileTest, FileLargerThanTheLimitIsNotRead) {
  Put("a.v", "12345");
  EXPECT_EQ(ReadFile(folder_ / "a.v", 5), "12345");
  const auto content = ReadFile(folder_ / "a.v", 4);
  ASSERT_FALSE(content.has_value());
  EXPECT_EQ(content.error().code, Code::kResourceExhausted);
  EXPECT_THAT(content.error().message, HasSubstr("a.v has 5 bytes, more than the limit of 4"));
}

TEST_F(FileTest, AtomicWriteCreatesAndReplaces) {
  ASSERT_TRUE(WriteFileAtomically(folder_ / "state", "first, and longer").has_value());
  ASSERT_TRUE(WriteFileAtomically(folder_ / "state", "second").has_value());
  EXPECT_EQ(ReadFile(folder_ / "state"), "second");
  EXPECT_THAT(Names(), ElementsAre("state"));
}

TEST_F(FileTest, AtomicWriteIntoAMissingFolderIsNotFound) {
  EXPECT_EQ(WriteFileAtomically(folder_ / "none" / "state", "x").error().code, Code::kNotFound);
}

TEST_F(FileTest, AtomicWriteOverAFolderFailsAndLeavesNoTemporary) {
  fs::create_directories(folder_ / "state" / "inside");
  EXPECT_FALSE(WriteFileAtomically(folder_ / "state", "x").has_value());
  EXPECT_THAT(Names(), ElementsAre("state"));
}

// A limit on the size of files stands for a full disk: writes fail after some bytes.
TEST_F(FileTest, WriteThatFailsHalfwayKeepsTheOldContentAndLeavesNoTemporary) {
  ASSERT_TRUE(WriteFileAtomically(folder_ / "state", "old").has_value());
  rlimit saved{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &saved), 0);
  auto* const saved_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tight{4096, saved.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  const Status written = WriteFileAtomically(folder_ / "state", std::string(100'000, 'x'));
  ::setrlimit(RLIMIT_FSIZE, &saved);
  std::signal(SIGXFSZ, saved_handler);

  ASSERT_FALSE(written.has_value());
  EXPECT_THAT(written.error().message, HasSubstr("write "));
  EXPECT_EQ(ReadFile(folder_ / "state"), "old");
  EXPECT_THAT(Names(), ElementsAre("state"));
}

TEST_F(FileTest, SyncOfAMissingPathIsNotFound) {
  EXPECT_TRUE(SyncPath(folder_).has_value());
  EXPECT_EQ(SyncPath(folder_ / "none").error().code, Code::kNotFound);
}

TEST_F(FileTest, SecondLockIsUnavailableAndNamesTheHolder) {
  const auto first = FileLock::Acquire(folder_ / "lock");
  ASSERT_TRUE(first.has_value());
  const auto second = FileLock::Acquire(folder_ / "lock");
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, Code::kUnavailable);
  EXPECT_THAT(second.error().message, HasSubstr("in use by process " + std::to_string(::getpid())));
}

TEST_F(FileTest, LockIsFreeAgainWhenItsObjectDies) {
  { ASSERT_TRUE(FileLock::Acquire(folder_ / "lock").has_value()); }
  EXPECT_TRUE(FileLock::Acquire(folder_ / "lock").has_value());
}

TEST_F(FileTest, MovedLockStaysHeldUntilItsNewOwnerDies) {
  std::optional<FileLock> owner;
  {
    auto lock = FileLock::Acquire(folder_ / "lock");
    ASSERT_TRUE(lock.has_value());
    owner = *std::move(lock);
  }
  EXPECT_FALSE(FileLock::Acquire(folder_ / "lock").has_value());
  owner.reset();
  EXPECT_TRUE(FileLock::Acquire(folder_ / "lock").has_value());
}

TEST_F(FileTest, LockOfAKilledProcessIsFree) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto lock = FileLock::Acquire(folder_ / "lock");
    const char answer = lock.has_value() ? 'y' : 'n';
    if (::write(ready[1], &answer, 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  char answer = 0;
  ASSERT_EQ(::read(ready[0], &answer, 1), 1);
  ASSERT_EQ(answer, 'y');
  const auto while_held = FileLock::Acquire(folder_ / "lock");
  ::kill(child, SIGKILL);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  ASSERT_FALSE(while_held.has_value());
  EXPECT_THAT(while_held.error().message, HasSubstr("process " + std::to_string(child)));
  EXPECT_TRUE(FileLock::CheckFree(folder_ / "lock").has_value()) << "the file still names the dead process";
  EXPECT_TRUE(FileLock::Acquire(folder_ / "lock").has_value());
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(FileTest, CheckingALockThatNobodyTookCreatesNothing) {
  EXPECT_TRUE(FileLock::CheckFree(folder_ / "lock").has_value());
  EXPECT_THAT(Names(), ElementsAre());
}

TEST_F(FileTest, CheckSeesTheHolderAndItsRelease) {
  {
    const auto lock = FileLock::Acquire(folder_ / "lock");
    ASSERT_TRUE(lock.has_value());
    const Status held = FileLock::CheckFree(folder_ / "lock");
    ASSERT_FALSE(held.has_value());
    EXPECT_EQ(held.error().code, Code::kUnavailable);
    EXPECT_THAT(held.error().message, HasSubstr("process " + std::to_string(::getpid())));
  }
  EXPECT_TRUE(FileLock::CheckFree(folder_ / "lock").has_value());
}

TEST_F(FileTest, LockInAMissingFolderIsNotFound) {
  EXPECT_EQ(FileLock::Acquire(folder_ / "none" / "lock").error().code, Code::kNotFound);
}

}  // namespace
}  // namespace fanin::base
