// SPDX-License-Identifier: Apache-2.0
`include "mailbox_defs.svh"

// Queue between two clock domains. Pointers cross in Gray code.
module gray_fifo #(
    parameter WIDTH = 8,
    parameter LOG2  = `MAILBOX_DEPTH_LOG2
) (
    input  wire             wr_clk,
    input  wire             wr_rst_n,
    input  wire             wr_en,
    input  wire [WIDTH-1:0] wr_data,
    output wire             full,
    input  wire             rd_clk,
    input  wire             rd_rst_n,
    input  wire             rd_en,
    output wire [WIDTH-1:0] rd_data,
    output wire             empty
);

  reg [WIDTH-1:0] mem [0:(1 << LOG2)-1];
  reg [LOG2:0] wr_ptr;
  reg [LOG2:0] wr_ptr_gray;
  reg [LOG2:0] rd_ptr;
  reg [LOG2:0] rd_ptr_gray;
  wire [LOG2:0] wr_ptr_gray_sync;
  wire [LOG2:0] rd_ptr_gray_sync;

  wire wr_ok = wr_en && !full;
  wire rd_ok = rd_en && !empty;
  wire [LOG2:0] wr_ptr_next = wr_ptr + wr_ok;
  wire [LOG2:0] rd_ptr_next = rd_ptr + rd_ok;

  // The write pointer, binary for addressing and Gray coded for crossing.
  always @(posedge wr_clk or negedge wr_rst_n) begin
    if (!wr_rst_n) begin
      wr_ptr      <= 0;
      wr_ptr_gray <= 0;
    end else begin
      wr_ptr      <= wr_ptr_next;
      wr_ptr_gray <= wr_ptr_next ^ (wr_ptr_next >> 1);
    end
  end

  // The read pointer, likewise.
  always @(posedge rd_clk or negedge rd_rst_n) begin
    if (!rd_rst_n) begin
      rd_ptr      <= 0;
      rd_ptr_gray <= 0;
    end else begin
      rd_ptr      <= rd_ptr_next;
      rd_ptr_gray <= rd_ptr_next ^ (rd_ptr_next >> 1);
    end
  end

  always @(posedge wr_clk) begin
    if (wr_ok) mem[wr_ptr[LOG2-1:0]] <= wr_data;
  end
  assign rd_data = mem[rd_ptr[LOG2-1:0]];

  sync_2ff #(.WIDTH(LOG2 + 1)) u_sync_wr (
      .clk  (rd_clk),
      .rst_n(rd_rst_n),
      .d    (wr_ptr_gray),
      .q    (wr_ptr_gray_sync)
  );
  sync_2ff #(.WIDTH(LOG2 + 1)) u_sync_rd (
      .clk  (wr_clk),
      .rst_n(wr_rst_n),
      .d    (rd_ptr_gray),
      .q    (rd_ptr_gray_sync)
  );

  assign empty = rd_ptr_gray == wr_ptr_gray_sync;
  assign full  = wr_ptr_gray == (rd_ptr_gray_sync ^ (3 << (LOG2 - 1)));

endmodule
