// SPDX-License-Identifier: Apache-2.0

interface bus_if import bus_pkg::*; (input logic clk_i);
  req_t req;
  rsp_t rsp;
  logic gnt;

  modport master (output req, input rsp, gnt);
  modport slave (input req, output rsp, gnt);

  clocking cb @(posedge clk_i);
    input rsp, gnt;
    output req;
  endclocking
endinterface
