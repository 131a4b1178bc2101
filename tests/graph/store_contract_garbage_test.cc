// Pins, garbage and concurrent readers as every GraphStore must handle them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/graph/store_contract.h"

namespace fanin::graph {
namespace {

using base::Code;
using base::Digest;
using base::DigestOf;
using testing::ElementsAre;
using testing::IsEmpty;

class StoreGarbageContract : public StoreContract {};

TEST_P(StoreGarbageContract, GarbageIsWhatNoKeptSnapshotNames) {
  Create("a");
  const SegmentId first = WriteSegment(RowsOf({{"k", "1"}}));
  const SegmentId second = WriteSegment(RowsOf({{"k", "2"}}));
  Publish("a", "x", {first});
  Publish("a", "y", {first, second});
  Publish("a", "z", {second});
  Collect(2);
  EXPECT_THAT(ValueOf(store_->ListSnapshots("a")), ElementsAre(2, 3));
  EXPECT_FALSE(HasContent("x"));
  EXPECT_TRUE(HasContent("y"));
  EXPECT_EQ(GetRow(first, Table::kNames, "k"), "1");
  Collect(1);
  EXPECT_FALSE(HasContent("y"));
  EXPECT_TRUE(HasContent("z"));
  EXPECT_EQ(GetRow(first, Table::kNames, "k"), std::nullopt);
  EXPECT_EQ(GetRow(second, Table::kNames, "k"), "2");
}

TEST_P(StoreGarbageContract, TheNewestSnapshotIsAlwaysKept) {
  Create("a");
  Publish("a", "x");
  Collect(0);
  EXPECT_THAT(ValueOf(store_->ListSnapshots("a")), ElementsAre(1));
  EXPECT_TRUE(HasContent("x"));
}

TEST_P(StoreGarbageContract, NamedSnapshotsAreKeptBesideTheNewest) {
  Create("a");
  Publish("a", "x");
  PutContent("commit");
  EXPECT_EQ(ValueOf(store_->PublishNamed(MakeManifest("a", "commit", {}), std::nullopt)), 2U);
  EXPECT_EQ(ValueOf(store_->GetRepository("a")).latest, 1U);
  EXPECT_EQ(Publish("a", "y"), 3U);
  Collect(1);
  EXPECT_THAT(ValueOf(store_->ListSnapshots("a")), ElementsAre(2, 3));
  EXPECT_TRUE(HasContent("commit"));
  EXPECT_EQ(ValueOf(store_->GetManifest("a", std::nullopt)).snapshot, 3U);
}

TEST_P(StoreGarbageContract, ANamedSnapshotIsTheNewestWhereThereIsNoOther) {
  Create("a");
  EXPECT_EQ(ValueOf(store_->PublishNamed(MakeManifest("a", "x", {}), std::nullopt)), 1U);
  EXPECT_EQ(ValueOf(store_->PublishNamed(MakeManifest("a", "y", {}), 1)), 2U);
  EXPECT_EQ(ValueOf(store_->GetManifest("a", std::nullopt)).snapshot, 2U);
  Collect(1);
  EXPECT_THAT(ValueOf(store_->ListSnapshots("a")), ElementsAre(2));
  EXPECT_EQ(store_->PublishNamed(MakeManifest("b", "x", {}), std::nullopt).error().code, Code::kNotFound);
}

TEST_P(StoreGarbageContract, OnlySoManyNamedSnapshotsAreKept) {
  Create("a");
  Publish("a", "x");
  for (size_t i = 0; i < kMaxNamedSnapshots + 2; ++i) {
    ValueOf(store_->PublishNamed(MakeManifest("a", std::to_string(i), {}), std::nullopt));
  }
  Collect(1);
  const auto kept = ValueOf(store_->ListSnapshots("a"));
  EXPECT_EQ(kept.size(), 1 + kMaxNamedSnapshots);
  EXPECT_EQ(kept[0], 1U);
  EXPECT_EQ(kept[1], 4U);
}

TEST_P(StoreGarbageContract, WhatWasNeverPublishedIsGarbage) {
  Create("a");
  Publish("a", "x");
  PutContent("orphan");
  std::vector<Row> rows;
  for (int i = 0; i < 5000; ++i) rows.push_back({std::to_string(10000 + i), std::string(1000, 'r')});
  const SegmentId small = WriteSegment(RowsOf({{"k", "1"}})), large = WriteSegment(RowsOf(rows));
  EXPECT_TRUE(HasContent("orphan")) << "kept until garbage is collected";
  Collect(5);
  EXPECT_FALSE(HasContent("orphan"));
  EXPECT_EQ(GetRow(small, Table::kNames, "k"), std::nullopt);
  EXPECT_THAT(Scan(large, Table::kNames, ""), IsEmpty());
  EXPECT_TRUE(HasContent("x"));
}

TEST_P(StoreGarbageContract, ContentSharedWithAnotherRepositoryIsKept) {
  Create("a");
  Create("b");
  Publish("a", "shared");
  Publish("b", "shared");
  ASSERT_TRUE(store_->DeleteRepository("a").has_value());
  Collect(1);
  EXPECT_TRUE(HasContent("shared"));
  ASSERT_TRUE(store_->DeleteRepository("b").has_value());
  Collect(1);
  EXPECT_FALSE(HasContent("shared"));
}

TEST_P(StoreGarbageContract, VectorsAreKeptWhileAnySnapshotExists) {
  Create("a");
  Publish("a", "x");
  Put(BlobKind::kVector, "vector");
  Collect(1);
  EXPECT_TRUE(Has(BlobKind::kVector, "vector"));
  ASSERT_TRUE(store_->DeleteRepository("a").has_value());
  Collect(1);
  EXPECT_FALSE(Has(BlobKind::kVector, "vector"));
}

TEST_P(StoreGarbageContract, PinnedSnapshotIsKept) {
  Create("a");
  Publish("a", "x");
  auto pin = ValueOf(store_->Pin("a", 1));
  auto again = ValueOf(store_->Pin("a", 1));
  Publish("a", "y");
  pin.reset();
  Collect(1);
  EXPECT_TRUE(HasContent("x")) << "one pin of two is left";
  EXPECT_THAT(ValueOf(store_->ListSnapshots("a")), ElementsAre(1, 2));
  again.reset();
  Collect(1);
  EXPECT_FALSE(HasContent("x"));
  EXPECT_EQ(store_->Pin("a", 1).error().code, Code::kNotFound);
  EXPECT_EQ(store_->Pin("a", 99).error().code, Code::kNotFound);
}

TEST_P(StoreGarbageContract, PinKeepsTheContentOfADeletedRepository) {
  Create("a");
  const SegmentId segment = WriteSegment(RowsOf({{"k", "1"}}));
  Publish("a", "x", {segment});
  auto pin = ValueOf(store_->Pin("a", 1));
  ASSERT_TRUE(store_->DeleteRepository("a").has_value());
  Create("a");
  Publish("a", "y");
  Publish("a", "z");
  Collect(1);
  EXPECT_TRUE(HasContent("x"));
  EXPECT_FALSE(HasContent("y")) << "the pin is of the namesake";
  EXPECT_EQ(GetRow(segment, Table::kNames, "k"), "1");
  pin.reset();
  Collect(1);
  EXPECT_FALSE(HasContent("x"));
  EXPECT_EQ(GetRow(segment, Table::kNames, "k"), std::nullopt);
}

TEST_P(StoreGarbageContract, PinMayOutliveTheStore) {
  Create("a");
  Publish("a", "x");
  auto pin = ValueOf(store_->Pin("a", 1));
  store_.reset();
  pin.reset();
}

TEST_P(StoreGarbageContract, SizeGrowsWithContentAndShrinksWithCollection) {
  const uint64_t empty = ValueOf(store_->EstimateSizeBytes());
  Create("a");
  std::string noise(8 << 20, '\0');
  uint64_t state = 1;
  for (char& c : noise) c = static_cast<char>((state = state * 6364136223846793005ULL + 1442695040888963407ULL) >> 56);
  PutContent(noise);
  const uint64_t full = ValueOf(store_->EstimateSizeBytes());
  EXPECT_GT(full, empty + noise.size());
  ASSERT_TRUE(store_->DeleteRepository("a").has_value());
  Collect(1);
  // What it leaves in the write-ahead log goes with later writes; more than one copy of it must not stay.
  EXPECT_LT(ValueOf(store_->EstimateSizeBytes()), full - noise.size());
}

TEST_P(StoreGarbageContract, ReadersSeeWholeSnapshotsWhileOthersPublishAndCollect) {
  Create("a");
  const auto publish = [&](int i) {
    const SegmentId segment = WriteSegment(RowsOf({{"k", std::to_string(i)}}));
    Publish("a", std::to_string(i), {segment});
  };
  publish(0);
  std::atomic<bool> done = false;
  std::atomic<int> reads = 0;
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&] {
      while (!done || reads < 10) {
        const auto manifest = store_->GetManifest("a", std::nullopt);
        ASSERT_TRUE(manifest.has_value()) << manifest.error();
        const auto pin = store_->Pin("a", manifest->snapshot);
        if (!pin) {  // replaced and collected meanwhile
          ASSERT_EQ(pin.error().code, Code::kNotFound);
          continue;
        }
        const Digest content = manifest->files[0].content;
        const auto text = store_->GetBlobs(BlobKind::kText, {&content, 1});
        ASSERT_TRUE(text.has_value() && text->front().has_value());
        const auto row = GetRow(manifest->segments[0].id, Table::kNames, "k");
        ASSERT_TRUE(row.has_value());
        EXPECT_EQ(*row + " text", text->front());
        ++reads;
      }
    });
  }
  for (int i = 1; i <= 60; ++i) {
    publish(i);
    Collect(1);
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
}

INSTANTIATE_TEST_SUITE_P(Implementations, StoreGarbageContract, EveryStore(), StoreName);

}  // namespace
}  // namespace fanin::graph
