#include "graph/occurrence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/graph/graph_fixture.h"

namespace fanin::graph {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// leaf: signal x, struct signal req. mid: leaf u_leaf in the block gen_a, leaf u_plain in a block without a name.
// top: mid u_left, mid u_right.
class OccurrenceTest : public testing::Test {
 protected:
  void AddDesign() {
    TestFile leaf("leaf.sv");
    const LocalNode leaf_module = leaf.Module("leaf");
    leaf.Signal(leaf_module, "x");
    leaf.Signal(leaf_module, "req", "req_t");
    repository_.Add(std::move(leaf));
    TestFile mid("mid.sv");
    const LocalNode mid_module = mid.Module("mid");
    mid.Instance(mid.Add(mid_module, NodeKind::kGenerate, "gen_a"), "leaf", "u_leaf");
    mid.Instance(mid.Add(mid_module, NodeKind::kGenerate, "generate#0"), "leaf", "u_plain");
    repository_.Add(std::move(mid));
    TestFile top("top.sv");
    const LocalNode top_module = top.Module("top");
    top.Instance(top_module, "mid", "u_left");
    top.Instance(top_module, "mid", "u_right");
    repository_.Add(std::move(top));
    snapshot_ = repository_.Open();
  }

  // What a path means, printed again.
  std::vector<std::string> Find(std::string_view path) {
    auto found = FindOccurrences(*snapshot_, path);
    EXPECT_TRUE(found.has_value()) << found.error();
    return HierarchicalPaths(*snapshot_, *found).value();
  }

  std::vector<std::string> PathsOf(std::string_view node, uint32_t max = 20, std::string_view top = "") {
    OccurrenceRequest request;
    request.node = Ref(node);
    if (!top.empty()) request.top = Ref(top);
    request.max_occurrences = max;
    auto result = OccurrencesOf(*snapshot_, request);
    EXPECT_TRUE(result.has_value()) << result.error();
    std::vector<std::string> paths = HierarchicalPaths(*snapshot_, result->occurrences).value();
    if (result->truncated) paths.emplace_back("...");
    return paths;
  }

  NodeRef Ref(std::string_view name) { return snapshot_->FindNode(repository_.IdOf(name)).value(); }

  LinkedRepository repository_;
  std::shared_ptr<const Snapshot> snapshot_;
};

TEST_F(OccurrenceTest, PathsBeginAtAModuleOrAnInstance) {
  AddDesign();
  EXPECT_THAT(Find("top.u_left.gen_a.u_leaf.x"), ElementsAre("top.u_left.gen_a.u_leaf.x"));
  EXPECT_THAT(Find("$root.top.u_left.gen_a.u_leaf.x"), ElementsAre("top.u_left.gen_a.u_leaf.x"));
  EXPECT_THAT(Find("u_right.gen_a.u_leaf.x"), ElementsAre("top.u_right.gen_a.u_leaf.x"));
  EXPECT_THAT(Find("mid.gen_a.u_leaf.x"), ElementsAre("mid.gen_a.u_leaf.x"));
  EXPECT_THAT(Find("leaf.x"), ElementsAre("leaf.x"));
}

TEST_F(OccurrenceTest, SelectsAndUnnamedBlocksArePassedOverMembersAreKept) {
  AddDesign();
  EXPECT_THAT(Find("top.u_left.gen_a[3].u_leaf.x[7:0]"), ElementsAre("top.u_left.gen_a.u_leaf.x"));
  EXPECT_THAT(Find("top.u_left.u_plain.x"), ElementsAre("top.u_left.generate#0.u_plain.x"));
  EXPECT_THAT(Find("top.u_left.gen_a.u_leaf.req.addr.tag"), ElementsAre("top.u_left.gen_a.u_leaf.req.addr.tag"));
}

TEST_F(OccurrenceTest, MembersOverlapWhereOneHoldsTheOther) {
  EXPECT_TRUE(MembersOverlap("", ".a"));
  EXPECT_TRUE(MembersOverlap(".a.b", ".a"));
  EXPECT_FALSE(MembersOverlap(".a", ".ab"));
  EXPECT_FALSE(MembersOverlap(".a", ".b"));
}

TEST_F(OccurrenceTest, APathMayEndAtAnInstance) {
  AddDesign();
  const auto found = FindOccurrences(*snapshot_, "top.u_right");
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front(), (Occurrence{Ref("top.sv:top.u_right"), {}}));
}

TEST_F(OccurrenceTest, WhatFitsNothingIsEmpty) {
  AddDesign();
  for (const char* path :
       {"top", "top.", ".x", "top..x", "top.u_left.x", "nothing.x", "top.u_left[.x", "", "top.u_left.u_leaf.x"}) {
    EXPECT_THAT(Find(path), IsEmpty()) << path;
  }
}

TEST_F(OccurrenceTest, OfSeveralDefinitionsTheMostLikelyThatHasTheRestIsTaken) {
  TestFile near("chip/ram.sv");
  near.Signal(near.Module("ram"), "common");
  repository_.Add(std::move(near));
  TestFile far("lib/ram.sv");
  const LocalNode far_module = far.Module("ram");
  far.Signal(far_module, "common");
  far.Signal(far_module, "only_here");
  repository_.Add(std::move(far));
  TestFile top("chip/top.sv");
  top.Instance(top.Module("top"), "ram", "u");
  repository_.Add(std::move(top));
  snapshot_ = repository_.Open();
  auto found = FindOccurrences(*snapshot_, "top.u.common");
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().node, Ref("chip/ram.sv:ram.common"));
  found = FindOccurrences(*snapshot_, "top.u.only_here");
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().node, Ref("lib/ram.sv:ram.only_here"));
}

TEST_F(OccurrenceTest, ANodeAppearsUnderEveryTopFewestInstancesFirst) {
  AddDesign();
  EXPECT_THAT(PathsOf("leaf.sv:leaf.x"),
              ElementsAre("top.u_left.gen_a.u_leaf.x", "top.u_right.gen_a.u_leaf.x", "top.u_left.generate#0.u_plain.x",
                          "top.u_right.generate#0.u_plain.x"));
  EXPECT_THAT(PathsOf("leaf.sv:leaf.x", 2),
              ElementsAre("top.u_left.gen_a.u_leaf.x", "top.u_right.gen_a.u_leaf.x", "..."));
  EXPECT_THAT(PathsOf("leaf.sv:leaf.x", 4).size(), 4);
  EXPECT_THAT(PathsOf("leaf.sv:leaf", 20, "mid.sv:mid"), ElementsAre("mid.gen_a.u_leaf", "mid.generate#0.u_plain"));
  EXPECT_THAT(PathsOf("top.sv:top.u_left"), ElementsAre("top.u_left"));
  EXPECT_THAT(PathsOf("top.sv:top", 20, "leaf.sv:leaf"), IsEmpty());
}

TEST_F(OccurrenceTest, EveryPathFoundLeadsBack) {
  AddDesign();
  for (const std::string& path : PathsOf("leaf.sv:leaf.x")) EXPECT_THAT(Find(path), ElementsAre(path));
}

TEST_F(OccurrenceTest, ModulesInsideThemselvesEnd) {
  TestFile file("m.sv");
  const LocalNode m = file.Module("m");
  file.Signal(m, "x");
  file.Instance(m, "m", "u");
  repository_.Add(std::move(file));
  snapshot_ = repository_.Open();
  EXPECT_THAT(PathsOf("m.sv:m.x"), IsEmpty()) << "no module is a top";
  EXPECT_THAT(PathsOf("m.sv:m.x", 20, "m.sv:m"), ElementsAre("m.x"));
  EXPECT_THAT(Find("m.u.u.x"), ElementsAre("m.u.u.x"));
}

TEST_F(OccurrenceTest, ManyCopiesAreBounded) {
  for (int i = 0; i < 40; ++i) {
    TestFile file("m" + std::to_string(i) + ".sv");
    const LocalNode m = file.Module("m" + std::to_string(i));
    for (std::string name : {"a", "b"}) file.Instance(m, "m" + std::to_string(i + 1), name);
    repository_.Add(std::move(file));
  }
  TestFile leaf("m40.sv");
  leaf.Signal(leaf.Module("m40"), "x");
  repository_.Add(std::move(leaf));
  snapshot_ = repository_.Open();
  const std::vector<std::string> paths = PathsOf("m40.sv:m40.x");
  EXPECT_EQ(paths.size(), 21U);
  EXPECT_EQ(paths.back(), "...");
}

}  // namespace
}  // namespace fanin::graph
