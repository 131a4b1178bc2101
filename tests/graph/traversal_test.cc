#include "graph/traversal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/graph/graph_fixture.h"

namespace fanin::graph {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Prints the steps of a trace: "path@depth", "r" for each register crossed, "!" where a rule or limit stopped it.
class TraceTest : public testing::Test {
 protected:
  void Open() { snapshot_ = repository_.Open(); }

  NodeRef Ref(std::string_view name) {
    auto ref = snapshot_->FindNode(repository_.IdOf(name));
    EXPECT_TRUE(ref.has_value() && *ref != kNoRef) << name;
    return *ref;
  }

  std::vector<std::string> Steps(TraceRequest request, std::vector<std::string_view> roots) {
    for (std::string_view root : roots) request.roots.push_back({Ref(root), {}});
    auto result = Trace(*snapshot_, request);
    EXPECT_TRUE(result.has_value()) << result.error();
    result_ = *std::move(result);
    std::vector<std::string> lines;
    for (const TraceStep& step : result_.steps) {
      auto node = snapshot_->GetNode(step.place.node);
      lines.push_back(node->shard->Path(node->local) + "@" + std::to_string(step.depth) +
                      std::string(step.registers, 'r') + (step.stopped ? "!" : ""));
    }
    return lines;
  }

  // The places of the steps of a trace from these hierarchical paths.
  std::vector<std::string> Places(TraceRequest request, std::vector<std::string_view> roots) {
    for (std::string_view root : roots) request.roots.push_back(Place(root));
    auto result = Trace(*snapshot_, request);
    EXPECT_TRUE(result.has_value()) << result.error();
    result_ = *std::move(result);
    return PathsOf(result_.steps);
  }

  std::vector<std::string> PathsOf(const std::vector<TraceStep>& steps) {
    std::vector<Occurrence> places;
    for (const TraceStep& step : steps) places.push_back(step.place);
    return HierarchicalPaths(*snapshot_, places).value();
  }

  // What a hierarchical path or the name of a node in its module means.
  Occurrence Place(std::string_view path) {
    auto found = FindOccurrences(*snapshot_, path);
    EXPECT_TRUE(found.has_value() && found->size() == 1) << path;
    return found->front();
  }

  // cell: d -> q. wrap: i -> u (cell) -> o. top: a -> w0 (wrap) -> b -> w1 (wrap) -> c.
  void AddSeries() {
    TestFile cell("cell.v");
    const LocalNode module = cell.Module("cell");
    const LocalNode d = cell.Input(module, "d");
    const LocalNode q = cell.Output(module, "q");
    cell.Flow(d, q);
    repository_.Add(std::move(cell));
    TestFile wrap("wrap.v");
    const LocalNode wrap_module = wrap.Module("wrap");
    const LocalNode i = wrap.Input(wrap_module, "i");
    const LocalNode o = wrap.Output(wrap_module, "o");
    const LocalNode u = wrap.Instance(wrap_module, "cell", "u");
    wrap.Connect(u, "d", {i});
    wrap.Connect(u, "q", {o});
    repository_.Add(std::move(wrap));
    TestFile top("top.v");
    const LocalNode top_module = top.Module("top");
    const LocalNode a = top.Signal(top_module, "a");
    const LocalNode b = top.Signal(top_module, "b");
    const LocalNode c = top.Signal(top_module, "c");
    for (auto [name, from, to] : {std::tuple("w0", a, b), std::tuple("w1", b, c)}) {
      const LocalNode w = top.Instance(top_module, "wrap", name);
      top.Connect(w, "i", {from});
      top.Connect(w, "o", {to});
    }
    repository_.Add(std::move(top));
    Open();
  }

  // module stage (input d, output q): d -> next -> r (register, clocked by clk) -> q.
  // module top: a -> u.d, u.q -> b -> out.
  void AddPipeline() {
    TestFile stage("stage.sv");
    const LocalNode module = stage.Module("stage");
    const LocalNode d = stage.Input(module, "d");
    const LocalNode clk = stage.Input(module, "clk");
    const LocalNode q = stage.Output(module, "q");
    const LocalNode next = stage.Signal(module, "next");
    const LocalNode r = stage.Signal(module, "r");
    stage.Flow(d, next);
    stage.Flow(next, r, Assignment::kNonblocking);
    stage.Flow(clk, r, Assignment::kNonblocking, Role::kClock);
    stage.Flow(r, q);
    repository_.Add(std::move(stage));
    TestFile top("top.sv");
    const LocalNode top_module = top.Module("top");
    const LocalNode a = top.Signal(top_module, "a");
    const LocalNode b = top.Signal(top_module, "b");
    const LocalNode out = top.Output(top_module, "out");
    const LocalNode u = top.Instance(top_module, "stage", "u");
    top.Connect(u, "d", {a});
    top.Connect(u, "q", {b});
    top.Flow(b, out);
    repository_.Add(std::move(top));
    Open();
  }

  LinkedRepository repository_;
  std::shared_ptr<const Snapshot> snapshot_;
  TraceResult result_;
};

TEST_F(TraceTest, FaninRunsThroughInstancesAndCountsRegisters) {
  AddPipeline();
  EXPECT_THAT(Steps({}, {"top.sv:top.out"}),
              ElementsAre("top.out@0", "top.b@1", "stage.q@2", "stage.r@3", "stage.next@4r", "stage.d@5r", "top.a@6r"));
  EXPECT_FALSE(result_.truncated);
  EXPECT_EQ(result_.steps[4].edge.assignment, Assignment::kNonblocking);
  EXPECT_EQ(result_.steps[4].parent, 3U);
  EXPECT_EQ(result_.steps[6].edge.assignment, Assignment::kConnection);
  EXPECT_EQ(result_.steps[6].edge.statement, Ref("top.sv:top.u"));
}

TEST_F(TraceTest, FanoutRunsTheOtherWay) {
  AddPipeline();
  TraceRequest request;
  request.direction = TraceDirection::kFanOut;
  EXPECT_THAT(Steps(request, {"stage.sv:stage.next"}),
              ElementsAre("stage.next@0", "stage.r@1r", "stage.q@2r", "top.b@3r", "top.out@4r"));
}

TEST_F(TraceTest, ClockIsFollowedOnlyWhenAsked) {
  AddPipeline();
  TraceRequest request;
  request.max_depth = 1;
  EXPECT_THAT(Steps(request, {"stage.sv:stage.r"}), ElementsAre("stage.r@0", "stage.next@1r!"));
  request.include_clock_reset = true;
  EXPECT_THAT(Steps(request, {"stage.sv:stage.r"}), ElementsAre("stage.r@0", "stage.next@1r!", "stage.clk@1r"));
}

TEST_F(TraceTest, DepthLimitMarksWhatGoesOn) {
  AddPipeline();
  TraceRequest request;
  request.max_depth = 2;
  EXPECT_THAT(Steps(request, {"stage.sv:stage.next"}), ElementsAre("stage.next@0", "stage.d@1", "top.a@2"));
  EXPECT_THAT(Steps(request, {"stage.sv:stage.q"}), ElementsAre("stage.q@0", "stage.r@1", "stage.next@2r!"));
  EXPECT_FALSE(result_.truncated);
  request.max_depth = 0;
  EXPECT_THAT(Steps(request, {"stage.sv:stage.q"}), ElementsAre("stage.q@0!"));
}

TEST_F(TraceTest, FaninStopsAtRegistersButARootsOwn) {
  AddPipeline();
  TraceRequest request;
  request.stop_at_registers = true;
  EXPECT_THAT(Steps(request, {"top.sv:top.out"}), ElementsAre("top.out@0", "top.b@1", "stage.q@2", "stage.r@3!"));
  EXPECT_THAT(Steps(request, {"stage.sv:stage.r"}),
              ElementsAre("stage.r@0", "stage.next@1r", "stage.d@2r", "top.a@3r"));
}

TEST_F(TraceTest, FanoutStopsAtTheRegisterThatLoads) {
  AddPipeline();
  TraceRequest request;
  request.direction = TraceDirection::kFanOut;
  request.stop_at_registers = true;
  EXPECT_THAT(Steps(request, {"top.sv:top.a"}), ElementsAre("top.a@0", "stage.d@1", "stage.next@2", "stage.r@3r!"));
  EXPECT_THAT(Steps(request, {"stage.sv:stage.r"}), ElementsAre("stage.r@0", "stage.q@1", "top.b@2", "top.out@3"));
}

TEST_F(TraceTest, StopAtPortsStaysInTheModule) {
  AddPipeline();
  TraceRequest request;
  request.stop_at_ports = true;
  EXPECT_THAT(Steps(request, {"top.sv:top.out"}), ElementsAre("top.out@0", "top.b@1!"));
  EXPECT_THAT(Steps(request, {"stage.sv:stage.r"}), ElementsAre("stage.r@0", "stage.next@1r", "stage.d@2r!"));
}

TEST_F(TraceTest, StopAtPortsDoesNotFollowHierarchicalNames) {
  TestFile file("m.sv");
  const LocalNode m = file.Module("m");
  const LocalNode x = file.Signal(m, "x");
  const LocalNode n = file.Module("n");
  const LocalNode y = file.Signal(n, "y");
  file.Flow(y, x);
  repository_.Add(std::move(file));
  Open();
  TraceRequest request;
  request.stop_at_ports = true;
  EXPECT_THAT(Steps(request, {"m.sv:m.x"}), ElementsAre("m.x@0!"));
  EXPECT_THAT(Steps(request, {"m.sv:m.x", "m.sv:n.y"}), ElementsAre("m.x@0", "n.y@0"));
}

TEST_F(TraceTest, LoopEndsAndEachSignalIsVisitedOnceAtItsLeastDepth) {
  TestFile file("m.sv");
  const LocalNode m = file.Module("m");
  const LocalNode a = file.Signal(m, "a");
  const LocalNode b = file.Signal(m, "b");
  const LocalNode c = file.Signal(m, "c");
  file.Flow(a, a);
  file.Flow(a, b);
  file.Flow(b, c);
  file.Flow(a, c);
  file.Flow(c, a);
  repository_.Add(std::move(file));
  Open();
  EXPECT_THAT(Steps({}, {"m.sv:m.c"}), ElementsAre("m.c@0", "m.a@1", "m.b@1"));
}

TEST_F(TraceTest, DataFlowIsShownBeforeControlFlowOfTheSameSignals) {
  TestFile file("m.sv");
  const LocalNode m = file.Module("m");
  const LocalNode a = file.Signal(m, "a");
  const LocalNode b = file.Signal(m, "b");
  file.Flow(a, b, Assignment::kBlocking, Role::kControl);
  file.Flow(a, b, Assignment::kContinuous, Role::kData);
  repository_.Add(std::move(file));
  Open();
  Steps({}, {"m.sv:m.b"});
  ASSERT_EQ(result_.steps.size(), 2U);
  EXPECT_EQ(result_.steps[1].edge.role, Role::kData);
}

TEST_F(TraceTest, NodeLimitTruncatesAndMarksWhereFlowsWereLeft) {
  TestFile file("m.sv");
  const LocalNode m = file.Module("m");
  const LocalNode sink = file.Signal(m, "sink");
  for (int i = 0; i < 5; ++i) file.Flow(file.Signal(m, "s" + std::to_string(i)), sink);
  repository_.Add(std::move(file));
  Open();
  TraceRequest request;
  request.max_nodes = 3;
  EXPECT_THAT(Steps(request, {"m.sv:m.sink"}), ElementsAre("m.sink@0!", "m.s0@1", "m.s1@1"));
  EXPECT_TRUE(result_.truncated);
  request.max_nodes = 6;
  EXPECT_EQ(Steps(request, {"m.sv:m.sink"}).size(), 6U);
  EXPECT_FALSE(result_.truncated);
}

TEST_F(TraceTest, PassedDeadlineReturnsTheRootsTruncated) {
  AddPipeline();
  TraceRequest request;
  request.deadline = std::chrono::steady_clock::time_point::min();
  EXPECT_THAT(Steps(request, {"top.sv:top.out"}), ElementsAre("top.out@0!"));
  EXPECT_TRUE(result_.truncated);
}

TEST_F(TraceTest, EqualRootsCountOnceAndNoneGiveNothing) {
  AddPipeline();
  TraceRequest request;
  request.max_depth = 0;
  EXPECT_EQ(Steps(request, {"top.sv:top.a", "top.sv:top.a"}).size(), 1U);
  EXPECT_THAT(Steps(request, {}), IsEmpty());
}

// module cell: d -> q; module top with instances u0 and u1 of it: in0 -> u0 -> out0, in1 -> u1 -> out1.
TEST_F(TraceTest, WhatEntersAModuleThroughOneInstanceLeavesItThroughNoOther) {
  TestFile cell("cell.v");
  const LocalNode module = cell.Module("cell");
  const LocalNode d = cell.Input(module, "d");
  const LocalNode q = cell.Output(module, "q");
  cell.Flow(d, q);
  repository_.Add(std::move(cell));
  TestFile top("top.v");
  const LocalNode top_module = top.Module("top");
  for (std::string number : {"0", "1"}) {
    const LocalNode in = top.Signal(top_module, "in" + number);
    const LocalNode out = top.Signal(top_module, "out" + number);
    const LocalNode u = top.Instance(top_module, "cell", "u" + number);
    top.Connect(u, "d", {in});
    top.Connect(u, "q", {out});
  }
  repository_.Add(std::move(top));
  Open();
  TraceRequest request;
  request.direction = TraceDirection::kFanOut;
  EXPECT_THAT(Steps(request, {"top.v:top.in0"}), ElementsAre("top.in0@0", "cell.d@1", "cell.q@2", "top.out0@3"));
  EXPECT_THAT(Steps({}, {"top.v:top.out1"}), ElementsAre("top.out1@0", "cell.q@1", "cell.d@2", "top.in1@3"));
  EXPECT_THAT(Steps(request, {"top.v:top.in0", "top.v:top.in1"}),
              ElementsAre("top.in0@0", "top.in1@0", "cell.d@1", "cell.d@1", "cell.q@2", "cell.q@2", "top.out0@3",
                          "top.out1@3"));
  EXPECT_THAT(PathsOf(result_.steps), ElementsAre("top.in0", "top.in1", "top.u0.d", "top.u1.d", "top.u0.q", "top.u1.q",
                                                  "top.out0", "top.out1"));
  // From within the module any of its copies is meant.
  EXPECT_THAT(Steps(request, {"cell.v:cell.d"}), ElementsAre("cell.d@0", "cell.q@1", "top.out0@2", "top.out1@2"));
}

TEST_F(TraceTest, InstancesInSeriesAreWalkedThroughInTurn) {
  AddSeries();
  TraceRequest request;
  request.max_depth = 20;
  EXPECT_THAT(Places(request, {"top.c"}),
              ElementsAre("top.c", "top.w1.o", "top.w1.u.q", "top.w1.u.d", "top.w1.i", "top.b", "top.w0.o",
                          "top.w0.u.q", "top.w0.u.d", "top.w0.i", "top.a"));
  EXPECT_FALSE(result_.truncated);
}

TEST_F(TraceTest, AHierarchicalPathMeansOneCopyOfItsModule) {
  AddSeries();
  TraceRequest request;
  request.direction = TraceDirection::kFanOut;
  EXPECT_THAT(Places(request, {"top.w1.u.d"}), ElementsAre("top.w1.u.d", "top.w1.u.q", "top.w1.o", "top.c"));
  EXPECT_THAT(Places(request, {"w1.u.d"}), ElementsAre("top.w1.u.d", "top.w1.u.q", "top.w1.o", "top.c"));
  request.max_depth = 3;
  EXPECT_THAT(Places(request, {"u.d"}), ElementsAre("wrap.u.d", "wrap.u.q", "wrap.o", "top.b", "top.c"));
}

TEST_F(TraceTest, StopsAtGivenSignalsInTheGivenInstance) {
  AddSeries();
  TraceRequest request;
  request.max_depth = 20;
  request.stop_at = {Place("top.w0.u.q")};
  EXPECT_THAT(Places(request, {"top.c"}), ElementsAre("top.c", "top.w1.o", "top.w1.u.q", "top.w1.u.d", "top.w1.i",
                                                      "top.b", "top.w0.o", "top.w0.u.q"));
  EXPECT_TRUE(result_.steps.back().stopped);
  request.stop_at = {Place("cell.q")};
  EXPECT_THAT(Places(request, {"top.c"}), ElementsAre("top.c", "top.w1.o", "top.w1.u.q"));
  request.stop_at = {Place("top.c")};
  EXPECT_EQ(Places(request, {"top.c"}).size(), 11U) << "a root is walked from";
}

TEST_F(TraceTest, TargetsKeepTheShortestPathToEach) {
  AddSeries();
  TraceRequest request;
  request.max_depth = 20;
  request.direction = TraceDirection::kFanOut;
  request.targets = {Place("top.w0.u.q")};
  EXPECT_THAT(Places(request, {"top.a"}), ElementsAre("top.a", "top.w0.i", "top.w0.u.d", "top.w0.u.q"));
  EXPECT_FALSE(result_.steps.back().stopped);
  request.targets = {Place("top.w1.u.q")};
  EXPECT_EQ(Places(request, {"top.a"}).back(), "top.w1.u.q");
  request.targets = {Place("top.a")};
  EXPECT_THAT(Places(request, {"top.a"}), ElementsAre("top.a"));
  EXPECT_THAT(Places(request, {"top.c"}), IsEmpty());
}

TEST_F(TraceTest, BranchesThatLeadToNoTargetAreLeftOut) {
  TestFile file("m.sv");
  const LocalNode m = file.Module("m");
  const LocalNode a = file.Signal(m, "a");
  const LocalNode b = file.Signal(m, "b");
  const LocalNode c = file.Signal(m, "c");
  const LocalNode d = file.Signal(m, "d");
  file.Flow(a, b);
  file.Flow(a, c);
  file.Flow(c, d);
  repository_.Add(std::move(file));
  Open();
  TraceRequest request;
  request.direction = TraceDirection::kFanOut;
  request.targets = {Place("m.d")};
  EXPECT_THAT(Places(request, {"m.a"}), ElementsAre("m.a", "m.c", "m.d"));
  EXPECT_EQ(result_.steps[2].parent, 1U);
}

// d -> r1 => q (two registers, two steps), d -> s1 -> s2 -> s3 -> q (no register).
TEST_F(TraceTest, RegisterLimitFindsSignalsAtTheirFewestRegisters) {
  TestFile file("m.sv");
  const LocalNode m = file.Module("m");
  const LocalNode q = file.Signal(m, "q");
  const LocalNode d = file.Signal(m, "d");
  const LocalNode r = file.Signal(m, "r");
  const LocalNode old = file.Signal(m, "old");
  file.Flow(r, q, Assignment::kNonblocking);
  file.Flow(d, r, Assignment::kNonblocking);
  file.Flow(old, d, Assignment::kNonblocking);
  LocalNode last = d;
  for (std::string name : {"s1", "s2", "s3"}) {
    const LocalNode next = file.Signal(m, name);
    file.Flow(last, next);
    last = next;
  }
  file.Flow(last, q);
  repository_.Add(std::move(file));
  Open();
  EXPECT_THAT(Steps({}, {"m.sv:m.q"}),
              ElementsAre("m.q@0", "m.r@1r", "m.s3@1", "m.d@2rr", "m.s2@2", "m.old@3rrr", "m.s1@3"));
  TraceRequest request;
  request.max_registers = 1;
  EXPECT_THAT(Steps(request, {"m.sv:m.q"}),
              ElementsAre("m.q@0", "m.s3@1", "m.s2@2", "m.s1@3", "m.d@4", "m.r@1r", "m.old@5r"));
  request.max_registers = 2;
  EXPECT_EQ(Steps(request, {"m.sv:m.q"}).size(), 7U);
}

// a -> s.x, b -> s.y.lo, c -> s.y.hi; s => t (both whole, of type req_t); t.x -> x, t.y -> y, t.y.lo -> lo, t -> raw.
class MemberTest : public TraceTest {
 protected:
  void AddMembers(std::string_view type_of_t = "pkg::req_t") {
    TestFile file("m.sv");
    const LocalNode m = file.Module("m");
    const LocalNode s = file.Signal(m, "s", "req_t");
    const LocalNode t = file.Signal(m, "t", type_of_t);
    const auto flow = [&](LocalNode from, LocalNode to, std::string_view text) {
      file.Flow(from, to, Assignment::kContinuous, Role::kData, text);
    };
    flow(file.Signal(m, "a"), s, "a -> s.x");
    flow(file.Signal(m, "b"), s, "b -> s[2].y.lo[3:0]");
    flow(file.Signal(m, "c"), s, "c -> s.y.hi");
    flow(s, t, "");
    flow(t, file.Signal(m, "x"), "t.x -> x");
    flow(t, file.Signal(m, "y"), "t.y -> y");
    flow(t, file.Signal(m, "lo"), "t.y.lo -> lo");
    flow(t, file.Signal(m, "raw"), "");
    flow(file.Signal(m, "d"), s, "`SET(s.x, d) -> `SET(s.x, d)");
    repository_.Add(std::move(file));
    Open();
  }
};

TEST_F(MemberTest, AMemberHasTheFaninOfThatMemberOnly) {
  AddMembers();
  EXPECT_THAT(Places({}, {"m.x"}), ElementsAre("m.x", "m.t.x", "m.s.x", "m.a", "m.d"));
  EXPECT_THAT(Places({}, {"m.lo"}), ElementsAre("m.lo", "m.t.y.lo", "m.s.y.lo", "m.b", "m.d"));
  EXPECT_THAT(Places({}, {"m.y"}), ElementsAre("m.y", "m.t.y", "m.s.y", "m.b", "m.c", "m.d"));
  EXPECT_THAT(Places({}, {"m.raw"}), ElementsAre("m.raw", "m.t", "m.s", "m.a", "m.b", "m.c", "m.d"));
}

TEST_F(MemberTest, AMemberMayBeARoot) {
  AddMembers();
  EXPECT_THAT(Places({}, {"m.s.y.hi"}), ElementsAre("m.s.y.hi", "m.c", "m.d"));
  TraceRequest request;
  request.direction = TraceDirection::kFanOut;
  EXPECT_THAT(Places(request, {"m.s.y.hi"}), ElementsAre("m.s.y.hi", "m.t.y.hi", "m.y", "m.raw"));
}

TEST_F(MemberTest, FanoutOfAMemberIsOfItsReaders) {
  AddMembers();
  TraceRequest request;
  request.direction = TraceDirection::kFanOut;
  EXPECT_THAT(Places(request, {"m.a"}), ElementsAre("m.a", "m.s.x", "m.t.x", "m.x", "m.raw"));
}

TEST_F(MemberTest, ACopyBetweenOtherTypesIsOfTheWhole) {
  AddMembers("logic");
  EXPECT_THAT(Places({}, {"m.x"}), ElementsAre("m.x", "m.t.x", "m.s", "m.a", "m.b", "m.c", "m.d"));
}

// cell: i.id -> q. top: u (cell) with .i(s.hdr); a -> s.hdr.id, b -> s.hdr.len, c -> s.data.
TEST_F(MemberTest, APortIsTheMemberThatIsItsActual) {
  TestFile cell("cell.sv");
  const LocalNode cell_module = cell.Module("cell");
  const LocalNode i = cell.Input(cell_module, "i");
  const LocalNode q = cell.Output(cell_module, "q");
  cell.Flow(i, q, Assignment::kContinuous, Role::kData, "i.id -> q");
  repository_.Add(std::move(cell));
  TestFile top("top.sv");
  const LocalNode top_module = top.Module("top");
  const LocalNode s = top.Signal(top_module, "s", "req_t");
  top.Connect(top.Instance(top_module, "cell", "u"), "i", {s}, "s.hdr");
  for (auto [name, text] : {std::pair("a", "a -> s.hdr.id"), {"b", "b -> s.hdr.len"}, {"c", "c -> s.data"}}) {
    top.Flow(top.Signal(top_module, name), s, Assignment::kContinuous, Role::kData, text);
  }
  repository_.Add(std::move(top));
  Open();
  EXPECT_THAT(Places({}, {"top.u.q"}), ElementsAre("top.u.q", "top.u.i.id", "top.s.hdr.id", "top.a"));
  EXPECT_THAT(Places({}, {"top.u.i"}), ElementsAre("top.u.i", "top.s.hdr", "top.a", "top.b"));
  TraceRequest request;
  request.direction = TraceDirection::kFanOut;
  EXPECT_THAT(Places(request, {"top.a"}), ElementsAre("top.a", "top.s.hdr.id", "top.u.i.id", "top.u.q"));
  EXPECT_THAT(Places(request, {"top.b"}), ElementsAre("top.b", "top.s.hdr.len", "top.u.i.len"));
  EXPECT_THAT(Places(request, {"top.c"}), ElementsAre("top.c", "top.s.data"));
}

TEST_F(TraceTest, CommonSourcesAreTheNearestOfAllCones) {
  TestFile file("m.sv");
  const LocalNode m = file.Module("m");
  const auto signal = [&](std::string_view name) { return file.Signal(m, name); };
  const LocalNode a = signal("a"), b = signal("b"), x = signal("x"), y = signal("y"), only_a = signal("only_a");
  const LocalNode shared = signal("shared"), behind = signal("behind"), far = signal("far");
  file.Flow(x, a);
  file.Flow(only_a, a);
  file.Flow(shared, x);
  file.Flow(shared, y);
  file.Flow(y, b);
  file.Flow(behind, shared);
  file.Flow(far, only_a);
  file.Flow(far, behind);
  repository_.Add(std::move(file));
  Open();
  auto common = FindCommon(*snapshot_, {}, {{Place("m.a")}, {Place("m.b")}});
  ASSERT_TRUE(common.has_value());
  // `behind` is reached through `shared` alone; `far` also by a way of a's own.
  ASSERT_EQ(common->sources.size(), 2U);
  EXPECT_EQ(common->sources[0].place, Place("m.shared"));
  EXPECT_EQ(common->sources[1].place, Place("m.far"));
  EXPECT_THAT(PathsOf(common->steps), ElementsAre("m.a", "m.x", "m.only_a", "m.shared", "m.far",  // a's
                                                  "m.b", "m.y", "m.shared", "m.behind", "m.far"));
  EXPECT_THAT(common->sources[1].steps, ElementsAre(4U, 9U));
  EXPECT_FALSE(common->truncated);
}

TEST_F(TraceTest, CopiesOfOneModuleHaveNothingInCommonButWhatFeedsBoth) {
  TestFile cell("cell.v");
  const LocalNode module = cell.Module("cell");
  const LocalNode d = cell.Input(module, "d");
  const LocalNode q = cell.Output(module, "q");
  cell.Flow(d, q);
  repository_.Add(std::move(cell));
  TestFile top("top.v");
  const LocalNode top_module = top.Module("top");
  const LocalNode in = top.Signal(top_module, "in");
  for (std::string number : {"0", "1"}) {
    const LocalNode u = top.Instance(top_module, "cell", "u" + number);
    top.Connect(u, "d", {in});
  }
  repository_.Add(std::move(top));
  Open();
  auto common = FindCommon(*snapshot_, {}, {{Place("top.u0.q")}, {Place("top.u1.q")}});
  ASSERT_TRUE(common.has_value());
  ASSERT_EQ(common->sources.size(), 1U);
  EXPECT_EQ(common->sources[0].place, Place("top.in"));
}

TEST_F(TraceTest, ModuleThatInstantiatesItselfIsWalked) {
  TestFile file("m.v");
  const LocalNode m = file.Module("m");
  const LocalNode d = file.Input(m, "d");
  const LocalNode q = file.Output(m, "q");
  const LocalNode inner = file.Signal(m, "inner");
  const LocalNode u = file.Instance(m, "m", "u");
  file.Connect(u, "d", {d});
  file.Connect(u, "q", {inner});
  file.Flow(inner, q);
  repository_.Add(std::move(file));
  Open();
  EXPECT_THAT(Steps({}, {"m.v:m.q"}), ElementsAre("m.q@0", "m.inner@1"));
}

}  // namespace
}  // namespace fanin::graph
