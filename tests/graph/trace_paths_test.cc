// Traces of members, by hierarchical path, to targets and given stops; common sources.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/graph/trace_fixture.h"

namespace fanin::graph {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

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

// cell: i -> o, both of type T. top: s (T) with .i(s) and .o(s.next): each turn is one member deeper.
TEST_F(MemberTest, AMemberThatEachTurnOfALoopDeepensBecomesTheWhole) {
  TestFile cell("cell.sv");
  const LocalNode cell_module = cell.Module("cell");
  const LocalNode i = cell.Add(cell_module, NodeKind::kPort, "i", {.direction = PortDirection::kInput, .type = "T"});
  const LocalNode o = cell.Add(cell_module, NodeKind::kPort, "o", {.direction = PortDirection::kOutput, .type = "T"});
  cell.Flow(i, o);
  repository_.Add(std::move(cell));
  TestFile top("top.sv");
  const LocalNode top_module = top.Module("top");
  const LocalNode s = top.Signal(top_module, "s", "T");
  const LocalNode u = top.Instance(top_module, "cell", "u");
  top.Connect(u, "i", {s}, "s");
  top.Connect(u, "o", {s}, "s.next");
  repository_.Add(std::move(top));
  Open();
  TraceRequest request;
  request.direction = TraceDirection::kFanOut;
  request.max_depth = 1000;
  request.max_nodes = 1000;
  const std::vector<std::string> places = Places(request, {"top.s.x"});
  EXPECT_THAT(places, testing::IsSupersetOf({"top.s.next.x", "top.u.i.next.next.x", "top.s"}));
  EXPECT_LT(places.size(), 40U);
  EXPECT_FALSE(result_.truncated);
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

}  // namespace
}  // namespace fanin::graph
