// RetrievalService as a client sees it, but for contexts.
#include <gmock/gmock.h>

#include <map>

#include "tests/service/server_fixture.h"

namespace fanin::service {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST_F(IndexedServerTest, SearchFindsTheBlockThatCodesThePointer) {
  const v1::SearchResponse response = Search("kind:always drives:wr_ptr_gray");
  ASSERT_EQ(response.results_size(), 1);
  const v1::SearchResult& result = response.results(0);
  EXPECT_EQ(result.node().kind(), "always");
  EXPECT_EQ(result.node().path(), "rtl/gray_fifo.v");
  EXPECT_EQ(result.node().start_line(), 35U);
  EXPECT_EQ(result.node().end_line(), 43U);
  EXPECT_THAT(result.text(), HasSubstr("wr_ptr_gray <= wr_ptr_next ^ (wr_ptr_next >> 1);"));
  EXPECT_THAT(result.reasons(), Not(IsEmpty()));
  EXPECT_THAT(response.snapshots(), ElementsAre("repositories/mailbox/snapshots/1"));
}

TEST_F(IndexedServerTest, PagesJoinToTheWholeAnswer) {
  const v1::SearchResponse whole = Search("pointer", 1000);
  EXPECT_FALSE(whole.truncated());
  EXPECT_TRUE(whole.next_page_token().empty());
  ASSERT_GT(whole.results_size(), 3);
  std::vector<std::string> pages;
  std::string token;
  do {
    const v1::SearchResponse page = Search("pointer", 2, token);
    for (const v1::SearchResult& result : page.results()) pages.push_back(result.node().resource_name());
    token = page.next_page_token();
    EXPECT_EQ(page.truncated(), !token.empty());
  } while (!token.empty());
  std::vector<std::string> expected;
  for (const v1::SearchResult& result : whole.results()) expected.push_back(result.node().resource_name());
  EXPECT_EQ(pages, expected);
}

TEST_F(IndexedServerTest, APageTokenDiesWithItsSnapshot) {
  v1::SearchRequest request;
  request.set_query("pointer");
  request.set_page_size(1);
  request.set_page_token(Search("pointer", 1).next_page_token());
  Write("doc/note.md", "# Note\n\nA pointer.\n");
  Index();
  v1::SearchResponse response;
  EXPECT_EQ(Call(*retrieval_, &v1::RetrievalService::Stub::Search, request, response).error_code(),
            grpc::StatusCode::ABORTED);
}

TEST_F(IndexedServerTest, QueriesByPatternReturnTypedRowsPageByPage) {
  v1::QueryRequest request;
  request.set_cypher("MATCH (b:Always)-[d:DRIVES]->(s:Signal) WHERE s.name = $name RETURN b, d, s.line AS line");
  (*request.mutable_parameters())["name"].set_string_value("wr_ptr_gray");
  v1::QueryResponse response;
  ASSERT_TRUE(Call(*retrieval_, &v1::RetrievalService::Stub::Query, request, response).ok());
  EXPECT_THAT(response.columns(), ElementsAre("b", "d", "line"));
  ASSERT_EQ(response.rows_size(), 1);
  EXPECT_EQ(response.rows(0).values(0).node_value().kind(), "always");
  EXPECT_EQ(response.rows(0).values(1).edge_value().kind(), "drives");
  EXPECT_GT(response.rows(0).values(2).int_value(), 0);
  EXPECT_THAT(response.snapshots(), ElementsAre("repositories/mailbox/snapshots/1"));

  request.set_cypher("MATCH (m:Module) RETURN m.name ORDER BY m.name");
  std::vector<std::string> whole, pages;
  ASSERT_TRUE(Call(*retrieval_, &v1::RetrievalService::Stub::Query, request, response).ok());
  for (const v1::Row& row : response.rows()) whole.push_back(row.values(0).string_value());
  ASSERT_GT(whole.size(), 1U);
  EXPECT_TRUE(response.next_page_token().empty());
  request.set_page_size(1);
  do {
    ASSERT_TRUE(Call(*retrieval_, &v1::RetrievalService::Stub::Query, request, response).ok());
    for (const v1::Row& row : response.rows()) pages.push_back(row.values(0).string_value());
    request.set_page_token(response.next_page_token());
  } while (!response.next_page_token().empty());
  EXPECT_EQ(pages, whole);

  request.Clear();
  request.set_cypher("MATCH (m:Modul) RETURN m");
  const grpc::Status status = Call(*retrieval_, &v1::RetrievalService::Stub::Query, request, response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("did you mean 'Module'?"));
}

TEST_F(IndexedServerTest, TraceWalksThroughTheInstancesToTheOtherClockDomain) {
  const v1::TraceResponse response = Trace("gray_fifo.full", v1::TRACE_DIRECTION_FANIN, 6);
  std::map<std::string, const v1::TraceStep*> steps;
  for (const v1::TraceStep& step : response.steps()) steps[step.node().qualified_name()] = &step;
  ASSERT_TRUE(steps.contains("gray_fifo.full"));
  EXPECT_FALSE(steps["gray_fifo.full"]->has_parent());
  ASSERT_TRUE(steps.contains("gray_fifo.wr_ptr_gray"));
  ASSERT_TRUE(steps.contains("sync_2ff.meta"));
  ASSERT_TRUE(steps.contains("gray_fifo.rd_ptr_gray"));
  const v1::TraceStep& meta = *steps["sync_2ff.meta"];
  EXPECT_EQ(meta.edge().assignment(), v1::ASSIGNMENT_NONBLOCKING);
  EXPECT_EQ(meta.edge().statement().path(), "rtl/sync_2ff.v");
  EXPECT_FALSE(steps.contains("gray_fifo.wr_clk"));
  EXPECT_EQ(response.snapshot(), "repositories/mailbox/snapshots/1");
}

TEST_F(IndexedServerTest, TraceOfAHierarchicalPathStaysInItsInstance) {
  const v1::TraceResponse response = Trace("mailbox.u_a_to_b.wr_ok", v1::TRACE_DIRECTION_FANIN, 2);
  std::vector<std::string> paths;
  for (const v1::TraceStep& step : response.steps()) paths.push_back(step.hierarchical_path());
  EXPECT_THAT(paths, Contains("mailbox.u_a_to_b.wr_en"));
  EXPECT_THAT(paths, Contains("mailbox.a_send_valid"));
  EXPECT_THAT(paths, Not(Contains("mailbox.b_send_valid")));
}

TEST_F(IndexedServerTest, TargetsStopsAndCommonSourcesNarrowATrace) {
  v1::TraceRequest request;
  request.set_repository("repositories/mailbox");
  request.set_direction(v1::TRACE_DIRECTION_FANOUT);
  request.set_max_depth(20);
  request.add_signals("mailbox.a_send_valid");
  request.add_targets("mailbox.a_send_ready");
  request.set_render_text(true);
  v1::TraceResponse path;
  ASSERT_TRUE(Call(*retrieval_, &v1::RetrievalService::Stub::Trace, request, path).ok());
  ASSERT_GT(path.steps_size(), 2);
  for (int i = 1; i < path.steps_size(); ++i) EXPECT_EQ(path.steps(i).parent(), static_cast<uint32_t>(i - 1));
  EXPECT_EQ(path.steps(path.steps_size() - 1).hierarchical_path(), "mailbox.a_send_ready");
  EXPECT_THAT(path.text(),
              testing::StartsWith("fanout of mailbox.a_send_valid\nmailbox.a_send_valid @ rtl/mailbox.sv:"));

  request.mutable_stop()->add_signals("mailbox.u_a_to_b.wr_ok");
  v1::TraceResponse stopped;
  ASSERT_TRUE(Call(*retrieval_, &v1::RetrievalService::Stub::Trace, request, stopped).ok());
  EXPECT_THAT(stopped.steps(), IsEmpty()) << "the only way leads through it";

  request.Clear();
  request.set_repository("repositories/mailbox");
  request.set_direction(v1::TRACE_DIRECTION_FANIN);
  request.add_signals("gray_fifo.wr_ptr");
  request.add_signals("gray_fifo.wr_ptr_gray");
  request.set_common(true);
  v1::TraceResponse common;
  ASSERT_TRUE(Call(*retrieval_, &v1::RetrievalService::Stub::Trace, request, common).ok());
  ASSERT_GT(common.common_size(), 0);
  EXPECT_EQ(common.common(0).hierarchical_path(), "gray_fifo.wr_ptr");
  ASSERT_EQ(common.common(0).steps_size(), 2);
  EXPECT_EQ(common.steps(static_cast<int>(common.common(0).steps(1))).node().name(), "wr_ptr");

  request.mutable_signals()->RemoveLast();
  const grpc::Status status = Call(*retrieval_, &v1::RetrievalService::Stub::Trace, request, common);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(IndexedServerTest, AnAmbiguousSignalListsItsCandidates) {
  Write("rtl/other.v", "module other(input wire d, output wire meta);\n  assign meta = d;\nendmodule\n");
  Index();
  const v1::TraceResponse ambiguous = Trace("meta", v1::TRACE_DIRECTION_FANIN, 1);
  EXPECT_THAT(ambiguous.steps(), IsEmpty());
  ASSERT_EQ(ambiguous.ambiguous_size(), 1);
  std::vector<std::string> names;
  for (const v1::Node& node : ambiguous.ambiguous(0).candidates()) names.push_back(node.qualified_name());
  EXPECT_THAT(names, testing::UnorderedElementsAre("sync_2ff.meta", "other.meta"));

  const v1::Node& chosen = ambiguous.ambiguous(0).candidates(0);
  const v1::TraceResponse response = Trace(chosen.resource_name(), v1::TRACE_DIRECTION_FANIN, 1);
  ASSERT_GT(response.steps_size(), 0);
  EXPECT_EQ(response.steps(0).node().qualified_name(), chosen.qualified_name());
}

TEST_F(IndexedServerTest, AnUnknownSignalIsNotFoundWithWhatComesNear) {
  v1::TraceRequest request;
  request.set_repository("repositories/mailbox");
  request.add_signals("gray_fifo.wr_pointer");
  request.set_direction(v1::TRACE_DIRECTION_FANIN);
  v1::TraceResponse response;
  const grpc::Status status = Call(*retrieval_, &v1::RetrievalService::Stub::Trace, request, response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(status.error_message(), HasSubstr("'gray_fifo' is there, but holds no 'wr_pointer'"));
  request.set_signals(0, "wr_pointer");
  EXPECT_THAT(Call(*retrieval_, &v1::RetrievalService::Stub::Trace, request, response).error_message(),
              HasSubstr("names that begin alike: wr_"));
  request.set_signals(0, "mailbox.u_a_to_b");
  EXPECT_THAT(Call(*retrieval_, &v1::RetrievalService::Stub::Trace, request, response).error_message(),
              HasSubstr("what is called so is of kind instance"));
}

TEST_F(IndexedServerTest, HierarchyShowsInstancesAndWhatIsExternal) {
  v1::GetHierarchyRequest request;
  request.set_repository("repositories/mailbox");
  v1::GetHierarchyResponse response;
  ASSERT_TRUE(Call(*retrieval_, &v1::RetrievalService::Stub::GetHierarchy, request, response).ok());
  std::vector<std::string> lines;
  for (const v1::HierarchyNode& node : response.nodes()) {
    lines.push_back(std::string(node.depth(), ' ') + node.name() + ":" + node.module() +
                    (node.has_definition() ? "" : "?"));
  }
  EXPECT_THAT(lines, ElementsAre("mailbox:mailbox", " u_a_to_b:gray_fifo", "  u_sync_wr:sync_2ff",
                                 "  u_sync_rd:sync_2ff", " u_b_to_a:gray_fifo", "  u_sync_wr:sync_2ff",
                                 "  u_sync_rd:sync_2ff", " u_gate:tech_clock_gate?"));
  EXPECT_EQ(response.nodes(3).parent(), 1U);
}

TEST_F(IndexedServerTest, HierarchyCountsNamesParametersAndFindsInstances) {
  v1::GetHierarchyRequest request;
  request.set_repository("repositories/mailbox");
  request.set_top("mailbox");
  request.set_max_depth(1);
  request.set_counts(true);
  request.set_parameters(true);
  v1::GetHierarchyResponse response;
  ASSERT_TRUE(Call(*retrieval_, &v1::RetrievalService::Stub::GetHierarchy, request, response).ok());
  ASSERT_EQ(response.nodes_size(), 4);
  EXPECT_EQ(response.nodes(0).instances_below(), 7U);
  EXPECT_EQ(response.nodes(1).path(), "mailbox.u_a_to_b");
  ASSERT_EQ(response.nodes(1).written_parameters_size(), 2);
  EXPECT_EQ(response.nodes(1).written_parameters(0).name(), "WIDTH");
  EXPECT_EQ(response.nodes(1).written_parameters(0).value(), "$bits(msg_t)");
  EXPECT_TRUE(response.nodes(1).written_parameters(0).overridden());
  EXPECT_FALSE(response.nodes(1).written_parameters(1).overridden());
  ASSERT_GT(response.modules_size(), 0);
  EXPECT_EQ(response.modules(0).module(), "sync_2ff");
  EXPECT_EQ(response.modules(0).instances(), 4U);

  request.set_instances_of("sync_2ff");
  ASSERT_TRUE(Call(*retrieval_, &v1::RetrievalService::Stub::GetHierarchy, request, response).ok());
  std::vector<std::string> paths;
  for (const v1::HierarchyNode& node : response.nodes()) paths.push_back(node.path());
  EXPECT_THAT(paths, testing::UnorderedElementsAre("mailbox.u_a_to_b.u_sync_wr", "mailbox.u_a_to_b.u_sync_rd",
                                                   "mailbox.u_b_to_a.u_sync_wr", "mailbox.u_b_to_a.u_sync_rd"));
}

TEST_F(IndexedServerTest, AHierarchicalPathLeadsToItsNodeAndBack) {
  v1::GetNodeRequest request;
  request.set_repository("repositories/mailbox");
  request.set_qualified_name("mailbox.u_b_to_a.u_sync_wr.meta");
  request.set_max_hierarchical_paths(3);
  v1::GetNodeResponse response;
  ASSERT_TRUE(Call(*retrieval_, &v1::RetrievalService::Stub::GetNode, request, response).ok());
  EXPECT_EQ(response.node().qualified_name(), "sync_2ff.meta");
  EXPECT_EQ(response.hierarchical_paths_size(), 3);
  EXPECT_TRUE(response.truncated());
  request.set_max_hierarchical_paths(4);
  ASSERT_TRUE(Call(*retrieval_, &v1::RetrievalService::Stub::GetNode, request, response).ok());
  EXPECT_THAT(response.hierarchical_paths(), Contains("mailbox.u_b_to_a.u_sync_wr.meta"));
  EXPECT_FALSE(response.truncated());
}

TEST_F(IndexedServerTest, NodeHasItsScopeNeighboursAndSource) {
  v1::GetNodeRequest request;
  request.set_repository("repositories/mailbox");
  request.set_qualified_name("gray_fifo.wr_ptr_gray");
  request.set_max_edges(100);
  request.set_max_source_lines(10);
  v1::GetNodeResponse response;
  ASSERT_TRUE(Call(*retrieval_, &v1::RetrievalService::Stub::GetNode, request, response).ok());
  EXPECT_EQ(response.node().kind(), "signal");
  EXPECT_EQ(response.node().start_line(), 23U);
  EXPECT_EQ(response.source().text(), "  reg [LOG2:0] wr_ptr_gray;\n");
  ASSERT_EQ(response.ancestors_size(), 2);
  EXPECT_EQ(response.ancestors(0).kind(), "file");
  EXPECT_EQ(response.ancestors(1).name(), "gray_fifo");
  std::vector<std::string> in_kinds;
  for (const v1::NeighborEdge& neighbor : response.in_edges()) in_kinds.push_back(neighbor.edge().kind());
  EXPECT_THAT(in_kinds, Contains("drives"));

  // The resource name leads back to the node, of this snapshot and of the newest.
  v1::GetNodeRequest by_name;
  by_name.set_node(response.node().resource_name());
  v1::GetNodeResponse same;
  ASSERT_TRUE(Call(*retrieval_, &v1::RetrievalService::Stub::GetNode, by_name, same).ok());
  EXPECT_EQ(same.node().qualified_name(), "gray_fifo.wr_ptr_gray");
  Write("doc/note.md", "# Note\n");
  Index();
  const std::string& name = response.node().resource_name();
  by_name.set_node("repositories/mailbox" + name.substr(name.find("/nodes/")));
  ASSERT_TRUE(Call(*retrieval_, &v1::RetrievalService::Stub::GetNode, by_name, same).ok());
  EXPECT_EQ(same.node().qualified_name(), "gray_fifo.wr_ptr_gray");
  EXPECT_EQ(same.snapshot(), "repositories/mailbox/snapshots/2");
}

TEST_F(IndexedServerTest, NodeAtAPositionIsTheInnermost) {
  v1::GetNodeRequest request;
  request.set_repository("repositories/mailbox");
  request.mutable_position()->set_path("rtl/mailbox.sv");
  request.mutable_position()->set_line(71);
  v1::GetNodeResponse response;
  const grpc::Status status = Call(*retrieval_, &v1::RetrievalService::Stub::GetNode, request, response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  std::vector<std::string> names;
  for (const v1::Node& node : response.ancestors()) names.push_back(node.name());
  names.push_back(response.node().name());
  EXPECT_THAT(names, Contains("mailbox"));
  request.mutable_position()->set_line(1000);
  EXPECT_EQ(Call(*retrieval_, &v1::RetrievalService::Stub::GetNode, request, response).error_code(),
            grpc::StatusCode::OUT_OF_RANGE);
}

TEST_F(IndexedServerTest, SourceIsWholeLinesAndSaysWhenItIsCut) {
  v1::GetSourceRequest request;
  request.set_repository("repositories/mailbox");
  request.set_path("rtl/sync_2ff.v");
  request.set_start_line(3);
  request.set_end_line(5);
  v1::GetSourceResponse response;
  const auto get = [&] { return Call(*retrieval_, &v1::RetrievalService::Stub::GetSource, request, response); };
  ASSERT_TRUE(get().ok());
  EXPECT_EQ(response.source().text(), "module sync_2ff #(\n    parameter WIDTH = 1\n) (\n");
  EXPECT_FALSE(response.truncated());
  EXPECT_EQ(response.source().license(), "Apache-2.0");
  request.set_max_lines(1);
  ASSERT_TRUE(get().ok());
  EXPECT_EQ(response.source().text(), "module sync_2ff #(\n");
  EXPECT_TRUE(response.truncated());
  request.set_start_line(1000);
  request.set_end_line(0);
  EXPECT_EQ(get().error_code(), grpc::StatusCode::OUT_OF_RANGE);
  request.set_path("rtl/nothing.v");
  EXPECT_EQ(get().error_code(), grpc::StatusCode::NOT_FOUND);
}

}  // namespace
}  // namespace fanin::service
