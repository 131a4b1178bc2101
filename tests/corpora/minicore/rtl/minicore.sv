// SPDX-License-Identifier: Apache-2.0
module minicore
  import minicore_pkg::*;
(
    input  logic        clk_i,
    input  logic        rst_ni,
    input  logic        start_i,
    input  logic        irq_i,
    input  logic        jump_i,
    input  logic [31:0] operand_i,
    input  logic        instr_gnt_i,
    output logic        instr_req_o,
    output logic [31:0] instr_addr_o,
    input  logic        load_i,
    input  logic        data_gnt_i,
    output logic        data_req_o,
    output logic [31:0] data_addr_o,
    output logic [3:0]  parity_o,
    output logic        alert_o,
    output logic        sleep_o
);
  logic fetch_enable, lsu_busy, lsu_err, sleeping;
  logic [31:0] pc;
  req_t lsu_req, mem_req;

  bus_if instr_bus ();
  assign instr_req_o = instr_bus.req;
  assign instr_addr_o = instr_bus.addr;
  assign instr_bus.gnt = instr_gnt_i;

  control u_control (
      .clk_i,
      .rst_ni,
      .start_i,
      .mem_busy_i    (lsu_busy),
      .irq_i,
      .fetch_enable_o(fetch_enable),
      .sleep_o       (sleeping)
  );

  fetch #(.Buffered(1'b1)) u_fetch (
      .clk_i,
      .rst_ni,
      .enable_i(fetch_enable),
      .branch_i(jump_i),
      .target_i(operand_i),
      .bus     (instr_bus),
      .req_o   (),
      .pc_o    (pc)
  );

  assign lsu_req.valid = load_i;
  assign lsu_req.we = 1'b0;
  assign lsu_req.addr = operand_i + pc;

  lsu u_lsu (
      .clk_i,
      .rst_ni,
      .req_i   (lsu_req),
      .wdata_i (operand_i),
      .gnt_i   (data_gnt_i),
      .mem_o   (mem_req),
      .busy_o  (lsu_busy),
      .err_o   (lsu_err),
      .parity_o(parity_o)
  );

  assign data_req_o = mem_req.valid;
  assign data_addr_o = mem_req.addr;
  assign sleep_o = sleeping;

  logic alert_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) alert_q <= 1'b0;
    else if (lsu_err) alert_q <= 1'b1;
  end
  assign alert_o = alert_q;
endmodule
