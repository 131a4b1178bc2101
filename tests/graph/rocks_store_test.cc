// What is RocksStore's own: its directory, its locks, damage, and a disk that fills up.
#include "graph/rocks_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "base/file.h"
#include "graph/memory_store.h"
#include "tests/graph/rocks_faulty_file_system.h"
#include "tests/graph/temporary_folder.h"
#include "tests/graph/test_repository.h"

namespace fanin::graph {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::DigestOf;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

class RocksStoreTest : public testing::Test {
 protected:
  std::shared_ptr<RocksStore> Open(OpenMode mode = OpenMode::kReadWrite) {
    RocksOptions options;
    options.mode = mode;
    return ValueOf(RocksStore::Open(dir_, options));
  }
  Code OpenError(OpenMode mode = OpenMode::kReadWrite) {
    RocksOptions options;
    options.mode = mode;
    auto store = RocksStore::Open(dir_, options);
    EXPECT_FALSE(store.has_value());
    return store ? Code{} : store.error().code;
  }
  // One repository with one snapshot; its text is `text`, its segment has `row_bytes` of rows.
  static Manifest Publish(GraphStore& store, const std::string& text, size_t row_bytes = 100) {
    if (!store.GetRepository("demo")) {
      RepositoryRecord record;
      record.name = "demo";
      EXPECT_TRUE(store.CreateRepository(record).has_value());
    }
    EXPECT_TRUE(store.PutBlobs(BlobKind::kText, {{DigestOf(text), text}}).has_value());
    Manifest manifest;
    manifest.repository = "demo";
    manifest.segments.push_back({ValueOf(store.NewSegmentId()), 1, 0, std::nullopt});
    manifest.files.emplace_back();
    manifest.files[0].path = "a.sv";
    manifest.files[0].content = DigestOf(text);
    manifest.files[0].segment = manifest.segments[0].id;
    SegmentRows rows;
    for (size_t i = 0; i * 100 < row_bytes; ++i) {
      rows.tables[0].push_back({std::to_string(1000000 + i), text + std::string(80, '.')});
    }
    EXPECT_TRUE(store.WriteSegment(manifest.segments[0].id, std::move(rows)).has_value());
    manifest.snapshot = ValueOf(store.Publish(manifest));
    return manifest;
  }
  static std::string NewestText(GraphStore& store) {
    const Manifest manifest = ValueOf(store.GetManifest("demo", std::nullopt));
    const auto texts = ValueOf(store.GetBlobs(BlobKind::kText, {&manifest.files[0].content, 1}));
    const std::string key = "1000000";
    const auto rows = ValueOf(store.GetRows(manifest.segments[0].id, Table::kNames, {&key, 1}));
    EXPECT_TRUE(rows[0] && rows[0]->starts_with(texts[0].value_or("no text")));
    return texts[0].value_or("no text");
  }
  std::vector<fs::path> FilesEndingIn(std::string_view suffix) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(dir_ / "rocksdb")) {
      if (entry.path().string().ends_with(suffix)) files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
  }
  // Name and size of everything below the directory.
  std::set<std::pair<std::string, uintmax_t>> Listing() {
    std::set<std::pair<std::string, uintmax_t>> listing;
    for (const auto& entry : fs::recursive_directory_iterator(dir_)) {
      listing.emplace(entry.path(), entry.is_regular_file() ? entry.file_size() : 0);
    }
    return listing;
  }
  static void FlipByte(const fs::path& path, uint64_t offset) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(offset));
    const int byte = file.get();
    ASSERT_NE(byte, EOF) << path;
    file.seekp(static_cast<std::streamoff>(offset));
    file.put(static_cast<char>(byte ^ 0x55));
    ASSERT_TRUE(file.good());
  }

  TemporaryFolder folder_;
  fs::path dir_ = folder_.path() / "data";
};

TEST_F(RocksStoreTest, DirectoryHasItsLayout) {
  const auto store = Open();
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(dir_)) names.push_back(entry.path().filename());
  EXPECT_THAT(names, UnorderedElementsAre("FORMAT", "lock", "rocksdb", "vectors", "ingest"));
  EXPECT_EQ(ValueOf(base::ReadFile(dir_ / "FORMAT")), "fanin 1\n");
  EXPECT_EQ(store->vectors_dir(), dir_ / "vectors");
}

TEST_F(RocksStoreTest, EverythingIsThereWhenOpenedAgain) {
  Publish(*Open(), "first");
  Publish(*Open(), "second", 3 << 20);
  const auto store = Open();
  EXPECT_EQ(NewestText(*store), "second");
  EXPECT_THAT(ValueOf(store->ListSnapshots("demo")), ElementsAre(1, 2));
  EXPECT_TRUE(store->VerifyChecksums().has_value());
  EXPECT_EQ(store->BackgroundError(), std::nullopt);
}

TEST_F(RocksStoreTest, IdsGoOnWhenOpenedAgain) {
  SegmentId last = 0;
  for (int i = 0; i < 3; ++i) {
    const auto store = Open();
    for (int n = 0; n < 2; ++n) {
      const SegmentId id = ValueOf(store->NewSegmentId());
      EXPECT_GT(id, last);
      last = id;
    }
  }
}

TEST_F(RocksStoreTest, SecondOpenIsUnavailableAndNamesTheHolderAndTheWayRound) {
  const auto store = Open();
  for (OpenMode mode : {OpenMode::kReadWrite, OpenMode::kReadOnly}) {
    RocksOptions options;
    options.mode = mode;
    const auto second = RocksStore::Open(dir_, options);
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().code, Code::kUnavailable);
    EXPECT_THAT(second.error().message, AllOf(HasSubstr(std::to_string(::getpid())), HasSubstr("--server")));
  }
}

TEST_F(RocksStoreTest, ReadOnlyStoresReadAtOnceAndLeaveNoTrace) {
  Publish(*Open(), "unflushed");
  const auto before = Listing();
  {
    const auto first = Open(OpenMode::kReadOnly), second = Open(OpenMode::kReadOnly);
    EXPECT_EQ(NewestText(*first), "unflushed");
    EXPECT_EQ(NewestText(*second), "unflushed");
  }
  EXPECT_EQ(Listing(), before);
}

TEST_F(RocksStoreTest, ReadOnlyStoreRefusesToWrite) {
  const Manifest manifest = Publish(*Open(), "x");
  const auto store = Open(OpenMode::kReadOnly);
  EXPECT_EQ(store->PutBlobs(BlobKind::kText, {{DigestOf("y"), "y"}}).error().code, Code::kPermissionDenied);
  EXPECT_EQ(store->NewSegmentId().error().code, Code::kPermissionDenied);
  EXPECT_EQ(store->WriteSegment(9, {}).error().code, Code::kPermissionDenied);
  EXPECT_EQ(store->CreateRepository({}).error().code, Code::kPermissionDenied);
  EXPECT_EQ(store->UpdateRepository({}).error().code, Code::kPermissionDenied);
  EXPECT_EQ(store->DeleteRepository("demo").error().code, Code::kPermissionDenied);
  EXPECT_EQ(store->Publish(manifest).error().code, Code::kPermissionDenied);
  EXPECT_EQ(store->CollectGarbage(1).error().code, Code::kPermissionDenied);
}

TEST_F(RocksStoreTest, ReaderGoesOnInItsStateWhileAWriterPublishesAndCollects) {
  Publish(*Open(), "old", 3 << 20);
  const auto reader = Open(OpenMode::kReadOnly);
  const auto writer = Open();
  Publish(*writer, "new", 3 << 20);
  ASSERT_TRUE(writer->CollectGarbage(1).has_value());
  EXPECT_EQ(NewestText(*reader), "old");
  EXPECT_EQ(NewestText(*writer), "new");
}

TEST_F(RocksStoreTest, ReadOnlyOpenOfNothingIsNotFoundAndCreatesNothing) {
  EXPECT_EQ(OpenError(OpenMode::kReadOnly), Code::kNotFound);
  EXPECT_FALSE(fs::exists(dir_));
}

TEST_F(RocksStoreTest, FolderThatHoldsOtherThingsIsLeftAlone) {
  fs::create_directories(dir_ / "thesis");
  const auto before = Listing();
  EXPECT_EQ(OpenError(), Code::kFailedPrecondition);
  EXPECT_EQ(OpenError(OpenMode::kReadOnly), Code::kFailedPrecondition);
  EXPECT_EQ(Listing(), before);
}

TEST_F(RocksStoreTest, FileInPlaceOfTheFolderIsAnError) {
  std::ofstream(dir_) << "text";
  EXPECT_FALSE(RocksStore::Open(dir_).has_value());
}

TEST_F(RocksStoreTest, NewerFormatIsRefused) {
  Publish(*Open(), "x");
  std::ofstream(dir_ / "FORMAT") << "fanin 2\n";
  EXPECT_EQ(OpenError(), Code::kFailedPrecondition);
  EXPECT_EQ(OpenError(OpenMode::kReadOnly), Code::kFailedPrecondition);
  std::ofstream(dir_ / "FORMAT") << "??";
  EXPECT_EQ(OpenError(), Code::kDataLoss);
}

TEST_F(RocksStoreTest, InterruptedCreationIsCompleted) {
  Open();
  fs::remove(dir_ / "FORMAT");
  Publish(*Open(), "x");
  EXPECT_TRUE(fs::exists(dir_ / "FORMAT"));
  EXPECT_EQ(NewestText(*Open()), "x");
}

TEST_F(RocksStoreTest, LostDatabaseIsDataLossAndNotMadeAnew) {
  Publish(*Open(), "x");
  fs::remove(dir_ / "clean");  // as after a crash
  fs::remove(dir_ / "rocksdb" / "CURRENT");
  for (OpenMode mode : {OpenMode::kReadWrite, OpenMode::kReadOnly}) {
    RocksOptions options;
    options.mode = mode;
    const auto store = RocksStore::Open(dir_, options);
    ASSERT_FALSE(store.has_value());
    EXPECT_EQ(store.error().code, Code::kDataLoss);
    EXPECT_THAT(store.error().message, HasSubstr("fanin doctor"));
  }
  EXPECT_FALSE(fs::exists(dir_ / "rocksdb" / "CURRENT"));
  fs::remove_all(dir_ / "rocksdb");
  EXPECT_EQ(OpenError(), Code::kDataLoss);
}

TEST_F(RocksStoreTest, DamagedManifestFileIsDataLoss) {
  Publish(*Open(), "x");
  for (const auto& entry : fs::directory_iterator(dir_ / "rocksdb")) {
    if (entry.path().filename().string().starts_with("MANIFEST")) FlipByte(entry.path(), entry.file_size() / 2);
  }
  EXPECT_EQ(OpenError(), Code::kDataLoss);
}

TEST_F(RocksStoreTest, LostTableFileIsDataLoss) {
  Publish(*Open(), "x", 3 << 20);
  const auto files = FilesEndingIn(".sst");
  ASSERT_FALSE(files.empty());
  fs::remove(files.front());
  EXPECT_EQ(OpenError(), Code::kDataLoss);
}

TEST_F(RocksStoreTest, DamagedBlockIsDataLossWhenReadAndWhenVerified) {
  const Manifest manifest = Publish(*Open(), "x", 3 << 20);
  const auto files = FilesEndingIn(".sst");
  ASSERT_FALSE(files.empty());
  FlipByte(files.front(), 1000);
  const auto store = Open();
  EXPECT_EQ(store->VerifyChecksums().error().code, Code::kDataLoss);
  const auto scanned = store->ScanRows(manifest.segments[0].id, Table::kNames, "", [](auto, auto) { return true; });
  ASSERT_FALSE(scanned.has_value());
  EXPECT_EQ(scanned.error().code, Code::kDataLoss);
  EXPECT_THAT(scanned.error().message, HasSubstr("fanin doctor"));
}

TEST_F(RocksStoreTest, DamageWithinTheLogIsDataLossAndAnUnfinishedEndAfterACrashIsNot) {
  {
    const auto store = Open();
    for (int i = 0; i < 50; ++i) Publish(*store, "text " + std::to_string(i));
  }
  fs::remove(dir_ / "clean");  // as after a crash
  const auto logs = FilesEndingIn(".log");
  ASSERT_EQ(logs.size(), 1U);
  const uint64_t size = fs::file_size(logs[0]);
  fs::resize_file(logs[0], size - 3);
  EXPECT_EQ(NewestText(*Open(OpenMode::kReadOnly)), "text 48") << "the last publication was not finished";

  FlipByte(logs[0], size / 2);
  EXPECT_EQ(OpenError(), Code::kDataLoss);
  EXPECT_EQ(OpenError(OpenMode::kReadOnly), Code::kDataLoss);
}

TEST_F(RocksStoreTest, LogCutShortOrLostAfterACleanCloseIsDataLoss) {
  Publish(*Open(), "x", 3 << 20);
  const fs::path copy = folder_.path() / "copy";
  fs::copy(dir_, copy, fs::copy_options::recursive);
  for (const auto& entry : fs::directory_iterator(copy / "rocksdb")) {
    const std::string name = entry.path().filename();
    if (!name.ends_with(".log") && !name.starts_with("MANIFEST")) continue;
    for (const bool remove : {true, false}) {
      fs::remove_all(dir_);
      fs::copy(copy, dir_, fs::copy_options::recursive);
      if (remove) fs::remove(dir_ / "rocksdb" / name);
      if (!remove) fs::resize_file(dir_ / "rocksdb" / name, entry.file_size() - 1);
      for (OpenMode mode : {OpenMode::kReadOnly, OpenMode::kReadWrite}) {
        EXPECT_EQ(OpenError(mode), Code::kDataLoss) << name << (remove ? " lost" : " cut short");
      }
    }
  }
}

TEST_F(RocksStoreTest, MarkOfACleanCloseIsGoneWhileTheStoreIsOpenForWriting) {
  {
    const auto store = Open();
    EXPECT_FALSE(fs::exists(dir_ / "clean"));
  }
  EXPECT_TRUE(fs::exists(dir_ / "clean"));
  { const auto store = Open(OpenMode::kReadOnly); }
  EXPECT_TRUE(fs::exists(dir_ / "clean"));
  std::ofstream(dir_ / "clean") << "nonsense";
  EXPECT_EQ(OpenError(), Code::kDataLoss);
}

TEST_F(RocksStoreTest, UnnamedVectorFilesAreCollected) {
  const auto store = Open();
  Manifest manifest = Publish(*store, "x");
  for (const char* name : {"named", "orphan", "orphan.tmp"}) std::ofstream(store->vectors_dir() / name) << "v";
  manifest.segments[0].vectors = VectorFile{"named", {}, 1, {}, 1};
  ASSERT_TRUE(store->Publish(manifest).has_value());
  ASSERT_TRUE(store->CollectGarbage(1).has_value());
  EXPECT_TRUE(fs::exists(store->vectors_dir() / "named"));
  EXPECT_FALSE(fs::exists(store->vectors_dir() / "orphan"));
  EXPECT_FALSE(fs::exists(store->vectors_dir() / "orphan.tmp"));
}

TEST_F(RocksStoreTest, SpaceOfACollectedSegmentIsGivenBack) {
  const auto store = Open();
  Publish(*store, "x", 40 << 20);
  const uint64_t full = ValueOf(store->EstimateSizeBytes());
  Publish(*store, "y");
  ASSERT_TRUE(store->CollectGarbage(1).has_value());
  EXPECT_LT(ValueOf(store->EstimateSizeBytes()), full / 2);
  EXPECT_EQ(NewestText(*store), "y");
}

TEST_F(RocksStoreTest, LeftoverIngestFilesAreRemoved) {
  Open();
  std::ofstream(dir_ / "ingest" / "7-0.sst") << "half";
  Open();
  EXPECT_TRUE(fs::is_empty(dir_ / "ingest"));
}

TEST_F(RocksStoreTest, SnapshotsReadAsFromTheInMemoryStore) {
  const auto fill = [](TestRepository& repository) {
    for (int f = 0; f < 5; ++f) {
      ShardBuilder shard;
      const LocalNode file = shard.AddNode(MakeNode(NodeKind::kFile, kNoNode, ""));
      const LocalNode module = shard.AddNode(MakeNode(NodeKind::kModule, file, "m" + std::to_string(f)));
      const LocalNode port = shard.AddNode(MakeNode(NodeKind::kPort, module, "clk_i"));
      shard.AddEdge({EdgeKind::kFlows, port, port, {}});
      std::vector<Link> links;
      for (int to = 0; to < f; ++to) {
        Link& link = links.emplace_back();
        link.kind = EdgeKind::kFlows;
        link.local = port;
        link.remote = repository.IdOf("f" + std::to_string(to), port);
      }
      repository.Put("f" + std::to_string(f), std::move(shard), links);
      if (f % 2 == 0) repository.Publish();
    }
  };
  TestRepository in_memory(NewMemoryStore(), "demo"), on_disk(Open(), "demo");
  fill(in_memory);
  fill(on_disk);
  const auto expected = in_memory.Open(), actual = on_disk.Open();
  ASSERT_EQ(actual->node_count(), expected->node_count());
  EXPECT_EQ(ValueOf(actual->FindByPath("clk_i")), ValueOf(expected->FindByPath("clk_i")));
  std::vector<NodeRef> refs;
  for (NodeRef ref = 0; ref < expected->node_count(); ++ref) refs.push_back(ref);
  size_t edges = 0;
  for (Direction direction : {Direction::kOut, Direction::kIn}) {
    const auto left = ValueOf(expected->GetEdges(refs, direction, kAllEdges));
    const auto right = ValueOf(actual->GetEdges(refs, direction, kAllEdges));
    for (NodeRef ref : refs) {
      ASSERT_EQ(left[ref].size(), right[ref].size()) << ref;
      for (size_t i = 0; i < left[ref].size(); ++i) {
        EXPECT_EQ(left[ref][i].from, right[ref][i].from);
        EXPECT_EQ(left[ref][i].to, right[ref][i].to);
        ++edges;
      }
    }
  }
  EXPECT_GT(edges, 20U);
}

// --- a disk that fills up

class FullDiskTest : public RocksStoreTest {
 protected:
  std::shared_ptr<RocksStore> OpenOnFaultyDisk(uint64_t write_buffer_bytes = uint64_t{64} << 20) {
    RocksOptions options;
    options.env = env_.get();
    options.write_buffer_bytes = write_buffer_bytes;
    return ValueOf(RocksStore::Open(dir_, options));
  }
  std::shared_ptr<FaultyFileSystem> disk_ = std::make_shared<FaultyFileSystem>();
  std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(disk_);
};

TEST_F(FullDiskTest, PublicationIsRefusedAndThePreviousSnapshotStays) {
  {
    const auto store = OpenOnFaultyDisk();
    const Manifest manifest = Publish(*store, "before");
    disk_->SetFull(".log");
    const auto put = store->PutBlobs(BlobKind::kText, {{DigestOf("after"), "after"}});
    ASSERT_FALSE(put.has_value());
    EXPECT_EQ(put.error().code, Code::kResourceExhausted);
    EXPECT_THAT(put.error().message, HasSubstr(dir_.string()));
    EXPECT_EQ(store->Publish(manifest).error().code, Code::kResourceExhausted);
    ASSERT_TRUE(store->BackgroundError().has_value());
    EXPECT_EQ(NewestText(*store), "before") << "readers go on";
    EXPECT_THAT(ValueOf(store->ListSnapshots("demo")), ElementsAre(1));
    disk_->SetFull("");
    const auto still = store->Publish(manifest);
    ASSERT_FALSE(still.has_value());
    EXPECT_THAT(still.error().message, HasSubstr("start again"));
  }
  const auto store = Open();
  EXPECT_EQ(NewestText(*store), "before");
  Publish(*store, "after");
  EXPECT_EQ(NewestText(*store), "after");
}

TEST_F(FullDiskTest, UnfinishedLogRecordIsNoDamage) {
  {
    const auto store = OpenOnFaultyDisk();
    Publish(*store, "before");
    disk_->SetFull(".log");
    disk_->SetPartial(true);
    EXPECT_FALSE(store->PutBlobs(BlobKind::kText, {{DigestOf("after"), std::string(100000, 'x')}}).has_value());
  }
  EXPECT_EQ(NewestText(*Open(OpenMode::kReadOnly)), "before");
  EXPECT_EQ(NewestText(*Open()), "before");
}

TEST_F(FullDiskTest, LargeSegmentIsRefusedAndThePreviousSnapshotStays) {
  const auto store = OpenOnFaultyDisk();
  Publish(*store, "before");
  disk_->SetFull(".sst");
  SegmentRows rows;
  rows.tables[0].push_back({"k", std::string(3 << 20, 'x')});
  EXPECT_EQ(store->WriteSegment(ValueOf(store->NewSegmentId()), rows).error().code, Code::kResourceExhausted);
  EXPECT_EQ(NewestText(*store), "before");
  disk_->SetFull("");
  Publish(*store, "after", 3 << 20);
  EXPECT_EQ(NewestText(*store), "after");
}

TEST_F(FullDiskTest, FailureInTheBackgroundIsToldAndStopsWrites) {
  const auto store = OpenOnFaultyDisk(1 << 20);
  Publish(*store, "before");
  disk_->SetFull(".sst");
  base::Status written;
  for (int i = 0; written && i < 1000; ++i) {  // until a full buffer could not be flushed
    const std::string text = std::to_string(i) + std::string(100000, 'x');
    written = store->PutBlobs(BlobKind::kText, {{DigestOf(text), text}});
  }
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code, Code::kResourceExhausted);
  ASSERT_TRUE(store->BackgroundError().has_value());
  EXPECT_EQ(store->BackgroundError()->code, Code::kResourceExhausted);
  disk_->SetFull("");
  Publish(*store, "after");
  EXPECT_EQ(store->BackgroundError(), std::nullopt);
  EXPECT_EQ(NewestText(*store), "after");
}

// --- loss of power: what was not synced is gone

class PowerLossTest : public FullDiskTest {
 protected:
  std::shared_ptr<RocksStore> AfterPowerLoss() {
    const fs::path copy = folder_.path() / "after";
    fs::remove_all(copy);
    disk_->CopyAfterPowerLoss(dir_, copy);
    return ValueOf(RocksStore::Open(copy));
  }
};

TEST_F(PowerLossTest, PublishedSnapshotsSurviveWhole) {
  const auto store = OpenOnFaultyDisk();
  for (const size_t row_bytes : {size_t{100}, size_t{3} << 20, size_t{100}}) {  // logged, ingested, logged
    const Manifest manifest = Publish(*store, "text " + std::to_string(row_bytes), row_bytes);
    const auto survivor = AfterPowerLoss();
    EXPECT_EQ(NewestText(*survivor), "text " + std::to_string(row_bytes));
    const auto rows_of = [&](GraphStore& from) {
      std::vector<Row> rows;
      EXPECT_TRUE(from.ScanRows(manifest.segments[0].id, Table::kNames, "",
                                [&](auto key, auto value) {
                                  rows.push_back({std::string(key), std::string(value)});
                                  return true;
                                })
                      .has_value());
      return rows;
    };
    EXPECT_EQ(rows_of(*survivor), rows_of(*store));
  }
}

TEST_F(PowerLossTest, WhatWasNotPublishedMayBeLostButNoIdComesTwice) {
  const auto store = OpenOnFaultyDisk();
  Publish(*store, "x");
  const SegmentId logged = ValueOf(store->NewSegmentId());
  const SegmentId ingested = ValueOf(store->NewSegmentId());
  SegmentRows rows;
  rows.tables[0].push_back({"k", std::string(3 << 20, 'x')});
  ASSERT_TRUE(store->WriteSegment(ingested, rows).has_value());
  const auto survivor = AfterPowerLoss();
  EXPECT_EQ(NewestText(*survivor), "x");
  const SegmentId next = ValueOf(survivor->NewSegmentId());
  EXPECT_GT(next, logged);
  EXPECT_GT(next, ingested) << "its rows are there";
}

// A killed process leaves in the log what was never synced. The next one reads it and publishes what it names.
TEST_F(PowerLossTest, PublicationMayNameWhatAKilledProcessHadNotSynced) {
  const auto killed = OpenOnFaultyDisk();
  Publish(*killed, "x");
  ASSERT_TRUE(killed->PutBlobs(BlobKind::kText, {{DigestOf("shared"), "shared"}}).has_value());
  const fs::path first = dir_;
  dir_ = folder_.path() / "next";
  fs::copy(first, dir_, fs::copy_options::recursive);
  disk_->CarrySynced(first, dir_);
  const auto store = OpenOnFaultyDisk();
  Publish(*store, "shared");
  EXPECT_EQ(NewestText(*AfterPowerLoss()), "shared");
}

TEST_F(PowerLossTest, SmallPublicationSyncsOnce) {
  const auto store = OpenOnFaultyDisk();
  Publish(*store, "x");
  const int before = disk_->sync_count();
  Publish(*store, "y", 300000);
  EXPECT_EQ(disk_->sync_count(), before + 1);
}

}  // namespace
}  // namespace fanin::graph
