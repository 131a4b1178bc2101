// SPDX-License-Identifier: Apache-2.0

/// Properties of async_fifo, bound to every instance.
module fifo_props #(
  parameter int unsigned PtrWidth = 5
) (
  input logic                wr_clk_i,
  input logic                wr_rst_ni,
  input logic [PtrWidth-1:0] wr_gray_q
);
  default clocking @(posedge wr_clk_i); endclocking
  default disable iff (!wr_rst_ni);

  sequence changes;
    !$stable(wr_gray_q);
  endsequence

  // A gray pointer changes in one bit at a time.
  property one_bit;
    changes |-> $onehot(wr_gray_q ^ $past(wr_gray_q));
  endproperty

  GrayChangesOneBit: assert property (one_bit);
  cover property (@(posedge wr_clk_i) changes ##1 changes);

  always_comb begin
    KnownPointer: assert (!$isunknown(wr_gray_q)) else $error("pointer unknown");
  end
endmodule

bind async_fifo fifo_props #(.PtrWidth(PtrWidth)) u_props (.*);
