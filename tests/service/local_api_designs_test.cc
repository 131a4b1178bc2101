// Answers from an elaborated design: query, one element, export; and unsaved texts in queries and trees, which have
// none.
#include <gmock/gmock.h>

#include "tests/service/fixture.h"

namespace fanin::service {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class DesignAnswersTest : public ServiceTest {
 protected:
  DesignAnswersTest() {
    Write("fanin.toml", "[[design]]\ntop = \"mailbox\"\n");
    Create();
    Index();
  }

  v1::QueryResponse Query(const std::string& cypher, const std::string& design = "") {
    v1::QueryRequest request;
    request.add_repositories("repositories/mailbox");
    request.set_cypher(cypher);
    request.set_design(design);
    auto response = api().Query(request, {});
    EXPECT_TRUE(response.has_value()) << response.error();
    return response.value_or(v1::QueryResponse());
  }
};

TEST_F(DesignAnswersTest, QueriesSeeElaboratedFactsUnlessNoneAreWanted) {
  const std::string drives =
      "MATCH ()-[d:DRIVES]->(:Signal {qualified_name: 'gray_fifo.wr_ptr'}) RETURN DISTINCT d.provenance";
  const v1::QueryResponse elaborated = Query(drives);
  EXPECT_THAT(elaborated.designs(), ElementsAre("mailbox"));
  ASSERT_EQ(elaborated.rows_size(), 1);
  EXPECT_EQ(elaborated.rows(0).values(0).string_value(), "elaborated");
  const v1::QueryResponse syntax = Query(drives, "-");
  EXPECT_THAT(syntax.designs(), ElementsAre(""));
  ASSERT_EQ(syntax.rows_size(), 1);
  EXPECT_EQ(syntax.rows(0).values(0).string_value(), "syntax");

  const std::string width =
      "MATCH (p:Parameter {qualified_name: 'gray_fifo.WIDTH'}) RETURN p.value, p.elaborated_value IS NULL";
  EXPECT_FALSE(Query(width).rows(0).values(1).bool_value());
  EXPECT_TRUE(Query(width, "-").rows(0).values(1).bool_value());
  const v1::QueryResponse bits =
      Query("MATCH (s {qualified_name: 'gray_fifo.wr_data'}) WHERE s.width_bits > 1 RETURN s.elaborated_type");
  ASSERT_EQ(bits.rows_size(), 1);
  EXPECT_THAT(bits.rows(0).values(0).string_value(), HasSubstr("["));
}

TEST_F(DesignAnswersTest, AnElementIsToldPerSpecialisedDefinition) {
  v1::GetNodeRequest request;
  request.set_repository("repositories/mailbox");
  request.set_qualified_name("gray_fifo.WIDTH");
  request.set_max_edges(10);
  auto response = api().GetNode(request, {});
  ASSERT_TRUE(response.has_value()) << response.error();
  EXPECT_EQ(response->design(), "mailbox");
  ASSERT_EQ(response->specialisations_size(), 1);
  EXPECT_EQ(response->specialisations(0).definition(), "gray_fifo");
  EXPECT_EQ(response->specialisations(0).instances(), 2U);
  EXPECT_THAT(response->specialisations(0).value(), Not(IsEmpty()));
  request.set_design("-");
  response = api().GetNode(request, {});
  ASSERT_TRUE(response.has_value()) << response.error();
  EXPECT_THAT(response->specialisations(), IsEmpty());
}

TEST_F(DesignAnswersTest, ExportSaysOfWhichDesignItIs) {
  v1::ExportGraphRequest request;
  request.set_repository("repositories/mailbox");
  request.set_format(v1::GRAPH_FORMAT_GRAPHML);
  std::string design, text;
  const auto status = api().ExportGraph(request, {}, [&](const v1::ExportGraphResponse& piece) {
    design += piece.design();
    text += piece.data();
    return true;
  });
  ASSERT_TRUE(status.has_value()) << status.error();
  EXPECT_EQ(design, "mailbox");
  EXPECT_THAT(text, HasSubstr(">elaborated<"));
  EXPECT_THAT(text, HasSubstr("n.width_bits"));
}

TEST_F(DesignAnswersTest, QueriesAndTreesTakeUnsavedTexts) {
  v1::QueryRequest query;
  query.add_repositories("repositories/mailbox");
  query.set_cypher("MATCH (m:Module {name: 'fresh'}) RETURN m.path");
  v1::Overlay& overlay = *query.add_overlays();
  overlay.set_path("rtl/fresh.v");
  overlay.set_text("module fresh(input wire c);\n  sync_2ff u_sync (.clk(c));\nendmodule\n");
  const auto rows = api().Query(query, {});
  ASSERT_TRUE(rows.has_value()) << rows.error();
  ASSERT_EQ(rows->rows_size(), 1);
  EXPECT_THAT(rows->designs(), ElementsAre(""));

  v1::GetHierarchyRequest tree;
  tree.set_repository("repositories/mailbox");
  tree.set_top("fresh");
  *tree.add_overlays() = overlay;
  const auto nodes = api().GetHierarchy(tree, {});
  ASSERT_TRUE(nodes.has_value()) << nodes.error();
  ASSERT_EQ(nodes->nodes_size(), 2);
  EXPECT_EQ(nodes->nodes(1).path(), "fresh.u_sync");

  query.clear_repositories();
  EXPECT_EQ(api().Query(query, {}).error().code, base::Code::kInvalidArgument) << "of which repository is the text?";
}

}  // namespace
}  // namespace fanin::service
