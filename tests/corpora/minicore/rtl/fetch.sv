// SPDX-License-Identifier: Apache-2.0
// Asks for instructions, ahead of the decoder where it is buffered.
module fetch #(
    parameter bit Buffered = 1'b1
) (
    input  logic        clk_i,
    input  logic        rst_ni,
    input  logic        enable_i,
    input  logic        branch_i,
    input  logic [31:0] target_i,
    bus_if.master       bus,
    output logic        req_o,
    output logic [31:0] pc_o
);
  logic        space;
  logic [31:0] pc_q, pc_d;

  if (Buffered) begin : g_buffered
    logic [1:0] fill_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) fill_q <= '0;
      else if (req_o) fill_q <= fill_q + 2'd1;
    end
    assign space = fill_q != 2'd3;
  end else begin : g_plain
    assign space = !branch_i;
  end

  assign req_o = enable_i && (branch_i || space);
  assign bus.req = req_o;
  assign bus.addr = pc_q;
  assign pc_d = branch_i ? target_i : pc_q + 32'd4;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) pc_q <= 32'h80;
    else if (bus.gnt) pc_q <= pc_d;
  end
  assign pc_o = pc_q;
endmodule
