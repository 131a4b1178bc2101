// SPDX-License-Identifier: Apache-2.0
`include "mailbox_defs.svh"

// A queue in each direction, and an interrupt for the receiver.
module mailbox
  import mailbox_pkg::*;
(
    input  logic a_clk,
    input  logic a_rst_n,
    input  msg_t a_send,
    input  logic a_send_valid,
    output logic a_send_ready,
    output msg_t a_receive,
    output logic a_receive_valid,
    input  logic b_clk,
    input  logic b_rst_n,
    input  msg_t b_send,
    input  logic b_send_valid,
    output logic b_send_ready,
    output msg_t b_receive,
    output logic b_receive_valid,
    output logic b_irq
);

  logic a_full, b_full, a_empty, b_empty;
  logic b_clk_gated;

  assign a_send_ready    = !a_full;
  assign b_send_ready    = !b_full;
  assign a_receive_valid = !a_empty;
  assign b_receive_valid = !b_empty;

  gray_fifo #(.WIDTH($bits(msg_t))) u_a_to_b (
      .wr_clk  (a_clk),
      .wr_rst_n(a_rst_n),
      .wr_en   (a_send_valid),
      .wr_data (a_send),
      .full    (a_full),
      .rd_clk  (b_clk_gated),
      .rd_rst_n(b_rst_n),
      .rd_en   (b_receive_valid),
      .rd_data (b_receive),
      .empty   (b_empty)
  );

  gray_fifo #(.WIDTH($bits(msg_t))) u_b_to_a (
      .wr_clk  (b_clk_gated),
      .wr_rst_n(b_rst_n),
      .wr_en   (b_send_valid),
      .wr_data (b_send),
      .full    (b_full),
      .rd_clk  (a_clk),
      .rd_rst_n(a_rst_n),
      .rd_en   (a_receive_valid),
      .rd_data (a_receive),
      .empty   (a_empty)
  );

  // The gate is a cell of the technology library.
  tech_clock_gate u_gate (.clk_i(b_clk), .en_i(1'b1), .clk_o(b_clk_gated));

  logic irq_next;
  always_comb begin
    irq_next = 1'b0;
    if (b_receive_valid) begin
      unique case (b_receive.kind)
        MsgInterrupt, MsgError: irq_next = 1'b1;
        default:                irq_next = 1'b0;
      endcase
    end
  end
  `MAILBOX_FF(b_irq, irq_next, b_clk, b_rst_n, 1'b0)

endmodule
