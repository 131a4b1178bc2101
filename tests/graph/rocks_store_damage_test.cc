// RocksStore on damaged files, on a disk that fills up, and after a loss of power.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "graph/rocks_store.h"
#include "tests/graph/rocks_faulty_file_system.h"
#include "tests/graph/rocks_store_fixture.h"

namespace fanin::graph {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::DigestOf;
using testing::ElementsAre;
using testing::HasSubstr;

class RocksStoreDamage : public RocksStoreTest {};

TEST_F(RocksStoreDamage, LostDatabaseIsDataLossAndNotMadeAnew) {
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

TEST_F(RocksStoreDamage, DamagedManifestFileIsDataLoss) {
  Publish(*Open(), "x");
  for (const auto& entry : fs::directory_iterator(dir_ / "rocksdb")) {
    if (entry.path().filename().string().starts_with("MANIFEST")) FlipByte(entry.path(), entry.file_size() / 2);
  }
  EXPECT_EQ(OpenError(), Code::kDataLoss);
}

TEST_F(RocksStoreDamage, LostTableFileIsDataLoss) {
  Publish(*Open(), "x", 3 << 20);
  const auto files = FilesEndingIn(".sst");
  ASSERT_FALSE(files.empty());
  fs::remove(files.front());
  EXPECT_EQ(OpenError(), Code::kDataLoss);
}

TEST_F(RocksStoreDamage, DamagedBlockIsDataLossWhenReadAndWhenVerified) {
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

TEST_F(RocksStoreDamage, DamageWithinTheLogIsDataLossAndAnUnfinishedEndAfterACrashIsNot) {
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

TEST_F(RocksStoreDamage, LogCutShortOrLostAfterACleanCloseIsDataLoss) {
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

TEST_F(RocksStoreDamage, DamageInTheLastRecordOfTheLogAfterACleanCloseIsDataLoss) {
  Publish(*Open(), "x");
  Publish(*Open(), "y");
  const auto logs = FilesEndingIn(".log");
  ASSERT_EQ(logs.size(), 1U);
  FlipByte(logs[0], fs::file_size(logs[0]) - 3);
  for (OpenMode mode : {OpenMode::kReadOnly, OpenMode::kReadWrite}) EXPECT_EQ(OpenError(mode), Code::kDataLoss);
}

TEST_F(RocksStoreDamage, MarkOfACleanCloseIsGoneWhileTheStoreIsOpenForWriting) {
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
