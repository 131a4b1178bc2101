// SPDX-License-Identifier: Apache-2.0
// Two-stage synchronizer for signals that cross into the domain of clk.
module sync_2ff #(
    parameter WIDTH = 1
) (
    input  wire             clk,
    input  wire             rst_n,
    input  wire [WIDTH-1:0] d,
    output reg  [WIDTH-1:0] q
);

  reg [WIDTH-1:0] meta;

  always @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      meta <= {WIDTH{1'b0}};
      q    <= {WIDTH{1'b0}};
    end else begin
      meta <= d;
      q    <= meta;
    end
  end

endmodule
