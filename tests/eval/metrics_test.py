"""Scores: by hand on small cases, and against the published table of RTL-Repo where its data is at hand."""

import json
import os
import random
import unittest
from pathlib import Path

from fanin.eval import metrics

# ES and EM of each file of predictions, as published.
PUBLISHED = {
    "gpt-4-turbo": (71.870, 48.500),
    "gpt-3.5-turbo": (61.378, 33.816),
    "RTLCoder-Deepseek": (48.065, 16.184),
    "starcoder2-15b": (48.016, 16.951),
    "VeriGen": (43.944, 9.540),
    "RTLCoder-Mistral": (37.938, 8.262),
}


def lcs_by_table(a, b):
    row = [0] * (len(b) + 1)
    for x in a:
        previous = row
        row = [0]
        for j, y in enumerate(b):
            row.append(previous[j] + 1 if x == y else max(row[j], previous[j + 1]))
    return row[-1]


class Scores(unittest.TestCase):
    def test_edit_similarity_of_equal_lines_is_100_and_of_disjoint_lines_0(self):
        self.assertEqual(metrics.edit_similarity("q <= d;", "q <= d;"), 100)
        self.assertEqual(metrics.edit_similarity("abc", "xyz"), 0)

    def test_edit_similarity_counts_a_substitution_twice(self):
        self.assertEqual(metrics.edit_similarity("ab", "ac"), 50)
        self.assertEqual(metrics.edit_similarity("abcd", "axyd"), 50)
        self.assertEqual(metrics.edit_similarity("abcde", "ae"), 57)

    def test_edit_similarity_keeps_blanks_and_is_0_for_an_empty_side(self):
        self.assertEqual(metrics.edit_similarity("x;", "  x;"), 67)
        self.assertEqual(metrics.edit_similarity("", "x"), 0)
        self.assertEqual(metrics.edit_similarity("x", ""), 0)

    def test_edit_similarity_agrees_with_the_textbook_table(self):
        source = random.Random(7)
        for _ in range(200):
            a, b = ("".join(source.choices("ab <=;", k=source.randint(1, 90))) for _ in range(2))
            expected = float(round(200 * lcs_by_table(a, b) / (len(a) + len(b))))
            self.assertEqual(metrics.edit_similarity(a, b), expected, (a, b))

    def test_exact_match_ignores_white_space_between_words_only(self):
        self.assertTrue(metrics.exact_match("  reg   rst;\r", "reg rst;"))
        self.assertFalse(metrics.exact_match("a<=b;", "a <= b;"))

    @unittest.skipUnless("FANIN_RTL_REPO_PREDICTIONS" in os.environ, "FANIN_RTL_REPO_PREDICTIONS names no folder")
    def test_published_table_is_reproduced_to_three_decimals(self):
        folder = Path(os.environ["FANIN_RTL_REPO_PREDICTIONS"])
        for model, published in PUBLISHED.items():
            lines = (folder / f"{model}.jsonl").read_text(encoding="utf-8").split("\n")
            rows = [json.loads(line) for line in lines if line]
            pairs = [(row["generated"], row["label"]) for row in rows]
            similarity = metrics.mean([metrics.edit_similarity(*pair) for pair in pairs])
            matches = 100 * metrics.mean([metrics.exact_match(*pair) for pair in pairs])
            self.assertEqual((round(similarity, 3), round(matches, 3)), published, model)


class Ranks(unittest.TestCase):
    def test_first_rank_is_that_of_the_first_hit(self):
        self.assertEqual(metrics.first_rank([False, True, True]), 2)
        self.assertIsNone(metrics.first_rank([False]))

    def test_reciprocal_rank_is_0_beyond_the_depth(self):
        self.assertEqual([metrics.reciprocal_rank(rank, 10) for rank in (1, 4, 11, None)], [1, 0.25, 0, 0])

    def test_recall_counts_ranks_up_to_k(self):
        self.assertEqual([metrics.found_within(rank, 5) for rank in (5, 6, None)], [1, 0, 0])


class Intervals(unittest.TestCase):
    def test_interval_holds_the_mean_and_repeats_by_seed(self):
        values = [0.0, 1.0] * 30
        low, high = metrics.bootstrap_interval(values, seed=3)
        self.assertTrue(0.3 < low < 0.5 < high < 0.7, (low, high))
        self.assertEqual(metrics.bootstrap_interval(values, seed=3), (low, high))

    def test_interval_of_a_constant_is_a_point(self):
        self.assertEqual(metrics.bootstrap_interval([0.25] * 9), (0.25, 0.25))

    def test_paired_interval_tells_a_small_steady_gain_from_none(self):
        a = [value / 40 for value in range(40)]
        low, _ = metrics.paired_difference_interval([value + 0.01 for value in a], a)
        self.assertGreater(low, 0)
        low, high = metrics.paired_difference_interval(a, list(reversed(a)))
        self.assertLess(low, 0)
        self.assertGreater(high, 0)


if __name__ == "__main__":
    unittest.main()
