// Port connections and parameter overrides.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "graph/linker.h"
#include "tests/graph/graph_fixture.h"

namespace fanin::graph {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// module cell #(parameter W, localparam L, parameter D) (input d, output q, inout io);
TestFile CellFile(std::string path) {
  TestFile file(std::move(path));
  const LocalNode module = file.Module("cell");
  file.Add(module, NodeKind::kParameter, "W", {.type = "int"});
  file.Add(module, NodeKind::kParameter, "L", {.type = "localparam int"});
  file.Add(module, NodeKind::kParameter, "D", {.type = "int"});
  file.Input(module, "d");
  file.Output(module, "q");
  file.Add(module, NodeKind::kPort, "io", {.direction = PortDirection::kInout});
  return file;
}

// module top with signals a, b, c and an instance u of cell.
struct Top {
  TestFile file{"top.v"};
  LocalNode module = file.Module("top");
  LocalNode a = file.Signal(module, "a");
  LocalNode b = file.Signal(module, "b");
  LocalNode c = file.Signal(module, "c");
  LocalNode u = file.Instance(module, "cell", "u");
};

TEST(LinkerInstances, FlowFollowsTheDirectionOfThePort) {
  Top top;
  top.file.Connect(top.u, "d", {top.a});
  top.file.Connect(top.u, "q", {top.b});
  top.file.Connect(top.u, "io", {top.c});
  LinkedRepository repository;
  repository.Add(std::move(top.file));
  repository.Add(CellFile("cell.v"));
  repository.Link();
  EXPECT_THAT(
      repository.Links(EdgeKind::kConnects),
      ElementsAre("top.v:top.u -> cell.v:cell.d", "top.v:top.u -> cell.v:cell.io", "top.v:top.u -> cell.v:cell.q"));
  EXPECT_THAT(repository.Links(EdgeKind::kFlows),
              ElementsAre("cell.v:cell.io -> top.v:top.c", "cell.v:cell.q -> top.v:top.b",
                          "top.v:top.a -> cell.v:cell.d", "top.v:top.c -> cell.v:cell.io"));
  EXPECT_THAT(repository.Links(EdgeKind::kReads),
              ElementsAre("top.v:top.a -> top.v:top.u", "top.v:top.c -> top.v:top.u"));
  EXPECT_THAT(repository.Links(EdgeKind::kDrives),
              ElementsAre("top.v:top.u -> top.v:top.b", "top.v:top.u -> top.v:top.c"));
}

TEST(LinkerInstances, FlowNamesTheInstanceTheAssignmentAndTheBits) {
  Top top;
  Operand operand;
  operand.node = top.a;
  operand.range = {7, 4};
  operand.role = Role::kControl;
  top.file.Refer(EdgeKind::kConnects, LookUp::kInstancePort, top.u, "d", {.text = "a[7:4]", .operands = {operand}});
  operand.node = top.b;
  operand.role = Role::kData;
  top.file.Refer(EdgeKind::kConnects, LookUp::kInstancePort, top.u, "q", {.text = "b[7:4]", .operands = {operand}});
  LinkedRepository repository;
  repository.Add(std::move(top.file));
  repository.Add(CellFile("cell.v"));
  repository.Link();
  const std::span<const Link> into = repository.LinksOfFile(0).LinksOf(top.a);
  ASSERT_EQ(into.size(), 2U);  // reads, flows
  const Link& flow = into[1];
  EXPECT_EQ(flow.kind, EdgeKind::kFlows);
  EXPECT_EQ(flow.attributes.assignment, Assignment::kConnection);
  EXPECT_EQ(flow.attributes.statement, top.u);
  EXPECT_EQ(flow.attributes.role, Role::kControl);
  EXPECT_EQ(flow.attributes.from_range, (BitRange{7, 4}));
  EXPECT_FALSE(flow.attributes.to_range.known());
  EXPECT_EQ(flow.provenance, Provenance::kLinked);
  const std::span<const Link> out_of = repository.LinksOfFile(0).LinksOf(top.b);
  ASSERT_EQ(out_of.size(), 1U);
  EXPECT_TRUE(out_of[0].remote_is_source);
  EXPECT_EQ(out_of[0].attributes.to_range, (BitRange{7, 4}));
  for (const Link& link : repository.LinksOfFile(0).LinksOf(top.u)) {
    if (link.kind == EdgeKind::kConnects && repository.NameOf(link.remote) == "cell.v:cell.d") {
      EXPECT_EQ(link.attributes.text, "a[7:4]");
    }
  }
}

TEST(LinkerInstances, IndexOfAnOutputsTargetIsRead) {
  Top top;
  Operand target, index;
  target.node = top.a;
  index.node = top.b;
  index.role = Role::kIndex;
  top.file.Refer(EdgeKind::kConnects, LookUp::kInstancePort, top.u, "q", {.text = "a[b]", .operands = {target, index}});
  LinkedRepository repository;
  repository.Add(std::move(top.file));
  repository.Add(CellFile("cell.v"));
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kFlows), ElementsAre("cell.v:cell.q -> top.v:top.a"));
  EXPECT_THAT(repository.Links(EdgeKind::kDrives), ElementsAre("top.v:top.u -> top.v:top.a"));
  EXPECT_THAT(repository.Links(EdgeKind::kReads), ElementsAre("top.v:top.b -> top.v:top.u"));
}

TEST(LinkerInstances, PositionsCountPortsAndOverridableParametersFromZero) {
  Top top;
  top.file.Connect(top.u, "#0", {top.a});
  top.file.Connect(top.u, "#1", {top.b});
  top.file.Connect(top.u, "#7", {top.c});
  top.file.Refer(EdgeKind::kOverrides, LookUp::kInstanceParameter, top.u, "#1", {.text = "8"});
  top.file.Refer(EdgeKind::kOverrides, LookUp::kInstanceParameter, top.u, "W", {.text = "4"});
  LinkedRepository repository;
  repository.Add(std::move(top.file));
  repository.Add(CellFile("cell.v"));
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kConnects),
              ElementsAre("top.v:top.u -> cell.v:cell.d", "top.v:top.u -> cell.v:cell.q"));
  EXPECT_THAT(repository.Links(EdgeKind::kOverrides),
              ElementsAre("top.v:top.u -> cell.v:cell.D", "top.v:top.u -> cell.v:cell.W"));
}

TEST(LinkerInstances, WildcardBindsTheRemainingPortsToSignalsOfTheirName) {
  TestFile file("top.v");
  const LocalNode module = file.Module("top");
  file.Signal(module, "d");
  file.Signal(module, "io");
  const LocalNode other = file.Signal(module, "other");
  const LocalNode generate = file.Add(module, NodeKind::kGenerate, "g");
  file.Signal(generate, "d");
  const LocalNode instance = file.Instance(generate, "cell", "u");
  file.Connect(instance, "io", {other});
  file.Connect(instance, "*", {});
  LinkedRepository repository;
  repository.Add(std::move(file));
  repository.Add(CellFile("cell.v"));
  const LinkResult& result = repository.Link();
  EXPECT_EQ(result.references, 3U);
  EXPECT_EQ(result.resolved, 3U);
  EXPECT_EQ(result.dropped, 0U);
  EXPECT_THAT(repository.Links(EdgeKind::kConnects),
              ElementsAre("top.v:top.g.u -> cell.v:cell.d", "top.v:top.g.u -> cell.v:cell.io"));
  EXPECT_THAT(repository.Links(EdgeKind::kFlows),
              ElementsAre("cell.v:cell.io -> top.v:top.other", "top.v:top.g.d -> cell.v:cell.d",
                          "top.v:top.other -> cell.v:cell.io"));
}

TEST(LinkerInstances, WildcardsBeyondTheLimitAreCounted) {
  constexpr uint32_t kPorts = 2048;
  constexpr uint32_t kInstances = kMaxWildcardPorts / kPorts + 3;
  TestFile wide("wide.v");
  const LocalNode module = wide.Module("wide");
  for (uint32_t i = 0; i < kPorts; ++i) wide.Input(module, "p" + std::to_string(i));
  TestFile file("top.v");
  const LocalNode top = file.Module("top");
  file.Signal(top, "p7");
  for (uint32_t i = 0; i < kInstances; ++i) {
    file.Connect(file.Instance(top, "wide", "u" + std::to_string(i)), "*", {});
  }
  LinkedRepository repository;
  repository.Add(std::move(file));
  repository.Add(std::move(wide));
  const LinkResult& result = repository.Link();
  EXPECT_EQ(result.dropped, 3 * kPorts);
  EXPECT_EQ(repository.Links(EdgeKind::kConnects).size(), kInstances - 3);
}

TEST(LinkerInstances, DuplicatedModulesShareTheConfidence) {
  Top top;
  top.file.Connect(top.u, "d", {top.a});
  LinkedRepository repository;
  repository.Add(std::move(top.file));
  repository.Add(CellFile("x/cell.v"));
  repository.Add(CellFile("y/cell.v"));
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kFlows),
              ElementsAre("top.v:top.a -> x/cell.v:cell.d 0.50", "top.v:top.a -> y/cell.v:cell.d 0.50"));
  EXPECT_THAT(repository.Links(EdgeKind::kReads), ElementsAre("top.v:top.a -> top.v:top.u"));
}

TEST(LinkerInstances, ExternalModuleMakesNoFlows) {
  Top top;
  top.file.Connect(top.u, "d", {top.a});
  top.file.Connect(top.u, "*", {});
  LinkedRepository repository;
  repository.Add(std::move(top.file));
  const LinkResult& result = repository.Link();
  EXPECT_THAT(repository.LinksOfFile(0).links(), IsEmpty());
  EXPECT_THAT(result.unresolved, ElementsAre(Unresolved{LookUp::kDefinition, "cell", 1}));
}

TEST(LinkerInstances, EscapedNameIsTheSameName) {
  Top top;
  top.file.Connect(top.u, "\\d ", {top.a});
  LinkedRepository repository;
  repository.Add(std::move(top.file));
  repository.Add(CellFile("cell.v"));
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kFlows), ElementsAre("top.v:top.a -> cell.v:cell.d"));
}

}  // namespace
}  // namespace fanin::graph
