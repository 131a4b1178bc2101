#!/usr/bin/env python3
"""Writes small designs that are hard to elaborate, one folder each: make_hostile_designs.py FOLDER.

In each `top` instantiates `bad` and a sound module `ok`. docs/results.md has what they cost.
"""

import sys
from pathlib import Path

OK = "module ok (input logic a, output logic y); assign y = ~a; endmodule\n"
TOP = """module top (input logic a, output logic y);
  logic [65534:0] q;
  {instance}
  ok u_ok (.a(a), .y(y));
endmodule
"""


def designs() -> dict[str, tuple[str, str]]:
    """By name the text of `bad`, and its instance."""
    many, items = 100_000, 50_000
    function = "module bad #(int N = 0) (output logic [31:0] y);\n  function automatic int f(int n);\n    int r = 0;\n"
    ports = ",\n".join(f"  input logic p{i}" for i in range(many))
    connections = ", ".join(f".p{i}(a)" for i in range(many))
    arms = "\n".join(f"    32'd{i}: y = 32'd{i * 7 % 65536};" for i in range(items))
    instances = "\n".join(f"  ok u{i} (.a(a), .y(y[{i}]));" for i in range(items))
    members = ", ".join(f"E{i}" for i in range(many))
    return {
        "ports": (f"module bad (\n{ports}\n);\nendmodule\n", f"bad u_bad ({connections});"),
        "case": (
            f"module bad (input logic [31:0] s, output logic [31:0] y);\n  always_comb case (s)\n{arms}\n"
            "    default: y = 0;\n  endcase\nendmodule\n",
            "bad u_bad (.s({32{a}}), .y(q[31:0]));",
        ),
        "instances": (
            f"module bad (input logic a, output logic [{items - 1}:0] y);\n{instances}\nendmodule\n",
            f"bad u_bad (.a(a), .y(q[{items - 1}:0]));",
        ),
        "replication": (
            "module bad (output logic y);\n  localparam X = {16000001{1'b1}};\n  assign y = X[0];\nendmodule\n",
            "bad u_bad (.y(q[0]));",
        ),
        "string": (
            'module bad (output logic y);\n  localparam string S = {1000000000{"abcdefgh"}};\n'
            "  assign y = S.len() > 3;\nendmodule\n",
            "bad u_bad (.y(q[0]));",
        ),
        "endless": (
            function + "    while (1) r++;\n    return r;\n  endfunction\n  localparam int X = f(N);\n"
            "  assign y = X;\nendmodule\n",
            "bad u_bad (.y(q[31:0]));",
        ),
        "specialisations": (
            function + "    for (int i = 0; i < 1000000; i++) r += i;\n    return r;\n  endfunction\n"
            "  localparam int X = f(N);\n  assign y = X;\nendmodule\n",
            "for (genvar i = 0; i < 2000; i++) begin : g\n    logic [31:0] x;\n    bad #(i) u_bad (.y(x));\n  end",
        ),
        "array_in_function": (
            "module bad (output logic y);\n  typedef int t [100000000];\n  function automatic t f();\n    t r;\n"
            "    for (int i = 0; i < 10; i++) r[i] = i;\n    return r;\n  endfunction\n  localparam t X = f();\n"
            "  assign y = X[3][0];\nendmodule\n",
            "bad u_bad (.y(q[0]));",
        ),
        "enum": (
            f"module bad (output logic [31:0] y);\n  typedef enum logic [31:0] {{{members}}} e_t;\n  e_t e;\n"
            "  assign y = e;\nendmodule\n",
            "bad u_bad (.y(q[31:0]));",
        ),
        "enum_range": (
            "module bad (output logic [31:0] y);\n  typedef enum logic [31:0] {E[2000000000]} e_t;\n  e_t e;\n"
            "  assign y = e;\nendmodule\n",
            "bad u_bad (.y(q[31:0]));",
        ),
        "array": (
            "module bad (input logic a, output logic [65534:0] y);\n  ok u [65534:0] (.a(a), .y(y));\nendmodule\n",
            "bad u_bad (.a(a), .y(q));",
        ),
        "array_of_three_dimensions": (
            "module bad (input logic a);\n  ok u [255:0][255:0][255:0] (.a(a), .y());\nendmodule\n",
            "bad u_bad (.a(a));",
        ),
        "generates": (
            "module bad (input logic a);\n  for (genvar i = 0; i < 60000; i++) begin : g\n"
            "    for (genvar j = 0; j < 60000; j++) begin : h\n      logic x;\n      assign x = a;\n    end\n  end\n"
            "endmodule\n",
            "bad u_bad (.a(a));",
        ),
        "mutual": (
            "module bad (input logic a); worse u (.a(a)); endmodule\n"
            "module worse (input logic a); bad u (.a(a)); endmodule\n",
            "bad u_bad (.a(a));",
        ),
        "mutual_growing": (
            "module bad #(int N = 0) (input logic a); worse #(N + 1) u (.a(a)); endmodule\n"
            "module worse #(int N = 0) (input logic a); bad #(N + 1) u (.a(a)); endmodule\n",
            "bad u_bad (.a(a));",
        ),
        "tree": (
            "".join(
                f"module t{i} #(int N = 0) (input logic a); t{i + 1} #(2 * N) u0 (.a(a)); "
                f"t{i + 1} #(2 * N + 1) u1 (.a(a)); endmodule\n"
                for i in range(40)
            )
            + "module t40 #(int N = 0) (input logic a); endmodule\n",
            "t0 #(1) u_bad (.a(a));",
        ),
    }


def main() -> int:
    """Writes them."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    for name, (bad, instance) in designs().items():
        folder = Path(sys.argv[1]) / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "top.sv").write_text(bad + OK + TOP.format(instance=instance), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
