// SPDX-License-Identifier: Apache-2.0
`ifndef FIFO_MACROS_SVH
`define FIFO_MACROS_SVH

// Checks a property in simulation only.
`ifdef SYNTHESIS
`define FIFO_ASSERT(name, clk, rst_n, prop)
`else
`define FIFO_ASSERT(name, clk, rst_n, prop) \
  name: assert property (@(posedge clk) disable iff (!rst_n) prop) \
    else $error("%s failed", `"name`");
`endif

`endif
