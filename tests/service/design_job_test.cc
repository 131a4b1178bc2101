#include "service/design_job.h"

#include <gmock/gmock.h>

#include "graph/elaboration.h"
#include "service/index_job.h"
#include "tests/service/fixture.h"

namespace fanin::service {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class DesignJobTest : public ServiceTest {
 protected:
  v1::IndexSummary IndexWith(const v1::IndexOptions& options) {
    v1::IndexRepositoryRequest request;
    request.set_name("repositories/mailbox");
    *request.mutable_options() = options;
    v1::Job job;
    const base::Status status = api().IndexRepository(request, {}, [&](const v1::IndexRepositoryResponse& event) {
      job = event.job();
      return true;
    });
    EXPECT_TRUE(status.has_value()) << status.error();
    return job.summary();
  }
  v1::IndexSummary IndexTop(const std::string& top) {
    v1::IndexOptions options;
    options.add_tops(top);
    return IndexWith(options);
  }
};

TEST_F(DesignJobTest, ATopIsElaboratedAfterTierOneAndListed) {
  Create();
  const v1::IndexSummary summary = IndexTop("mailbox");
  EXPECT_EQ(summary.snapshot(), "repositories/mailbox/snapshots/2");
  ASSERT_THAT(summary.designs(), SizeIs(1));
  const v1::Repository repository = Get();
  ASSERT_THAT(repository.designs(), SizeIs(1));
  const v1::Design& design = repository.designs(0);
  EXPECT_EQ(design.name(), "mailbox");
  EXPECT_THAT(design.elaborated(), ElementsAre("gray_fifo", "mailbox", "sync_2ff"));
  EXPECT_THAT(design.problems(), IsEmpty());
  EXPECT_THAT(design.unknown(), ElementsAre("tech_clock_gate"));
  EXPECT_EQ(design.files(), 4U);
  EXPECT_EQ(design.instances(), 1U + 2U + 4U + 1U);
  EXPECT_THAT(repository.options().tops(), ElementsAre("mailbox"));
}

TEST_F(DesignJobTest, UnchangedInputsAreNotElaboratedAgain) {
  Create();
  IndexTop("mailbox");
  const v1::IndexSummary again = Index();
  EXPECT_TRUE(again.up_to_date());
  EXPECT_THAT(again.designs(), SizeIs(1));
  Write("README.md", "# Other\n");
  const v1::IndexSummary unrelated = Index();
  EXPECT_FALSE(unrelated.up_to_date());
  ASSERT_THAT(unrelated.designs(), SizeIs(1));
  EXPECT_EQ(unrelated.designs(0).elaborated_size(), 3);
}

TEST_F(DesignJobTest, AChangeIsElaborated) {
  Create();
  IndexTop("mailbox");
  Write("rtl/sync_2ff.v", "module sync_2ff(input clk, input broken_name_only_here; endmodule\n");
  const v1::IndexSummary summary = Index();
  ASSERT_THAT(summary.designs(), SizeIs(1));
  EXPECT_THAT(summary.designs(0).problems(), testing::Not(IsEmpty()));
}

TEST_F(DesignJobTest, DesignsOfTheRepositoryAreReadFromItsFile) {
  Write("fanin.toml", "[[design]]\nname = \"fifo\"\ntop = \"gray_fifo\"\nparameters = { WIDTH = 3 }\n");
  Create();
  const v1::IndexSummary summary = IndexTop("mailbox");
  ASSERT_THAT(summary.designs(), SizeIs(2));
  EXPECT_EQ(summary.designs(0).name(), "fifo");
  EXPECT_EQ(summary.designs(1).name(), "mailbox");
  Write("fanin.toml", "[[design]]\nnames = 3\n");
  const v1::IndexSummary broken = Index();
  EXPECT_THAT(broken.designs(), SizeIs(1));
  EXPECT_THAT(broken.warnings(), testing::Contains(HasSubstr("fanin.toml:2")));
}

TEST_F(DesignJobTest, ATopThatIsNowhereIsAProblemAndTheRestIsIndexed) {
  Create();
  const v1::IndexSummary summary = IndexTop("no_such_top");
  EXPECT_EQ(summary.nodes().at("module"), 3U);
  ASSERT_THAT(summary.designs(), SizeIs(1));
  ASSERT_THAT(summary.designs(0).problems(), SizeIs(1));
  EXPECT_THAT(summary.designs(0).problems(0).reason(), HasSubstr("no_such_top"));
}

TEST_F(DesignJobTest, TheTreeOfATopHasValuesAndTheRestIsAsWritten) {
  Create();
  IndexTop("mailbox");
  v1::GetHierarchyRequest request;
  request.set_repository("repositories/mailbox");
  request.set_top("mailbox");
  request.set_parameters(true);
  request.set_counts(true);
  const auto tree = api().GetHierarchy(request, {});
  ASSERT_TRUE(tree.has_value()) << tree.error();
  EXPECT_EQ(tree->design(), "mailbox");
  ASSERT_THAT(tree->nodes(), SizeIs(8));
  EXPECT_EQ(tree->nodes(0).instances_below(), 7U);
  EXPECT_EQ(tree->nodes(1).name(), "u_a_to_b");
  EXPECT_EQ(tree->nodes(1).instance().name(), "u_a_to_b");
  EXPECT_EQ(tree->nodes(1).parameters().at("WIDTH"), "34");
  EXPECT_EQ(tree->nodes(7).module(), "tech_clock_gate");
  EXPECT_FALSE(tree->nodes(7).has_definition());
  EXPECT_EQ(tree->modules(0).module(), "sync_2ff");
  EXPECT_EQ(tree->modules(0).instances(), 4U);

  request.set_design("-");
  const auto written = api().GetHierarchy(request, {});
  ASSERT_TRUE(written.has_value()) << written.error();
  EXPECT_EQ(written->design(), "");
  EXPECT_EQ(written->nodes(1).written_parameters(0).value(), "$bits(msg_t)");
  request.set_design("chip");
  EXPECT_EQ(api().GetHierarchy(request, {}).error().code, base::Code::kNotFound);
}

TEST_F(DesignJobTest, TracesUseElaboratedFlowsUnlessToldOtherwise) {
  Create();
  IndexTop("mailbox");
  v1::TraceRequest request;
  request.set_repository("repositories/mailbox");
  request.add_signals("mailbox.b_irq");
  request.set_direction(v1::TRACE_DIRECTION_FANIN);
  const auto cone = api().Trace(request, {});
  ASSERT_TRUE(cone.has_value()) << cone.error();
  EXPECT_EQ(cone->design(), "mailbox");
  ASSERT_GT(cone->steps_size(), 1);
  EXPECT_EQ(cone->steps(1).edge().provenance(), v1::PROVENANCE_ELABORATED);
  request.set_design("-");
  const auto of_syntax = api().Trace(request, {});
  ASSERT_TRUE(of_syntax.has_value()) << of_syntax.error();
  EXPECT_EQ(of_syntax->steps(1).edge().provenance(), v1::PROVENANCE_SYNTAX);
}

TEST_F(DesignJobTest, DoctorVerifiesDesigns) {
  Create();
  IndexTop("mailbox");
  const auto checked = api().CheckData({}, {});
  ASSERT_TRUE(checked.has_value()) << checked.error();
  EXPECT_THAT(checked->findings(), IsEmpty());
}

}  // namespace
}  // namespace fanin::service
