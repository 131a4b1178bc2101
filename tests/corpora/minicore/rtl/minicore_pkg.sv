// SPDX-License-Identifier: Apache-2.0
package minicore_pkg;
  typedef enum logic [1:0] {Boot, Run, Wait, Sleep} ctrl_e;

  typedef struct packed {
    logic        valid;
    logic        we;
    logic [31:0] addr;
  } req_t;

  function automatic logic is_aligned(input logic [31:0] addr);
    return addr[1:0] == 2'b00;
  endfunction
endpackage
