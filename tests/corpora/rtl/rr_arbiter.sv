// SPDX-License-Identifier: Apache-2.0

/// Grants one of several bus masters in turn.
module rr_arbiter
  import bus_pkg::*;
#(
  parameter int unsigned NumMasters = 4,
  parameter type         index_t    = logic [$clog2(NumMasters)-1:0]
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  req_t [NumMasters-1:0] req_i,
  output logic [NumMasters-1:0] gnt_o,
  bus_if.master                 bus
);

  typedef enum logic [1:0] {Idle, Busy, Turn} state_e;

  state_e state_q, state_d;
  index_t owner_q, owner_d;
  logic [NumMasters-1:0] active;

  for (genvar i = 0; i < NumMasters; i++) begin : gen_active
    assign active[i] = is_active(req_i[i]);
  end

  // Next owner and state.
  always_comb begin
    state_d = state_q;
    owner_d = owner_q;
    gnt_o   = '0;
    unique case (state_q)
      Idle: begin
        for (int unsigned i = 0; i < NumMasters; i++) begin
          if (active[i]) owner_d = index_t'(i);
        end
        if (|active) state_d = Busy;
      end
      Busy: begin
        gnt_o[owner_q] = bus.gnt;
        if (bus.rsp.valid) begin
          state_d = Turn;
        end else if (!active[owner_q]) begin
          state_d = Idle;
        end
      end
      Turn:    state_d = Idle;
      default: state_d = Idle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
      owner_q <= '0;
    end else begin
      state_q <= state_d;
      owner_q <= owner_d;
    end
  end

  assign bus.req = state_q == Busy ? req_i[owner_q] : '0;

`ifndef SYNTHESIS
  initial begin
    if (NumMasters < 2) $fatal(1, "one master needs no arbiter");
  end
`endif
endmodule
