"""Learning of weights: on pools where one signal tells the gold and another misleads."""

import random
import unittest

from fanin.eval.weights import ANY, Example, learn, learning_report, objective

NOW = {"good": 0.2, "bad": 0.5}


def example(values, hits, groups=None, level="block", source="a"):
    return Example(source, ANY, level, "masked", values, hits, groups or list(range(len(hits))))


def examples(count=40):
    """The gold is where `good` is highest; `bad` is noise that outweighs it at equal weights. Of two repositories."""
    source = random.Random(3)
    made = []
    for i in range(count):
        gold = source.randrange(20)
        good = [0.5 + 0.5 * (k == gold) for k in range(20)]
        bad = [source.random() for _ in range(20)]
        made.append(example({"good": good, "bad": bad}, [k == gold for k in range(20)], source="ab"[i % 2]))
    return made


def reached(made, weights):
    return objective(made, [one.reciprocal_rank(weights) for one in made])


class Weights(unittest.TestCase):
    def test_learning_finds_the_signal_that_tells(self):
        made = examples()
        self.assertLess(reached(made, NOW), 0.9)
        self.assertEqual(reached(made, learn(made, NOW)), 1.0)

    def test_a_repository_is_reported_by_weights_learned_from_the_others(self):
        made = examples()
        # What b teaches is wrong for a, and the other way round.
        for one in made:
            if one.source == "b":
                one.values["good"], one.values["bad"] = one.values["bad"], one.values["good"]
        text, learned = learning_report(made, {ANY: NOW})
        row = next(line for line in text.split("\n") if line.startswith("| any | block, masked | 40 |"))
        self.assertLess(float(row.split("|")[5]), 0.5)
        self.assertEqual(set(learned), {ANY})

    def test_cells_of_few_queries_count_as_much_as_others(self):
        many = [example({"a": [1.0]}, [True]) for _ in range(9)]
        one = [example({"a": [1.0]}, [False], level="signal")]
        self.assertEqual(reached(many + one, {"a": 1.0}), 0.5)

    def test_a_definition_counts_once(self):
        self.assertEqual(example({"a": [0.9, 0.8, 0.7]}, [False, False, True], [0, 0, 2]).reciprocal_rank({"a": 1.0}), 0.5)

    def test_equal_scores_keep_the_order_of_the_pool(self):
        self.assertEqual(example({"a": [0.5, 0.5, 0.5]}, [False, True, False]).reciprocal_rank({"a": 1.0}), 0.5)


if __name__ == "__main__":
    unittest.main()
