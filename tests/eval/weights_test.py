"""Learning of weights: on pools where one signal tells the gold and another misleads."""

import random
import unittest

from fanin.eval.weights import Example, learn, learning_report, objective


def examples(count=40):
    """The gold is where `good` is highest; `bad` is noise that outweighs it at equal weights."""
    source = random.Random(3)
    made = []
    for i in range(count):
        gold = source.randrange(20)
        good = [0.5 + 0.5 * (k == gold) for k in range(20)]
        bad = [source.random() for _ in range(20)]
        made.append(Example(("block", "masked"), i % 2 == 1, {"good": good, "bad": bad}, [k == gold for k in range(20)], list(range(20))))
    return made


class Weights(unittest.TestCase):
    def test_learning_finds_the_signal_that_tells_and_holds_out_what_it_reports(self):
        made = examples()
        learned = learn(made, {"good": 0.2, "bad": 0.5})
        held_out = [example for example in made if example.held_out]
        self.assertLess(objective(held_out, {"good": 0.2, "bad": 0.5}), 0.9)
        self.assertEqual(objective(held_out, learned), 1.0)
        text = learning_report(made, {"good": 0.2, "bad": 0.5}, learned)
        self.assertIn("| block, masked | 20 |", text)

    def test_queries_held_out_have_no_say(self):
        made = examples()
        flipped = [
            Example(one.cell, one.held_out, one.values, list(reversed(one.hits)), one.groups) if one.held_out else one for one in made
        ]
        self.assertEqual(learn(made, {"good": 0.2, "bad": 0.5}), learn(flipped, {"good": 0.2, "bad": 0.5}))

    def test_a_definition_counts_once(self):
        example = Example(("module", "masked"), False, {"a": [0.9, 0.8, 0.7]}, [False, False, True], [0, 0, 2])
        self.assertEqual(example.reciprocal_rank({"a": 1.0}), 0.5)

    def test_equal_scores_keep_the_order_of_the_pool(self):
        example = Example(("block", "masked"), False, {"a": [0.5, 0.5, 0.5]}, [False, True, False], [0, 1, 2])
        self.assertEqual(example.reciprocal_rank({"a": 1.0}), 0.5)


if __name__ == "__main__":
    unittest.main()
