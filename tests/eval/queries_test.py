"""Queries from doc comments, from messages of commits and from HDLSearch's JSON: what becomes one, what is masked, what is blanked, where gold is."""

import json
import tempfile
import unittest
from pathlib import Path

import support
from fanin.eval import hdlsearch
from fanin.eval.checkouts import Source
from fanin.eval.commit_queries import build_commit_queries
from fanin.eval.rtl_text import RtlFile, Span
from fanin.eval.search_queries import build_queries, copy_checkout, mask

COUNTER = """\
// Copyright somebody. Licensed under something long enough to be a query.

`default_nettype none
/*
 * Saturating event counter with a sticky overflow flag
 */
module evt_counter (
  input  wire       clk,   // everything here runs on this clock
  input  wire       hit,   // one pulse for each event seen upstream
  output reg  [7:0] total
);
  // Stop at the highest value instead of wrapping around
  always @(posedge clk)
    if (hit) begin
      if (total != 8'hff) total <= total + 1;
    end
    else total <= total;

  // total <= hit ? total + 1 : total;
  assign unused = "// no comment in here, just a string";
endmodule
"""


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="fanin_eval_")
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


class DocComments(Folder):
    def queries(self, **keywords):
        return build_queries(self.root, **keywords)

    def by_level(self, level):
        return [query for query in self.queries().queries if query.level == level]

    def test_header_comment_asks_for_the_module_with_its_comment(self):
        self.write("evt.v", COUNTER)
        (query,) = self.by_level("module")
        self.assertEqual(query.written, "Saturating event counter with a sticky overflow flag")
        self.assertEqual(query.gold, (Span("evt.v", 4, 21),))

    def test_comment_above_asks_for_the_whole_statement_with_its_else(self):
        self.write("evt.v", COUNTER)
        (query,) = self.by_level("block")
        self.assertEqual(query.gold, (Span("evt.v", 13, 17),))

    def test_trailing_comment_asks_for_the_line_that_declares(self):
        self.write("evt.v", COUNTER)
        self.assertEqual(
            {(query.written, query.gold) for query in self.by_level("signal")},
            {
                ("everything here runs on this clock", (Span("evt.v", 8, 8),)),
                ("one pulse for each event seen upstream", (Span("evt.v", 9, 9),)),
            },
        )

    def test_comment_alone_above_asks_for_the_one_declaration_below_it(self):
        one = "module m (\n  input clk\n);\n  // Oldest entry that still waits for service\n  reg [3:0] tail;\n"
        self.write("one.v", one + "endmodule\n")
        self.write("run.v", one.replace("Oldest", "Newest") + "  reg [3:0] head;\nendmodule\n")
        self.assertEqual([query.gold for query in self.by_level("signal")], [(Span("one.v", 5, 5),)])

    def test_what_means_nothing_once_masked_asks_nothing(self):
        self.write("a.v", "module m (\n  input wire full, // the full signal is not used here\n  input clk\n);\nendmodule\n")
        self.assertEqual(self.by_level("signal"), [])

    def test_comments_equal_once_masked_are_one_question_for_all_that_they_describe(self):
        line = "  input wire {0}, // {0} of the newest packet in flight\n"
        self.write("a.v", "module m (\n" + line.format("tag") + line.format("len") + "  input clk\n);\nendmodule\n")
        (query,) = self.by_level("signal")
        self.assertEqual(query.gold, (Span("a.v", 2, 2), Span("a.v", 3, 3)))

    def test_licences_code_and_strings_become_no_query(self):
        self.write("evt.v", COUNTER)
        written = " ".join(query.written for query in self.queries().queries)
        for absent in ("Copyright", "total <=", "no comment"):
            self.assertNotIn(absent, written)

    def test_masking_removes_identifiers_and_their_parts_in_any_case(self):
        self.assertEqual(mask("The Counter of evtCounter counts events", ("evt_counter",)), "The of counts events")
        self.write("evt.v", COUNTER)
        (query,) = self.by_level("module")
        self.assertEqual(query.masked, "Saturating event with a sticky overflow flag")

    def test_blanking_removes_the_comments_asked_for_and_moves_no_line(self):
        self.write("evt.v", COUNTER)
        blanked = self.queries().blanked["evt.v"]
        self.assertEqual(blanked.count("\n"), COUNTER.count("\n"))
        for query in self.queries().queries:
            self.assertNotIn(query.written, blanked)
        self.assertIn("// total <= hit", blanked)
        self.assertEqual(blanked.split("\n")[12], COUNTER.split("\n")[12])

    def test_copy_has_the_blanked_texts_and_no_git_folder(self):
        self.write("a/evt.v", COUNTER)
        self.write("a/.git/config", "secret")
        self.write("a/doc.md", "kept")
        copy_checkout(self.root / "a", self.root / "b", {"evt.v": "blanked"})
        self.assertEqual((self.root / "b/evt.v").read_text(), "blanked")
        self.assertEqual((self.root / "b/doc.md").read_text(), "kept")
        self.assertFalse((self.root / "b/.git").exists())

    def test_copies_of_the_gold_all_answer(self):
        self.write("evt.v", COUNTER)
        self.write("vendor/evt.v", COUNTER.replace("Saturating", "Another saturating"))
        golds = {query.written.split()[0]: query.gold for query in self.by_level("module")}
        self.assertEqual(set(golds["Saturating"]), set(golds["Another"]))
        self.assertEqual({span.path for span in golds["Another"]}, {"evt.v", "vendor/evt.v"})

    def test_seed_decides_what_is_drawn(self):
        for i in range(30):
            self.write(f"m{i}.v", f"// unit that serves {'abcdefghij'[i % 10] * 4} number {i}\nmodule m{i};\nendmodule\n")
        drawn = [[query.identity for query in self.queries(per_level=5, seed=seed).queries] for seed in (1, 1, 2)]
        self.assertEqual(len(drawn[0]), 5)
        self.assertEqual(drawn[0], drawn[1])
        self.assertNotEqual(drawn[0], drawn[2])


class Text(unittest.TestCase):
    def test_statements_end_where_they_end(self):
        text = "always_comb begin case (s) 1: begin a = 1; end default: a = 0; endcase end assign b = a;"
        file = RtlFile("t.sv", text)
        begin, end = file.block_after(0)
        self.assertEqual(text[begin:end], text[: text.index(" assign")])
        begin, end = file.block_after(end)
        self.assertEqual(text[begin:end], "assign b = a;")

    def test_declared_name_is_found_behind_ranges_and_only_there(self):
        file = RtlFile("t.sv", "  input logic [W-1:0] data_i,\n  wire [3:0] mem [0:7];\n  q <= d;\n  assign a = b;\n")
        self.assertEqual([file.declared_on(line) for line in (1, 2, 3, 4)], ["data_i", "mem", None, None])


class HdlSearch(Folder):
    def test_gold_is_where_the_checkout_has_it_and_the_rest_is_counted(self):
        self.write("checkout/evt.v", COUNTER)
        block = "always @(posedge clk)\n if (hit) begin if (total != 8'hff) total <= total + 1; end"
        self.write(
            "repository.json",
            json.dumps(
                [
                    {
                        "module_id": "evt_counter",
                        "module_description": "counts events",
                        "block_descriptions": [
                            {"code": block, "description": "adds one to total"},
                            {"code": "assign x = y;", "description": "is nowhere"},
                        ],
                        "signal_descriptions": [{"signal": "evt_counter::hit", "description": "an event"}],
                    }
                ]
            ),
        )
        self.write("modules.json", json.dumps([{"module_id": "absent", "module_description": "is not there"}]))
        self.write("signals.json", json.dumps([{"signal": "evt_counter::total", "description": "the count"}]))
        files = [self.root / name for name in ("repository.json", "modules.json", "signals.json")]
        queries, missing = hdlsearch.read_queries(files, self.root / "checkout")
        self.assertEqual(missing, 2)
        self.assertEqual(
            [(query.level, query.written, query.gold) for query in queries],
            [
                ("module", "counts events", (Span("evt.v", 7, 21),)),
                ("block", "adds one to total", (Span("evt.v", 13, 16),)),
                ("signal", "an event", (Span("evt.v", 9, 9),)),
                ("signal", "the count", (Span("evt.v", 10, 10),)),
            ],
        )
        self.assertEqual(queries[1].masked, "adds one to")


class CommitMessages(Folder):
    def setUp(self):
        super().setUp()
        self.repository = support.GitRepository(self.root / "repo")
        self.repository.commit("start with what others wrote of it", {"evt.v": COUNTER, "sub.v": "module sub;\nendmodule\n"})

    def queries(self):
        source = Source("repo", self.repository.path, "HEAD")
        return {one.level: one for one in build_commit_queries(source, self.repository.path, 10, 1)}

    def test_message_asks_for_what_still_stands_as_the_commit_wrote_it(self):
        changed = COUNTER.replace("total != 8'hff", "total < 8'hf0").replace("output reg", "output logic")
        self.repository.commit("evt: leave headroom below saturation, so late pulses never overflow", {"evt.v": changed})
        # Later lines above it move it, and say too little to ask for anything.
        self.repository.commit("two blank lines", {"evt.v": "\n\n" + changed})
        found = self.queries()
        self.assertEqual(found["module"].gold, (Span("evt.v", 9, 23),))
        self.assertEqual(found["block"].gold, (Span("evt.v", 15, 19),))
        self.assertEqual(found["signal"].gold, (Span("evt.v", 12, 12),))
        self.assertEqual(found["block"].written, "evt: leave headroom below saturation, so late pulses never overflow")
        self.assertNotIn("evt", found["module"].masked)
        self.assertIn("evt", found["block"].masked)  # it is no name in the block

    def test_copies_of_the_gold_are_gold(self):
        other = COUNTER.replace("evt_counter", "other_counter")
        self.repository.commit("a second counter of the same kind", {"evt.v": COUNTER + other})
        changed = COUNTER.replace("total != 8'hff", "total < 8'hf0")
        self.repository.commit("leave headroom below saturation for late pulses", {"evt.v": changed + other})
        self.repository.commit("generated", {"copy.v": "\n" * 40 + changed})
        self.assertEqual(set(self.queries()["block"].gold), {Span("evt.v", 13, 17), Span("copy.v", 53, 57)})

    def test_what_later_commits_rewrote_or_several_modules_hold_asks_nothing(self):
        changed = COUNTER.replace("total != 8'hff", "total < 8'hf0")
        self.repository.commit("leave headroom below saturation for late pulses", {"evt.v": changed})
        self.repository.commit("go back", {"evt.v": COUNTER})
        two = "module a;\nassign x = {};\nendmodule\nmodule b;\nassign y = {};\nendmodule\n"
        self.repository.commit("initial pair", {"two.v": two.format(0, 0)})
        self.repository.commit("drive constants through both halves alike", {"two.v": two.format(1, 1)})
        self.repository.commit("rename everything about the empty example", {"sub.v": "module sup;\nendmodule\n"})
        self.assertEqual(self.queries(), {})


if __name__ == "__main__":
    unittest.main()
