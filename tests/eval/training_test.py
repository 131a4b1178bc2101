"""fanin.train: which comments become pairs, what their passages still show, what counts as a copy, the file of layers."""

import importlib.util
import tempfile
import unittest
from pathlib import Path

import numpy
from fanin.eval.checkouts import Source
from fanin.train import tuned_file
from fanin.train.near_duplicates import NearDuplicates
from fanin.train.pairs import mine

ROOT = Path(__file__).resolve().parents[2]
COUNTER = """\
// Copyright somebody. Licensed under something long enough to be a query.

// Purpose: counts events and stays at the top
// Author: somebody
module evt_counter (
  input  wire       clk,   // everything here runs on this clock
  input  wire       hit,   // one pulse for each event seen upstream
  output reg  [7:0] total
);
  // Stop at the highest total instead of wrapping around
  always @(posedge clk)
    if (hit) begin
      if (total != 8'hff) total <= total + 1;  // another one has been seen
    end

  // total <= hit ? total + 1 : total;
  assign unused = "// no comment in here, just a string";
endmodule
"""


class Pairs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory(prefix="fanin_train_") as name:
            folder = Path(name)
            (folder / "rtl").mkdir()
            (folder / "rtl/evt.v").write_text(COUNTER, encoding="utf-8")
            (folder / "rtl/foreign.v").write_text(f"// GNU General Public License\n{COUNTER}", encoding="utf-8")
            cls.mined = mine(Source("evt", folder / "rtl"), folder / "work")
        cls.pairs = {pair.query: pair for pair in cls.mined.pairs}

    def test_every_comment_that_says_something_is_a_question(self):
        levels = {query: pair.level for query, pair in self.pairs.items()}
        self.assertEqual(
            levels,
            {
                "counts events and stays at the top": "module",
                "everything here runs on this clock": "signal",
                "one pulse for each event seen upstream": "signal",
                "Stop at the highest total instead of wrapping around": "block",
                "another one has been seen": "line",
                "evt counter": "name",
            },
        )

    def test_passage_is_as_it_is_embedded_without_the_comment_that_asks(self):
        self.assertEqual(
            self.pairs["Stop at the highest total instead of wrapping around"].passage,
            "module evt_counter\n"
            "// Purpose: counts events and stays at the top\n"
            "// Author: somebody\n"
            "module evt_counter (\n"
            "input wire clk, // everything here runs on this clock\n"
            "input wire hit, // one pulse for each event seen upstream\n"
            "output reg [7:0] total\n"
            ");\n"
            "always @(posedge clk)\n"
            "if (hit) begin\n"
            "if (total != 8'hff) total <= total + 1; // another one has been seen\n"
            "end\n"
            "// total <= hit ? total + 1 : total;\n"
            'assign unused = "// no comment in here, just a string";\n'
            "endmodule",
        )

    def test_other_comments_stay(self):
        passage = self.pairs["one pulse for each event seen upstream"].passage
        self.assertIn("everything here runs on this clock", passage)
        self.assertNotIn("one pulse", passage)

    def test_masked_question_has_no_word_of_the_code(self):
        self.assertEqual(self.pairs["Stop at the highest total instead of wrapping around"].masked, "Stop at the highest instead of wrapping around")

    def test_passage_of_a_name_is_without_it(self):
        self.assertNotIn("evt_counter", self.pairs["evt counter"].passage)

    def test_file_of_another_licence_is_left_out(self):
        self.assertEqual(self.mined.dropped, 1)
        self.assertEqual({pair.place.split(":")[0] for pair in self.mined.pairs}, {"evt.v"})


class Copies(unittest.TestCase):
    def test_text_with_one_name_changed_is_a_copy_and_another_text_is_none(self):
        texts = NearDuplicates([COUNTER])
        self.assertFalse(texts.add(COUNTER.replace("wrapping", "overflowing")))
        self.assertTrue(texts.add("module fifo (input clk, input push, output full);\n assign full = count == 8;\nendmodule"))
        self.assertFalse(texts.add("module fifo (input clk, input push, output full);\n assign full = count == 8;\nendmodule"))


class TunedFile(unittest.TestCase):
    def test_set_up_reads_what_training_wrote_to_half_a_step(self):
        draw = numpy.random.default_rng(1)
        name = "encoder.layer.11.output.dense"
        weights = {f"{name}.weight": draw.normal(size=(4, 6)).astype("f4"), f"{name}.bias": draw.normal(size=4).astype("f4")}
        specification = importlib.util.spec_from_file_location("prepare_model", ROOT / "scripts/prepare_model.py")
        prepare_model = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(prepare_model)
        with tempfile.TemporaryDirectory(prefix="fanin_train_") as folder:
            path = Path(folder) / "layers.safetensors"
            tuned_file.write(path, tuned_file.quantised(weights))
            tensors = prepare_model.read_safetensors(path)
        numpy.testing.assert_array_equal(tensors[f"{name}.bias"], weights[f"{name}.bias"])
        restored = tuned_file.restored(tensors)[f"{name}.weight"]
        error = numpy.abs(restored - weights[f"{name}.weight"])
        self.assertTrue((error <= tensors[f"{name}.weight_scale"][:, None] * 0.501).all())


if __name__ == "__main__":
    unittest.main()
