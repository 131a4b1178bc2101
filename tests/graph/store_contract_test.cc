// Blobs, segments, repositories and snapshots as every GraphStore must keep them.
#include "tests/graph/store_contract.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace fanin::graph {
namespace {

using base::Code;
using base::Digest;
using base::DigestOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

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
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // the store has threads, which a fork alone would lose
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

INSTANTIATE_TEST_SUITE_P(Implementations, StoreContract, EveryStore(), StoreName);

}  // namespace
}  // namespace fanin::graph
