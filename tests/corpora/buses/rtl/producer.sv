// SPDX-License-Identifier: Apache-2.0
module producer (
    input logic      clk_i,
    input logic      go_i,
    input logic      other_i,
    stream_if.source m
);
  logic valid_q;
  always_ff @(posedge clk_i) begin
    if (m.ready) valid_q <= go_i;
  end
  assign m.valid = valid_q;
  assign m.data  = {8{other_i}};
endmodule

// Hands its interface port on.
module wrapper (
    input logic      clk_i,
    input logic      go_i,
    stream_if.source out
);
  producer u_inner (
      .clk_i,
      .go_i,
      .other_i(1'b0),
      .m      (out)
  );
endmodule
