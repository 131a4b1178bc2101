// What is RocksStore's own: its directory, its locks and modes, and the space it gives back.
#include "graph/rocks_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/file.h"
#include "graph/memory_store.h"
#include "tests/graph/rocks_store_fixture.h"

namespace fanin::graph {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::DigestOf;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

TEST_F(RocksStoreTest, DirectoryHasItsLayout) {
  const auto store = Open();
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(dir_)) names.push_back(entry.path().filename());
  EXPECT_THAT(names, UnorderedElementsAre("FORMAT", "lock", "repositories", "rocksdb", "vectors", "ingest"));
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

}  // namespace
}  // namespace fanin::graph
