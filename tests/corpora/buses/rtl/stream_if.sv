// SPDX-License-Identifier: Apache-2.0
interface stream_if;
  logic       valid;
  logic       ready;
  logic [7:0] data;
  modport source(output valid, data, input ready);
  modport sink(input valid, data, output ready);
endinterface
