#include "graph/diff.h"

#include <gmock/gmock.h>

#include "tests/graph/graph_fixture.h"

namespace fanin::graph {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// Two states of a repository, compared. Nodes print as "+ path:qualified.path", changed ones with what differs.
class DiffTest : public testing::Test {
 protected:
  DiffResult Compare(const DiffLimits& limits = {}) {
    if (before_open_ == nullptr) before_open_ = before_.Open();
    if (after_open_ == nullptr) after_open_ = after_.Open();
    auto result = graph::Compare(*before_open_, *after_open_, limits);
    EXPECT_TRUE(result.has_value()) << result.error();
    return result.value_or(DiffResult());
  }

  static std::string Name(const Snapshot& snapshot, NodeRef ref) {
    const NodeHandle node = snapshot.GetNode(ref).value();
    return snapshot.file(node.file).path + (node.local == 0 ? "" : ":" + node.shard->Path(node.local));
  }

  std::vector<std::string> Nodes(const DiffResult& result) {
    std::vector<std::string> lines;
    for (const NodeChange& change : result.nodes) {
      switch (change.change) {
        case Change::kAdded: lines.push_back("+ " + Name(*after_open_, change.after)); break;
        case Change::kRemoved: lines.push_back("- " + Name(*before_open_, change.before)); break;
        case Change::kChanged: {
          std::string line = "~ " + Name(*after_open_, change.after);
          for (const std::string& difference : change.differences) line += " " + difference;
          lines.push_back(line);
        }
      }
    }
    return lines;
  }

  std::vector<std::string> Edges(const DiffResult& result) {
    std::vector<std::string> lines;
    for (const EdgeChange& change : result.edges) {
      const Snapshot& snapshot = change.after ? *after_open_ : *before_open_;
      const Edge& edge = change.after ? *change.after : *change.before;
      const char* const signs[] = {"+ ", "- ", "~ "};
      lines.push_back(signs[static_cast<int>(change.change)] + std::string(EdgeKindName(edge.kind)) + " " +
                      Name(snapshot, edge.from) + " -> " + Name(snapshot, edge.to));
    }
    return lines;
  }

  // module m with two signals and a flow between them.
  static TestFile Module(std::string_view first, std::string_view second, std::string_view type = "logic",
                         Assignment assignment = Assignment::kContinuous) {
    TestFile file("m.sv");
    const LocalNode module = file.Module("m");
    const LocalNode a = file.Signal(module, first, type);
    const LocalNode b = file.Signal(module, second);
    file.Flow(a, b, assignment);
    return file;
  }

  LinkedRepository before_, after_;
  std::shared_ptr<const Snapshot> before_open_, after_open_;
};

TEST_F(DiffTest, EqualSnapshotsDifferInNothing) {
  before_.Add(Module("a", "b"));
  after_.Add(Module("a", "b"));
  const DiffResult result = Compare();
  EXPECT_EQ(result.files_compared, 0U);
  EXPECT_THAT(Nodes(result), IsEmpty());
  EXPECT_THAT(Edges(result), IsEmpty());
}

TEST_F(DiffTest, NodesAreAddedRemovedAndChanged) {
  before_.Add(Module("a", "b"));
  after_.Add(Module("a", "c", "bit"));
  const DiffResult result = Compare();
  EXPECT_THAT(Nodes(result), UnorderedElementsAre("~ m.sv:m.a type", "- m.sv:m.b", "+ m.sv:m.c"));
  EXPECT_EQ(result.node_counts, (ChangeCounts{1, 1, 1}));
  EXPECT_THAT(Edges(result), UnorderedElementsAre("- flows m.sv:m.a -> m.sv:m.b", "+ flows m.sv:m.a -> m.sv:m.c"));
  EXPECT_FALSE(result.truncated);
}

TEST_F(DiffTest, AnEdgeThatSaysSomethingElseIsChanged) {
  before_.Add(Module("a", "b"));
  after_.Add(Module("a", "b", "logic", Assignment::kNonblocking));
  const DiffResult result = Compare();
  EXPECT_THAT(Nodes(result), IsEmpty());
  EXPECT_THAT(Edges(result), ElementsAre("~ flows m.sv:m.a -> m.sv:m.b"));
  EXPECT_EQ(result.edges[0].before->assignment, Assignment::kContinuous);
  EXPECT_EQ(result.edges[0].after->assignment, Assignment::kNonblocking);
}

TEST_F(DiffTest, FilesThatCameAndWentAreWholeChanges) {
  before_.Add(TestFile("old.sv"));
  after_.Add(TestFile("new.sv"));
  EXPECT_THAT(Nodes(Compare()), UnorderedElementsAre("+ new.sv", "- old.sv"));
}

TEST_F(DiffTest, LinksThatChangedForTheSakeOfAnotherFileAreFound) {
  for (LinkedRepository* repository : {&before_, &after_}) {
    TestFile top("top.sv");
    top.Instance(top.Module("top"), "core", "u_core");
    repository->Add(std::move(top));
  }
  TestFile core("core.sv");
  core.Module("core");
  after_.Add(std::move(core));
  const DiffResult result = Compare();
  EXPECT_THAT(Nodes(result), ElementsAre("+ core.sv", "+ core.sv:core"));
  EXPECT_THAT(Edges(result), ElementsAre("+ instantiates top.sv:top.u_core -> core.sv:core"));
}

TEST_F(DiffTest, LimitsCutListsAndNotCounts) {
  before_.Add(TestFile("m.sv"));
  after_.Add(Module("a", "b"));
  DiffLimits limits;
  limits.max_nodes = 2;
  limits.max_edges = 0;
  const DiffResult result = Compare(limits);
  EXPECT_EQ(result.nodes.size(), 2U);
  EXPECT_THAT(result.edges, IsEmpty());
  EXPECT_EQ(result.node_counts, (ChangeCounts{3, 0, 0}));
  EXPECT_EQ(result.edge_counts, (ChangeCounts{1, 0, 0}));
  EXPECT_TRUE(result.truncated);
}

TEST_F(DiffTest, APassedDeadlineComparesNothingAndSaysSo) {
  before_.Add(Module("a", "b"));
  after_.Add(Module("a", "c"));
  DiffLimits limits;
  limits.deadline = std::chrono::steady_clock::now();
  const DiffResult result = Compare(limits);
  EXPECT_EQ(result.files_compared, 0U);
  EXPECT_TRUE(result.truncated);
}

}  // namespace
}  // namespace fanin::graph
