// SPDX-License-Identifier: Apache-2.0
module buses (
    input  logic clk_i,
    input  logic go_a_i,
    input  logic go_b_i,
    input  logic en_i,
    input  logic take_a_i,
    input  logic take_c_i,
    output logic seen_a_o,
    output logic seen_c_o,
    output logic valid_b_o,
    output logic seen_d_o,
    output logic seen_e_o
);
  stream_if a ();
  stream_if b ();
  stream_if c ();
  stream_if d ();
  stream_if e ();

  wrapper u_wrapper (
      .clk_i,
      .go_i(go_a_i),
      .out (a)
  );
  consumer u_consumer_a (
      .s     (a),
      .take_i(take_a_i),
      .seen_o(seen_a_o)
  );

  producer u_producer (
      .clk_i,
      .go_i   (go_b_i),
      .other_i(en_i),
      .m      (b)
  );
  stage u_stage (
      .en_i,
      .in (b),
      .out(c)
  );
  consumer u_consumer_c (
      .s     (c.sink),
      .take_i(take_c_i),
      .seen_o(seen_c_o)
  );
  bridge u_bridge (
      .in (b),
      .out(d)
  );
  inverter u_last (
      .d_i(d.valid),
      .q_o(seen_d_o)
  );
  copier u_copier (
      .in (d),
      .out(e)
  );
  assign seen_e_o  = e.valid;
  assign valid_b_o = b.valid;
endmodule
