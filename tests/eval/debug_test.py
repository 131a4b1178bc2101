"""Debugging: what fixes are taken from history, what faults are made and what they reach, and both located end to end."""

import json
import tempfile
import unittest
from pathlib import Path

import support
from fanin.eval import report
from fanin.eval.__main__ import main
from fanin.eval.checkouts import Source
from fanin.eval.debug import smallest_around
from fanin.eval.fixes import find_fixes
from fanin.eval.mutations import OPERATORS, SWAPPED_PORTS, Dataflow, build_mutations
from fanin.eval.rtl_text import RtlFile, read_checkout
from fanin.eval.server import Passage

COUNTER = """\
module evt (
  input  wire       clk,
  input  wire       rst_n,
  input  wire [3:0] step,
  output reg  [7:0] total,
  output wire       full,
  output wire       other
);
  reg [7:0] next;
  wire top_bit = total[7];
  always @* begin
    case (step)
      4'd0: next = total;
      default: next = total + 1;
    endcase
  end
  always @(posedge clk) begin
    if (!rst_n) begin
      total <= 8'd0;
    end else if (step <= 4'd9 && !full) begin
      total <= next;
    end
  end
  assign full = top_bit;
  assign other = clk;
  sub u_sub (
    .a(next),
    .b(full),
    .c(clk)
  );
endmodule
"""


class Faults(unittest.TestCase):
    def test_each_operator_changes_what_its_name_says(self):
        for operator, before, after in (
            ("wrong operator", "  x = a + b;", "  x = a - b;"),
            ("wrong operator", "  if (a == b)", "  if (a != b)"),
            ("negated condition", "if (a && (b || c)) x = 1;", "if (!(a && (b || c))) x = 1;"),
            ("swapped operands", "x <= count - offset;", "x <= offset - count;"),
            ("off by one", "if (n == 4'd9)", "if (n == 4'd10)"),
            ("off by one", "x <= n + 1;", "x <= n + 2;"),
            ("wrong edge", "always @(posedge clk)", "always @(negedge clk)"),
            ("missing reset", "    if (!rst_ni) begin", "    if (1'b0) begin"),
            ("blocking for nonblocking", "  q[1] <= d;", "  q[1] = d;"),
            ("wrong width", "  wire [W-1:0] x;", "  wire [W-2:0] x;"),
            ("wrong width", "  reg [7:0] x;", "  reg [6:0] x;"),
            ("dropped case item", "  IDLE: next = BUSY;", ""),
        ):
            self.assertEqual(OPERATORS[operator](before), after, operator)

    def test_operators_leave_alone_what_they_do_not_mean(self):
        for operator, line in (
            ("wrong operator", "  x <= y;"),
            ("missing reset", "  if (burst_active)"),
            ("blocking for nonblocking", "  if (a <= b)"),
            ("off by one", "  x = 8'hff;"),
            ("wrong width", "  assign x = y[7:0];"),
            ("dropped case item", "  default: next = IDLE;"),
            ("swapped operands", "  x <= a + b;"),
        ):
            self.assertIsNone(OPERATORS[operator](line), (operator, line))

    def test_dataflow_follows_blocks_and_declarations_to_outputs(self):
        file = RtlFile("evt.v", COUNTER)
        flow = Dataflow(file, file.definitions[0])
        self.assertEqual(flow.outputs, {"total", "full", "other"})
        self.assertEqual(flow.targets_at(14), {"next"})
        self.assertEqual(flow.targets_at(20), {"total"})
        self.assertEqual(flow.reached_outputs({"next"}), ["total", "full"])
        self.assertEqual(flow.reached_outputs({"nothing"}), [])

    def test_faults_keep_the_number_of_lines_and_differ_where_they_say(self):
        mutations = build_mutations([RtlFile("evt.v", COUNTER)], 3, 1)
        self.assertIn(SWAPPED_PORTS, {mutation.operator for mutation in mutations})
        self.assertGreater(len({mutation.operator for mutation in mutations}), 6)
        original = COUNTER.split("\n")
        for mutation in mutations:
            changed = [i + 1 for i, (a, b) in enumerate(zip(mutation.text.split("\n"), original, strict=True)) if a != b]
            expected = [mutation.line, mutation.line + 1] if mutation.operator == SWAPPED_PORTS else [mutation.line]
            self.assertEqual(changed, expected, mutation.operator)
            self.assertIn(mutation.symptom, ("total", "full"))

    def test_seed_decides_where(self):
        files = read_checkout(support.CORPORA / "rtl")
        places = [[(one.operator, one.path, one.line) for one in build_mutations(files, 2, seed)] for seed in (1, 1, 2)]
        self.assertEqual(places[0], places[1])
        self.assertNotEqual(places[0], places[2])

    def test_statement_is_shown_in_the_smallest_passage_around_it(self):
        passages = [Passage("a.v", 1, 50, ""), Passage("a.v", 10, 20, ""), Passage("b.v", 12, 12, "")]
        self.assertEqual(smallest_around(Passage("a.v", 12, 12, ""), passages), passages[1])
        self.assertIsNone(smallest_around(Passage("c.v", 1, 1, ""), passages))


class History(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="fanin_eval_")
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.repository = support.GitRepository(self.root / "repo")
        self.commit = self.repository.commit
        self.commit("start", {"evt.v": COUNTER, "sub.v": "module sub;\nendmodule\n"})

    def test_only_small_fixes_of_one_rtl_file_are_taken(self):
        fixed = COUNTER.replace("total + 1", "total + step")
        self.commit("evt: fix increment, count the whole step\n\nSigned-off-by: T <t@t>", {"evt.v": fixed, "doc.md": "x"})
        self.commit("fix a typo in evt", {"evt.v": fixed.replace("other", "spare")})
        self.commit("add a feature to sub", {"sub.v": "module sub;\nwire a;\nendmodule\n"})
        self.commit("fix both of the modules", {"sub.v": "module sub;\nendmodule\n", "evt.v": COUNTER})
        self.commit("fix sub by a rewrite", {"sub.v": "module sub;\n" + "wire a;\n" * 30 + "endmodule\n"})
        (fix,) = find_fixes(Source("repo", self.repository.path, "HEAD"), 10, 1)
        self.assertEqual((fix.path, fix.lines), ("evt.v", (14,)))
        self.assertEqual(fix.text, "evt: fix increment, count the whole step")

    def test_faults_and_fixes_are_located_end_to_end_and_the_tree_is_restored(self):
        self.commit("evt: fix increment, count the whole step", {"evt.v": COUNTER.replace("total + 1", "total + step")})
        places = ["--work", f"{self.root}/work", "--out", f"{self.root}/out"]
        source = f"repo={self.repository.path}@HEAD"
        self.assertEqual(main(["debug", *places, "--no-embed", "--per-operator", "1", source]), 0)
        _, *rows = [json.loads(line) for line in (self.root / "out/debug-repo.jsonl").read_text().splitlines()]
        fixes = [row for row in rows if row["kind"] == "fix"]
        self.assertEqual([row["ranks"]["Fanin"] is not None for row in fixes], [True])
        mutants = [row for row in rows if row["kind"] == "mutation"]
        self.assertGreater(len(mutants), 4)
        for row in mutants:
            if row["operator"] in ("wrong operator", "blocking for nonblocking"):
                self.assertIsNotNone(row["ranks"]["Fanin fan-in"], row)
            self.assertIsNotNone(row["ranks"]["module in order"], row)
        self.assertEqual((self.root / "work/repo/mutant/evt.v").read_text(), (self.repository.path / "evt.v").read_text())
        self.assertIn("### Debug, mutations by operator", report.debug_report(rows))


if __name__ == "__main__":
    unittest.main()
