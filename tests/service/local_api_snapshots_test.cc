// Snapshots of commits, their differences, and unsaved texts laid over a snapshot.
#include <gmock/gmock.h>

#include <cstdlib>

#include "tests/service/fixture.h"

namespace fanin::service {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SnapshotsTest : public ServiceTest {
 protected:
  bool Git(const std::string& arguments) {
    return std::system(("git -C " + rtl_folder().string() +
                        " -c user.name=t -c user.email=t@example.com -c commit.gpgsign=false " + arguments +
                        " > /dev/null 2>&1")
                           .c_str()) == 0;
  }

  base::Result<v1::IndexSummary> IndexRevision(const std::string& revision) {
    v1::IndexRepositoryRequest request;
    request.set_name("repositories/mailbox");
    request.set_revision(revision);
    v1::IndexSummary summary;
    FANIN_RETURN_IF_ERROR(api().IndexRepository(request, {}, [&](const v1::IndexRepositoryResponse& event) {
      summary = event.job().summary();
      return true;
    }));
    return summary;
  }

  std::vector<std::string> ListSnapshots(const std::string& revision = "") {
    v1::ListSnapshotsRequest request;
    request.set_parent("repositories/mailbox");
    request.set_revision(revision);
    std::vector<std::string> names;
    const auto response = api().ListSnapshots(request, {});
    EXPECT_TRUE(response.has_value()) << response.error();
    for (const v1::Snapshot& snapshot : response->snapshots()) names.push_back(snapshot.name());
    return names;
  }

  // Names found by a search in a repository or snapshot.
  std::vector<std::string> Search(const std::string& repository, const std::string& query,
                                  const OverlayTexts& overlays = {}) {
    v1::SearchRequest request;
    request.add_repositories(repository);
    request.set_query(query);
    *request.mutable_overlays() = overlays;
    const auto response = api().Search(request, {});
    EXPECT_TRUE(response.has_value()) << response.error();
    std::vector<std::string> names;
    for (const v1::SearchResult& result : response->results()) names.push_back(result.node().qualified_name());
    return names;
  }

  static OverlayTexts Overlay(const std::string& path, const std::string& text) {
    OverlayTexts overlays;
    overlays.Add()->set_path(path);
    overlays[0].set_text(text);
    return overlays;
  }

  std::vector<std::string> FanIn(const std::string& signal, const OverlayTexts& overlays) {
    v1::TraceRequest request;
    request.set_repository("repositories/mailbox");
    request.add_signals(signal);
    request.set_direction(v1::TRACE_DIRECTION_FANIN);
    request.set_max_depth(1);
    *request.mutable_overlays() = overlays;
    const auto response = api().Trace(request, {});
    EXPECT_TRUE(response.has_value()) << response.error();
    std::vector<std::string> names;
    for (const v1::TraceStep& step : response->steps()) names.push_back(step.node().qualified_name());
    return names;
  }
};

TEST_F(SnapshotsTest, ACommitIsIndexedBesideTheFolderAndAskedForByName) {
  Write("rtl/early.sv", "module early(input logic in, output logic out); assign out = in; endmodule\n");
  if (!Git("init .") || !Git("add -A .") || !Git("commit -m one")) GTEST_SKIP() << "no git";
  Write("rtl/early.sv", "module late(input logic in, output logic out); assign out = ~in; endmodule\n");
  Create();
  Index();
  const auto summary = IndexRevision("HEAD");
  ASSERT_TRUE(summary.has_value()) << summary.error();
  EXPECT_EQ(summary->snapshot(), "repositories/mailbox/snapshots/2");
  EXPECT_EQ(summary->revision().size(), 40U);
  EXPECT_EQ(summary->files() - summary->files_reused(), 1U) << "all other files share their facts with the folder";
  EXPECT_EQ(Get().latest_snapshot().name(), "repositories/mailbox/snapshots/1");
  EXPECT_THAT(Search("repositories/mailbox", "kind:module name:early"), IsEmpty());
  EXPECT_THAT(Search("repositories/mailbox/snapshots/2", "kind:module name:early"), ElementsAre("early"));
  EXPECT_THAT(ListSnapshots("HEAD"), ElementsAre("repositories/mailbox/snapshots/2"));
  EXPECT_THAT(ListSnapshots(summary->revision().substr(0, 8)), ElementsAre("repositories/mailbox/snapshots/2"));
  EXPECT_THAT(ListSnapshots("nowhere"), IsEmpty());

  const auto again = IndexRevision("HEAD");
  EXPECT_TRUE(again->up_to_date());
  EXPECT_EQ(again->snapshot(), "repositories/mailbox/snapshots/2");
}

TEST_F(SnapshotsTest, CommitsOutliveLaterRunsOverTheFolder) {
  if (!Git("init .") || !Git("add -A .") || !Git("commit -m one")) GTEST_SKIP() << "no git";
  Create();
  ASSERT_TRUE(IndexRevision("HEAD").has_value());
  EXPECT_EQ(Get().latest_snapshot().name(), "repositories/mailbox/snapshots/1") << "there is no other yet";
  for (int i = 0; i < 4; ++i) {
    Write("doc/note.md", "# Note " + std::to_string(i) + "\n");
    Index();
  }
  EXPECT_THAT(ListSnapshots(), Contains("repositories/mailbox/snapshots/1"));
  EXPECT_THAT(Search("repositories/mailbox/snapshots/1", "kind:module name:gray_fifo"), ElementsAre("gray_fifo"));
  EXPECT_EQ(Get().latest_snapshot().name(), "repositories/mailbox/snapshots/5");
}

TEST_F(SnapshotsTest, ARevisionThatIsNoneIsNotFoundAndIndexesNothing) {
  Create();
  EXPECT_EQ(IndexRevision("HEAD").error().code, base::Code::kFailedPrecondition) << "no checkout";
  if (!Git("init .") || !Git("add -A .") || !Git("commit -m one")) GTEST_SKIP() << "no git";
  EXPECT_EQ(IndexRevision("nowhere").error().code, base::Code::kNotFound);
  EXPECT_FALSE(Get().has_latest_snapshot());
}

TEST_F(SnapshotsTest, ChangedCodeIsTheDifferenceOfTwoSnapshots) {
  Write("rtl/m.sv",
        "module m(input logic clk, input logic a, output logic q, output logic r);\n"
        "  always_ff @(posedge clk) q <= a;\n"
        "  always_ff @(posedge clk) r <= q;\n"
        "endmodule\n");
  Create();
  Index();
  Write("rtl/m.sv",
        "// Moved down by a line.\n"
        "module m(input logic clk, input logic [1:0] a, output logic q, output logic r);\n"
        "  always_ff @(posedge clk) q <= a[0];\n"
        "  logic extra;\n"
        "  always_ff @(posedge clk) r <= q;  // the same\n"
        "endmodule\n");
  Index();
  v1::CompareSnapshotsRequest request;
  request.set_from("repositories/mailbox/snapshots/1");
  request.set_to("repositories/mailbox");
  const auto response = api().CompareSnapshots(request, {});
  ASSERT_TRUE(response.has_value()) << response.error();
  std::vector<std::string> lines;
  for (const v1::NodeChange& change : response->nodes()) {
    const v1::Node& node = change.has_after() ? change.after() : change.before();
    std::string line = v1::ChangeKind_Name(change.change()).substr(12) + " " + node.kind() + " line " +
                       std::to_string(node.start_line());
    for (const std::string& difference : change.differences()) line += " " + difference;
    if (node.kind() != "statement") lines.push_back(line);
  }
  EXPECT_THAT(lines, testing::IsSupersetOf({"CHANGED port line 2 width", "ADDED signal line 4"}));
  for (const std::string& line : lines) EXPECT_THAT(line, testing::Not(HasSubstr("line 5"))) << "it only moved";
  EXPECT_EQ(response->files_compared(), 1U);
  EXPECT_EQ(response->from(), "repositories/mailbox/snapshots/1");
  EXPECT_EQ(response->to(), "repositories/mailbox/snapshots/2");

  request.set_to("repositories/other");
  EXPECT_EQ(api().CompareSnapshots(request, {}).error().code, base::Code::kInvalidArgument);
}

constexpr std::string_view kEdited = R"(module sync_2ff (input wire clk, input wire rst_n, input wire d, output wire q);
  wire fresh_name;
  assign fresh_name = d;
  assign q = fresh_name;
endmodule
)";

TEST_F(SnapshotsTest, OverlaysStandInPlaceOfTheStoredFacts) {
  Create();
  Index();
  const OverlayTexts overlay = Overlay("rtl/sync_2ff.v", std::string(kEdited));
  EXPECT_THAT(Search("repositories/mailbox", "fresh_name"), IsEmpty());
  EXPECT_THAT(Search("repositories/mailbox", "fresh_name", overlay), testing::Not(IsEmpty()));
  EXPECT_THAT(FanIn("sync_2ff.q", overlay), ElementsAre("sync_2ff.q", "sync_2ff.fresh_name"));
  EXPECT_THAT(FanIn("sync_2ff.q", {}), testing::Not(Contains("sync_2ff.fresh_name")));

  v1::GetNodeRequest request;
  request.set_repository("repositories/mailbox");
  request.set_qualified_name("sync_2ff.fresh_name");
  EXPECT_EQ(api().GetNode(request, {}).error().code, base::Code::kNotFound);
  *request.mutable_overlays() = overlay;
  request.set_max_source_lines(5);
  const auto node = api().GetNode(request, {});
  ASSERT_TRUE(node.has_value()) << node.error();
  EXPECT_EQ(node->node().start_line(), 2U);
  EXPECT_THAT(node->source().text(), HasSubstr("wire fresh_name"));
}

TEST_F(SnapshotsTest, AnOverlayIsLinkedWithOtherFiles) {
  Create();
  Index();
  const OverlayTexts user = Overlay("rtl/user.sv",
                                    "module user(input logic clk, input logic in, output logic synced);\n"
                                    "  sync_2ff u_sync (.clk(clk), .rst_n(1'b1), .d(in), .q(synced));\n"
                                    "endmodule\n");
  EXPECT_THAT(FanIn("user.synced", user), ElementsAre("user.synced", "sync_2ff.q"));
  EXPECT_THAT(Search("repositories/mailbox", "instantiates:sync_2ff in:user", user), testing::Not(IsEmpty()));
  EXPECT_THAT(Search("repositories/mailbox", "in:user"), IsEmpty()) << "nothing of it is kept";
}

TEST_F(SnapshotsTest, OverlaysThatFollowOneAnotherAnswerLikeTheFirst) {
  Create();
  Index();
  for (int i = 0; i < 6; ++i) {
    const std::string name = "sig" + std::to_string(i);
    const OverlayTexts overlay = Overlay(i % 2 == 0 ? "rtl/sync_2ff.v" : "rtl/new.v",
                                         "module sync_2ff(input clk, input rst_n, input d, output q); wire " + name +
                                             "; assign q = " + name + "; endmodule\n");
    const std::vector<std::string> found = Search("repositories/mailbox", "name:" + name, overlay);
    EXPECT_THAT(found, testing::Not(IsEmpty())) << name;
    EXPECT_THAT(Search("repositories/mailbox", "name:sig" + std::to_string(i + 1), overlay), IsEmpty());
  }
  EXPECT_THAT(Search("repositories/mailbox", "/sig[0-9]/"), IsEmpty());
}

TEST_F(SnapshotsTest, AnOverlayWithoutFactsHidesItsFileAndSaysSo) {
  Create();
  Index();
  v1::SearchRequest request;
  request.add_repositories("repositories/mailbox");
  request.set_query("kind:module name:sync_2ff");
  *request.mutable_overlays() = Overlay("rtl/sync_2ff.v", std::string("\0", 1));
  const auto response = api().Search(request, {});
  ASSERT_TRUE(response.has_value()) << response.error();
  EXPECT_THAT(response->results(), IsEmpty());
  EXPECT_THAT(response->warnings(), Contains(HasSubstr("rtl/sync_2ff.v gives no facts")));

  request.clear_repositories();
  EXPECT_EQ(api().Search(request, {}).error().code, base::Code::kInvalidArgument) << "of which repository?";
}

}  // namespace
}  // namespace fanin::service
