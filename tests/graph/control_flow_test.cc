#include "graph/control_flow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/graph/graph_fixture.h"

namespace fanin::graph {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A procedure made by hand. Conditions print as "if#0", "!if#0", "case#0=A".
class ControlFlowTest : public testing::Test {
 protected:
  LocalNode Add(LocalNode parent, std::string_view name) { return file_.Add(parent, NodeKind::kStatement, name); }
  void Edge(EdgeKind kind, LocalNode from, LocalNode to, std::string_view label = "") {
    LocalEdge edge{kind, from, to, {}};
    edge.attributes.text = label;
    file_.builder().AddEdge(edge);
  }
  void Finish() {
    shard_ = Shard::Decode(std::move(file_).Build()).value();
    flow_.emplace(*shard_);
  }
  std::vector<std::string> Conditions(LocalNode statement) {
    std::vector<std::string> out;
    for (const Branch& branch : flow_->ConditionsOf(statement)) {
      std::string name(shard_->nodes()[branch.statement].name);
      if (branch.kind == Branch::Kind::kFalse) name.insert(0, "!");
      if (branch.kind == Branch::Kind::kCase) name += "=" + std::string(branch.label);
      out.push_back(name);
    }
    return out;
  }

  TestFile file_{"m.sv"};
  LocalNode block_ = file_.Add(file_.Module("m"), NodeKind::kAlwaysComb, "always_comb#0");
  std::shared_ptr<const Shard> shard_;
  std::optional<ControlFlow> flow_;
};

// if (a) x; else if (b) y; else if (c) w; else z;
TEST_F(ControlFlowTest, AnElseIfHasTheConditionsBeforeItInItsChain) {
  const LocalNode a = Add(block_, "if#0");
  const LocalNode x = Add(a, "assign#0");
  const LocalNode b = Add(a, "if#0");
  const LocalNode y = Add(b, "assign#0");
  const LocalNode c = Add(a, "if#1");
  const LocalNode w = Add(c, "assign#0");
  const LocalNode z = Add(c, "assign#1");
  Edge(EdgeKind::kCfgNext, block_, a);
  Edge(EdgeKind::kCfgTrue, a, x);
  Edge(EdgeKind::kCfgFalse, a, b);
  Edge(EdgeKind::kCfgTrue, b, y);
  Edge(EdgeKind::kCfgFalse, b, c);
  Edge(EdgeKind::kCfgTrue, c, w);
  Edge(EdgeKind::kCfgFalse, c, z);
  Finish();
  EXPECT_THAT(flow_->ElseIfsOf(a), ElementsAre(b, c));
  EXPECT_THAT(Conditions(a), IsEmpty());
  EXPECT_THAT(flow_->ConditionsOf(x), ElementsAre(Branch{a, Branch::Kind::kTrue, {}}));
  EXPECT_THAT(flow_->ConditionsOf(w),
              ElementsAre(Branch{a, Branch::Kind::kFalse, {}}, Branch{b, Branch::Kind::kFalse, {}},
                          Branch{c, Branch::Kind::kTrue, {}}));
  EXPECT_THAT(flow_->ConditionsOf(z),
              ElementsAre(Branch{a, Branch::Kind::kFalse, {}}, Branch{b, Branch::Kind::kFalse, {}},
                          Branch{c, Branch::Kind::kFalse, {}}));
}

// if (a) x; else begin if (b) y; z; end
TEST_F(ControlFlowTest, AnElseThatHoldsMoreThanAnIfIsNoChain) {
  const LocalNode a = Add(block_, "if#0");
  const LocalNode x = Add(a, "assign#0");
  const LocalNode b = Add(a, "if#0");
  const LocalNode y = Add(b, "assign#0");
  const LocalNode z = Add(a, "assign#1");
  Edge(EdgeKind::kCfgTrue, a, x);
  Edge(EdgeKind::kCfgFalse, a, b);
  Edge(EdgeKind::kCfgTrue, b, y);
  Edge(EdgeKind::kCfgFalse, b, z);
  Edge(EdgeKind::kCfgNext, y, z);
  Finish();
  EXPECT_THAT(flow_->ElseIfsOf(a), IsEmpty());
  EXPECT_THAT(Conditions(z), ElementsAre("!if#0"));
  EXPECT_THAT(Conditions(y), ElementsAre("!if#0", "if#0"));
}

// case (s) A: x; B, C: begin y; z; end D: ; endcase w;
TEST_F(ControlFlowTest, StatementsBelongToTheCaseItemBeforeThem) {
  const LocalNode s = Add(block_, "case#0");
  const LocalNode x = Add(s, "assign#0");
  const LocalNode y = Add(s, "assign#1");
  const LocalNode z = Add(s, "assign#2");
  const LocalNode w = Add(block_, "assign#0");
  Edge(EdgeKind::kCfgCase, s, x, "A");
  Edge(EdgeKind::kCfgCase, s, y, "B, C");
  Edge(EdgeKind::kCfgNext, y, z);
  Edge(EdgeKind::kCfgCase, s, w, "D");
  Finish();
  EXPECT_THAT(Conditions(x), ElementsAre("case#0=A"));
  EXPECT_THAT(Conditions(z), ElementsAre("case#0=B, C"));
  EXPECT_THAT(Conditions(w), IsEmpty());
  EXPECT_THAT(flow_->StatementsBelow(block_), ElementsAre(s, w));
}

TEST_F(ControlFlowTest, FormsAreToldByTheName) {
  const LocalNode loop = Add(block_, "foreach#0");
  const LocalNode inside = Add(loop, "return#0");
  Finish();
  EXPECT_EQ(FormOf(shard_->nodes()[loop]), StatementForm::kLoop);
  EXPECT_EQ(FormOf(shard_->nodes()[inside]), StatementForm::kJump);
  EXPECT_THAT(flow_->ConditionsOf(inside), ElementsAre(Branch{loop, Branch::Kind::kLoop, {}}));
}

}  // namespace
}  // namespace fanin::graph
