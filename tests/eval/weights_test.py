"""Learning of weights: on pools where one signal tells the gold and another misleads."""

import random
import unittest

from fanin.eval import metrics
from fanin.eval.weights import ANY, Example, learn, learning_report, objective, reciprocal_ranks

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
    return objective(made, reciprocal_ranks(made, weights))


def plain_reciprocal_rank(one, weights):
    """What `reciprocal_ranks` means, one candidate after the other."""
    scores = [sum(weights.get(name, 0) * column[i] for name, column in one.values.items()) for i in range(len(one.hits))]
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
    ranked = list(dict.fromkeys(one.groups[i] for i in order))
    hit = next((one.groups[i] for i in order if one.hits[i]), None)
    rank = None if hit is None else 1 + len({one.groups[i] for i in order[: next(k for k, i in enumerate(order) if one.hits[i])]} - {hit})
    return metrics.reciprocal_rank(rank, 10) if ranked else 0.0


def drawn(count):
    """Pools of all kinds: few values, so that scores are often equal; shared groups; some without a hit."""
    source = random.Random(7)
    for i in range(count):
        size = source.randrange(1, 40)
        values = {name: [source.randrange(4) / 4 for _ in range(size)] for name in ("good", "bad", "third")}
        groups = [source.randrange(size) for _ in range(size)]
        yield example(values, [source.random() < 0.1 for _ in range(size)], groups, ("block", "module")[i % 2], "abc"[i % 3])


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
        row = next(line for line in text.split("\n") if line.startswith("| any | block, masked, all | 40 |"))
        self.assertLess(float(row.split("|")[5]), 0.5)
        self.assertEqual(set(learned), {ANY})

    def test_cells_of_few_queries_count_as_much_as_others(self):
        many = [example({"a": [1.0]}, [True]) for _ in range(9)]
        one = [example({"a": [1.0]}, [False], level="signal")]
        self.assertEqual(reached(many + one, {"a": 1.0}), 0.5)

    def test_a_definition_counts_once(self):
        one = example({"a": [0.9, 0.8, 0.7]}, [False, False, True], [0, 0, 2])
        self.assertEqual(reciprocal_ranks([one], {"a": 1.0}), [0.5])

    def test_equal_scores_keep_the_order_of_the_pool(self):
        one = example({"a": [0.5, 0.5, 0.5]}, [False, True, False])
        self.assertEqual(reciprocal_ranks([one], {"a": 1.0}), [0.5])

    def test_all_pools_at_once_rank_as_each_alone_by_the_plain_way(self):
        made = list(drawn(300))
        for weights in ({"good": 0.5, "bad": 0.25}, {"third": 1.0}, {}):
            self.assertEqual(reciprocal_ranks(made, weights), [plain_reciprocal_rank(one, weights) for one in made])

    def test_learning_without_any_gold_changes_nothing(self):
        self.assertEqual(learn([example({"good": [1.0], "bad": [0.5]}, [False])], NOW), NOW)


if __name__ == "__main__":
    unittest.main()
