// Cones of ten signals of tests/corpora/minicore, across instances, structs, generate blocks and an interface. Each was
// written down by reading the RTL; a '!' marks where the walk ends at a register.
#include <gmock/gmock.h>

#include "tests/service/fixture.h"

namespace fanin::service {
namespace {

using testing::UnorderedElementsAre;

class ConesTest : public ServiceTest {
 protected:
  ConesTest() {
    std::filesystem::remove_all(rtl_folder());
    std::filesystem::copy(std::filesystem::path(FANIN_SOURCE_DIR) / "tests/corpora/minicore", rtl_folder(),
                          std::filesystem::copy_options::recursive);
    Create("minicore");
    Index("minicore");
  }

  // Hierarchical paths, without "minicore." where they begin so.
  std::vector<std::string> Cone(const std::string& signal, v1::TraceDirection direction = v1::TRACE_DIRECTION_FANIN) {
    v1::TraceRequest request;
    request.set_repository("repositories/minicore");
    request.add_signals(signal);
    request.set_direction(direction);
    request.set_max_depth(30);
    request.mutable_stop()->set_registers(true);
    const auto response = api().Trace(request, {});
    EXPECT_TRUE(response.has_value()) << response.error();
    std::vector<std::string> paths;
    if (!response) return paths;
    EXPECT_FALSE(response->truncated());
    for (const v1::TraceStep& step : response->steps()) {
      std::string path = step.hierarchical_path();
      if (path.starts_with("minicore.")) path.erase(0, 9);
      paths.push_back(path + (step.stopped() ? "!" : ""));
    }
    return paths;
  }
};

// Through the interface to the fetch stage that it is connected to. Both arms of the generate are there.
TEST_F(ConesTest, InstrReq) {
  EXPECT_THAT(Cone("minicore.instr_req_o"),
              UnorderedElementsAre("instr_req_o", "instr_bus.req", "u_fetch.req_o", "u_fetch.enable_i",
                                   "u_fetch.branch_i", "u_fetch.space", "u_fetch.g_buffered.fill_q", "fetch_enable",
                                   "jump_i", "u_control.fetch_enable_o", "u_control.state_q!", "u_control.mem_busy_i",
                                   "lsu_busy", "u_lsu.busy_o", "u_lsu.req_q.valid!", "u_lsu.gnt_i", "data_gnt_i"));
}

TEST_F(ConesTest, InstrAddr) {
  EXPECT_THAT(Cone("minicore.instr_addr_o"), UnorderedElementsAre("instr_addr_o", "instr_bus.addr", "u_fetch.pc_q!"));
}

TEST_F(ConesTest, NextProgramCounter) {
  EXPECT_THAT(Cone("minicore.u_fetch.pc_d"),
              UnorderedElementsAre("u_fetch.pc_d", "u_fetch.branch_i", "u_fetch.target_i", "u_fetch.pc_q!", "jump_i",
                                   "operand_i"));
}

TEST_F(ConesTest, ControlState) {
  EXPECT_THAT(Cone("minicore.u_control.state_q"),
              UnorderedElementsAre("u_control.state_q", "u_control.state_d", "u_control.start_i",
                                   "u_control.mem_busy_i", "u_control.irq_i", "start_i", "irq_i", "lsu_busy",
                                   "u_lsu.busy_o", "u_lsu.req_q.valid!", "u_lsu.gnt_i", "data_gnt_i"));
}

TEST_F(ConesTest, Sleep) {
  EXPECT_THAT(Cone("minicore.sleep_o"),
              UnorderedElementsAre("sleep_o", "sleeping", "u_control.sleep_o", "u_control.state_q!"));
}

TEST_F(ConesTest, LsuBusy) {
  EXPECT_THAT(Cone("minicore.lsu_busy"),
              UnorderedElementsAre("lsu_busy", "u_lsu.busy_o", "u_lsu.req_q.valid!", "u_lsu.gnt_i", "data_gnt_i"));
}

TEST_F(ConesTest, Alert) {
  EXPECT_THAT(Cone("minicore.alert_q"),
              UnorderedElementsAre("alert_q", "lsu_err", "u_lsu.err_o", "u_lsu.req_i.valid", "u_lsu.req_i.addr",
                                   "minicore_pkg::is_aligned", "minicore_pkg::is_aligned.addr", "lsu_req.valid",
                                   "lsu_req.addr", "load_i", "operand_i", "pc", "u_fetch.pc_o", "u_fetch.pc_q!"));
}

TEST_F(ConesTest, DataReq) {
  EXPECT_THAT(Cone("minicore.data_req_o"),
              UnorderedElementsAre("data_req_o", "mem_req.valid", "u_lsu.mem_o.valid", "u_lsu.req_q.valid!"));
}

TEST_F(ConesTest, DataAddr) {
  EXPECT_THAT(Cone("minicore.data_addr_o"),
              UnorderedElementsAre("data_addr_o", "mem_req.addr", "u_lsu.mem_o.addr", "u_lsu.req_q.addr!"));
}

TEST_F(ConesTest, Parity) {
  EXPECT_THAT(Cone("minicore.parity_o"),
              UnorderedElementsAre("parity_o", "u_lsu.parity_o", "u_lsu.wdata_i", "operand_i"));
}

TEST_F(ConesTest, FanoutOfTheOperandReachesEveryInstanceThatIsConnected) {
  EXPECT_THAT(Cone("minicore.operand_i", v1::TRACE_DIRECTION_FANOUT),
              UnorderedElementsAre("operand_i", "u_fetch.target_i", "u_fetch.pc_d", "u_fetch.pc_q!", "lsu_req.addr",
                                   "u_lsu.req_i.addr", "u_lsu.err_o", "lsu_err", "alert_q!", "u_lsu.req_q.addr!",
                                   "u_lsu.wdata_i", "u_lsu.parity_o", "parity_o"));
}

}  // namespace
}  // namespace fanin::service
