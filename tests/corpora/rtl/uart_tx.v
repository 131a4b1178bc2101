/*
 * A UART transmitter, eight data bits, no parity.
 *
 * Permission is hereby granted, free of charge, to any person obtaining a copy
 * of this software, to deal in it without restriction.
 */

`timescale 1ns / 1ps
`default_nettype none

module uart_tx (clk, rst, data, data_valid, data_ready, txd, busy);
  parameter PRESCALE = 16'd868;

  input  wire       clk;
  input  wire       rst;
  input  wire [7:0] data;
  input  wire       data_valid;
  output wire       data_ready;
  output wire       txd;   // serial line
  output wire       busy;

  reg        txd_reg = 1'b1, busy_reg = 1'b0;
  reg        ready_reg = 1'b0;
  reg [8:0]  shift_reg = 9'd0;
  reg [15:0] prescale_reg = 16'd0;
  reg [3:0]  bits_reg = 4'd0;

  assign data_ready = ready_reg;
  assign txd = txd_reg, busy = busy_reg;

  always @(posedge clk) begin
    if (rst) begin
      txd_reg <= 1'b1;
      ready_reg <= 1'b0;
      prescale_reg <= 16'd0;
      bits_reg <= 4'd0;
      busy_reg <= 1'b0;
    end else if (prescale_reg > 0) begin
      ready_reg <= 1'b0;
      prescale_reg <= prescale_reg - 1;
    end else if (bits_reg == 0) begin
      ready_reg <= 1'b1;
      busy_reg <= 1'b0;
      if (data_valid) begin
        ready_reg <= !ready_reg;
        prescale_reg <= PRESCALE - 1;
        bits_reg <= 4'd9;
        shift_reg <= {1'b1, data};
        txd_reg <= 1'b0;
        busy_reg <= 1'b1;
      end
    end else begin
      bits_reg <= bits_reg - 1;
      prescale_reg <= PRESCALE - 1;
      {shift_reg, txd_reg} <= {1'b0, shift_reg};
    end
  end
endmodule

`default_nettype wire
