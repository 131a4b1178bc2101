// What the tests of traces share: repositories of shards made by hand, and steps printed for expectations.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "graph/traversal.h"
#include "tests/graph/graph_fixture.h"

namespace fanin::graph {

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

}  // namespace fanin::graph
