// SPDX-License-Identifier: Apache-2.0
// Decides when to fetch and when to wait for the load/store unit.
module control
  import minicore_pkg::*;
(
    input  logic clk_i,
    input  logic rst_ni,
    input  logic start_i,
    input  logic mem_busy_i,
    input  logic irq_i,
    output logic fetch_enable_o,
    output logic sleep_o
);
  ctrl_e state_q, state_d;

  always_comb begin
    state_d = state_q;
    fetch_enable_o = 1'b0;
    unique case (state_q)
      Boot: if (start_i) state_d = Run;
      Run: begin
        fetch_enable_o = !mem_busy_i;
        if (mem_busy_i) state_d = Wait;
        else if (irq_i) state_d = Sleep;
      end
      Wait: if (!mem_busy_i) state_d = Run;
      Sleep: if (!irq_i) state_d = Run;
      default: state_d = Boot;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) state_q <= Boot;
    else state_q <= state_d;
  end

  assign sleep_o = state_q == Sleep;
endmodule
