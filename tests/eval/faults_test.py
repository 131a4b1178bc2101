"""Faults that show in simulation: ranks, what is simulated, and (where Icarus Verilog is installed) a fault found end to end."""

import shutil
import tempfile
import unittest
from pathlib import Path

from fanin.eval.faults import Fault, rank_at_random, rank_by_distance, rank_of
from fanin.eval.rtl_text import read_checkout
from fanin.eval.server import Suspect
from fanin.eval.simulate import Port, Sources, find_designs, simulate, testbench

FAULT = Fault("wrong operator", "a.v", (10,), "")
COUNTER = """\
module counter (
  input  wire       clk,
  input  wire       rst_n,
  input  wire       en,
  input  wire [3:0] step,
  output wire [7:0] total
);
  reg [7:0] total_q;
  adder u_add (.a(total_q), .b(step), .sum());
  always @(posedge clk or negedge rst_n)
    if (!rst_n) total_q <= 8'd0;
    else if (en) total_q <= total_q + step;
  assign total = total_q;
endmodule
"""
ADDER = "module adder (input wire [7:0] a, input wire [3:0] b, output wire [7:0] sum);\n  assign sum = a + b;\nendmodule\n"


def suspect(line, distance, path="a.v"):
    return Suspect(path, line, line, "", {"distance": distance})


class Ranks(unittest.TestCase):
    def test_a_hit_holds_the_faulty_line_of_the_file(self):
        self.assertEqual(rank_of([suspect(10, 1, "b.v"), suspect(9, 1), suspect(10, 1)], FAULT), 3)
        self.assertIsNone(rank_of([suspect(9, 1)], FAULT))

    def test_equally_near_suspects_share_the_middle_place(self):
        near = [suspect(1, 0.9)]
        equal = [suspect(line, 0.5) for line in (8, 9, 10)]
        self.assertEqual(rank_by_distance([*near, *equal, suspect(20, 0.1)], FAULT), 1 + 2)
        self.assertIsNone(rank_by_distance(near, FAULT))

    def test_random_order_gives_the_expected_rank(self):
        self.assertEqual(rank_at_random([suspect(line, 0.5) for line in range(1, 20)], FAULT), 10)
        self.assertIsNone(rank_at_random([], FAULT))


class Simulation(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="fanin_eval_")
        self.addCleanup(folder.cleanup)
        self.tree = Path(folder.name) / "tree"
        self.work = Path(folder.name) / "work"
        (self.tree / "tb").mkdir(parents=True)
        (self.tree / "counter.v").write_text(COUNTER)
        (self.tree / "adder.v").write_text(ADDER)
        (self.tree / "tb/counter_tb.v").write_text("module counter_tb; counter dut(); endmodule\n")
        self.sources = Sources(self.tree, read_checkout(self.tree))

    def test_a_design_is_a_module_with_the_files_that_it_names(self):
        self.assertEqual(list(self.sources.tops()), ["adder", "counter"])
        reached, files = self.sources.closure("counter")
        self.assertEqual((sorted(reached), files), (["adder", "counter"], ["adder.v", "counter.v"]))

    def test_the_bench_drives_clock_reset_and_inputs(self):
        ports = (Port("clk", "input", 1), Port("rst_n", "input", 1), Port("d", "input", 40), Port("q", "output", 3))
        bench = testbench("m", ports, 1)
        for part in ("forever #5 clk = ~clk", "rst_n = 1'b0;", "d = {$random(seed), $random(seed)};", "wire [2:0] q;"):
            self.assertIn(part, bench)
        self.assertEqual(bench, testbench("m", ports, 1))
        self.assertNotEqual(bench, testbench("m", ports, 2))

    @unittest.skipUnless(shutil.which("iverilog"), "Icarus Verilog is not installed")
    def test_a_fault_shows_at_the_first_moment_that_differs(self):
        (design,) = find_designs(self.sources, self.work, 5, 1)
        self.assertEqual(design.top, "counter")
        self.assertIsNone(simulate(self.sources, design, "counter.v", COUNTER, self.work))
        failure = simulate(self.sources, design, "counter.v", COUNTER.replace("total_q + step", "total_q - step"), self.work)
        self.assertEqual((failure.failing, failure.passing), (("total",), ()))
        self.assertTrue(failure.wave.read_text().startswith("$date"))
        self.assertIn((str(failure.time), failure.expected), design.golden)


if __name__ == "__main__":
    unittest.main()
