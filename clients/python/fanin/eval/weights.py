"""Weights of Fanin's addends learned from the search queries, and whether they hold on queries not learned from."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from fanin.eval import metrics
from fanin.eval.search import POOL, is_hit
from fanin.eval.rtl_text import RTL_SUFFIXES
from fanin.eval.search_queries import LEVELS, VARIANTS, SearchQuery
from fanin.eval.server import Server, plain_words

# A weight is tried at these multiples of itself, or, if it is 0, at these parts of 1.
_STEPS = (0.0, 0.5, 0.8, 1.25, 2.0)
_FIRST_STEPS = (0.05, 0.1, 0.2)
_ROUNDS = 6
# What learning must gain on its own queries for a step to be taken: less is noise.
_LEAST_GAIN = 0.001
# No level of a variant may lose more than this against the weights that learning starts from, whatever others gain.
_MOST_LOSS = 0.005


@dataclass(frozen=True)
class Example:
    """One query's pool: the values of each signal per candidate, which are hits, and what counts once (module level)."""

    cell: tuple[str, str]  # level, variant
    held_out: bool
    values: dict[str, list[float]]
    hits: list[bool]
    groups: list[int]

    def reciprocal_rank(self, weights: dict[str, float]) -> float:
        """Under the weights, to rank 10. Equal scores keep the pool's order."""
        scores = [0.0] * len(self.hits)
        for name, column in self.values.items():
            weight = weights.get(name, 0.0)
            if weight:
                scores = [score + weight * value for score, value in zip(scores, column, strict=True)]
        best = max((score for score, hit in zip(scores, self.hits, strict=True) if hit), default=None)
        if best is None:
            return 0.0
        first = next(i for i, score in enumerate(scores) if score == best and self.hits[i])
        before = {self.groups[i] for i, score in enumerate(scores) if score > best or score == best and i < first}
        return metrics.reciprocal_rank(1 + len(before - {self.groups[first]}), 10)


def collect(server: Server, source: str, queries: Sequence[SearchQuery]) -> tuple[list[Example], dict[str, float]]:
    """The examples of a repository, indexed as "written" and "masked", and the weights that Fanin has now.

    Beside Fanin's own signals each candidate gets two that it has not: "module cosine" and "module bm25", those of the
    header of the definition that holds it. Half of the queries, by a hash of what they are, are held out.
    """
    examples, weights = [], {}
    for variant in VARIANTS:
        for query in queries:
            pool = server.search(variant, plain_words(query.text(variant)), POOL)
            pool = [passage for passage in pool if passage.path.endswith(RTL_SUFFIXES)]
            if not pool:
                continue
            weights |= pool[0].weights
            values = {name: [passage.signals[name] for passage in pool] for name in pool[0].weights}
            keys = [(passage.path, passage.definition) for passage in pool]
            for name in ("cosine", "bm25"):
                header: dict[tuple[str, str], float] = {}
                for key, passage in zip(keys, pool, strict=True):
                    if passage.kind in ("module_header", "package_header"):
                        header[key] = max(header.get(key, 0.0), passage.signals[name])
                values[f"module {name}"] = [header.get(key, 0.0) for key in keys]
            if query.level == "module":
                numbers: dict[tuple[str, str], int] = {}
                groups = [numbers.setdefault(key if key[1] else (key[0], str(i)), i) for i, key in enumerate(keys)]
            else:
                groups = list(range(len(pool)))
            digest = hashlib.sha256(f"{source}:{query.identity}".encode()).digest()
            hits = [is_hit(passage, query.level, query.gold) for passage in pool]
            examples.append(Example((query.level, variant), bool(digest[0] & 1), values, hits, groups))
    return examples, weights


def scores_by_cell(examples: Sequence[Example], weights: dict[str, float]) -> dict[tuple[str, str], float]:
    """MRR@10 of each level and variant."""
    ranks: dict[tuple[str, str], list[float]] = {}
    for example in examples:
        ranks.setdefault(example.cell, []).append(example.reciprocal_rank(weights))
    return {cell: metrics.mean(values) for cell, values in ranks.items()}


def objective(examples: Sequence[Example], weights: dict[str, float]) -> float:
    """Mean over the cells, so that a cell of few queries counts as much as the others."""
    return metrics.mean(list(scores_by_cell(examples, weights).values()))


def learn(examples: Sequence[Example], start: dict[str, float]) -> dict[str, float]:
    """Coordinate ascent from `start` on the examples that are not held out, at no cell's cost; deterministic."""
    training = [example for example in examples if not example.held_out]
    weights = {name: start.get(name, 0.0) for name in training[0].values} if training else dict(start)
    floor = scores_by_cell(training, weights)
    best = metrics.mean(list(floor.values()))
    for _ in range(_ROUNDS):
        before = best
        for name in weights:
            tried = [weights[name] * step for step in _STEPS] if weights[name] else list(_FIRST_STEPS)
            for value in tried:
                cells = scores_by_cell(training, weights | {name: value})
                score = metrics.mean(list(cells.values()))
                if score > best + _LEAST_GAIN and all(cells[cell] >= floor[cell] - _MOST_LOSS for cell in floor):
                    best, weights[name] = score, value
        if best == before:
            break
    return {name: round(value, 4) for name, value in weights.items()}


def learning_report(examples: Sequence[Example], stock: dict[str, float], learned: dict[str, float]) -> str:
    """Both weights, and MRR@10 on the queries held out, per cell."""
    lines = ["| signal | now | learned |", "| --- | --- | --- |"]
    lines += [f"| {name} | {stock.get(name, 0.0):g} | {value:g} |" for name, value in learned.items()]
    lines += ["", "| held out | n | now | learned | difference (95 % interval) |", "| --- | --- | --- | --- | --- |"]
    for variant in VARIANTS:
        for level in LEVELS:
            selected = [one for one in examples if one.held_out and one.cell == (level, variant)]
            now, then = ([one.reciprocal_rank(weights) for one in selected] for weights in (stock, learned))
            low, high = metrics.paired_difference_interval(then, now)
            lines.append(
                f"| {level}, {variant} | {len(selected)} | {metrics.mean(now):.3f} | {metrics.mean(then):.3f} | "
                f"{metrics.mean(then) - metrics.mean(now):+.3f} ({low:+.3f}…{high:+.3f}) |"
            )
    return "\n".join(lines) + "\n"
