// SPDX-License-Identifier: Apache-2.0
module stage (
    input logic      en_i,
    stream_if.sink   in,
    stream_if.source out
);
  assign out.valid = in.valid && en_i;
  assign out.data  = in.data;
  assign in.ready  = out.ready;
endmodule
