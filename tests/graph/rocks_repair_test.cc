// Repair of a damaged data directory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "graph/rocks_store.h"
#include "graph/shard.h"
#include "tests/graph/rocks_store_fixture.h"

namespace fanin::graph {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::Digest;
using base::DigestOf;
using testing::ElementsAre;
using testing::IsEmpty;

class RocksRepair : public RocksStoreTest {
 protected:
  // Two files, a vector, and rows enough for table files, in repository "demo" of root "/demo".
  void Fill() {
    const auto store = Open();
    RepositoryRecord record;
    record.name = "demo";
    record.root = "/demo";
    ASSERT_TRUE(store->CreateRepository(record).has_value());
    Manifest manifest = Publish(*store, "module a; endmodule", 3 << 20);
    ASSERT_TRUE(store->PutBlobs(BlobKind::kShard, {{shard_, ShardBytes()}}).has_value());
    ASSERT_TRUE(store->PutBlobs(BlobKind::kVector, {{DigestOf("v"), "vector"}}).has_value());
    manifest.files[0].shard = shard_;
    ASSERT_TRUE(store->Publish(manifest).has_value());
  }
  static std::string ShardBytes() {
    ShardBuilder builder;
    builder.AddNode(MakeNode(NodeKind::kFile, kNoNode, "a.sv"));
    return std::move(builder).Build();
  }
  base::Result<RepairReport> Repair() {
    return RocksStore::Repair(dir_, [](const RepairReport&) { return base::Status(); });
  }
  void ExpectEmptyDemo() {
    const auto store = Open();
    EXPECT_TRUE(store->VerifyChecksums().has_value());
    const RepositoryRecord record = ValueOf(store->GetRepository("demo"));
    EXPECT_EQ(record.root, "/demo");
    EXPECT_EQ(record.latest, 0U) << "it is to be indexed again";
    EXPECT_THAT(ValueOf(store->ListSnapshots("demo")), IsEmpty());
  }
  const Digest shard_ = DigestOf("key of the shard");
};

TEST_F(RocksRepair, KeepsWhatIsWholeAndPutsTheDamagedDatabaseAside) {
  Fill();
  const auto tables = FilesEndingIn(".sst");
  ASSERT_FALSE(tables.empty());
  FlipByte(tables.front(), 1000);
  const auto report = Repair();
  ASSERT_TRUE(report.has_value()) << report.error();
  EXPECT_THAT(report->rebuild, ElementsAre(RepairReport::Rebuild{"demo", ""}));
  EXPECT_EQ(report->files_kept, 1U);
  EXPECT_EQ(report->vectors_kept, 1U);
  EXPECT_TRUE(fs::exists(report->quarantine / "CURRENT"));
  ExpectEmptyDemo();
  const auto store = Open();
  EXPECT_TRUE(ValueOf(store->HasBlobs(BlobKind::kShard, {&shard_, 1}))[0]);
}

TEST_F(RocksRepair, GoesByTheListBesideADatabaseThatCannotBeReadAtAll) {
  Fill();
  for (const auto& entry : fs::directory_iterator(dir_ / "rocksdb")) fs::resize_file(entry.path(), 0);
  EXPECT_EQ(OpenError(), Code::kDataLoss);
  const auto report = Repair();
  ASSERT_TRUE(report.has_value()) << report.error();
  EXPECT_FALSE(report->list_lost);
  EXPECT_EQ(report->files_kept, 0U);
  ExpectEmptyDemo();
}

TEST_F(RocksRepair, SaysThatTheListIsLostWhenBothAre) {
  Fill();
  for (const auto& entry : fs::directory_iterator(dir_ / "rocksdb")) fs::resize_file(entry.path(), 0);
  fs::remove(dir_ / "repositories");
  const auto report = Repair();
  ASSERT_TRUE(report.has_value()) << report.error();
  EXPECT_TRUE(report->list_lost);
  EXPECT_THAT(ValueOf(Open()->ListRepositories()), IsEmpty());
}

TEST_F(RocksRepair, GoesOnWithTheQuarantineOfOneThatWasInterrupted) {
  Fill();
  const auto interrupted =
      RocksStore::Repair(dir_, [](const RepairReport&) { return base::Fail(Code::kUnavailable, "interrupted"); });
  EXPECT_EQ(interrupted.error().code, Code::kUnavailable);
  EXPECT_EQ(OpenError(), Code::kDataLoss) << "it is not taken for a new directory";
  const auto report = Repair();
  ASSERT_TRUE(report.has_value()) << report.error();
  EXPECT_EQ(report->files_kept, 1U);
  ExpectEmptyDemo();
}

TEST_F(RocksRepair, IsRefusedWhileAProcessHasTheDirectory) {
  Fill();
  const auto store = Open();
  EXPECT_EQ(Repair().error().code, Code::kUnavailable);
}

TEST_F(RocksRepair, DamageThatIsMetWhileOpenIsRememberedUntilItIsRepaired) {
  Fill();
  FlipByte(FilesEndingIn(".sst").front(), 1000);
  EXPECT_EQ(RocksStore::KnownDamage(dir_), std::nullopt);
  EXPECT_FALSE(Open()->VerifyChecksums().has_value());
  ASSERT_TRUE(RocksStore::KnownDamage(dir_).has_value());
  EXPECT_THAT(*RocksStore::KnownDamage(dir_), testing::HasSubstr(".sst"));
  ASSERT_TRUE(Repair().has_value());
  EXPECT_EQ(RocksStore::KnownDamage(dir_), std::nullopt);
}

}  // namespace
}  // namespace fanin::graph
