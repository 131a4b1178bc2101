#include "graph/traversal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/graph/trace_fixture.h"

namespace fanin::graph {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

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

TEST_F(TraceTest, StayingBelowDoesNotLeaveTheModuleThatARootsPathBeginsIn) {
  AddPipeline();
  TraceRequest request;
  request.stay_below = true;
  EXPECT_THAT(Steps(request, {"stage.sv:stage.r"}), ElementsAre("stage.r@0", "stage.next@1r", "stage.d@2r"));
  EXPECT_THAT(Steps(request, {"top.sv:top.b"}),
              ElementsAre("top.b@0", "stage.q@1", "stage.r@2", "stage.next@3r", "stage.d@4r", "top.a@5r"));
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
