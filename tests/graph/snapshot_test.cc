#include "graph/snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "graph/memory_store.h"
#include "tests/graph/test_repository.h"

namespace fanin::graph {
namespace {

using base::Code;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// a/core.sv:  module core (input clk_i); assign x = clk_i; ram u_ram(...);   Core the macro
// b/ram.sv:   module ram (input clk_i);
class SnapshotTest : public testing::Test {
 protected:
  enum Core : LocalNode { kFile, kCore, kClk, kX, kAssign, kURam, kMacroCore, kCoreCount };
  enum Ram : LocalNode { kRamFile, kRam, kRamClk, kRamCount };

  static ShardBuilder CoreShard(std::string_view module = "core") {
    ShardBuilder builder;
    builder.AddNode(MakeNode(NodeKind::kFile, kNoNode, "", 0, 300));
    builder.AddNode(MakeNode(NodeKind::kModule, kFile, module, 0, 200));
    builder.AddNode(MakeNode(NodeKind::kPort, kCore, "clk_i", 10, 20));
    builder.AddNode(MakeNode(NodeKind::kSignal, kCore, "x", 30, 40));
    Node assign = MakeNode(NodeKind::kAssign, kCore, "assign#0", 50, 60);
    assign.anonymous = true;
    builder.AddNode(assign);
    builder.AddNode(MakeNode(NodeKind::kInstance, kCore, "u_ram", 70, 90));
    builder.AddNode(MakeNode(NodeKind::kMacro, kFile, "CORE", 210, 220));
    LocalEdge flow{EdgeKind::kFlows, kClk, kX, {}};
    flow.attributes.statement = kAssign;
    flow.attributes.guard = "en";
    builder.AddEdge(flow);
    builder.AddEdge({EdgeKind::kDrives, kAssign, kX, {}});
    builder.AddChunk({ChunkKind::kModuleHeader, kCore, {0, 20, 1, 3}});
    builder.AddChunk({ChunkKind::kAssigns, kAssign, {50, 60, 6, 7}});
    return builder;
  }
  static ShardBuilder RamShard() {
    ShardBuilder builder;
    builder.AddNode(MakeNode(NodeKind::kFile, kNoNode, "", 0, 100));
    builder.AddNode(MakeNode(NodeKind::kModule, kRamFile, "ram", 0, 90));
    builder.AddNode(MakeNode(NodeKind::kPort, kRam, "clk_i", 10, 20));
    builder.AddChunk({ChunkKind::kModuleHeader, kRam, {0, 20, 1, 3}});
    return builder;
  }

  SnapshotTest() {
    repository_.Put("b/ram.sv", RamShard(), {}, "module ram");
    Link instantiates;
    instantiates.kind = EdgeKind::kInstantiates;
    instantiates.confidence = 0.5F;
    instantiates.local = kURam;
    instantiates.remote = repository_.IdOf("b/ram.sv", kRam);
    Link flow;  // core.clk_i -> ram.clk_i
    flow.kind = EdgeKind::kFlows;
    flow.local = kClk;
    flow.remote = repository_.IdOf("b/ram.sv", kRamClk);
    flow.attributes.statement = kURam;
    flow.attributes.role = Role::kClock;
    Link read = flow;  // ram.clk_i -> core.x
    read.remote_is_source = true;
    read.local = kX;
    links_ = {instantiates, flow, read};
    repository_.Put("a/core.sv", CoreShard(), links_, "module core");
    repository_.Publish();
  }

  static NodeRef Find(const Snapshot& snapshot, std::string_view path) {
    const auto refs = ValueOf(snapshot.FindByPath(path));
    EXPECT_EQ(refs.size(), 1U) << path;
    return refs.empty() ? kNoRef : refs.front();
  }
  static std::vector<Edge> Edges(const Snapshot& snapshot, NodeRef ref, Direction direction, EdgeMask kinds) {
    return ValueOf(snapshot.GetEdges({&ref, 1}, direction, kinds)).front();
  }

  TestRepository repository_{NewMemoryStore(), "demo"};
  std::vector<Link> links_;
};

TEST_F(SnapshotTest, FilesAndNodesAreNumberedInOrderOfPath) {
  const auto snapshot = repository_.Open();
  EXPECT_EQ(snapshot->file_count(), 2U);
  EXPECT_EQ(snapshot->node_count(), size_t{kCoreCount} + kRamCount);
  EXPECT_EQ(snapshot->FindFile("b/ram.sv"), 1U);
  EXPECT_EQ(snapshot->FindFile("ram.sv"), std::nullopt);
  EXPECT_EQ(snapshot->FileOf(0), 0U);
  EXPECT_EQ(snapshot->FileOf(kCoreCount - 1), 0U);
  EXPECT_EQ(snapshot->FileOf(kCoreCount), 1U);
  EXPECT_EQ(ValueOf(snapshot->GetText(1)), "module ram");
  const NodeHandle node = ValueOf(snapshot->GetNode(snapshot->RefOf(1, kRamClk)));
  EXPECT_EQ(node->name, "clk_i");
  EXPECT_EQ(node.file, 1U);
  EXPECT_EQ(snapshot->IdOf(node), repository_.IdOf("b/ram.sv", kRamClk));
}

TEST_F(SnapshotTest, NodesComeInTheOrderAskedFor) {
  const auto snapshot = repository_.Open();
  const NodeRef refs[] = {snapshot->RefOf(1, kRam), snapshot->RefOf(0, kX), snapshot->RefOf(1, kRam)};
  const auto nodes = ValueOf(snapshot->GetNodes(refs));
  ASSERT_EQ(nodes.size(), 3U);
  EXPECT_EQ(nodes[0]->name, "ram");
  EXPECT_EQ(nodes[1]->name, "x");
  EXPECT_EQ(nodes[2].ref, refs[0]);
}

TEST_F(SnapshotTest, IdsFindTheirNodes) {
  const auto snapshot = repository_.Open();
  const NodeId id = repository_.IdOf("a/core.sv", kURam);
  EXPECT_EQ(ValueOf(snapshot->FindNode(id)), snapshot->RefOf(0, kURam));
  EXPECT_EQ(ValueOf(snapshot->FindNode({id.file, 1})), kNoRef);
  EXPECT_EQ(ValueOf(snapshot->FindNode({1, id.local})), kNoRef);
}

TEST_F(SnapshotTest, DocumentsAndOrdinalsLeadToLiveFiles) {
  const auto before = repository_.Open();
  const SegmentId first = before->manifest().segments[0].id;
  EXPECT_EQ(before->FileOfDoc(first, 1)->file, 0U);
  EXPECT_EQ(before->FileOfDoc(first, 1)->chunk, 1U);
  EXPECT_EQ(before->FileOfDoc(first, 2)->file, 1U);
  EXPECT_FALSE(before->FileOfDoc(first, 3).has_value());
  EXPECT_FALSE(before->FileOfDoc(first + 99, 0).has_value());

  repository_.Put("a/core.sv", CoreShard("core2"), links_);
  repository_.Publish();
  const auto after = repository_.Open();
  const SegmentId second = after->manifest().segments[1].id;
  EXPECT_FALSE(after->FileOfDoc(first, 0).has_value()) << "the old core is dead";
  EXPECT_EQ(after->FileOfDoc(first, 2)->file, 1U);
  EXPECT_EQ(after->FileOfDoc(second, 1)->chunk, 1U);
  EXPECT_FALSE(after->FileOfOrdinal(first, 0).has_value());
  EXPECT_EQ(after->FileOfOrdinal(first, 1), 1U);
  EXPECT_EQ(after->FileOfOrdinal(second, 0), 0U);
  EXPECT_FALSE(after->FileOfOrdinal(second, 1).has_value());
}

TEST_F(SnapshotTest, NamesAreFoundWhateverTheirCase) {
  const auto snapshot = repository_.Open();
  std::vector<std::pair<NodeRef, NodeKind>> hits;
  for (const auto& hit : ValueOf(snapshot->FindByName("Core"))) hits.emplace_back(hit.ref, hit.kind);
  EXPECT_THAT(hits, ElementsAre(std::pair(kCore, NodeKind::kModule), std::pair(kMacroCore, NodeKind::kMacro)));
  EXPECT_THAT(ValueOf(snapshot->FindByName("assign#0")), IsEmpty()) << "an anonymous element has no name";
  EXPECT_THAT(ValueOf(snapshot->FindByName("absent")), IsEmpty());
  EXPECT_EQ(ValueOf(snapshot->FindByName("ram.sv")).size(), 1U) << "files go by their base name";
}

TEST_F(SnapshotTest, NamesOfReplacedFilesAreGone) {
  repository_.Put("a/core.sv", CoreShard("core2"), links_);
  repository_.Publish();
  const auto after = repository_.Open();
  EXPECT_EQ(ValueOf(after->FindByName("core")).size(), 1U) << "the macro only";
  EXPECT_EQ(ValueOf(after->FindByName("core2")).size(), 1U);
  EXPECT_EQ(ValueOf(after->FindByName("clk_i")).size(), 2U) << "over both segments";
  const auto before = repository_.Open(1);
  EXPECT_EQ(ValueOf(before->FindByName("core")).size(), 2U);
  EXPECT_THAT(ValueOf(before->FindByName("core2")), IsEmpty());
}

TEST_F(SnapshotTest, ScanVisitsNamesOfAPrefixUntilToldToStop) {
  const auto snapshot = repository_.Open();
  std::vector<std::string> names;
  auto collect = [&](std::string_view name, std::span<const Snapshot::NameHit> hits) {
    EXPECT_FALSE(hits.empty());
    names.emplace_back(name);
    return names.size() < 2;
  };
  ASSERT_TRUE(snapshot->ScanNames("c", collect).has_value());
  EXPECT_THAT(names, ElementsAre("clk_i", "core"));
  names.clear();
  ASSERT_TRUE(snapshot->ScanNames("u_", collect).has_value());
  EXPECT_THAT(names, ElementsAre("u_ram"));
}

TEST_F(SnapshotTest, ScansOfAllNamesGiveTheSameAgainAndStopWhenTold) {
  repository_.Put("a/core.sv", CoreShard("core2"), links_);
  repository_.Publish();
  const auto snapshot = repository_.Open();
  const auto scan = [&](size_t most) {
    std::vector<std::string> seen;
    const auto collect = [&](std::string_view name, std::span<const Snapshot::NameHit> hits) {
      seen.emplace_back(name);
      for (const Snapshot::NameHit& hit : hits) seen.push_back(std::to_string(hit.ref));
      return --most > 0;
    };
    EXPECT_TRUE(snapshot->ScanNames("", collect).has_value());
    return seen;
  };
  const std::vector<std::string> cut = scan(2);
  const std::vector<std::string> first = scan(1000);
  EXPECT_GT(first.size(), cut.size());
  EXPECT_EQ(scan(1000), first);
  EXPECT_EQ(scan(2), cut);
}

TEST_F(SnapshotTest, PathsMatchWholeOrFromASeparator) {
  const auto snapshot = repository_.Open();
  EXPECT_EQ(Find(*snapshot, "core.clk_i"), snapshot->RefOf(0, kClk));
  EXPECT_EQ(Find(*snapshot, "ram.clk_i"), snapshot->RefOf(1, kRamClk)) << "not core.u_ram.clk_i";
  EXPECT_EQ(Find(*snapshot, "u_ram"), snapshot->RefOf(0, kURam));
  EXPECT_EQ(Find(*snapshot, "core"), snapshot->RefOf(0, kCore)) << "case matters";
  EXPECT_EQ(Find(*snapshot, "CORE"), snapshot->RefOf(0, kMacroCore));
  EXPECT_EQ(Find(*snapshot, "core.assign#0"), snapshot->RefOf(0, kAssign)) << "tokens of anonymous elements too";
  EXPECT_EQ(Find(*snapshot, "ram.sv"), snapshot->RefOf(1, kRamFile));
  EXPECT_THAT(ValueOf(snapshot->FindByPath("clk_i")),
              ElementsAre(snapshot->RefOf(0, kClk), snapshot->RefOf(1, kRamClk)));
  EXPECT_THAT(ValueOf(snapshot->FindByPath("ore.clk_i")), IsEmpty());
  EXPECT_THAT(ValueOf(snapshot->FindByPath("core.nothing")), IsEmpty());
  EXPECT_THAT(ValueOf(snapshot->FindByPath("")), IsEmpty());
  EXPECT_THAT(ValueOf(snapshot->FindByPath("..::")), IsEmpty());
}

TEST_F(SnapshotTest, DefinitionsAndExactPathsComeFirst) {
  ShardBuilder builder;
  builder.AddNode(MakeNode(NodeKind::kFile, kNoNode, "", 0, 300));
  const LocalNode top = builder.AddNode(MakeNode(NodeKind::kModule, 0, "top", 0, 100));
  const LocalNode nested = builder.AddNode(MakeNode(NodeKind::kInstance, top, "fifo", 10, 20));
  const LocalNode inner = builder.AddNode(MakeNode(NodeKind::kModule, top, "fifo", 30, 40));
  const LocalNode global = builder.AddNode(MakeNode(NodeKind::kTypedef, 0, "fifo", 200, 210));
  repository_.Put("0.sv", std::move(builder));
  repository_.Publish();
  EXPECT_THAT(ValueOf(repository_.Open()->FindByPath("fifo")), ElementsAre(inner, global, nested));
}

TEST_F(SnapshotTest, LocalEdgesCarryWhatTheShardSays) {
  const auto snapshot = repository_.Open();
  const NodeRef x = Find(*snapshot, "core.x");
  const auto edges = Edges(*snapshot, x, Direction::kIn, MaskOf(EdgeKind::kFlows) | MaskOf(EdgeKind::kDrives));
  ASSERT_EQ(edges.size(), 3U);
  EXPECT_EQ(edges[0].kind, EdgeKind::kFlows);
  EXPECT_EQ(edges[0].from, snapshot->RefOf(0, kClk));
  EXPECT_EQ(edges[0].to, x);
  EXPECT_EQ(edges[0].statement, snapshot->RefOf(0, kAssign));
  EXPECT_EQ(edges[0].guard, "en");
  EXPECT_EQ(edges[0].provenance, Provenance::kSyntax);
  EXPECT_EQ(edges[1].kind, EdgeKind::kDrives);
  EXPECT_EQ(edges[2].from, snapshot->RefOf(1, kRamClk)) << "the link whose far end is the source";
  EXPECT_THAT(Edges(*snapshot, x, Direction::kOut, kAllEdges), IsEmpty());
}

TEST_F(SnapshotTest, LinksAreSeenFromBothEnds) {
  const auto snapshot = repository_.Open();
  const NodeRef instance = Find(*snapshot, "core.u_ram"), ram = Find(*snapshot, "ram");
  const auto out = Edges(*snapshot, instance, Direction::kOut, kAllEdges);
  const auto in = Edges(*snapshot, ram, Direction::kIn, MaskOf(EdgeKind::kInstantiates));
  ASSERT_EQ(out.size(), 1U);
  ASSERT_EQ(in.size(), 1U);
  for (const Edge& edge : {out[0], in[0]}) {
    EXPECT_EQ(edge.kind, EdgeKind::kInstantiates);
    EXPECT_EQ(edge.from, instance);
    EXPECT_EQ(edge.to, ram);
    EXPECT_EQ(edge.provenance, Provenance::kLinked);
    EXPECT_EQ(edge.confidence, 0.5F);
  }
  const NodeRef ram_clk = Find(*snapshot, "ram.clk_i");
  const auto flow_in = Edges(*snapshot, ram_clk, Direction::kIn, MaskOf(EdgeKind::kFlows));
  ASSERT_EQ(flow_in.size(), 1U);
  EXPECT_EQ(flow_in[0].from, snapshot->RefOf(0, kClk));
  EXPECT_EQ(flow_in[0].statement, instance) << "the statement is of the file that holds the link";
  EXPECT_EQ(flow_in[0].role, Role::kClock);
  const auto flow_out = Edges(*snapshot, ram_clk, Direction::kOut, MaskOf(EdgeKind::kFlows));
  ASSERT_EQ(flow_out.size(), 1U);
  EXPECT_EQ(flow_out[0].to, snapshot->RefOf(0, kX));
}

TEST_F(SnapshotTest, ContainmentIsAnEdgeWhenAskedFor) {
  const auto snapshot = repository_.Open();
  const NodeRef core = Find(*snapshot, "core");
  const auto children = Edges(*snapshot, core, Direction::kOut, MaskOf(EdgeKind::kContains));
  ASSERT_EQ(children.size(), 4U);
  EXPECT_EQ(children[0].from, core);
  EXPECT_EQ(children[0].to, snapshot->RefOf(0, kClk));
  const auto parents = Edges(*snapshot, core, Direction::kIn, MaskOf(EdgeKind::kContains));
  ASSERT_EQ(parents.size(), 1U);
  EXPECT_EQ(parents[0].from, snapshot->RefOf(0, kFile));
  EXPECT_THAT(Edges(*snapshot, core, Direction::kOut, MaskOf(EdgeKind::kFlows)), IsEmpty());
}

TEST_F(SnapshotTest, EdgesOfManyNodesComeInTheirOrder) {
  const auto snapshot = repository_.Open();
  const NodeRef refs[] = {snapshot->RefOf(1, kRamClk), snapshot->RefOf(0, kClk), snapshot->RefOf(1, kRamClk)};
  const auto edges = ValueOf(snapshot->GetEdges(refs, Direction::kOut, MaskOf(EdgeKind::kFlows)));
  ASSERT_EQ(edges.size(), 3U);
  EXPECT_EQ(edges[0].size(), 1U);
  EXPECT_EQ(edges[1].size(), 2U) << "to core.x and to ram.clk_i";
  EXPECT_EQ(edges[2].size(), 1U);
  EXPECT_THAT(ValueOf(snapshot->GetEdges({}, Direction::kOut, kAllEdges)), IsEmpty());
}

TEST_F(SnapshotTest, LinkToANodeThatIsNoMoreIsLeftOut) {
  repository_.Remove("b/ram.sv");
  repository_.Publish();
  const auto snapshot = repository_.Open();
  EXPECT_THAT(Edges(*snapshot, Find(*snapshot, "core.u_ram"), Direction::kOut, kAllEdges), IsEmpty());
}

TEST_F(SnapshotTest, LinksOfADeadFileAreNotSeen) {
  repository_.Put("a/core.sv", CoreShard(), {});
  repository_.Publish();
  const auto snapshot = repository_.Open();
  EXPECT_THAT(Edges(*snapshot, Find(*snapshot, "ram"), Direction::kIn, MaskOf(EdgeKind::kInstantiates)), IsEmpty());
  const auto before = repository_.Open(1);
  EXPECT_EQ(Edges(*before, Find(*before, "ram"), Direction::kIn, MaskOf(EdgeKind::kInstantiates)).size(), 1U);
}

TEST_F(SnapshotTest, MissingRepositoryOrSnapshotIsNotFound) {
  auto cache = std::make_shared<ShardCache>(1000);
  auto none = Snapshot::Open(repository_.store(), cache, "other");
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().code, Code::kNotFound);
  EXPECT_THAT(none.error().message, HasSubstr("demo"));
  auto old = Snapshot::Open(repository_.store(), cache, "demo", 77);
  ASSERT_FALSE(old.has_value());
  EXPECT_EQ(old.error().code, Code::kNotFound);
}

TEST_F(SnapshotTest, PinnedWhileItLives) {
  auto before = repository_.Open();
  repository_.Put("a/core.sv", CoreShard("core2"), links_);
  repository_.Publish();
  ASSERT_TRUE(repository_.store()->CollectGarbage(1).has_value());
  EXPECT_EQ(Find(*before, "core.x"), before->RefOf(0, kX));
  before.reset();
  ASSERT_TRUE(repository_.store()->CollectGarbage(1).has_value());
  EXPECT_FALSE(repository_.store()->GetManifest("demo", 1).has_value());
}

TEST_F(SnapshotTest, InconsistentManifestIsDataLoss) {
  auto open = [&](auto change) {
    Manifest manifest = repository_.manifest();
    change(manifest);
    const SnapshotId id = ValueOf(repository_.store()->Publish(manifest));
    return Snapshot::Open(repository_.store(), std::make_shared<ShardCache>(1 << 20), "demo", id);
  };
  EXPECT_TRUE(open([](Manifest&) {}).has_value());
  EXPECT_EQ(open([](Manifest& m) { std::swap(m.files[0], m.files[1]); }).error().code, Code::kDataLoss);
  EXPECT_EQ(open([](Manifest& m) { m.files[0].ordinal = 2; }).error().code, Code::kDataLoss);
  EXPECT_EQ(open([](Manifest& m) { m.files[0].ordinal = m.files[1].ordinal; }).error().code, Code::kDataLoss);
  EXPECT_EQ(open([](Manifest& m) { m.segments.clear(); }).error().code, Code::kDataLoss);
  EXPECT_EQ(open([](Manifest& m) { m.files[0].node_count = UINT32_MAX; }).error().code, Code::kDataLoss);
}

TEST_F(SnapshotTest, MissingOrForeignContentIsDataLoss) {
  Manifest manifest = repository_.manifest();
  std::swap(manifest.files[0].shard, manifest.files[1].shard);
  manifest.files[1].links = base::DigestOf("nothing");
  manifest.files[1].content = base::DigestOf("nothing");
  repository_.mutable_manifest() = manifest;
  ASSERT_TRUE(repository_.store()->Publish(manifest).has_value());
  const auto snapshot = repository_.Open();
  EXPECT_EQ(snapshot->GetShard(0).error().code, Code::kDataLoss);
  EXPECT_EQ(snapshot->GetText(1).error().code, Code::kDataLoss);
  const NodeRef ref = 0;
  EXPECT_EQ(snapshot->GetEdges({&ref, 1}, Direction::kOut, kAllEdges).error().code, Code::kDataLoss);
}

// Twenty shards of one node each, named "aaa...", "bbb...", of a few thousand bytes in memory.
std::vector<base::Digest> PutShards(GraphStore& store) {
  std::vector<base::Digest> digests;
  for (int i = 0; i < 20; ++i) {
    ShardBuilder builder;
    builder.AddNode(MakeNode(NodeKind::kFile, kNoNode, std::string(1000, static_cast<char>('a' + i))));
    std::string bytes = std::move(builder).Build();
    digests.push_back(base::DigestOf(bytes));
    EXPECT_TRUE(store.PutBlobs(BlobKind::kShard, {{digests.back(), bytes}}).has_value());
  }
  return digests;
}

TEST(ShardCacheTest, HoldsNoMoreThanItsCapacityAndLoadsAgain) {
  const auto store = NewMemoryStore();
  const std::vector<base::Digest> digests = PutShards(*store);
  ShardCache cache(8000);
  const auto first = ValueOf(cache.GetShard(*store, digests[0]));
  std::weak_ptr<const Shard> second = ValueOf(cache.GetShard(*store, digests[1]));
  EXPECT_EQ(ValueOf(cache.GetShard(*store, digests[0])), first) << "served from the cache";
  EXPECT_FALSE(second.expired());
  const auto all = ValueOf(cache.GetShards(*store, digests));
  for (size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i]->nodes()[0].name[0], static_cast<char>('a' + i));
  EXPECT_NE(ValueOf(cache.GetShard(*store, digests[0])), first) << "it was the least recently used";
}

TEST(ShardCacheTest, ManyThreadsGetWhatTheyAskFor) {
  const auto store = NewMemoryStore();
  const std::vector<base::Digest> digests = PutShards(*store);
  ShardCache cache(8000);  // so that they evict what others use
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (unsigned i = 0; i < 500; ++i) {
        const size_t wanted = (i * 7 + t * 3) % digests.size();
        const auto shard = cache.GetShard(*store, digests[wanted]);
        ASSERT_TRUE(shard.has_value());
        ASSERT_EQ((*shard)->nodes()[0].name[0], static_cast<char>('a' + wanted));
        ASSERT_EQ((*shard)->FindLocal((*shard)->nodes()[0].local_id), 0U);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace fanin::graph
