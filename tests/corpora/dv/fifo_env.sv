// SPDX-License-Identifier: Apache-2.0

package fifo_env_pkg;
  import base_env_pkg::*;

  typedef enum {Push, Pop} kind_e;

  /// One push or pop.
  class fifo_item extends base_item;
    rand kind_e    kind;
    rand bit [7:0] data;
    int unsigned   delay_cycles;

    constraint delay_c { delay_cycles inside {[0:10]}; }

    function new(string name = "fifo_item");
      super.new(name);
    endfunction

    virtual function bit agrees(fifo_item other);
      return other.data == data && kind == Push;
    endfunction
  endclass

  class fifo_scoreboard;
    bit [7:0] expected[$];
    int       errors;

    covergroup cg with function sample(int level);
      coverpoint level { bins low = {[0:3]}; bins high = default; }
    endgroup

    task push(input bit [7:0] data);
      expected.push_back(data);
    endtask

    function bit check(input bit [7:0] data, output bit [7:0] wanted);
      wanted = expected.pop_front();
      if (wanted != data) begin
        errors++;
        return 0;
      end
      return 1;
    endfunction
  endclass

  class logging_scoreboard extends fifo_scoreboard;
    task report();
      $display("errors: %0d", errors);
    endtask
  endclass
endpackage
