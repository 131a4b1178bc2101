// SPDX-License-Identifier: Apache-2.0
// Load/store unit: one request at a time, and a parity bit for each byte lane.
module lsu
  import minicore_pkg::*;
(
    input  logic        clk_i,
    input  logic        rst_ni,
    input  req_t        req_i,
    input  logic [31:0] wdata_i,
    input  logic        gnt_i,
    output req_t        mem_o,
    output logic        busy_o,
    output logic        err_o,
    output logic [3:0]  parity_o
);
  req_t req_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) req_q <= '0;
    else if (req_i.valid && !busy_o) req_q <= req_i;
    else if (gnt_i) req_q.valid <= 1'b0;
  end

  assign busy_o = req_q.valid && !gnt_i;
  assign err_o = req_i.valid && !is_aligned(req_i.addr);
  assign mem_o = '{valid: req_q.valid, we: req_q.we, addr: req_q.addr};

  for (genvar i = 0; i < 4; i++) begin : g_lane
    assign parity_o[i] = ^wdata_i[8*i+:8];
  end
endmodule
