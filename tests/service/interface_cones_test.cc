// Cones of tests/corpora/buses: members of an interface follow the instance of it, through interface ports up and down,
// on facts of syntax and of the elaborated design alike.
#include <gmock/gmock.h>

#include "tests/service/fixture.h"

namespace fanin::service {
namespace {

using testing::UnorderedElementsAre;

// Param: the design asked of; "-" is none.
class InterfaceConesTest : public ServiceTest, public testing::WithParamInterface<std::string> {
 protected:
  InterfaceConesTest() {
    std::filesystem::remove_all(rtl_folder());
    std::filesystem::copy(std::filesystem::path(FANIN_SOURCE_DIR) / "tests/corpora/buses", rtl_folder(),
                          std::filesystem::copy_options::recursive);
    Create("buses");
    Index("buses");
  }

  // Hierarchical paths without "buses.", data and enables only.
  std::vector<std::string> Cone(const std::string& signal, v1::TraceDirection direction = v1::TRACE_DIRECTION_FANIN) {
    v1::TraceRequest request;
    request.set_repository("repositories/buses");
    request.add_signals(signal);
    request.set_direction(direction);
    request.set_max_depth(30);
    request.set_design(GetParam());
    const auto response = api().Trace(request, {});
    EXPECT_TRUE(response.has_value()) << response.error();
    std::vector<std::string> paths;
    if (!response) return paths;
    EXPECT_EQ(response->design(), GetParam() == "-" ? "" : "buses");
    for (const v1::TraceStep& step : response->steps()) {
      std::string path = step.hierarchical_path();
      if (path.starts_with("buses.")) path.erase(0, 6);
      paths.push_back(path);
    }
    return paths;
  }
};

TEST_P(InterfaceConesTest, AReaderReachesTheDriverOfItsOwnInstanceThroughPortsUpAndDown) {
  EXPECT_THAT(Cone("buses.seen_a_o"),
              UnorderedElementsAre("seen_a_o", "u_consumer_a.seen_o", "a.valid", "u_wrapper.u_inner.valid_q",
                                   "u_wrapper.u_inner.go_i", "u_wrapper.go_i", "go_a_i", "a.ready",
                                   "u_consumer_a.take_i", "take_a_i"));
}

TEST_P(InterfaceConesTest, AStageJoinsTwoInstances) {
  EXPECT_THAT(Cone("buses.seen_c_o"),
              UnorderedElementsAre("seen_c_o", "u_consumer_c.seen_o", "c.valid", "b.valid", "u_stage.en_i", "en_i",
                                   "u_producer.valid_q", "u_producer.go_i", "go_b_i", "b.ready", "c.ready",
                                   "u_consumer_c.take_i", "take_c_i"));
}

TEST_P(InterfaceConesTest, FanoutKeepsToTheInstance) {
  EXPECT_THAT(Cone("buses.go_a_i", v1::TRACE_DIRECTION_FANOUT),
              UnorderedElementsAre("go_a_i", "u_wrapper.go_i", "u_wrapper.u_inner.go_i", "u_wrapper.u_inner.valid_q",
                                   "a.valid", "u_consumer_a.seen_o", "seen_a_o"));
}

TEST_P(InterfaceConesTest, APortIsConnectedToAMemberOfItsOwnInstance) {
  EXPECT_THAT(Cone("buses.seen_d_o"),
              UnorderedElementsAre("seen_d_o", "u_last.q_o", "u_last.d_i", "d.valid", "u_bridge.u_inverter.q_o",
                                   "u_bridge.u_inverter.d_i", "b.valid", "u_producer.valid_q", "u_producer.go_i",
                                   "go_b_i", "b.ready", "c.ready", "u_consumer_c.take_i", "take_c_i"));
  EXPECT_THAT(Cone("buses.u_bridge.u_inverter.d_i", v1::TRACE_DIRECTION_FANOUT),
              UnorderedElementsAre("u_bridge.u_inverter.d_i", "u_bridge.u_inverter.q_o", "d.valid", "u_last.d_i",
                                   "u_last.q_o", "seen_d_o", "e.valid", "seen_e_o"));
  const std::vector<std::string> loads = Cone("buses.b.valid", v1::TRACE_DIRECTION_FANOUT);
  EXPECT_THAT(loads, testing::IsSupersetOf({"u_bridge.u_inverter.d_i", "seen_d_o"}));
  EXPECT_THAT(Cone("buses.a.valid", v1::TRACE_DIRECTION_FANOUT), testing::Not(testing::Contains("seen_d_o")));
}

TEST_P(InterfaceConesTest, AMacrosAssignmentKeepsToTheInstancesThatItNames) {
  const std::vector<std::string> cone = Cone("buses.seen_e_o");
  EXPECT_THAT(cone, testing::IsSupersetOf({"e.valid", "d.valid", "b.valid", "go_b_i"}));
  EXPECT_THAT(cone, testing::Not(testing::AnyOf(testing::Contains("a.valid"), testing::Contains("go_a_i"))));
}

TEST_P(InterfaceConesTest, AMemberIsFoundByThePathOfAPortOrOfTheInstance) {
  const std::vector<std::string> cone = Cone("buses.a.valid");
  EXPECT_THAT(cone, testing::Contains("go_a_i"));
  EXPECT_THAT(cone, testing::Not(testing::Contains("go_b_i")));
  EXPECT_THAT(Cone("buses.u_consumer_a.s.valid"), testing::UnorderedElementsAreArray(cone));
}

TEST_P(InterfaceConesTest, WithoutAPlaceAnyInstanceIsMeant) {
  EXPECT_THAT(Cone("stream_if.valid"), testing::IsSupersetOf({"producer.valid_q"}));
  const std::vector<std::string> cone = Cone("consumer.seen_o");
  EXPECT_THAT(cone, testing::IsSupersetOf({"go_a_i", "go_b_i"}));
}

INSTANTIATE_TEST_SUITE_P(Tiers, InterfaceConesTest, testing::Values("-", "buses"));

}  // namespace
}  // namespace fanin::service
