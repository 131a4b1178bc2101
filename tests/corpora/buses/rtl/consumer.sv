// SPDX-License-Identifier: Apache-2.0
module consumer (
    stream_if.sink s,
    input  logic   take_i,
    output logic   seen_o
);
  assign seen_o  = s.valid;
  assign s.ready = take_i;
endmodule
