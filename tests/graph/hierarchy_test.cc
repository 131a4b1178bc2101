#include "graph/hierarchy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/graph/graph_fixture.h"

namespace fanin::graph {
namespace {

using testing::ElementsAre;

// Prints the tree: indented "name: module", "?" for an external module, "(n)" for n candidates, "^" for recursion.
class HierarchyTest : public testing::Test {
 protected:
  void Open() { snapshot_ = repository_.Open(); }

  std::vector<std::string> Tree(HierarchyRequest request = {}, std::string_view top = "") {
    if (!top.empty()) request.top = snapshot_->FindNode(repository_.IdOf(top)).value();
    auto result = GetHierarchy(*snapshot_, request);
    EXPECT_TRUE(result.has_value()) << result.error();
    result_ = *std::move(result);
    std::vector<std::string> lines;
    for (const HierarchyNode& node : result_.nodes) {
      std::string line = std::string(node.depth, ' ') + node.name + ": " + node.module;
      if (node.definition == kNoRef) line += "?";
      if (node.candidates > 1) line += "(" + std::to_string(node.candidates) + ")";
      if (node.recursive) line += "^";
      lines.push_back(line);
    }
    return lines;
  }

  void AddModule(std::string path, std::string_view name,
                 std::vector<std::pair<std::string, std::string>> instances = {}) {
    TestFile file(std::move(path));
    const LocalNode module = file.Module(name);
    for (const auto& [of, instance] : instances) file.Instance(module, of, instance);
    repository_.Add(std::move(file));
  }

  LinkedRepository repository_;
  std::shared_ptr<const Snapshot> snapshot_;
  HierarchyResult result_;
};

TEST_F(HierarchyTest, InstancesComeDepthFirstInSourceOrder) {
  AddModule("top.v", "top", {{"b", "z_first"}, {"a", "a_second"}});
  AddModule("a.v", "a", {{"leaf", "u"}});
  AddModule("b.v", "b", {{"leaf", "u0"}, {"leaf", "u1"}});
  AddModule("leaf.v", "leaf");
  Open();
  EXPECT_THAT(Tree(), ElementsAre("top: top", " z_first: b", "  u0: leaf", "  u1: leaf", " a_second: a", "  u: leaf"));
  EXPECT_FALSE(result_.truncated);
  EXPECT_EQ(result_.nodes[0].parent, UINT32_MAX);
  EXPECT_EQ(result_.nodes[0].instance, kNoRef);
  EXPECT_EQ(result_.nodes[5].parent, 4U);
}

TEST_F(HierarchyTest, TopsAreWhatNothingInstantiatesByName) {
  AddModule("b.v", "tb_b", {{"dut", "u"}});
  AddModule("a.v", "tb_a", {{"dut", "u"}});
  AddModule("dut.v", "dut");
  TestFile bus("bus.v");
  bus.Add(0, NodeKind::kInterface, "bus_if");
  bus.Add(0, NodeKind::kProgram, "stimulus");
  repository_.Add(std::move(bus));
  Open();
  EXPECT_THAT(Tree(), ElementsAre("stimulus: stimulus", "tb_a: tb_a", " u: dut", "tb_b: tb_b", " u: dut"));
  EXPECT_THAT(Tree({}, "dut.v:dut"), ElementsAre("dut: dut"));
}

TEST_F(HierarchyTest, ExternalModuleIsNamed) {
  AddModule("top.v", "top", {{"vendor_pll", "u"}});
  Open();
  EXPECT_THAT(Tree(), ElementsAre("top: top", " u: vendor_pll?"));
  EXPECT_EQ(result_.nodes[1].candidates, 0U);
}

TEST_F(HierarchyTest, BuiltInGatesAreLeftOut) {
  TestFile file("top.v");
  file.Add(file.Module("top"), NodeKind::kInstance, "g0", {.value = "nand"});
  repository_.Add(std::move(file));
  Open();
  EXPECT_THAT(Tree(), ElementsAre("top: top"));
}

TEST_F(HierarchyTest, MostLikelyCandidateIsShownAndAllAreCounted) {
  AddModule("chip/top.v", "top", {{"ram", "u"}});
  AddModule("chip/ram.v", "ram", {{"bank", "near"}});
  AddModule("lib/ram.v", "ram", {{"bank", "far"}});
  AddModule("lib/bank.v", "bank");
  Open();
  EXPECT_THAT(Tree(), ElementsAre("top: top", " u: ram(2)", "  near: bank"));
}

TEST_F(HierarchyTest, RecursionIsMarkedAndNotDescended) {
  AddModule("tree.v", "tree", {{"node", "n"}});
  AddModule("node.v", "node", {{"tree", "left"}, {"tree", "right"}});
  Open();
  EXPECT_THAT(Tree({}, "tree.v:tree"), ElementsAre("tree: tree", " n: node", "  left: tree^", "  right: tree^"));
  EXPECT_THAT(Tree(), testing::IsEmpty());  // each instantiates the other
}

TEST_F(HierarchyTest, InstancesInGenerateBlocksCountThoseOfNestedModulesDoNot) {
  TestFile file("top.sv");
  const LocalNode top = file.Module("top");
  file.Instance(file.Add(top, NodeKind::kGenerate, "generate#0"), "leaf", "in_generate");
  const LocalNode nested = file.Add(top, NodeKind::kModule, "nested");
  file.Instance(nested, "leaf", "in_nested");
  file.Instance(top, "nested", "u");
  repository_.Add(std::move(file));
  AddModule("leaf.v", "leaf");
  Open();
  EXPECT_THAT(Tree(), ElementsAre("top: top", " in_generate: leaf", " u: nested", "  in_nested: leaf"));
}

TEST_F(HierarchyTest, LimitsTruncate) {
  AddModule("top.v", "top", {{"mid", "u0"}, {"mid", "u1"}});
  AddModule("mid.v", "mid", {{"leaf", "v"}});
  AddModule("leaf.v", "leaf");
  Open();
  HierarchyRequest request;
  request.max_depth = 1;
  EXPECT_THAT(Tree(request), ElementsAre("top: top", " u0: mid", " u1: mid"));
  EXPECT_TRUE(result_.truncated);
  request.max_depth = 2;
  EXPECT_EQ(Tree(request).size(), 5U);
  EXPECT_FALSE(result_.truncated);
  request.max_instances = 4;
  EXPECT_THAT(Tree(request), ElementsAre("top: top", " u0: mid", "  v: leaf", " u1: mid"));
  EXPECT_TRUE(result_.truncated);
}

TEST_F(HierarchyTest, TreeThatDoublesWithEachLevelIsBounded) {
  for (int i = 0; i < 30; ++i) {
    const std::string next = "m" + std::to_string(i + 1);
    AddModule("m" + std::to_string(i) + ".v", "m" + std::to_string(i), {{next, "a"}, {next, "b"}});
  }
  Open();
  HierarchyRequest request;
  request.max_instances = 1000;
  EXPECT_EQ(Tree(request).size(), 1000U);
  EXPECT_TRUE(result_.truncated);
}

TEST_F(HierarchyTest, PathsRunThroughGenerateBlocks) {
  TestFile file("top.sv");
  const LocalNode top = file.Module("top");
  file.Instance(file.Add(top, NodeKind::kGenerate, "gen_lane"), "leaf", "u");
  repository_.Add(std::move(file));
  AddModule("leaf.v", "leaf");
  Open();
  Tree();
  EXPECT_EQ(result_.nodes[0].path, "top");
  EXPECT_EQ(result_.nodes[1].path, "top.gen_lane.u");
}

TEST_F(HierarchyTest, CountsTellOfAllLevelsWhateverTheDepth) {
  AddModule("top.v", "top", {{"mid", "u0"}, {"mid", "u1"}, {"pll", "u_pll"}});
  AddModule("mid.v", "mid", {{"leaf", "v"}, {"leaf", "w"}});
  AddModule("leaf.v", "leaf");
  Open();
  HierarchyRequest request;
  request.max_depth = 1;
  request.counts = true;
  EXPECT_THAT(Tree(request), ElementsAre("top: top", " u0: mid", " u1: mid", " u_pll: pll?"));
  EXPECT_EQ(result_.nodes[0].instances_below, 7U);
  EXPECT_EQ(result_.nodes[1].instances_below, 2U);
  EXPECT_EQ(result_.nodes[3].instances_below, 0U);
  std::vector<std::string> modules;
  for (const ModuleCount& module : result_.modules) {
    modules.push_back(std::to_string(module.instances) + " " + module.module +
                      (module.definition == kNoRef ? "?" : ""));
  }
  EXPECT_THAT(modules, ElementsAre("4 leaf", "2 mid", "1 pll?"));
}

TEST_F(HierarchyTest, CountsOfADoublingTreeAreExactThoughItIsNotWalked) {
  for (int i = 0; i < 40; ++i) {
    const std::string next = "m" + std::to_string(i + 1);
    AddModule("m" + std::to_string(i) + ".v", "m" + std::to_string(i), {{next, "a"}, {next, "b"}});
  }
  Open();
  HierarchyRequest request;
  request.max_instances = 10;
  request.counts = true;
  Tree(request);
  EXPECT_EQ(result_.nodes[0].instances_below, (uint64_t{1} << 41) - 2);
}

TEST_F(HierarchyTest, CountsEndAtRecursion) {
  AddModule("tree.v", "tree", {{"tree", "left"}, {"tree", "right"}});
  Open();
  HierarchyRequest request;
  request.counts = true;
  Tree(request, "tree.v:tree");
  EXPECT_EQ(result_.nodes[0].instances_below, 2U);
}

TEST_F(HierarchyTest, ParametersAreThoseWrittenWithOverridesOfTheInstance) {
  TestFile leaf("leaf.v");
  const LocalNode module = leaf.Module("leaf");
  leaf.Add(module, NodeKind::kParameter, "WIDTH", {.type = "parameter int", .value = "8"});
  leaf.Add(module, NodeKind::kParameter, "DEPTH", {.type = "parameter", .value = "4"});
  leaf.Add(module, NodeKind::kParameter, "LOG2", {.type = "localparam", .value = "$clog2(DEPTH)"});
  repository_.Add(std::move(leaf));
  TestFile top("top.v");
  const LocalNode u = top.Instance(top.Module("top"), "leaf", "u");
  top.Refer(EdgeKind::kOverrides, LookUp::kInstanceParameter, u, "DEPTH", {.text = "2 * N"});
  repository_.Add(std::move(top));
  Open();
  HierarchyRequest request;
  request.parameters = true;
  Tree(request);
  EXPECT_THAT(result_.nodes[0].parameters, testing::IsEmpty());
  EXPECT_THAT(result_.nodes[1].parameters,
              ElementsAre(ParameterValue{"WIDTH", "8", false}, ParameterValue{"DEPTH", "2 * N", true}));
}

TEST_F(HierarchyTest, InstancesOfAModuleAreFoundOverTheTreeFewestLevelsFirst) {
  AddModule("tb.v", "tb", {{"top", "dut"}});
  AddModule("top.v", "top", {{"mid", "u0"}, {"mid", "u1"}, {"leaf", "direct"}});
  AddModule("mid.v", "mid", {{"leaf", "v"}});
  AddModule("leaf.v", "leaf");
  Open();
  const auto instances_of_leaf = [&](HierarchyRequest request) {
    const NodeRef leaf = snapshot_->FindNode(repository_.IdOf("leaf.v:leaf")).value();
    auto result = FindInstances(*snapshot_, {leaf}, request);
    EXPECT_TRUE(result.has_value()) << result.error();
    std::vector<std::string> paths;
    for (const HierarchyNode& node : result->nodes) paths.push_back(node.path + ":" + node.module);
    if (result->truncated) paths.emplace_back("...");
    return paths;
  };
  EXPECT_THAT(instances_of_leaf({}), ElementsAre("tb.dut.direct:leaf", "tb.dut.u0.v:leaf", "tb.dut.u1.v:leaf"));
  HierarchyRequest request;
  request.top = snapshot_->FindNode(repository_.IdOf("top.v:top")).value();
  EXPECT_THAT(instances_of_leaf(request), ElementsAre("top.direct:leaf", "top.u0.v:leaf", "top.u1.v:leaf"));
  request.max_instances = 2;
  EXPECT_THAT(instances_of_leaf(request), ElementsAre("top.direct:leaf", "top.u0.v:leaf", "..."));
}

TEST_F(HierarchyTest, TopThatIsNoDefinitionIsInvalid) {
  TestFile file("p.sv");
  file.Package("p");
  repository_.Add(std::move(file));
  Open();
  HierarchyRequest request;
  request.top = snapshot_->FindNode(repository_.IdOf("p.sv:p")).value();
  auto result = GetHierarchy(*snapshot_, request);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, base::Code::kInvalidArgument);
}

}  // namespace
}  // namespace fanin::graph
