"""fanin-train: tunes the embedding model's upper layers on RTL. `fanin-train COMMAND --help`; docs/embedding.md."""

import argparse
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy

from fanin.errors import FaninError
from fanin.eval.checkouts import Source
from fanin.train import tuned_file
from fanin.train.encoder import Encoder, States
from fanin.train.near_duplicates import NearDuplicates
from fanin.train.pairs import Pair, mine, read_pairs, write_pairs

LEVELS = ("module", "block", "signal", "line", "name")
# The rarer kinds of pairs are kept when a repository has more than its share.
MAX_PAIRS_OF_REPOSITORY = 600


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _share(pairs: Sequence[Pair], seed: int) -> list[Pair]:
    """At most MAX_PAIRS_OF_REPOSITORY: lines and names give way."""
    rank = {"line": 1, "name": 1}
    drawn = list(pairs)
    random.Random(seed).shuffle(drawn)
    return sorted(drawn, key=lambda pair: rank.get(pair.level, 0))[:MAX_PAIRS_OF_REPOSITORY]


def _pairs(options: argparse.Namespace) -> None:
    """Held-out repositories come first: what is like a passage of theirs is no training pair."""
    options.work.mkdir(parents=True, exist_ok=True)
    seen = NearDuplicates()
    card = []
    for split, sources in (("held_out", options.held_out), ("train", options.train)):
        pairs: list[Pair] = []
        for source in map(Source.parse, sources):
            mined = mine(source, options.work, options.seed)
            kept = mined.pairs
            if split == "train":
                is_new: dict[str, bool] = {}
                for pair in mined.pairs:
                    if pair.place not in is_new:
                        is_new[pair.place] = seen.add(pair.passage)
                kept = [pair for pair in mined.pairs if is_new[pair.place]]
            else:
                for passage in mined.texts:
                    seen.add(passage)
            near = len(mined.pairs) - len(kept)
            kept = _share(kept, options.seed)
            pairs += kept
            levels = Counter(pair.level for pair in kept)
            row = {"source": source.name, "commit": source.full_commit(), "split": split, "pairs": len(kept)}
            row |= {level: levels[level] for level in LEVELS}
            row |= {"near_duplicates_dropped": near, "files_dropped_for_licence": mined.dropped}
            card.append(row)
            _say(json.dumps(row))
        write_pairs(options.work / f"{split}.jsonl", pairs)
    (options.work / "card.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def _states(work: Path, name: str, encoder: Encoder, texts: Sequence[str], are_queries: bool) -> States:
    """Kept in the work folder: two seeds need them once."""
    rows, starts = work / f"{name}.rows.npy", work / f"{name}.starts.npy"
    if not rows.exists() or not starts.exists():
        _say(f"{name}: running the lower layers over {len(texts)} texts")
        states = encoder.states(texts, are_queries)
        numpy.save(rows, states.rows)
        numpy.save(starts, states.starts)
    return States(numpy.load(rows, mmap_mode="r"), numpy.load(starts))


def mean_reciprocal_ranks(pairs: Sequence[Pair], questions: numpy.ndarray, passages: numpy.ndarray) -> dict[str, float]:
    """By level and variant: a question among one passage of each place of its repository."""
    by_repository: dict[str, list[int]] = defaultdict(list)
    for i, pair in enumerate(pairs):
        by_repository[pair.repository].append(i)
    found: dict[str, list[float]] = defaultdict(list)
    for members in by_repository.values():
        first_of = {pairs[i].place: i for i in reversed(members)}
        for i in members:
            others = [j for place, j in first_of.items() if place != pairs[i].place]
            for variant, row in (("written", i), ("masked", len(pairs) + i)):
                if variant == "masked" and not pairs[i].can_be_masked():
                    continue
                scores = passages[[i, *others]] @ questions[row]
                found[f"{pairs[i].level}, {variant}"].append(1 / (1 + int((scores[1:] >= scores[0]).sum())))
                found[f"all, {variant}"].append(found[f"{pairs[i].level}, {variant}"][-1])
    return {name: float(numpy.mean(values)) for name, values in sorted(found.items())}


def _tune(options: argparse.Namespace) -> None:
    from fanin.train.tuning import Settings, TopLayers, tune

    encoder = Encoder(options.model)
    training = read_pairs(options.work / "train.jsonl")
    questions = _states(options.work, "train.questions", encoder, [pair.asked() for pair in training], are_queries=True)
    passages = _states(options.work, "train.passages", encoder, [pair.passage for pair in training], are_queries=False)
    settings = Settings(learning_rate=options.learning_rate, temperature=options.temperature, epochs=options.epochs, seed=options.seed)
    _say(f"{len(training)} pairs, {settings}")
    stock = encoder.top_weights()
    weights = tune(encoder, training, questions, passages, settings, _say)
    tensors = tuned_file.quantised(weights)
    tuned_file.write(options.out, tensors)

    measured = read_pairs(options.work / "held_out.jsonl")
    asked = [pair.query for pair in measured] + [pair.masked for pair in measured]
    questions = _states(options.work, "held_out.questions", encoder, asked, are_queries=True)
    passages = _states(options.work, "held_out.passages", encoder, [pair.passage for pair in measured], are_queries=False)
    layers = TopLayers(encoder)
    tables = {
        name: mean_reciprocal_ranks(measured, layers.embed(some, questions), layers.embed(some, passages))
        for name, some in (("stock", stock), ("tuned", tuned_file.restored(tensors)))
    }
    print("| held out | " + " | ".join(tables) + " |\n" + "| --- " * (1 + len(tables)) + "|")
    for row in tables["stock"]:
        print(f"| {row} | " + " | ".join(f"{table[row]:.3f}" for table in tables.values()) + " |")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fanin-train", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    pairs = commands.add_parser("pairs", help="mine pairs of questions and passages from checkouts")
    pairs.add_argument("--train", nargs="+", required=True, metavar="NAME=PATH@COMMIT")
    pairs.add_argument("--held-out", nargs="+", required=True, metavar="NAME=PATH@COMMIT")
    pairs.set_defaults(run=_pairs)

    tune = commands.add_parser("tune", help="train the upper layers on the pairs, and measure them on the held-out ones")
    tune.add_argument("--model", type=Path, required=True, help="folder of the stock model")
    tune.add_argument("--out", type=Path, required=True, help="file of the tuned layers to write")
    tune.add_argument("--learning-rate", type=float, default=5e-5)
    tune.add_argument("--temperature", type=float, default=0.02)
    tune.add_argument("--epochs", type=int, default=1)
    tune.set_defaults(run=_tune)

    for command in (pairs, tune):
        command.add_argument("--work", type=Path, required=True, help="folder of copies, pairs and token states")
        command.add_argument("--seed", type=int, default=1)
    return parser


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (FaninError, ValueError, OSError) as error:
        _say(f"fanin-train: {error}")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
