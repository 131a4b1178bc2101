#include "graph/cypher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "graph/memory_store.h"
#include "tests/graph/test_repository.h"

namespace fanin::graph {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// counter.sv: a counter with count_q, count_d, full_o and a signal that nothing drives; top.sv: two instances of it.
class CypherTest : public ::testing::Test {
 protected:
  CypherTest() : repository_(NewMemoryStore(), "demo") {
    PutCounter();
    PutTop();
    repository_.Publish();
    snapshot_ = repository_.Open();
  }

  void PutCounter() {
    ShardBuilder b;
    const auto add = [&](NodeKind kind, LocalNode parent, std::string_view name, uint32_t begin,
                         PortDirection direction, std::string_view width) {
      Node node = MakeNode(kind, parent, name, begin, begin + 5);
      node.direction = direction;
      node.width = width;
      node.anonymous = name.contains('#');
      return b.AddNode(node);
    };
    constexpr auto kNone = PortDirection::kNone;
    const LocalNode file = add(NodeKind::kFile, kNoNode, "counter.sv", 0, kNone, "");
    counter_ = add(NodeKind::kModule, file, "counter", 0, kNone, "");
    const LocalNode clk = add(NodeKind::kPort, counter_, "clk_i", 10, PortDirection::kInput, "");
    en_ = add(NodeKind::kPort, counter_, "en_i", 20, PortDirection::kInput, "");
    const LocalNode full = add(NodeKind::kPort, counter_, "full_o", 30, PortDirection::kOutput, "");
    const LocalNode q = add(NodeKind::kSignal, counter_, "count_q", 40, kNone, "[7:0]");
    const LocalNode d = add(NodeKind::kSignal, counter_, "count_d", 50, kNone, "[7:0]");
    add(NodeKind::kSignal, counter_, "spare", 60, kNone, "");
    const LocalNode ff = add(NodeKind::kAlwaysFf, counter_, "always_ff#0", 70, kNone, "");
    const LocalNode next = add(NodeKind::kAssign, counter_, "assign#0", 80, kNone, "");
    const LocalNode full_assign = add(NodeKind::kAssign, counter_, "assign#1", 90, kNone, "");
    const auto edge = [&](EdgeKind kind, LocalNode from, LocalNode to, Role role, LocalNode statement) {
      LocalEdge e{kind, from, to, {}};
      e.attributes.role = role;
      e.attributes.statement = statement;
      b.AddEdge(e);
    };
    edge(EdgeKind::kDrives, ff, q, Role::kData, ff);
    edge(EdgeKind::kDrives, next, d, Role::kData, next);
    edge(EdgeKind::kDrives, full_assign, full, Role::kData, full_assign);
    edge(EdgeKind::kReads, clk, ff, Role::kClock, ff);
    edge(EdgeKind::kReads, d, ff, Role::kData, ff);
    edge(EdgeKind::kFlows, clk, q, Role::kClock, ff);
    edge(EdgeKind::kFlows, d, q, Role::kData, ff);
    edge(EdgeKind::kFlows, q, d, Role::kData, next);
    edge(EdgeKind::kFlows, en_, d, Role::kControl, next);
    edge(EdgeKind::kFlows, q, full, Role::kData, full_assign);
    repository_.Put("counter.sv", std::move(b));
  }

  void PutTop() {
    ShardBuilder b;
    const LocalNode file = b.AddNode(MakeNode(NodeKind::kFile, kNoNode, "top.sv"));
    const LocalNode top = b.AddNode(MakeNode(NodeKind::kModule, file, "top", 0, 90));
    Node clk = MakeNode(NodeKind::kPort, top, "clk_i", 10, 15);
    clk.direction = PortDirection::kInput;
    b.AddNode(clk);
    Node out = MakeNode(NodeKind::kPort, top, "clk_o", 20, 25);
    out.direction = PortDirection::kOutput;
    const LocalNode clk_out = b.AddNode(out);
    Node width = MakeNode(NodeKind::kParameter, top, "WIDTH", 30, 35);
    width.value = "8";
    b.AddNode(width);
    b.AddEdge({EdgeKind::kFlows, 2, clk_out, {}});
    std::vector<Link> links;
    for (const char* name : {"u_count", "u_spare"}) {
      const LocalNode instance = b.AddNode(MakeNode(NodeKind::kInstance, top, name, 40, 45));
      Link link;
      link.kind = EdgeKind::kInstantiates;
      link.local = instance;
      link.remote = repository_.IdOf("counter.sv", counter_);
      links.push_back(link);
      if (std::string_view(name) == "u_spare") continue;
      link.kind = EdgeKind::kConnects;
      link.remote = repository_.IdOf("counter.sv", en_);
      link.attributes.text = "go && ready";
      links.push_back(link);
    }
    repository_.Put("top.sv", std::move(b), std::move(links));
  }

  base::Result<CypherResult> Try(const std::string& text, cypher::Parameters parameters = {}) {
    CypherRequest request;
    request.text = text;
    request.parameters = std::move(parameters);
    return RunCypher(*snapshot_, request);
  }

  std::string Show(const CypherValue& value) const {
    return std::visit(
        [&](const auto& v) -> std::string {
          using T = std::decay_t<decltype(v)>;
          if constexpr (std::is_same_v<T, cypher::Null>)
            return "null";
          else if constexpr (std::is_same_v<T, bool>)
            return v ? "true" : "false";
          else if constexpr (std::is_same_v<T, std::string>)
            return v;
          else if constexpr (std::is_same_v<T, NodeRef>)
            return "(" + std::string(ValueOf(snapshot_->GetNode(v))->name) + ")";
          else if constexpr (std::is_same_v<T, std::shared_ptr<const Edge>>)
            return "[" + std::string(EdgeKindName(v->kind)) + "]";
          else if constexpr (std::is_same_v<T, CypherValue::List>) {
            std::string list = "<";
            for (const CypherValue& item : v) list += (list.size() > 1 ? " " : "") + Show(item);
            return list + ">";
          } else {
            std::ostringstream out;
            out << v;
            return out.str();
          }
        },
        value.value);
  }

  // Rows as "a, b".
  std::vector<std::string> Rows(const std::string& text, cypher::Parameters parameters = {}) {
    const auto result = Try(text, std::move(parameters));
    if (!result) return {result.error().ToString()};
    std::vector<std::string> rows;
    for (const auto& row : result->rows) {
      std::string line;
      for (const CypherValue& value : row) line += (line.empty() ? "" : ", ") + Show(value);
      rows.push_back(line);
    }
    return rows;
  }

  TestRepository repository_;
  LocalNode counter_ = kNoNode;
  LocalNode en_ = kNoNode;
  std::shared_ptr<const Snapshot> snapshot_;
};

// The examples of docs/query_language.md, in order, with what this design answers.
TEST_F(CypherTest, EveryDocumentedExampleGivesItsAnswer) {
  const std::vector<std::vector<std::string>> expected = {
      {"counter", "top"},
      {"clk_i, input", "en_i, input", "full_o, output"},  // replaced below: `top` has its own ports
      {"counter.sv, 8"},
      {"counter.count_q"},
      {"count_d, data"},
      {"clk_i", "count_d", "count_q", "en_i"},
      {"u_count", "u_spare"},
      {"counter, 2"},
      {"top"},
      {"counter.spare"},
      {"count_q"},
      {"count_d", "count_q"},
      {"en_i, go && ready"},
      {"clk_i, 1"},
      {"3"},
      {"counter, <full_o count_d>"},
      {"top -> counter", "top -> counter"},
      {"WIDTH, 8"},
      {"port, 5, 4", "signal, 3, 7"},
      {"top.clk_i, top.clk_o"},
  };
  std::ifstream page(FANIN_SOURCE_DIR "/docs/query_language.md");
  std::string line;
  while (std::getline(page, line) && line != "<!-- examples -->") {
  }
  std::getline(page, line);
  ASSERT_EQ(line, "```cypher");
  size_t count = 0;
  for (; std::getline(page, line) && line != "```"; ++count) {
    ASSERT_LT(count, expected.size());
    std::vector<std::string> rows = expected[count];
    if (count == 1) rows = {"clk_i, input", "clk_o, output"};
    EXPECT_EQ(Rows(line), rows) << line;
  }
  EXPECT_EQ(count, expected.size());
}

TEST_F(CypherTest, StartsAtTheMostSelectiveEnd) {
  const auto result = Try("MATCH (m:Module)-[:CONTAINS]->(s {name: 'count_q'}) RETURN m.name");
  ASSERT_TRUE(result) << result.error();
  EXPECT_THAT(result->plan, testing::StartsWith("scan by name 'count_q'"));
  EXPECT_EQ(result->edges_visited, 1U);
}

TEST_F(CypherTest, ConditionsOnNamesAndPathsSayWhereToStart) {
  const auto plan = [&](const std::string& text) {
    const auto result = Try(text);
    return result ? result->plan : result.error().ToString();
  };
  EXPECT_THAT(plan("MATCH (s:Signal) WHERE s.name STARTS WITH 'count_' RETURN s"), HasSubstr("name 'count_...'"));
  EXPECT_THAT(plan("MATCH (s:Signal) WHERE s.name =~ 'Count_[dq]' RETURN s"), HasSubstr("name 'count_...'"));
  EXPECT_THAT(plan("MATCH (s:Signal) WHERE s.name =~ 'counts?' RETURN s"), HasSubstr("name 'count...'"));
  EXPECT_THAT(plan("MATCH (b:Assign) WHERE b.path ENDS WITH 'counter.sv' RETURN b"),
              testing::StartsWith("scan by path 'counter.sv'"));
  for (const char* unbounded : {"s.name =~ 'a|count_q'", "s.name =~ '(count_q)'", "s.name =~ '.*_q'",
                                "s.name STARTS WITH ''", "NOT s.name STARTS WITH 'count'"}) {
    EXPECT_THAT(plan(std::string("MATCH (s:Signal) WHERE ") + unbounded + " RETURN s"), HasSubstr("all nodes"))
        << unbounded;
  }
}

TEST_F(CypherTest, WhereTheWalkStartsDoesNotChangeTheAnswer) {
  EXPECT_THAT(Rows("MATCH (s:Signal) WHERE s.name =~ 'counts?_q' RETURN s.name"), ElementsAre("count_q"));
  EXPECT_THAT(Rows("MATCH (s:Signal) WHERE s.name =~ 'Count_q' RETURN s.name"), IsEmpty()) << "case counts";
  EXPECT_THAT(Rows("MATCH (b) WHERE b.name STARTS WITH 'assign' RETURN b.name ORDER BY b.name"),
              ElementsAre("assign#0", "assign#1"))
      << "made-up names are in no table";
  EXPECT_THAT(Rows("MATCH (b:Assign) WHERE b.path = 'counter.sv' AND b.name STARTS WITH 'assign#1' RETURN b.name"),
              ElementsAre("assign#1"));
  EXPECT_THAT(Rows("MATCH (m:Module) WHERE m.path CONTAINS 'nowhere' RETURN m"), IsEmpty());
}

TEST_F(CypherTest, FindsNodesByTheIdThatItReturns) {
  const std::vector<std::string> ids = Rows("MATCH (s {name: 'count_q'}) RETURN s.id");
  ASSERT_EQ(ids.size(), 1U);
  EXPECT_THAT(Rows("MATCH (s {id: $id}) RETURN s.name", {{"id", {ids[0]}}}), ElementsAre("count_q"));
  EXPECT_THAT(Rows("MATCH (s) WHERE id(s) = '" + ids[0] + "' RETURN s.name"), ElementsAre("count_q"));
}

TEST_F(CypherTest, UsesNoRelationshipTwiceInOneMatch) {
  // count_q -> count_d -> count_q is a loop of two edges; a third step would use the first again.
  EXPECT_THAT(Rows("MATCH p = (a {name: 'count_q'})-[:FLOWS*3]->(b {name: 'count_d'}) RETURN length(p)"), IsEmpty());
  EXPECT_THAT(Rows("MATCH p = (a {name: 'count_q'})-[:FLOWS*2]->(b {name: 'count_q'}) RETURN p"),
              ElementsAre("<(count_q) [flows] (count_d) [flows] (count_q)>"));
}

TEST_F(CypherTest, PathsReadInTheDirectionTheyAreWritten) {
  EXPECT_THAT(Rows("MATCH p = (z {name: 'full_o'})<-[:FLOWS*2..2]-(a {name: 'count_d'}) RETURN p"),
              ElementsAre("<(full_o) [flows] (count_q) [flows] (count_d)>"));
}

TEST_F(CypherTest, PatternsInConditionsHoldForTheRowsTheyMatch) {
  EXPECT_THAT(Rows("MATCH (s:Signal) WHERE (:AlwaysFf)-[:DRIVES]->(s) RETURN s.name"), ElementsAre("count_q"));
  EXPECT_THAT(Rows("MATCH (m:Module), (s:Signal) WHERE (m)-[:CONTAINS]->(s) RETURN m.name, count(s) ORDER BY m.name"),
              ElementsAre("counter, 6", "top, 2"))
      << "of two variables";
  EXPECT_THAT(Rows("MATCH (i:Instance) WHERE (:Module {name: 'top'})-[:CONTAINS]->({name: i.name}) RETURN i.name "
                   "ORDER BY i.name"),
              ElementsAre("u_count", "u_spare"))
      << "with a property that depends on the row";
  EXPECT_THAT(Rows("MATCH (s {name: 'count_q'}) WHERE (s:Port)<-[:DRIVES]-() RETURN s.name"), IsEmpty())
      << "a label in the condition counts";
  EXPECT_THAT(Rows("MATCH (s:Signal) WHERE s.name = 'spare' OR ()-[:DRIVES]->(s) RETURN s.name ORDER BY s.name"),
              ElementsAre("count_d", "count_q", "full_o", "spare"));
  EXPECT_THAT(Rows("MATCH (m:Module) RETURN m.name, (:Instance)-[:INSTANTIATES]->(m) ORDER BY m.name"),
              ElementsAre("counter, true", "top, false"));
}

TEST_F(CypherTest, PatternsInConditionsAreMatchedFromTheirMoreSelectiveEnd) {
  const auto result =
      Try("MATCH (s:Signal) WHERE (:Module {name: 'top'})-[:CONTAINS]->(s) RETURN s.name ORDER BY s.name");
  ASSERT_TRUE(result) << result.error();
  EXPECT_EQ(result->rows.size(), 2U);
  EXPECT_EQ(result->edges_visited, 5U) << "what the one module contains, once, not the scopes of all signals";
}

TEST_F(CypherTest, AConditionThatALimitCutShortGivesNoRows) {
  CypherRequest request;
  request.text = "MATCH (s:Signal) WHERE NOT ()-[:DRIVES]->(s) RETURN s.name";
  request.max_edges = 1;
  const auto result = RunCypher(*snapshot_, request);
  ASSERT_TRUE(result) << result.error();
  EXPECT_TRUE(result->truncated);
  for (const auto& row : result->rows) EXPECT_NE(Show(row.front()), "count_q") << "it is driven";
  EXPECT_THAT(result->rows, IsEmpty());
}

TEST_F(CypherTest, NullsNeitherMatchNorFail) {
  EXPECT_THAT(Rows("MATCH (m:Module {name: 'top'}) WHERE m.width = 'x' OR m.width <> 'x' RETURN m.name"), IsEmpty());
  EXPECT_THAT(Rows("MATCH (m:Module {name: 'top'}) WHERE m.width IS NULL RETURN m.name, m.width"),
              ElementsAre("top, null"));
}

TEST_F(CypherTest, AggregatesOverNothingGiveOneRow) {
  EXPECT_THAT(Rows("MATCH (m:Module {name: 'absent'}) RETURN count(*), collect(m.name)"), ElementsAre("0, <>"));
  EXPECT_THAT(Rows("MATCH (m:Module {name: 'absent'}) RETURN m.kind, count(*)"), IsEmpty());
}

TEST_F(CypherTest, ErrorsPointAtTheirPlace) {
  const auto message = [&](const std::string& text) { return Rows(text).front(); };
  EXPECT_THAT(message("MATCH (m:Modul) RETURN m"), HasSubstr("did you mean 'Module'?"));
  EXPECT_THAT(message("MATCH (a)-[:DRIVE]->(b) RETURN a"), HasSubstr("did you mean 'DRIVES'?"));
  EXPECT_THAT(message("MATCH (m:Module) RETURN x"), HasSubstr("'x' is not bound by any MATCH at line 1, column 25"));
  EXPECT_THAT(message("MATCH (m:Module RETURN m"), HasSubstr("expected ')', not 'RETURN' at line 1, column 17\n"));
  EXPECT_THAT(message("MATCH (m)\nWHERE m.colour = 1 RETURN m"),
              HasSubstr("at line 2, column 8\n  WHERE m.colour = 1"));
  EXPECT_THAT(message("MATCH (m) DELETE m"), HasSubstr("would change the graph"));
  EXPECT_THAT(message("MATCH (m) WITH m RETURN m"), HasSubstr("not in Fanin's subset"));
  EXPECT_THAT(message("MATCH (m:Module) WHERE m.name =~ '(' RETURN m"), HasSubstr("bad regular expression"));
  EXPECT_THAT(message("MATCH (m:Module) WHERE m.name RETURN m"), HasSubstr("must be true or false"));
  EXPECT_THAT(message("MATCH (m) RETURN m.line + count(*)"), HasSubstr("beside an aggregate"));
  EXPECT_THAT(message("MATCH (m {name: $x}) RETURN m"), HasSubstr("parameter $x has no value"));
  EXPECT_THAT(message("MATCH (m) RETURN m LIMIT -1"), HasSubstr("whole number"));
  EXPECT_THAT(message("MATCH (a)-[*3..1]->(b) RETURN a"), HasSubstr("range of hops is empty"));
  EXPECT_THAT(message(""), HasSubstr("expected MATCH, not the end"));
}

TEST_F(CypherTest, BoundsSayThatTheyCut) {
  CypherRequest request;
  request.text = "MATCH (a)-[:FLOWS]->(b) RETURN a, b";
  request.max_rows = 2;
  auto result = RunCypher(*snapshot_, request);
  ASSERT_TRUE(result) << result.error();
  EXPECT_EQ(result->rows.size(), 2U);
  EXPECT_TRUE(result->truncated);

  request.max_rows = 100;
  request.max_edges = 3;
  result = RunCypher(*snapshot_, request);
  ASSERT_TRUE(result) << result.error();
  EXPECT_TRUE(result->truncated);

  request.max_edges = 1000;
  result = RunCypher(*snapshot_, request);
  ASSERT_TRUE(result) << result.error();
  EXPECT_EQ(result->rows.size(), 6U);
  EXPECT_FALSE(result->truncated);
}

TEST_F(CypherTest, APassedDeadlineEndsTheWalk) {
  CypherRequest request;
  request.text = "MATCH (a)-[*]-(b) RETURN count(*)";
  request.deadline = std::chrono::steady_clock::now();
  const auto result = RunCypher(*snapshot_, request);
  ASSERT_TRUE(result) << result.error();
  EXPECT_TRUE(result->truncated);
}

TEST_F(CypherTest, AnyBytesGiveAnAnswerOrAnError) {
  const std::string_view parts[] = {"MATCH ", "(", ")", "a", ":Module", "-[", "]->",  "RETURN ", "WHERE ", "a.name",
                                    " = ",    "'", "1", "*", "{",       "}",  "NOT ", "count(",  ",",      "\xff"};
  uint64_t state = 11;
  for (int trial = 0; trial < 5000; ++trial) {
    std::string text;
    for (int i = 0; i < 14; ++i) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      text += parts[(state >> 33) % std::size(parts)];
    }
    const auto result = Try(text);
    EXPECT_TRUE(result || result.error().code == base::Code::kInvalidArgument) << text;
  }
  std::string deep = "MATCH (a) WHERE ";
  deep += std::string(20000, '(');
  EXPECT_THAT(Rows(deep).front(), HasSubstr("nested too deeply"));
}

}  // namespace
}  // namespace fanin::graph
