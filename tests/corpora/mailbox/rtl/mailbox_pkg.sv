// SPDX-License-Identifier: Apache-2.0
// Types that both sides of a mailbox share.
package mailbox_pkg;

  parameter int unsigned WordWidth = 32;

  // What a message is about.
  typedef enum logic [1:0] {
    MsgNone,
    MsgData,
    MsgInterrupt,
    MsgError
  } msg_kind_e;

  // One word on its way, with its kind.
  typedef struct packed {
    msg_kind_e            kind;
    logic [WordWidth-1:0] word;
  } msg_t;

endpackage
