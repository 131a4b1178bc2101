#!/usr/bin/env python3
"""Makes wordpiece_cases.json: texts and the ids that the tokenizers library (0.23.3) gives them, at most 32 tokens each.

    <cache>/venv/bin/python tests/retriever/data/make_wordpiece_cases.py <cache>/models/bge-small-en-v1.5/tokenizer.json
"""

import json
import sys
from pathlib import Path

from tokenizers import Tokenizer

TEXTS = [
    "",
    " \t\r\n ",
    "module",
    "always_ff @(posedge clk_i or negedge rst_ni) begin",
    "assign wr_ptr_gray = (wr_ptr >> 1) ^ wr_ptr;",
    "if (!rst_n) state_q <= IDLE; else state_q <= state_d;",
    "localparam int unsigned DepthW = $clog2(Depth + 1);",
    "  input  wire [DATA_WIDTH-1:0]   s_axis_tdata,",
    "8'hFF 32'hDEAD_BEEF 1'b0 4'bzx01 10e-9 3.14",
    "`define FANIN_ASSERT(name, prop) assert property (@(posedge clk) prop)",
    "// Round-robin arbiter: grants one of N requesters.",
    "u_core.u_alu.result_o[7:0] = '{default: '0};",
    "\\escaped+name[0] $display(\"%0d\\n\", x);",
    "naïve Größe RÉSUMÉ Ångström İstanbul ΑΒΓ ПРИВЕТ ﬁfo",
    "e\u0301 cafe\u0301 o\u0308",
    "時鐘 reset信号 フリップ 한글 和",
    "“quoted” — dash … ‰ § ¶ × ÷ ± µs Ω 10°C",
    "zero\u200bwidth soft\u00adhyphen nbsp\u00a0here bom\ufeff line\u2028sep",
    "control\u0001chars\u0007 and\u007f del \u000b vt \u0085 nel",
    "emoji 🚀 rocket 👩‍💻 zwj",
    "replacement \ufffd char",
    "a" * 100,
    "a" * 101,
    "x" + "_" * 5 + "y" * 120 + " z",
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty twenty-one twenty-two twenty-three twenty-four twenty-five twenty-six twenty-seven",
    "supercalifragilisticexpialidocious antidisestablishmentarianism",
    "~!@#$%^&*()_+`-={}|[]\\:\";'<>?,./",
    "UPPER lower MiXeD snake_case camelCase PascalCase kebab-case",
]


def main():
    tokenizer = Tokenizer.from_file(sys.argv[1])
    tokenizer.enable_truncation(32)
    cases = [{"text": text, "ids": tokenizer.encode(text).ids} for text in TEXTS]
    lines = ",\n".join("  " + json.dumps(case) for case in cases)
    Path(__file__).with_name("wordpiece_cases.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
