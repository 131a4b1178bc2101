// SPDX-License-Identifier: Apache-2.0

/// Joins the parts: a register file whose control word goes through a FIFO to a UART, and an arbitrated bus.
module soc_top
  import bus_pkg::req_t;
#(
  parameter int unsigned NumMasters = 2
) (
  input  logic clk,
  input  logic rst,
  input  logic uart_clk,
  input  logic uart_rst,
  input  req_t [NumMasters-1:0] req_i,
  output logic [NumMasters-1:0] gnt_o,
  axil_if.slave axil,
  output logic txd
);
  logic [31:0] control;
  logic [7:0]  tx_data;
  logic        tx_valid, tx_ready, fifo_empty, irq;
  logic        rst_n, uart_rst_n;

  assign rst_n = ~rst;
  assign uart_rst_n = ~uart_rst;

  axil_regfile u_regfile (
    .clk, .rst,
    .s_axil_awaddr (axil.awaddr), .s_axil_awvalid(axil.awvalid), .s_axil_awready(axil.awready),
    .s_axil_wdata  (axil.wdata),  .s_axil_wstrb  (axil.wstrb),
    .control_o     (control),
    .status_i      ({31'd0, irq}),
    .irq_o         (irq),
    .*
  );

  async_fifo #(
    .Width(8),
    .Depth(16)
  ) u_tx_fifo (
    .wr_clk_i  (clk),
    .wr_rst_ni (rst_n),
    .wr_en_i   (control[8]),
    .wr_data_i (control[7:0]),
    .full_o    (),
    .rd_clk_i  (uart_clk),
    .rd_rst_ni (uart_rst_n),
    .rd_en_i   (tx_ready),
    .rd_data_o (tx_data),
    .empty_o   (fifo_empty)
  );

  assign tx_valid = ~fifo_empty;

  uart_tx #(16'd434) u_uart (uart_clk, uart_rst, tx_data, tx_valid, tx_ready, txd, );

  bus_if bus (.clk_i(clk));

  rr_arbiter #(.NumMasters(NumMasters)) u_arbiter (
    .clk_i  (clk),
    .rst_ni (rst_n),
    .req_i,
    .gnt_o,
    .bus    (bus)
  );
endmodule
