// RocksStore in processes that are killed, or that may not write. The child processes run this program again, as the
// disabled tests below, because RocksDB's threads do not survive a fork.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "graph/rocks_store.h"
#include "tests/graph/temporary_folder.h"
#include "tests/graph/test_repository.h"

namespace fanin::graph {
namespace {

using base::Code;
using base::Digest;
using base::DigestOf;

constexpr const char* kFolderVariable = "FANIN_TEST_FOLDER";
constexpr const char* kPipeVariable = "FANIN_TEST_PIPE";
constexpr const char* kRepository = "demo";

// Starts one test of this program, with `pipe` open in it, as user `uid` if not 0.
pid_t Spawn(const std::string& test, const std::filesystem::path& folder, int pipe, uid_t uid = 0) {
  const std::string filter = "--gtest_filter=" + test;
  const std::string pipe_text = std::to_string(pipe);
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::setenv(kFolderVariable, folder.c_str(), 1);
  ::setenv(kPipeVariable, pipe_text.c_str(), 1);
  if (uid != 0 && ::setuid(uid) != 0) ::_exit(99);
  const char* arguments[] = {"graph_test", filter.c_str(), "--gtest_also_run_disabled_tests", "--gtest_brief=1",
                             nullptr};
  ::execv("/proc/self/exe", const_cast<char**>(arguments));
  ::_exit(98);
}

// --- the model: what snapshot n holds

std::vector<std::string> TextsOf(SnapshotId n) {
  std::vector<std::string> texts;
  for (SnapshotId i = n > 5 ? n - 5 : 0; i <= n; ++i) texts.push_back("text " + std::to_string(i));  // most are shared
  return texts;
}

// Every third segment is large enough to be ingested as table files.
SegmentRows RowsOf(SnapshotId n) {
  SegmentRows rows;
  const size_t count = n % 3 == 0 ? 3000 : 30;
  for (size_t i = 0; i < count; ++i) {
    const std::string key = std::to_string(100000 + i);
    rows.tables[0].push_back({key, key + " of " + std::to_string(n) + std::string(900, '.')});
    rows.tables[2].push_back({key, std::to_string(n)});
  }
  return rows;
}

void PublishNext(GraphStore& store, const std::function<void(char)>& report) {
  const SnapshotId n = ValueOf(store.GetRepository(kRepository)).latest + 1;
  Manifest manifest;
  manifest.repository = kRepository;
  for (const std::string& text : TextsOf(n)) {
    manifest.files.emplace_back().content = DigestOf(text);
    for (BlobKind kind : {BlobKind::kText, BlobKind::kShard, BlobKind::kLinks}) {
      ASSERT_TRUE(store.PutBlobs(kind, {{DigestOf(text), text}}).has_value());
    }
    manifest.files.back().shard = manifest.files.back().links = DigestOf(text);
  }
  report('b');
  const SegmentId segment = ValueOf(store.NewSegmentId());
  ASSERT_TRUE(store.WriteSegment(segment, RowsOf(n)).has_value());
  report('s');
  manifest.segments.push_back({segment, 1, 0, std::nullopt});
  ASSERT_EQ(ValueOf(store.Publish(manifest)), n);
  report('P');
  if (n % 4 == 0) {
    ASSERT_TRUE(store.CollectGarbage(2).has_value());
    report('g');
  }
}

void ExpectWhole(GraphStore& store, SnapshotId n) {
  const Manifest manifest = ValueOf(store.GetManifest(kRepository, n));
  const std::vector<std::string> texts = TextsOf(n);
  ASSERT_EQ(manifest.files.size(), texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    const Digest digest = manifest.files[i].content;
    for (BlobKind kind : {BlobKind::kText, BlobKind::kShard, BlobKind::kLinks}) {
      ASSERT_EQ(ValueOf(store.GetBlobs(kind, {&digest, 1})).front(), texts[i]) << "snapshot " << n;
    }
  }
  const SegmentRows expected = RowsOf(n);
  for (Table table : {Table::kNames, Table::kEdgesIn, Table::kPostings}) {
    std::vector<Row> rows;
    ASSERT_TRUE(store
                    .ScanRows(manifest.segments[0].id, table, "",
                              [&](std::string_view key, std::string_view value) {
                                rows.push_back({std::string(key), std::string(value)});
                                return true;
                              })
                    .has_value());
    ASSERT_EQ(rows, expected.tables[static_cast<size_t>(table)]) << "snapshot " << n;
  }
}

TEST(RocksStoreChild, DISABLED_PublishesForEver) {
  const char* folder = ::getenv(kFolderVariable);
  if (folder == nullptr) GTEST_SKIP() << "runs as a child process only";
  const int pipe = std::atoi(::getenv(kPipeVariable));
  const auto store = ValueOf(RocksStore::Open(folder));
  for (;;) {
    ASSERT_NO_FATAL_FAILURE(PublishNext(*store, [pipe](char step) { ASSERT_EQ(::write(pipe, &step, 1), 1); }));
  }
}

TEST(RocksStoreCrash, KilledAtAnyMomentItLeavesAWholeSnapshotAndLosesNonePublished) {
  TemporaryFolder folder;
  {
    const auto store = ValueOf(RocksStore::Open(folder.path()));
    RepositoryRecord record;
    record.name = kRepository;
    ASSERT_TRUE(store->CreateRepository(record).has_value());
    ASSERT_NO_FATAL_FAILURE(PublishNext(*store, [](char) {}));
  }
  std::mt19937_64 random(20);
  SnapshotId newest = 1;
  for (int round = 0; round < 20; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    ASSERT_EQ(::fcntl(ends[1], F_SETFD, 0), 0);
    const pid_t child = Spawn("RocksStoreChild.DISABLED_PublishesForEver", folder.path(), ends[1]);
    ASSERT_GT(child, 0);
    ::close(ends[1]);
    // Kill it somewhere within a step: after a number of steps, and a little more.
    SnapshotId published = 0;
    char step = 0;
    for (uint64_t steps = random() % 20; steps > 0 && ::read(ends[0], &step, 1) == 1; --steps) published += step == 'P';
    for (uint64_t spin = random() % 30000; spin > 0; --spin) ::getppid();
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself, with " << status;
    while (::read(ends[0], &step, 1) == 1) published += step == 'P';
    ::close(ends[0]);

    const auto store = ValueOf(RocksStore::Open(folder.path()));
    const SnapshotId latest = ValueOf(store->GetRepository(kRepository)).latest;
    ASSERT_GE(latest, newest + published) << "a publication that was reported is lost";
    for (SnapshotId id : ValueOf(store->ListSnapshots(kRepository))) ASSERT_NO_FATAL_FAILURE(ExpectWhole(*store, id));
    newest = latest;
    if (round % 5 == 4) {
      ASSERT_TRUE(store->CollectGarbage(1).has_value());
      ASSERT_NO_FATAL_FAILURE(ExpectWhole(*store, latest));
    }
  }
  EXPECT_GT(newest, 20U);
}

// --- a user who may not write

TEST(RocksStoreChild, DISABLED_ReadsWithoutPermissionToWrite) {
  const char* folder = ::getenv(kFolderVariable);
  if (folder == nullptr) GTEST_SKIP() << "runs as a child process only";
  const auto refused = RocksStore::Open(folder);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kPermissionDenied) << refused.error();
  RocksOptions options;
  options.mode = OpenMode::kReadOnly;
  const auto store = ValueOf(RocksStore::Open(folder, options));
  ExpectWhole(*store, 1);
}

TEST(RocksStorePermissions, ReadOnlyOpenWorksInAFolderThatOnlyOthersMayWrite) {
  TemporaryFolder folder;
  const std::filesystem::path data = folder.path() / "data";
  {
    const auto store = ValueOf(RocksStore::Open(data));
    RepositoryRecord record;
    record.name = kRepository;
    ASSERT_TRUE(store->CreateRepository(record).has_value());
    ASSERT_NO_FATAL_FAILURE(PublishNext(*store, [](char) {}));
  }
  const bool is_root = ::geteuid() == 0;
  constexpr uid_t kNobody = 65534;
  const auto set_mode = [&](bool writable) {
    const mode_t write = writable ? 0200 : 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(data)) {
      ASSERT_EQ(::chmod(entry.path().c_str(), (entry.is_directory() ? 0555 : 0444) | write), 0);
    }
    ASSERT_EQ(::chmod(data.c_str(), 0555 | write), 0);
  };
  set_mode(false);
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
  const pid_t child = Spawn("RocksStoreChild.DISABLED_ReadsWithoutPermissionToWrite", data, -1, is_root ? kNobody : 0);
  ASSERT_GT(child, 0);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  set_mode(true);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
}  // namespace fanin::graph
