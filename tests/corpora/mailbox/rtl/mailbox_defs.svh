// SPDX-License-Identifier: Apache-2.0
`ifndef MAILBOX_DEFS_SVH
`define MAILBOX_DEFS_SVH

// Number of words that a queue holds, as a power of two.
`define MAILBOX_DEPTH_LOG2 3

// A register with asynchronous reset.
`define MAILBOX_FF(q, d, clk, rst_n, value) \
  always_ff @(posedge clk or negedge rst_n) begin \
    if (!rst_n) q <= value; \
    else q <= d; \
  end

`endif
