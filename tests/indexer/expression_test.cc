// What expressions use, as the elements around them show it.
#include "tests/indexer/extraction.h"

namespace fanin::indexer {
namespace {

using graph::EdgeKind;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::UnorderedElementsAre;

// Flows to `y` of "assign y = <expression>;" among signals of several shapes.
std::vector<std::string> Uses(const std::string& expression) {
  const Extraction x(R"(
module m(input logic a, b, c, input logic [7:0] v, w, input logic [3:0][7:0] two, output logic [31:0] y);
  localparam int P = 3;
  typedef enum logic {E0, E1} en_t;
  typedef logic [5:0] six_t;
  six_t six;
  logic [7:0] mem [4];
  function automatic logic f(input logic x); return x; endfunction
  assign y = )" + expression +
                     ";\nendmodule\n");
  return x.FlowsTo("y");
}

TEST(Expression, OperandsInSourceOrderAndOnce) {
  EXPECT_THAT(Uses("a + b * a - ~c"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Uses("a inside {b, [0:c]}"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Uses("(a == b) ? c : '0"), UnorderedElementsAre("a control", "b control", "c"));
}

TEST(Expression, ConstantsAndTypesAreNoData) {
  EXPECT_THAT(Uses("P + E1 + 8'hff + en_t'(1) + $clog2(P)"), IsEmpty());
  EXPECT_THAT(Uses("six_t'(v)"), ElementsAre("v"));
  EXPECT_THAT(Uses("$signed(v) >>> P"), ElementsAre("v"));
}

TEST(Expression, RangesOfOneDimension) {
  EXPECT_THAT(Uses("v[3]"), ElementsAre("v [3:3]->"));
  EXPECT_THAT(Uses("v[2*2 +: 2]"), ElementsAre("v [5:4]->"));
  EXPECT_THAT(Uses("six[4:1]"), ElementsAre("six [4:1]->")) << "through the typedef";
  EXPECT_THAT(Uses("v[P]"), ElementsAre("v")) << "a parameter may change";
  EXPECT_THAT(Uses("two[1]"), ElementsAre("two")) << "an element is no bit";
  EXPECT_THAT(Uses("mem[1]"), ElementsAre("mem"));
}

TEST(Expression, IndexesWithinConditionsStayControl) {
  EXPECT_THAT(Uses("v[w[a ? 1 : 0]] ? b : c"), UnorderedElementsAre("v control", "w control", "a control", "b", "c"));
  EXPECT_THAT(Uses("v[a ? 1 : 0]"), UnorderedElementsAre("v", "a index"));
}

TEST(Expression, CallsPassTheirArgumentsOn) {
  EXPECT_THAT(Uses("f(a) | f(.x(b))"), UnorderedElementsAre("a", "b", "f"));
  EXPECT_THAT(Uses("pkg::g(a, b)"), UnorderedElementsAre("a", "b"));
}

TEST(Expression, StreamsPatternsAndReplications) {
  EXPECT_THAT(Uses("{<<8{v, w}}"), UnorderedElementsAre("v", "w"));
  EXPECT_THAT(Uses("{4{v}}"), ElementsAre("v"));
  EXPECT_THAT(Uses("'{default: v}"), ElementsAre("v"));
}

TEST(Expression, KeysOfAPatternAreNoUses) { EXPECT_THAT(Uses("'{a: b, default: '0}"), ElementsAre("b 'b -> y.a'")); }

TEST(Expression, NestedSelectsThroughMembersKeepTheBase) {
  const Extraction x(R"(
module m(input logic [3:0] i, output logic y);
  struct packed {logic [3:0] q; struct packed {logic v;} [3:0] e;} s;
  assign y = s.e[i].v & s.q[2];
endmodule)");
  EXPECT_THAT(x.FlowsTo("y"), UnorderedElementsAre("s 's.e[i].v -> y'", "s 's.q -> y'", "i index"));
}

TEST(Expression, HierarchyWithinTheFileIsFollowed) {
  const Extraction x(R"(
module m(output logic y, z);
  for (genvar i = 0; i < 2; i++) begin : g logic inner; end
  begin : h logic [3:0] deep; begin : k logic deeper; end end
  assign y = g[1].inner ^ h.k.deeper;
  assign z = h.deep[2];
endmodule)");
  EXPECT_THAT(x.FlowsTo("y"), UnorderedElementsAre("g.inner", "h.k.deeper"));
  EXPECT_THAT(x.FlowsTo("z"), ElementsAre("h.deep [2:2]->"));
}

TEST(Expression, ThisAndInheritedNamesAreMembers) {
  const Extraction x(R"(
class base; int count; endclass
class derived extends base;
  int own;
  function void f(int own); this.own = own + super.count + count + far_away; endfunction
endclass)");
  EXPECT_THAT(x.FlowsTo("derived::own"), UnorderedElementsAre("derived::f.own", "base::count"));
  EXPECT_THAT(x.References(EdgeKind::kReads), ElementsAre("derived::f <- far_away"));
}

TEST(Expression, DeepExpressionsTakeNoStack) {
  std::string parentheses(300, '(');
  EXPECT_THAT(Uses(parentheses + "a" + std::string(300, ')')), ElementsAre("a"));
  std::string chain = "a";
  for (int i = 0; i < 20000; ++i) chain += i % 2 == 0 ? " ^ b" : " & c";
  EXPECT_THAT(Uses(chain), UnorderedElementsAre("a", "b", "c"));
}

}  // namespace
}  // namespace fanin::indexer
