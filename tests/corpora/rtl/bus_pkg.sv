// SPDX-License-Identifier: Apache-2.0

/// Types of the on-chip bus.
package bus_pkg;
  parameter int AddrWidth = 12;
  parameter int DataWidth = 32;

  typedef logic [AddrWidth-1:0] addr_t;
  typedef logic [DataWidth-1:0] data_t;

  /// What a request asks for.
  typedef enum logic [1:0] {
    OpIdle  = 2'd0,
    OpRead  = 2'd1,
    OpWrite = 2'd2
  } op_e;

  typedef struct packed {
    op_e   op;
    addr_t addr;
    data_t data;
  } req_t;

  typedef struct packed {
    logic  valid;
    logic  error;  // no such address
    data_t data;
  } rsp_t;

  function automatic logic is_active(req_t req);
    return req.op != OpIdle;
  endfunction
endpackage
