// SPDX-License-Identifier: Apache-2.0
interface bus_if;
  logic        req;
  logic        gnt;
  logic [31:0] addr;
  modport master(output req, addr, input gnt);
  modport slave(input req, addr, output gnt);
endinterface
