// What every GraphStore must do. Each test runs on every implementation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "graph/graph_store.h"
#include "graph/memory_store.h"
#include "graph/rocks_store.h"
#include "tests/graph/temporary_folder.h"
#include "tests/graph/test_repository.h"

namespace fanin::graph {
namespace {

using base::Code;
using base::Digest;
using base::DigestOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

struct Implementation {
  std::string name;
  std::function<std::shared_ptr<GraphStore>(const std::filesystem::path& folder)> open;
};

class StoreContract : public testing::TestWithParam<Implementation> {
 protected:
  StoreContract() : store_(GetParam().open(folder_.path() / "data")) {}

  static Blob MakeBlob(const std::string& text) { return {DigestOf(text), text}; }
  static RepositoryRecord MakeRecord(const std::string& name) {
    RepositoryRecord record;
    record.name = name;
    record.root = "/src/" + name;
    record.options_json = "{}";
    record.created_unix_ms = 5;
    return record;
  }
  void Create(const std::string& name) { ASSERT_TRUE(store_->CreateRepository(MakeRecord(name)).has_value()); }
  void Put(BlobKind kind, const std::string& text) {
    ASSERT_TRUE(store_->PutBlobs(kind, {MakeBlob(text)}).has_value());
  }
  bool Has(BlobKind kind, const std::string& text) {
    const Digest digest = DigestOf(text);
    const bool listed = ValueOf(store_->HasBlobs(kind, {&digest, 1})).front();
    EXPECT_EQ(ValueOf(store_->GetBlobs(kind, {&digest, 1})).front().has_value(), listed) << "the two must agree";
    return listed;
  }
  static SegmentRows RowsOf(std::vector<Row> names, std::vector<Row> postings = {}) {
    SegmentRows rows;
    rows.tables[static_cast<size_t>(Table::kNames)] = std::move(names);
    rows.tables[static_cast<size_t>(Table::kPostings)] = std::move(postings);
    return rows;
  }
  SegmentId WriteSegment(SegmentRows rows) {
    const SegmentId id = ValueOf(store_->NewSegmentId());
    EXPECT_TRUE(store_->WriteSegment(id, std::move(rows)).has_value());
    return id;
  }
  std::optional<std::string> GetRow(SegmentId id, Table table, const std::string& key) {
    return ValueOf(store_->GetRows(id, table, {&key, 1})).front();
  }
  std::vector<Row> Scan(SegmentId id, Table table, std::string_view prefix, size_t limit = SIZE_MAX) {
    std::vector<Row> rows;
    const auto status = store_->ScanRows(id, table, prefix, [&](std::string_view key, std::string_view value) {
      rows.push_back({std::string(key), std::string(value)});
      return rows.size() < limit;
    });
    EXPECT_TRUE(status.has_value());
    return rows;
  }
  // A snapshot that names one file with these contents, and these segments.
  Manifest MakeManifest(const std::string& repository, const std::string& content, std::vector<SegmentId> segments) {
    Manifest manifest;
    manifest.repository = repository;
    FileEntry file;
    file.path = "a.sv";
    file.content = DigestOf(content + " text");
    file.shard = DigestOf(content + " shard");
    file.links = DigestOf(content + " links");
    manifest.files.push_back(file);
    for (SegmentId id : segments) manifest.segments.push_back({id, 1, 1, std::nullopt});
    return manifest;
  }
  void PutContent(const std::string& content) {
    Put(BlobKind::kText, content + " text");
    Put(BlobKind::kShard, content + " shard");
    Put(BlobKind::kLinks, content + " links");
  }
  bool HasContent(const std::string& content) {
    const bool has = Has(BlobKind::kText, content + " text");
    EXPECT_EQ(Has(BlobKind::kShard, content + " shard"), has);
    EXPECT_EQ(Has(BlobKind::kLinks, content + " links"), has);
    return has;
  }
  SnapshotId Publish(const std::string& repository, const std::string& content, std::vector<SegmentId> segments = {}) {
    PutContent(content);
    return ValueOf(store_->Publish(MakeManifest(repository, content, std::move(segments))));
  }
  void Collect(size_t keep) { ASSERT_TRUE(store_->CollectGarbage(keep).has_value()); }

  TemporaryFolder folder_;
  std::shared_ptr<GraphStore> store_;
};

TEST_P(StoreContract, BlobsComeBackInTheOrderAskedFor) {
  ASSERT_TRUE(store_->PutBlobs(BlobKind::kText, {MakeBlob("one"), MakeBlob("two"), MakeBlob("")}).has_value());
  const std::vector<Digest> digests = {DigestOf("two"), DigestOf("none"), DigestOf(""), DigestOf("one"),
                                       DigestOf("two")};
  EXPECT_THAT(ValueOf(store_->GetBlobs(BlobKind::kText, digests)),
              ElementsAre(Optional(std::string("two")), std::nullopt, Optional(std::string("")),
                          Optional(std::string("one")), Optional(std::string("two"))));
  EXPECT_THAT(ValueOf(store_->HasBlobs(BlobKind::kText, digests)), ElementsAre(true, false, true, true, true));
  EXPECT_THAT(ValueOf(store_->GetBlobs(BlobKind::kText, {})), IsEmpty());
}

TEST_P(StoreContract, KindsOfBlobsAreApart) {
  const Digest digest = DigestOf("key");
  const BlobKind kinds[] = {BlobKind::kText, BlobKind::kShard, BlobKind::kLinks, BlobKind::kVector};
  for (BlobKind kind : kinds) {
    EXPECT_FALSE(ValueOf(store_->HasBlobs(kind, {&digest, 1})).front());
    ASSERT_TRUE(store_->PutBlobs(kind, {{digest, "kind " + std::to_string(static_cast<int>(kind))}}).has_value());
  }
  for (BlobKind kind : kinds) {
    EXPECT_EQ(ValueOf(store_->GetBlobs(kind, {&digest, 1})).front(), "kind " + std::to_string(static_cast<int>(kind)));
  }
}

TEST_P(StoreContract, BlobThatExistsIsLeftAlone) {
  const Digest digest = DigestOf("key");
  ASSERT_TRUE(store_->PutBlobs(BlobKind::kVector, {{digest, "first"}}).has_value());
  ASSERT_TRUE(store_->PutBlobs(BlobKind::kVector, {{digest, "second"}}).has_value());
  EXPECT_EQ(ValueOf(store_->GetBlobs(BlobKind::kVector, {&digest, 1})).front(), "first");
  const Digest twice = DigestOf("twice");
  ASSERT_TRUE(store_->PutBlobs(BlobKind::kVector, {{twice, "first"}, {twice, "second"}}).has_value());
  EXPECT_EQ(ValueOf(store_->GetBlobs(BlobKind::kVector, {&twice, 1})).front(), "first");
}

TEST_P(StoreContract, LargeAndBinaryBlobsComeBackWhole) {
  std::string large(20 << 20, 'x');
  for (size_t i = 0; i < large.size(); i += 97) large[i] = static_cast<char>(i * 31);
  ASSERT_TRUE(store_->PutBlobs(BlobKind::kShard, {MakeBlob(large), MakeBlob(std::string("\0\xff\n", 3))}).has_value());
  const Digest digests[] = {DigestOf(large), DigestOf(std::string("\0\xff\n", 3))};
  const auto blobs = ValueOf(store_->GetBlobs(BlobKind::kShard, digests));
  EXPECT_TRUE(blobs[0] == large);
  EXPECT_EQ(blobs[1], std::string("\0\xff\n", 3));
}

TEST_P(StoreContract, SegmentIdsAreNeverTheSame) {
  std::set<SegmentId> ids;
  for (int i = 0; i < 200; ++i) EXPECT_TRUE(ids.insert(ValueOf(store_->NewSegmentId())).second);
}

TEST_P(StoreContract, RowsComeBackByExactKey) {
  const SegmentId id = WriteSegment(RowsOf({{"a", "1"}, {"ab", "2"}, {"b", ""}}, {{"a", "posting"}}));
  const std::vector<std::string> keys = {"b", "", "abc", "ab", "a", "ab"};
  EXPECT_THAT(ValueOf(store_->GetRows(id, Table::kNames, keys)),
              ElementsAre(Optional(std::string()), std::nullopt, std::nullopt, Optional(std::string("2")),
                          Optional(std::string("1")), Optional(std::string("2"))));
  EXPECT_EQ(GetRow(id, Table::kPostings, "a"), "posting");
  EXPECT_EQ(GetRow(id, Table::kEdgesIn, "a"), std::nullopt);
  EXPECT_EQ(GetRow(id + 1000, Table::kNames, "a"), std::nullopt) << "a segment that was never written has no rows";
}

TEST_P(StoreContract, SegmentsDoNotSeeEachOther) {
  const SegmentId first = WriteSegment(RowsOf({{"a", "1"}, {"\xff\xff", "last"}}));
  const SegmentId second = WriteSegment(RowsOf({{"", "empty key"}, {"a", "2"}}));
  EXPECT_EQ(GetRow(first, Table::kNames, "a"), "1");
  EXPECT_EQ(GetRow(second, Table::kNames, "a"), "2");
  EXPECT_THAT(Scan(first, Table::kNames, ""), ElementsAre(Row{"a", "1"}, Row{"\xff\xff", "last"}));
  EXPECT_THAT(Scan(second, Table::kNames, ""), ElementsAre(Row{"", "empty key"}, Row{"a", "2"}));
}

TEST_P(StoreContract, ScanVisitsThePrefixInOrderUntilToldToStop) {
  const SegmentId id = WriteSegment(RowsOf(
      {{"a", "0"}, {"ab", "1"}, {"ab\xff", "2"}, {"ab\xff\xff", "3"}, {"ac", "4"}, {"\xff", "5"}, {"\xff\x01", "6"}}));
  EXPECT_THAT(Scan(id, Table::kNames, "ab"), ElementsAre(Row{"ab", "1"}, Row{"ab\xff", "2"}, Row{"ab\xff\xff", "3"}));
  EXPECT_THAT(Scan(id, Table::kNames, "ab\xff"), ElementsAre(Row{"ab\xff", "2"}, Row{"ab\xff\xff", "3"}));
  EXPECT_THAT(Scan(id, Table::kNames, "\xff"), ElementsAre(Row{"\xff", "5"}, Row{"\xff\x01", "6"}));
  EXPECT_THAT(Scan(id, Table::kNames, "a", 2), ElementsAre(Row{"a", "0"}, Row{"ab", "1"}));
  EXPECT_THAT(Scan(id, Table::kNames, "b"), IsEmpty());
  EXPECT_THAT(Scan(id, Table::kPostings, ""), IsEmpty());
}

TEST_P(StoreContract, ScanMayReadTheStoreWhileItVisits) {
  const SegmentId id = WriteSegment(RowsOf({{"a", "b"}, {"b", "c"}}));
  std::vector<std::string> seen;
  ASSERT_TRUE(store_
                  ->ScanRows(id, Table::kNames, "",
                             [&](std::string_view, std::string_view value) {
                               seen.push_back(GetRow(id, Table::kNames, std::string(value)).value_or("none"));
                               return true;
                             })
                  .has_value());
  EXPECT_THAT(seen, ElementsAre("c", "none"));
}

TEST_P(StoreContract, LargeSegmentsReadLikeSmallOnes) {
  std::vector<Row> names, postings;
  for (int i = 0; i < 100000; ++i)
    names.push_back({std::to_string(1000000 + i), std::string(40, static_cast<char>(i))});
  postings.push_back({"only", std::string(3 << 20, 'p')});
  const SegmentId before = WriteSegment(RowsOf({{"1050000", "before"}}));
  const SegmentId id = WriteSegment(RowsOf(names, postings));
  const SegmentId after = WriteSegment(RowsOf({{"1050000", "after"}}));
  EXPECT_EQ(Scan(id, Table::kNames, ""), names);
  EXPECT_EQ(GetRow(id, Table::kNames, "1050000"), names[50000].value);
  EXPECT_EQ(GetRow(id, Table::kPostings, "only"), postings[0].value);
  EXPECT_EQ(GetRow(before, Table::kNames, "1050000"), "before");
  EXPECT_EQ(GetRow(after, Table::kNames, "1050000"), "after");
}

TEST_P(StoreContract, EmptySegmentHasNoRows) {
  const SegmentId id = WriteSegment({});
  EXPECT_THAT(Scan(id, Table::kNames, ""), IsEmpty());
}

TEST_P(StoreContract, RowsOutOfOrderAreACallersMistake) {
  const SegmentId id = ValueOf(store_->NewSegmentId());
  EXPECT_DEATH((void)store_->WriteSegment(id, RowsOf({{"b", ""}, {"a", ""}})), "key");
  EXPECT_DEATH((void)store_->WriteSegment(id, RowsOf({{"a", ""}, {"a", ""}})), "key");
}

TEST_P(StoreContract, RepositoriesAreListedByName) {
  EXPECT_THAT(ValueOf(store_->ListRepositories()), IsEmpty());
  for (const char* name : {"b", "a", "a.b"}) Create(name);
  std::vector<std::string> names;
  for (const RepositoryRecord& record : ValueOf(store_->ListRepositories())) names.push_back(record.name);
  EXPECT_THAT(names, ElementsAre("a", "a.b", "b"));
  const RepositoryRecord record = ValueOf(store_->GetRepository("a"));
  EXPECT_EQ(record.root, "/src/a");
  EXPECT_EQ(record.created_unix_ms, 5);
  EXPECT_EQ(record.latest, 0U);
}

TEST_P(StoreContract, RepositoryIsCreatedOnce) {
  Create("a");
  EXPECT_EQ(store_->CreateRepository(MakeRecord("a")).error().code, Code::kAlreadyExists);
}

TEST_P(StoreContract, UpdateReplacesRootAndOptionsOnly) {
  Create("a");
  Publish("a", "x");
  RepositoryRecord record = MakeRecord("a");
  record.root = "/elsewhere";
  record.options_json = "{1}";
  record.latest = 77;
  record.created_unix_ms = 6;
  ASSERT_TRUE(store_->UpdateRepository(record).has_value());
  const RepositoryRecord updated = ValueOf(store_->GetRepository("a"));
  EXPECT_EQ(updated.root, "/elsewhere");
  EXPECT_EQ(updated.options_json, "{1}");
  EXPECT_EQ(updated.latest, 1U);
  EXPECT_EQ(updated.created_unix_ms, 5);
  EXPECT_EQ(store_->UpdateRepository(MakeRecord("b")).error().code, Code::kNotFound);
}

TEST_P(StoreContract, UnknownRepositoryIsNotFoundAndTheMessageNamesThoseThatExist) {
  Create("ibex");
  const auto none = store_->GetRepository("ibx");
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().code, Code::kNotFound);
  EXPECT_THAT(none.error().message, HasSubstr("ibex"));
  EXPECT_EQ(store_->DeleteRepository("ibx").error().code, Code::kNotFound);
  EXPECT_EQ(store_->GetManifest("ibx", std::nullopt).error().code, Code::kNotFound);
  EXPECT_EQ(store_->ListSnapshots("ibx").error().code, Code::kNotFound);
  EXPECT_EQ(store_->Pin("ibx", 1).error().code, Code::kNotFound);
  Manifest manifest;
  manifest.repository = "ibx";
  EXPECT_EQ(store_->Publish(manifest).error().code, Code::kNotFound);
}

TEST_P(StoreContract, SnapshotsAreNumberedFromOneInEachRepository) {
  Create("a");
  Create("b");
  EXPECT_EQ(store_->GetManifest("a", std::nullopt).error().code, Code::kNotFound) << "no snapshot yet";
  EXPECT_EQ(Publish("a", "x"), 1U);
  EXPECT_EQ(Publish("a", "y"), 2U);
  EXPECT_EQ(Publish("b", "z"), 1U);
  EXPECT_THAT(ValueOf(store_->ListSnapshots("a")), ElementsAre(1, 2));
  EXPECT_EQ(ValueOf(store_->GetRepository("a")).latest, 2U);
  EXPECT_EQ(ValueOf(store_->GetManifest("a", std::nullopt)).snapshot, 2U);
  Manifest expected = MakeManifest("a", "x", {});
  expected.snapshot = 1;
  EXPECT_EQ(ValueOf(store_->GetManifest("a", 1)), expected);
  EXPECT_EQ(store_->GetManifest("a", 3).error().code, Code::kNotFound);
}

TEST_P(StoreContract, DeletedRepositoryIsOutOfViewAndANamesakeStartsAnew) {
  Create("a");
  Publish("a", "x");
  ASSERT_TRUE(store_->DeleteRepository("a").has_value());
  EXPECT_THAT(ValueOf(store_->ListRepositories()), IsEmpty());
  EXPECT_EQ(store_->GetManifest("a", 1).error().code, Code::kNotFound);
  Create("a");
  EXPECT_THAT(ValueOf(store_->ListSnapshots("a")), IsEmpty());
  EXPECT_EQ(store_->GetManifest("a", 1).error().code, Code::kNotFound) << "the old one's snapshot is not the new one's";
  EXPECT_EQ(Publish("a", "y"), 1U);
  Collect(1);
  EXPECT_FALSE(HasContent("x"));
  EXPECT_TRUE(HasContent("y"));
}

TEST_P(StoreContract, GarbageIsWhatNoKeptSnapshotNames) {
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

TEST_P(StoreContract, TheNewestSnapshotIsAlwaysKept) {
  Create("a");
  Publish("a", "x");
  Collect(0);
  EXPECT_THAT(ValueOf(store_->ListSnapshots("a")), ElementsAre(1));
  EXPECT_TRUE(HasContent("x"));
}

TEST_P(StoreContract, WhatWasNeverPublishedIsGarbage) {
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

TEST_P(StoreContract, ContentSharedWithAnotherRepositoryIsKept) {
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

TEST_P(StoreContract, VectorsAreKeptWhileAnySnapshotExists) {
  Create("a");
  Publish("a", "x");
  Put(BlobKind::kVector, "vector");
  Collect(1);
  EXPECT_TRUE(Has(BlobKind::kVector, "vector"));
  ASSERT_TRUE(store_->DeleteRepository("a").has_value());
  Collect(1);
  EXPECT_FALSE(Has(BlobKind::kVector, "vector"));
}

TEST_P(StoreContract, PinnedSnapshotIsKept) {
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

TEST_P(StoreContract, PinKeepsTheContentOfADeletedRepository) {
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

TEST_P(StoreContract, PinMayOutliveTheStore) {
  Create("a");
  Publish("a", "x");
  auto pin = ValueOf(store_->Pin("a", 1));
  store_.reset();
  pin.reset();
}

TEST_P(StoreContract, SizeGrowsWithContentAndShrinksWithCollection) {
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

TEST_P(StoreContract, ReadersSeeWholeSnapshotsWhileOthersPublishAndCollect) {
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

INSTANTIATE_TEST_SUITE_P(
    Implementations, StoreContract,
    testing::Values(Implementation{"Memory", [](const std::filesystem::path&) { return NewMemoryStore(); }},
                    Implementation{"Rocks",
                                   [](const std::filesystem::path& folder) -> std::shared_ptr<GraphStore> {
                                     return ValueOf(RocksStore::Open(folder));
                                   }}),
    [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace fanin::graph
