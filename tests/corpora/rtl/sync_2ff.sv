// SPDX-License-Identifier: Apache-2.0

/// Two flip-flops in a row against metastability.
module sync_2ff #(
  parameter int unsigned Width = 1
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic [Width-1:0] d_i,
  output logic [Width-1:0] q_o
);
  logic [Width-1:0] meta_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {q_o, meta_q} <= '0;
    else         {q_o, meta_q} <= {meta_q, d_i};
  end
endmodule
