// SPDX-License-Identifier: Apache-2.0

/// An AXI4-Lite slave with four registers: control, status, scratch, and an interrupt flag that a 1 clears.
module axil_regfile #(
  parameter int unsigned AddrWidth = 4
) (
  input  logic                 clk,
  input  logic                 rst,

  input  logic [AddrWidth-1:0] s_axil_awaddr,
  input  logic                 s_axil_awvalid,
  output logic                 s_axil_awready,
  input  logic [31:0]          s_axil_wdata,
  input  logic [3:0]           s_axil_wstrb,
  input  logic                 s_axil_wvalid,
  output logic                 s_axil_wready,
  output logic [1:0]           s_axil_bresp,
  output logic                 s_axil_bvalid,
  input  logic                 s_axil_bready,

  input  logic [AddrWidth-1:0] s_axil_araddr,
  input  logic                 s_axil_arvalid,
  output logic                 s_axil_arready,
  output logic [31:0]          s_axil_rdata,
  output logic [1:0]           s_axil_rresp,
  output logic                 s_axil_rvalid,
  input  logic                 s_axil_rready,

  output logic [31:0]          control_o,
  input  logic [31:0]          status_i,
  input  logic                 irq_set_i,
  output logic                 irq_o
);
  localparam logic [1:0] RespOkay = 2'b00;
  localparam logic [1:0] RegControl = 2'd0, RegStatus = 2'd1, RegScratch = 2'd2, RegIrq = 2'd3;

  logic [31:0] control_reg, scratch_reg;
  logic        irq_reg;
  logic        write, read;

  // A write is taken when address and data are both there and the last response is gone.
  assign write = s_axil_awvalid && s_axil_wvalid && (!s_axil_bvalid || s_axil_bready);
  assign read  = s_axil_arvalid && (!s_axil_rvalid || s_axil_rready);

  assign s_axil_awready = write;
  assign s_axil_wready  = write;
  assign s_axil_arready = read;
  assign s_axil_bresp   = RespOkay;
  assign s_axil_rresp   = RespOkay;
  assign control_o      = control_reg;
  assign irq_o          = irq_reg;

  // Applies the byte strobes of a write.
  function automatic logic [31:0] strobe(input logic [31:0] old_value, input logic [31:0] new_value,
                                         input logic [3:0] strb);
    for (int i = 0; i < 4; i++) begin
      strobe[8*i +: 8] = strb[i] ? new_value[8*i +: 8] : old_value[8*i +: 8];
    end
  endfunction

  always_ff @(posedge clk) begin
    if (s_axil_bready) s_axil_bvalid <= 1'b0;
    if (irq_set_i) irq_reg <= 1'b1;

    if (write) begin
      s_axil_bvalid <= 1'b1;
      case (s_axil_awaddr[3:2])
        RegControl: control_reg <= strobe(control_reg, s_axil_wdata, s_axil_wstrb);
        RegScratch: scratch_reg <= strobe(scratch_reg, s_axil_wdata, s_axil_wstrb);
        RegIrq:     if (s_axil_wdata[0]) irq_reg <= 1'b0;
        default:    ;
      endcase
    end

    if (rst) begin
      s_axil_bvalid <= 1'b0;
      control_reg   <= '0;
      scratch_reg   <= '0;
      irq_reg       <= 1'b0;
    end
  end

  always_ff @(posedge clk) begin
    if (s_axil_rready) s_axil_rvalid <= 1'b0;
    if (read) begin
      s_axil_rvalid <= 1'b1;
      unique case (s_axil_araddr[3:2])
        RegControl: s_axil_rdata <= control_reg;
        RegStatus:  s_axil_rdata <= status_i;
        RegScratch: s_axil_rdata <= scratch_reg;
        RegIrq:     s_axil_rdata <= {31'd0, irq_reg};
      endcase
    end
    if (rst) s_axil_rvalid <= 1'b0;
  end
endmodule
