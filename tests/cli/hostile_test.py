"""Hostile RTL: bounded by limits that are named, and the rest of the repository is indexed and answers."""

import harness

LEVELS = 3000
WIDE = 1_000_000


class Hostile(harness.FaninTest):
    def index_beside_good(self, path, text):
        """Indexes the fixture with one hostile file, and finds what stands beside it. Returns the summary's text."""
        self.write(path, text)
        out = self.index().out
        found = self.run_fanin("search", "kind:module name:gray_fifo", "--json").json["results"]
        self.assertEqual([result["node"]["name"] for result in found], ["gray_fifo"])
        self.run_fanin("doctor")
        return out

    def names_of(self, kind, path):
        rows = self.run_fanin("query", f"MATCH (n:{kind} {{path: '{path}'}}) RETURN n.name", "--json").json["rows"]
        return [row["values"][0]["stringValue"] for row in rows]

    def test_a_macro_that_expands_to_billions_of_tokens(self):
        bomb = "`define A0 x\n" + "".join(f"`define A{i} " + f"`A{i - 1} " * 8 + "\n" for i in range(1, 12))
        self.index_beside_good("rtl/bomb.sv", bomb + "module bomb; wire `A11; endmodule\nmodule after; endmodule\n")
        self.assertEqual(self.names_of("Module", "rtl/bomb.sv"), ["bomb", "after"])

    def test_macros_of_themselves(self):
        self.index_beside_good("rtl/self.sv", "`define X `Y\n`define Y `X\nmodule m; wire `X; endmodule\nmodule n; endmodule\n")
        self.assertEqual(self.names_of("Module", "rtl/self.sv"), ["m", "n"])

    def test_deep_nesting_is_refused_by_name(self):
        text = "module deep(output y);\n assign y = " + "{" * LEVELS + "a" + "}" * LEVELS + ";\nendmodule\n"
        out = self.index_beside_good("rtl/deep.sv", text)
        self.assert_names(out, "rtl/deep.sv", "nested deeper than", "line 2")

    def test_an_endless_expression_is_refused_by_name(self):
        text = "module endless(output y);\n assign y = " + " + ".join(["a"] * 200_000) + ";\nendmodule\n"
        self.assert_names(self.index_beside_good("rtl/endless.sv", text), "rtl/endless.sv", "expression of more than", "line 2")

    def test_modules_that_hold_themselves(self):
        self.index_beside_good(
            "rtl/ring.sv",
            "module ping(input p, output q); pong u(.p(p), .q(q)); endmodule\n"
            "module pong(input p, output q); ping u(.p(p), .q(q)); endmodule\n",
        )
        self.assert_names(self.run_fanin("tree", "ping", "--depth", 60).out, "inside itself")
        self.run_fanin("trace", "fanin", "ping.q", "--depth", 60)

    def test_vectors_of_a_million_bits_and_absurd_indexes(self):
        self.index_beside_good(
            "rtl/wide.sv",
            f"module wide(input [{WIDE - 1}:0] a, output [{WIDE}:0] b);\n"
            f"  assign b[5:0] = a[{WIDE - 1}:{WIDE - 6}];\n  assign b[{WIDE}] = a[64'hffff_ffff_ffff_ffff];\n"
            "  wire [99999999999999999999:0] huge;\n  assign b[6] = huge[99999999999999999999];\nendmodule\n",
        )
        self.assert_names(self.run_fanin("trace", "fanin", "wide.b").out, "wide.a", "wide.huge", f"[{WIDE - 1}:{WIDE - 6}]")

    def test_loops_without_an_end_are_not_unrolled(self):
        self.index_beside_good(
            "rtl/loops.sv",
            "module loops(input [1:0] d);\n"
            "  for (genvar i = 0; i < 1000000000; i++) begin : many\n    wire w; assign w = d[i];\n  end\n"
            "  for (genvar i = 0; i < 2; i = i) begin : endless\n    wire z;\n  end\nendmodule\n",
        )
        self.assertEqual(self.names_of("Signal", "rtl/loops.sv")[-1], "z")

    def test_a_case_of_ten_thousand_items_and_a_name_of_many_letters(self):
        items = "".join(f"    {i}: y = s[{i % 32}];\n" for i in range(10_000))
        name = "m" * 50_000
        self.index_beside_good(
            "rtl/big.sv",
            f"module big(input [31:0] s, output reg y);\n  always @* case (s)\n{items}  endcase\nendmodule\nmodule {name}; endmodule\n",
        )
        self.assertEqual(self.names_of("Module", "rtl/big.sv"), ["big", name])


if __name__ == "__main__":
    harness.main()
