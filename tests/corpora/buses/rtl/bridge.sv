// SPDX-License-Identifier: Apache-2.0
module inverter (
    input  logic d_i,
    output logic q_o
);
  assign q_o = ~d_i;
endmodule

// Connects members of its interfaces to plain ports.
module bridge (
    stream_if.sink   in,
    stream_if.source out
);
  inverter u_inverter (
      .d_i(in.valid),
      .q_o(out.valid)
  );
endmodule

`define COPY_STREAM(to, from)     \
  assign to.valid = from.valid;   \
  assign to.data  = from.data;    \
  assign from.ready = to.ready;

// Copies by a macro, whose text names no member.
module copier (
    stream_if.sink   in,
    stream_if.source out
);
  `COPY_STREAM(out, in)
endmodule
