#include "service/folder_watcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <thread>

namespace fanin::service {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;

// A folder that is watched. A change is waited for as long as it takes; that nothing is told is seen by what comes
// after.
class FolderWatcherTest : public testing::Test {
 protected:
  FolderWatcherTest() {
    std::string pattern = testing::TempDir() + "fanin_watch_XXXXXX";
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = fs::canonical(pattern);
    EXPECT_EQ(::pipe(stop_), 0);
    Write("rtl/a.sv", "module a; endmodule\n");
  }
  ~FolderWatcherTest() override {
    watcher_ = nullptr;
    fs::remove_all(root_);
    ::close(stop_[0]);
    ::close(stop_[1]);
  }

  void Write(const std::string& path, const std::string& text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }

  void Open(const WatchTiming& timing = {std::chrono::milliseconds(20), std::chrono::milliseconds(40),
                                         std::chrono::seconds(10), std::chrono::seconds(10)}) {
    auto watcher = FolderWatcher::Open(root_, timing);
    ASSERT_TRUE(watcher.has_value()) << watcher.error();
    watcher_ = std::move(*watcher);
  }

  std::vector<std::string> Wait() {
    auto changes = watcher_->Wait(stop_[0]);
    EXPECT_TRUE(changes.has_value()) << changes.error();
    EXPECT_TRUE(changes->has_value()) << "stopped";
    return changes->value_or(FolderChanges()).paths;
  }

  fs::path root_;
  int stop_[2];
  std::unique_ptr<FolderWatcher> watcher_;
};

TEST_F(FolderWatcherTest, ABurstOfWritesIsOneChange) {
  Open();
  for (int i = 0; i < 5; ++i) Write("rtl/a.sv", "module a; endmodule // " + std::to_string(i) + "\n");
  Write("rtl/b.sv", "module b; endmodule\n");
  EXPECT_THAT(Wait(), ElementsAre("rtl/a.sv", "rtl/b.sv"));
}

TEST_F(FolderWatcherTest, SavingByRenamingOverTheFileIsSeen) {
  Open();
  Write("rtl/.a.sv.swp", "x");
  Write("rtl/4913", "x");
  Write("rtl/a.sv~", "module a; endmodule // new\n");
  fs::rename(root_ / "rtl/a.sv~", root_ / "rtl/a.sv");
  EXPECT_THAT(Wait(), ElementsAre("rtl/a.sv"));
}

TEST_F(FolderWatcherTest, DeletedFilesAndFoldersAreSeen) {
  Write("old/x.sv", "");
  Open();
  fs::remove(root_ / "rtl/a.sv");
  EXPECT_THAT(Wait(), ElementsAre("rtl/a.sv"));
  fs::remove_all(root_ / "old");
  EXPECT_THAT(Wait(), Contains("old"));
}

TEST_F(FolderWatcherTest, NewFoldersAreWatchedAtOnce) {
  Open();
  fs::create_directories(root_ / "new/deep");
  EXPECT_THAT(Wait(), Contains("new"));
  Write("new/deep/c.sv", "module c; endmodule\n");
  EXPECT_THAT(Wait(), ElementsAre("new/deep/c.sv"));
}

TEST_F(FolderWatcherTest, AMovedFolderIsToldUnderItsNewName) {
  Open();
  fs::rename(root_ / "rtl", root_ / "src");
  EXPECT_THAT(Wait(), Contains("src"));
  Write("src/a.sv", "module a; endmodule // moved\n");
  EXPECT_THAT(Wait(), ElementsAre("src/a.sv"));
}

TEST_F(FolderWatcherTest, OtherFilesCountTooAndScratchFilesDoNot) {
  Open();
  Write("rtl/.hidden", "x");
  Write("rtl/#a.sv#", "x");
  Write("rtl/table.inc", "x");
  EXPECT_THAT(Wait(), ElementsAre("rtl/table.inc"));
}

TEST_F(FolderWatcherTest, GitsOwnFilesDoNotCountButANewCommitDoes) {
  Write(".git/logs/HEAD", "");
  Write(".git/objects/x.sv", "");
  Open();
  Write(".git/objects/y.sv", "");
  Write(".git/index", "");
  Write(".git/logs/HEAD", "commit\n");
  EXPECT_THAT(Wait(), ElementsAre("git's current commit"));
}

TEST_F(FolderWatcherTest, NothingIsToldWhileGitHoldsItsLock) {
  Write(".git/index.lock", "");
  Open();
  std::thread git([this] {
    Write("rtl/a.sv", "module a; endmodule // checked out\n");
    Write("rtl/z.sv", "module z; endmodule\n");
    fs::remove(root_ / ".git/index.lock");
  });
  EXPECT_THAT(Wait(), ElementsAre("rtl/a.sv", "rtl/z.sv"));
  git.join();
}

// More changes than the kernel keeps, made while nobody reads: what it drops is found by looking again.
TEST_F(FolderWatcherTest, AfterAnOverflowOfTheQueueAllFoldersAreWatched) {
  size_t limit = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> limit;
  if (limit == 0 || limit > 200'000) GTEST_SKIP() << "the queue keeps " << limit << " events";
  Open();
  for (size_t i = 0; i <= limit / 2; ++i) {  // each file: made, closed, deleted
    Write("rtl/x.sv", "");
    fs::remove(root_ / "rtl/x.sv");
  }
  Write("late/deep/b.sv", "module b; endmodule\n");
  auto changes = watcher_->Wait(stop_[0]);
  ASSERT_TRUE(changes.has_value()) << changes.error();
  ASSERT_TRUE(changes->has_value());
  EXPECT_TRUE((*changes)->overflow);
  Write("late/deep/b.sv", "module b; endmodule // changed\n");
  EXPECT_THAT(Wait(), ElementsAre("late/deep/b.sv"));
}

TEST_F(FolderWatcherTest, TheStopDescriptorEndsTheWait) {
  Open();
  ASSERT_EQ(::write(stop_[1], "x", 1), 1);
  const auto changes = watcher_->Wait(stop_[0]);
  ASSERT_TRUE(changes.has_value()) << changes.error();
  EXPECT_FALSE(changes->has_value());
}

TEST_F(FolderWatcherTest, ARootThatIsGoneIsNotFound) {
  Open();
  fs::remove_all(root_);
  const auto changes = watcher_->Wait(stop_[0]);
  ASSERT_FALSE(changes.has_value());
  EXPECT_EQ(changes.error().code, base::Code::kNotFound);
  EXPECT_EQ(FolderWatcher::Open(root_).error().code, base::Code::kNotFound);
}

}  // namespace
}  // namespace fanin::service
