#include "graph/elaboration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/digest.h"
#include "graph/memory_store.h"
#include "tests/graph/test_repository.h"

namespace fanin::graph {
namespace {

using base::Code;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

ElaboratedEdge MakeEdge(EdgeKind kind, const NodeId& from, const NodeId& to, const NodeId& statement = {}) {
  ElaboratedEdge edge;
  edge.kind = kind;
  edge.from = from;
  edge.to = to;
  edge.statement = statement;
  return edge;
}

ElaboratedFacts SampleFacts() {
  ElaboratedFacts facts;
  facts.definition = {1, 2};
  facts.name = "fifo";
  facts.parameters = {{{1, 3}, "Depth", "8", false}, {{}, "W", "$clog2(8)", true}};
  facts.signals = {{{1, 5}, "logic[7:0]", 8}, {{1, 4}, "event", 0}};
  facts.blocks = {{{1, 6}, 8}};
  ElaboratedEdge edge = MakeEdge(EdgeKind::kFlows, {1, 4}, {1, 5}, {1, 7});
  edge.role = Role::kIndex;
  edge.assignment = Assignment::kNonblocking;
  edge.from_range = {7, 0};
  edge.to_range = {-1, 2147483647};
  edge.guard = "en_i";
  edge.text = "a.b";
  facts.edges = {MakeEdge(EdgeKind::kReads, {1, 5}, {1, 7}), edge, edge};
  facts.unplaced = 3;
  return facts;
}

TEST(ElaboratedFacts, KeepEveryFieldInOneOrderWithoutDuplicates) {
  auto facts = DecodeElaboratedFacts(EncodeElaboratedFacts(SampleFacts()));
  ASSERT_TRUE(facts.has_value()) << facts.error();
  ElaboratedFacts expected = SampleFacts();
  std::swap(expected.signals[0], expected.signals[1]);
  expected.edges.pop_back();
  EXPECT_EQ(*facts, expected);
}

TEST(ElaboratedFacts, GiveEqualBytesWhateverTheOrder) {
  ElaboratedFacts other = SampleFacts();
  std::ranges::reverse(other.edges);
  std::ranges::reverse(other.signals);
  EXPECT_EQ(EncodeElaboratedFacts(other), EncodeElaboratedFacts(SampleFacts()));
}

TEST(ElaboratedFacts, AreRefusedWhenDamaged) {
  const std::string bytes = EncodeElaboratedFacts(SampleFacts());
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x40);
    EXPECT_FALSE(DecodeElaboratedFacts(damaged).has_value()) << i;
    EXPECT_FALSE(DecodeElaboratedFacts(bytes.substr(0, i)).has_value()) << i;
  }
}

Design SampleDesign() {
  Design design;
  design.name = "soc";
  design.file_count = 7;
  design.definitions = {{{1, 2}, "fifo", base::DigestOf("facts"), {}, 2},
                        {{1, 9}, "top", {}, {{"u_a", {1, 10}, 0}, {"g[1].u_b", {1, 11}, 0}}, 1}};
  design.tops = {1};
  design.problems = {{"top", "rtl/top.sv", 12, "unknown package 'p'"}};
  design.unknown = {"pll"};
  return design;
}

TEST(DesignRecord, KeepsEveryField) {
  auto design = DecodeDesign(EncodeDesign(SampleDesign()));
  ASSERT_TRUE(design.has_value()) << design.error();
  EXPECT_EQ(*design, SampleDesign());
}

TEST(DesignRecord, IsRefusedWhenAChildIsNotBelowItsParent) {
  Design design = SampleDesign();
  design.definitions[1].children[0].definition = 1;
  const auto decoded = DecodeDesign(EncodeDesign(design));
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().code, Code::kDataLoss);
}

// Two modules, each with a flow a -> b at its block that tier 1 knows; `top` is elaborated, `other` is not.
class ElaborationTest : public testing::Test {
 protected:
  ElaborationTest() : repository_(NewMemoryStore(), "repo") {
    ShardBuilder shard;
    shard.AddNode(MakeNode(NodeKind::kFile, kNoNode, "a.sv", 0, 100));
    for (std::string_view name : {"top", "other"}) {
      const LocalNode module = shard.AddNode(MakeNode(NodeKind::kModule, 0, name));
      shard.AddNode(MakeNode(NodeKind::kSignal, module, "a"));
      shard.AddNode(MakeNode(NodeKind::kSignal, module, "b"));
      shard.AddNode(MakeNode(NodeKind::kSignal, module, "c"));
      shard.AddNode(MakeNode(NodeKind::kAlwaysComb, module, "block"));
      LocalEdge flow;
      flow.kind = EdgeKind::kFlows;
      flow.from = module + 1;
      flow.to = module + 2;
      flow.attributes.statement = module + 4;
      shard.AddEdge(flow);
      LocalEdge mention;
      mention.kind = EdgeKind::kRefersTo;
      mention.from = module + 4;
      mention.to = module + 2;
      shard.AddEdge(mention);
    }
    repository_.Put("a.sv", std::move(shard));
  }

  static constexpr LocalNode kTop = 1, kTopA = 2, kTopB = 3, kTopC = 4, kTopBlock = 5, kOther = 6, kOtherB = 8;

  NodeId Id(LocalNode node) const { return repository_.IdOf("a.sv", node); }

  void Elaborate(std::vector<ElaboratedEdge> edges) {
    ElaboratedFacts facts;
    facts.definition = Id(kTop);
    facts.name = "top";
    facts.edges = std::move(edges);
    const std::string bytes = EncodeElaboratedFacts(facts);
    Design design;
    design.name = "soc";
    design.definitions = {{Id(kTop), "top", base::DigestOf(bytes), {}, 1}, {Id(kOther), "other", {}, {}, 1}};
    design.tops = {0, 1};
    const std::string record = EncodeDesign(design);
    GraphStore& store = *repository_.store();
    EXPECT_TRUE(store.PutBlobs(BlobKind::kElaborated, {{base::DigestOf(bytes), bytes}}).has_value());
    EXPECT_TRUE(store.PutBlobs(BlobKind::kDesign, {{base::DigestOf(record), record}}).has_value());
    repository_.mutable_manifest().designs = {
        {"soc", base::DigestOf("inputs"), base::DigestOf(record), {base::DigestOf(bytes)}, 1, 1}};
    repository_.Publish();
    snapshot_ = repository_.Open();
  }

  std::vector<Edge> EdgesInto(LocalNode node, EdgeMask kinds = kAllEdges & ~MaskOf(EdgeKind::kContains)) const {
    const auto elaboration = ValueOf(Elaboration::Open(*snapshot_, "soc"));
    const NodeRef ref = snapshot_->RefOf(0, node);
    return ValueOf(elaboration->GetEdges(*snapshot_, {&ref, 1}, Direction::kIn, kinds)).front();
  }

  TestRepository repository_;
  std::shared_ptr<const Snapshot> snapshot_;
};

TEST_F(ElaborationTest, ReplacesDataflowOfElaboratedDefinitions) {
  Elaborate({MakeEdge(EdgeKind::kFlows, Id(kTopC), Id(kTopB), Id(kTopBlock))});
  const std::vector<Edge> flows = EdgesInto(kTopB, MaskOf(EdgeKind::kFlows));
  ASSERT_THAT(flows, SizeIs(1));
  EXPECT_EQ(flows[0].from, snapshot_->RefOf(0, kTopC));
  EXPECT_EQ(flows[0].statement, snapshot_->RefOf(0, kTopBlock));
  EXPECT_EQ(flows[0].provenance, Provenance::kElaborated);
  EXPECT_EQ(flows[0].confidence, 1.0F);
}

TEST_F(ElaborationTest, KeepsEdgesOfOtherKindsAndOfDefinitionsLeftOnTierOne) {
  Elaborate({});
  EXPECT_THAT(EdgesInto(kTopB, MaskOf(EdgeKind::kFlows)), IsEmpty());
  EXPECT_THAT(EdgesInto(kTopB, MaskOf(EdgeKind::kRefersTo)), SizeIs(1));
  const std::vector<Edge> flows = EdgesInto(kOtherB, MaskOf(EdgeKind::kFlows));
  ASSERT_THAT(flows, SizeIs(1));
  EXPECT_EQ(flows[0].provenance, Provenance::kSyntax);
}

TEST_F(ElaborationTest, TellsTheDesignsThereAreWhenAskedForAnother) {
  Elaborate({});
  const auto opened = Elaboration::Open(*snapshot_, "chip");
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, Code::kNotFound);
  EXPECT_THAT(opened.error().message, testing::HasSubstr("soc"));
  EXPECT_EQ(ValueOf(Elaboration::Open(*snapshot_, ""))->design().name, "soc");
}

TEST_F(ElaborationTest, FindsSpecialisationsByDefinition) {
  Elaborate({});
  const auto elaboration = ValueOf(Elaboration::Open(*snapshot_, "soc"));
  EXPECT_THAT(elaboration->SpecialisationsOf(snapshot_->RefOf(0, kTop)), ElementsAre(0));
  EXPECT_THAT(elaboration->SpecialisationsOf(snapshot_->RefOf(0, kTopA)), IsEmpty());
  EXPECT_EQ(elaboration->NodeOf(1), snapshot_->RefOf(0, kOther));
}

TEST_F(ElaborationTest, IsCollectedWithItsLastSnapshot) {
  Elaborate({});
  const Manifest manifest = snapshot_->manifest();
  snapshot_ = nullptr;
  ASSERT_TRUE(repository_.store()->CollectGarbage(1).has_value());
  const base::Digest facts = manifest.designs[0].facts[0];
  EXPECT_TRUE(ValueOf(repository_.store()->HasBlobs(BlobKind::kElaborated, {&facts, 1})).front());
  repository_.mutable_manifest().designs.clear();
  repository_.Publish();
  ASSERT_TRUE(repository_.store()->CollectGarbage(1).has_value());
  EXPECT_FALSE(ValueOf(repository_.store()->HasBlobs(BlobKind::kElaborated, {&facts, 1})).front());
  const base::Digest record = manifest.designs[0].record;
  EXPECT_FALSE(ValueOf(repository_.store()->HasBlobs(BlobKind::kDesign, {&record, 1})).front());
}

}  // namespace
}  // namespace fanin::graph
