// SPDX-License-Identifier: Apache-2.0

`include "fifo_macros.svh"

/// A FIFO between two clocks. Its pointers cross as gray code through two-stage synchronizers, so that at most one bit
/// changes per cycle of the writing clock.
module async_fifo #(
  parameter int unsigned Width = 32,   // bits of a word
  parameter int unsigned Depth = 16,   // words, a power of two
  localparam int unsigned PtrWidth = $clog2(Depth) + 1
) (
  // write side
  input  logic             wr_clk_i,
  input  logic             wr_rst_ni,
  input  logic             wr_en_i,
  input  logic [Width-1:0] wr_data_i,
  output logic             full_o,
  // read side
  input  logic             rd_clk_i,
  input  logic             rd_rst_ni,
  input  logic             rd_en_i,
  output logic [Width-1:0] rd_data_o,
  output logic             empty_o
);

  typedef logic [PtrWidth-1:0] ptr_t;

  logic [Width-1:0] mem_q [Depth];

  ptr_t wr_bin_q, wr_bin_d, wr_gray_q, wr_gray_d;
  ptr_t rd_bin_q, rd_bin_d, rd_gray_q, rd_gray_d;
  ptr_t wr_gray_sync;  // the write pointer as the read side sees it
  ptr_t rd_gray_sync;  // the read pointer as the write side sees it

  function automatic ptr_t bin_to_gray(input ptr_t bin);
    return bin ^ (bin >> 1);
  endfunction

  // -------------------------------------------------------------
  // Write side
  // -------------------------------------------------------------

  assign wr_bin_d = wr_bin_q + ptr_t'(wr_en_i && !full_o);
  assign wr_gray_d = bin_to_gray(wr_bin_d);

  always_ff @(posedge wr_clk_i or negedge wr_rst_ni) begin : wr_ptr
    if (!wr_rst_ni) begin
      wr_bin_q  <= '0;
      wr_gray_q <= '0;
    end else begin
      wr_bin_q  <= wr_bin_d;
      wr_gray_q <= wr_gray_d;
    end
  end

  always_ff @(posedge wr_clk_i) begin
    if (wr_en_i && !full_o) mem_q[wr_bin_q[PtrWidth-2:0]] <= wr_data_i;
  end

  sync_2ff #(.Width(PtrWidth)) u_sync_rd_ptr (
    .clk_i  (wr_clk_i),
    .rst_ni (wr_rst_ni),
    .d_i    (rd_gray_q),
    .q_o    (rd_gray_sync)
  );

  // Full: the pointers differ in their two upper bits only.
  assign full_o = wr_gray_q == {~rd_gray_sync[PtrWidth-1:PtrWidth-2], rd_gray_sync[PtrWidth-3:0]};

  // -------------------------------------------------------------
  // Read side
  // -------------------------------------------------------------

  assign rd_bin_d = rd_bin_q + ptr_t'(rd_en_i && !empty_o);
  assign rd_gray_d = bin_to_gray(rd_bin_d);

  always_ff @(posedge rd_clk_i or negedge rd_rst_ni) begin : rd_ptr
    if (!rd_rst_ni) begin
      rd_bin_q  <= '0;
      rd_gray_q <= '0;
    end else begin
      rd_bin_q  <= rd_bin_d;
      rd_gray_q <= rd_gray_d;
    end
  end

  sync_2ff #(.Width(PtrWidth)) u_sync_wr_ptr (
    .clk_i  (rd_clk_i),
    .rst_ni (rd_rst_ni),
    .d_i    (wr_gray_q),
    .q_o    (wr_gray_sync)
  );

  assign empty_o = rd_gray_q == wr_gray_sync;
  assign rd_data_o = mem_q[rd_bin_q[PtrWidth-2:0]];

  `FIFO_ASSERT(NoOverflow, wr_clk_i, wr_rst_ni, full_o |-> !wr_en_i)

endmodule : async_fifo
