#include "graph/export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/memory_store.h"
#include "tests/graph/test_repository.h"

namespace fanin::graph {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class ExportTest : public ::testing::Test {
 protected:
  ExportTest() : repository_(NewMemoryStore(), "demo") {
    ShardBuilder b;
    const LocalNode file = b.AddNode(MakeNode(NodeKind::kFile, kNoNode, "a.sv"));
    const LocalNode module = b.AddNode(MakeNode(NodeKind::kModule, file, "m", 0, 30));
    Node a = MakeNode(NodeKind::kSignal, module, "a", 10, 12);
    a.doc = "says \"a < b\" & more\xff";
    const LocalNode from = b.AddNode(a);
    const LocalNode to = b.AddNode(MakeNode(NodeKind::kSignal, module, "b", 20, 22));
    LocalEdge flow{EdgeKind::kFlows, from, to, {}};
    flow.attributes.to_range = {3, 0};
    b.AddEdge(flow);
    repository_.Put("a.sv", std::move(b));
    repository_.Publish();
    from_ = repository_.IdOf("a.sv", from).ToHex();
    to_ = repository_.IdOf("a.sv", to).ToHex();
  }

  static ExportSink Into(std::string& text) {
    return [&text](std::string_view piece) -> base::Status {
      text += piece;
      return {};
    };
  }

  TestRepository repository_;
  std::string from_, to_;
};

TEST_F(ExportTest, GraphMlDeclaresAndEscapesWhatItWrites) {
  std::string xml;
  ASSERT_TRUE(ExportGraphMl(*repository_.Open(), nullptr, Into(xml)));
  EXPECT_THAT(xml, StartsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml "));
  EXPECT_THAT(xml, HasSubstr("<key id=\"n.line\" for=\"node\" attr.name=\"line\" attr.type=\"int\"/>"));
  EXPECT_THAT(xml, HasSubstr("<data key=\"n.doc\">says &quot;a &lt; b&quot; &amp; more?</data>"));
  EXPECT_THAT(xml,
              HasSubstr("<edge source=\"" + from_ + "\" target=\"" + to_ + "\"><data key=\"e.kind\">flows</data>"));
  EXPECT_THAT(xml, HasSubstr("<data key=\"e.to_msb\">3</data>"));
  EXPECT_TRUE(xml.ends_with("</graph>\n</graphml>\n"));
}

TEST_F(ExportTest, CsvIsWhatTheNeo4jImporterTakes) {
  std::string nodes, edges;
  ASSERT_TRUE(ExportNeo4jCsv(*repository_.Open(), nullptr, Into(nodes), Into(edges)));
  EXPECT_THAT(nodes, StartsWith("id:ID,:LABEL,name,kind,path,qualified_name,line:int,end_line:int,"));
  EXPECT_THAT(nodes, HasSubstr(from_ + ",Signal,\"a\",\"signal\",\"a.sv\",\"m.a\",\"2\",\"2\","));
  EXPECT_THAT(nodes, HasSubstr("\"says \"\"a < b\"\" & more\xff\""));
  EXPECT_THAT(edges, StartsWith(":START_ID,:END_ID,:TYPE,kind,role,"));
  EXPECT_THAT(edges, HasSubstr(from_ + "," + to_ + ",FLOWS,\"flows\",\"data\""));
  EXPECT_EQ(std::ranges::count(nodes, '\n'), 5);  // header, file, module, two signals
  EXPECT_EQ(std::ranges::count(edges, '\n'), 5);  // header, contains x 3, flows
}

TEST_F(ExportTest, AFailingSinkEndsTheExport) {
  int calls = 0;
  const base::Status status = ExportGraphMl(*repository_.Open(), nullptr, [&](std::string_view) -> base::Status {
    if (++calls == 2) return base::Fail(base::Code::kResourceExhausted, "disk full");
    return {};
  });
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "disk full");
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace fanin::graph
