"""Search measured end to end on the fixtures, against checked-in numbers; the other methods on small pools.

A change of ranking changes expected_search.json: run this test with FANIN_EVAL_UPDATE=1 and judge the difference.
"""

import json
import os
import tempfile
import unittest
from pathlib import Path

import support
from fanin.eval import baselines, metrics, report
from fanin.eval.__main__ import main
from fanin.eval.rtl_text import Span
from fanin.eval.search import collapsed, is_hit, rank_of_gold
from fanin.eval.search_queries import SearchQuery
from fanin.eval.server import Passage, plain_words

EXPECTED = Path(__file__).with_name("expected_search.json")


def passage(path="a.v", first=1, last=9, text="", kind="block", name="m", **signals):
    return Passage(path, first, last, text, kind, name, (), signals, {signal: 0.5 for signal in signals})


class Hits(unittest.TestCase):
    def test_module_is_hit_by_any_passage_of_it(self):
        gold = (Span("a.v", 1, 100),)
        self.assertTrue(is_hit(passage(first=50, last=51), "module", gold))
        self.assertFalse(is_hit(passage(path="b.v"), "module", gold))

    def test_block_is_hit_by_half_of_it_or_from_within(self):
        gold = (Span("a.v", 10, 19),)
        self.assertTrue(is_hit(passage(first=1, last=14), "block", gold))
        self.assertFalse(is_hit(passage(first=1, last=13), "block", gold))
        self.assertTrue(is_hit(passage(first=12, last=13), "block", gold))

    def test_copy_of_a_passage_hits_where_the_copy_is(self):
        copied = Passage("a.v", 1, 9, "", copies=(("vendor/a.v", 1, 9),))
        self.assertTrue(is_hit(copied, "module", (Span("vendor/a.v", 1, 100),)))

    def test_definition_counts_once_and_documents_not_at_all(self):
        ranking = [passage(), passage(first=10, last=12), passage(path="a.md"), passage(name="n.x"), passage(name="n.y")]
        self.assertEqual([one.name for one in collapsed(ranking, "module")], ["m", "n.x"])
        self.assertEqual(len(collapsed(ranking, "block")), 4)
        query = SearchQuery("", "module", "", "", (Span("a.v", 1, 9),))
        self.assertEqual(rank_of_gold(ranking, query), 1)


class Baselines(unittest.TestCase):
    def test_bm25_prefers_the_rare_word_and_meets_parts_of_identifiers(self):
        index = baselines.Bm25(["assign wr_ptr = a;", "assign rd_ptr = a;", "assign rd_ptr = rd_ptr_gray;"])
        self.assertEqual(index.rank("gray ptrs", 3)[0], 2)
        self.assertEqual(index.rank("WR", 3), [0])
        self.assertEqual(index.rank("absent", 3), [])

    def test_rank_fusion_prefers_what_both_have(self):
        a, b, c = passage(first=1), passage(first=2), passage(first=3)
        self.assertEqual(baselines.reciprocal_rank_fusion([a, b], [c, b])[0], b)

    def test_rank_fusion_takes_passages_of_one_definition_for_one(self):
        whole, head, other = passage(first=1, last=99), passage(first=1), passage(path="b.v", name="n")
        fused = baselines.reciprocal_rank_fusion([other, whole], [head, other], key=lambda one: one.unit("module"))
        self.assertEqual({one.unit("module") for one in fused}, {("a.v", "m"), ("b.v", "n")})
        self.assertEqual(len(fused), 2)

    def test_ranking_of_a_level_takes_a_declaration_by_its_own_cosine(self):
        a, b = (passage(first=n, bm25=0.1, cosine=c, module_cosine=0.0) for n, c in ((1, 0.2), (2, 0.9)))
        header = passage(first=9, kind="module_header", cosine=1.0)
        self.assertEqual(baselines.rankings_of_level("signal", [header], [a, b], [], "words")["dense"], [b, a])

    def test_hdlxgraph_joins_a_block_with_the_header_of_its_module(self):
        header = passage(first=1, last=2, kind="module_header", name="m", cosine=0.9)
        inside = passage(first=3, name="m.x", cosine=0.5)
        outside = passage(path="b.v", name="n.x", cosine=0.8)
        ranking = baselines.hdlxgraph([outside, inside, header], "words")
        self.assertEqual([header, inside, outside], ranking)

    def test_hdlxgraph_prefers_a_block_that_uses_a_signal_of_the_query(self):
        uses = passage(first=3, text="wr_ptr <= 0;", cosine=0.5)
        other = passage(first=9, text="rd_ptr <= 0;", cosine=0.6)
        self.assertEqual(baselines.hdlxgraph([other, uses], "ptr of the wr side")[0], uses)
        self.assertEqual(baselines.hdlxgraph([other, uses], "pointer")[0], other)

    def test_ablation_ranks_without_the_signal(self):
        a, b = passage(first=1, bm25=1.0, cosine=0.2), passage(first=2, bm25=0.1, cosine=0.9)
        rankings = baselines.all_rankings([a, b], [], "words")
        self.assertEqual(rankings["Fanin without bm25"][0], b)
        self.assertEqual(rankings["Fanin without cosine"][0], a)

    def test_words_of_a_query_are_no_syntax(self):
        self.assertEqual(plain_words('a OR kind:module -x "(y)"'), "a or kind module x y")


class Report(unittest.TestCase):
    def rows(self):
        ranks = {"BM25": 2, "RRF": 2, "Fanin": 1, "Fanin without name": None}
        return [{"asked": "comment", "variant": "masked", "level": level, "told": True, "ranks": ranks} for level in ("module", "block")]

    def test_tables_show_means_intervals_and_ratios(self):
        text = report.search_report(self.rows())
        self.assertIn("| BM25 | .500 (.500–.500) | .500 (.500–.500) |", text)
        self.assertIn("| Fanin without name | .000 (.000–.000) |", text)

    def test_what_a_column_has_not_is_a_dash(self):
        rows = self.rows()
        rows[0]["ranks"] = {"BM25": 1, "Fanin": 1}
        self.assertIn("| Fanin without name | .000 (.000–.000) | – |", report.search_report(rows))

    def test_levels_told_and_not_told_are_tables_of_their_own(self):
        rows = self.rows()
        rows[1]["told"] = False
        text = report.search_report(rows)
        self.assertIn("### Search, the level told: MRR@10", text)
        self.assertIn("### Search, passages, no level told: MRR@10", text)
        self.assertIn("| Fanin ÷ BM25 (interval of the difference) | 2.00 (+0.500…+0.500) |", text)

    def test_questions_of_messages_are_tables_of_their_own(self):
        rows = self.rows()
        rows[1]["asked"] = "commit message"
        text = report.search_report(rows)
        self.assertIn("### Search, the level told: MRR@10", text)
        self.assertIn("### Search by commit messages, the level told: MRR@10", text)

    def test_plot_has_a_bar_per_method_and_cell(self):
        plot = report.search_plot(self.rows())
        self.assertEqual(plot.count("<rect"), 1 + 3 * 2 + 3)
        self.assertEqual(plot, report.search_plot(self.rows()))


class FixedSet(unittest.TestCase):
    def test_mean_reciprocal_ranks_are_those_checked_in(self):
        with tempfile.TemporaryDirectory(prefix="fanin_eval_") as folder:
            out = Path(folder, "out")
            places = ["--work", f"{folder}/work", "--out", str(out)]
            self.assertEqual(main(["search", *places, "--no-embed", f"fixtures={support.CORPORA}"]), 0)
            head, *rows = [json.loads(line) for line in (out / "search-fixtures.jsonl").read_text().splitlines()]
        self.assertEqual(head["unanswerable"], 0)
        measured = {}
        for row in rows:
            for method in ("BM25", "Fanin"):
                rank = row["ranks"][method]
                told = "told" if row["told"] else "not told"
                cell = measured.setdefault(f"{row['level']}, {row['variant']}, level {told}", {})
                cell.setdefault(method, []).append(metrics.reciprocal_rank(rank, 10))
        measured = {
            cell: {method: round(metrics.mean(values), 3) for method, values in methods.items()} | {"n": len(methods["BM25"])}
            for cell, methods in measured.items()
        }
        if os.environ.get("FANIN_EVAL_UPDATE") == "1":
            EXPECTED.write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
        self.assertEqual(measured, json.loads(EXPECTED.read_text(encoding="utf-8")))


if __name__ == "__main__":
    unittest.main()
