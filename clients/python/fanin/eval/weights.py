"""Weights of Fanin's addends learned from the search queries, and whether they hold on repositories not learned from.

Learned apart for each level that a query can tell, and for queries that tell none. Whole repositories are held out: one
that lent some of its queries would lend its style of comments and names too. Needs numpy (the extra `eval`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy

from fanin.eval import metrics
from fanin.eval.rtl_text import RTL_SUFFIXES
from fanin.eval.search import LEVEL_ATOMS, POOL, is_hit
from fanin.eval.search_queries import LEVELS, VARIANTS, SearchQuery
from fanin.eval.server import Passage, Server, plain_words

# A weight is tried at these, as parts of the greatest.
_GRID = (0.0, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0)
_ROUNDS = 8
# What learning must gain on its own queries for a step to be taken: less is noise.
_LEAST_GAIN = 0.0005
# The level told when none is.
ANY = "any"

Weights = dict[str, float]


@dataclass
class Example:
    """One query's pool: the values of each addend per candidate, which are hits, and what counts once (module level)."""

    source: str
    told: str  # level, or ANY
    level: str
    variant: str
    values: dict[str, list[float]]
    hits: list[bool]
    groups: list[int]

    @property
    def cell(self) -> tuple[str, str]:
        return self.level, self.variant


class Pools:
    """Pools of many examples side by side, as columns, so that all are ranked at once."""

    def __init__(self, examples: Sequence[Example]):
        self._count = len(examples)
        # A pool without a hit has rank 0 whatever the weights.
        self._with_hit = [i for i, one in enumerate(examples) if any(one.hits)]
        kept = [examples[i] for i in self._with_hit]
        sizes = [len(one.hits) for one in kept]
        self._starts = _starts(sizes)
        self._query = numpy.repeat(numpy.arange(len(kept)), sizes)
        self._position = numpy.arange(sum(sizes))
        self._hits = _joined([one.hits for one in kept], bool)
        names = dict.fromkeys(name for one in kept for name in one.values)
        self.columns = {
            name: _joined([one.values.get(name, [0.0] * len(one.hits)) for one in kept], float) for name in names
        }
        numbered = [numpy.unique(one.groups, return_inverse=True)[1] for one in kept]
        groups_of = [int(groups.max()) + 1 for groups in numbered]
        self._group_starts = _starts(groups_of)
        self._group = _joined([groups + start for groups, start in zip(numbered, self._group_starts, strict=True)], int)
        self._by_group = numpy.argsort(self._group, kind="stable")
        self._in_group_starts = _starts(numpy.bincount(self._group, minlength=sum(groups_of)).tolist())

    def scores(self, weights: Weights) -> numpy.ndarray:
        scores = numpy.zeros(len(self._position))
        for name, column in self.columns.items():
            if weight := weights.get(name, 0.0):
                scores = scores + weight * column
        return scores

    def reciprocal_ranks(self, scores: numpy.ndarray) -> list[float]:
        """Of each example's best hit, to rank 10. Equal scores keep the pool's order, a group counts once."""
        ranks = numpy.zeros(self._count)
        if self._with_hit:
            best = numpy.maximum.reduceat(numpy.where(self._hits, scores, -numpy.inf), self._starts)[self._query]
            at_best = numpy.where(self._hits & (scores == best), self._position, len(self._position))
            first = numpy.minimum.reduceat(at_best, self._starts)
            before = (scores > best) | (scores == best) & (self._position < first[self._query])
            group_before = numpy.logical_or.reduceat(before[self._by_group], self._in_group_starts)
            count = numpy.add.reduceat(group_before, self._group_starts, dtype=int) - group_before[self._group[first]]
            ranks[self._with_hit] = numpy.where(count < 10, 1 / (1 + count), 0.0)
        return ranks.tolist()


def _starts(sizes: Sequence[int]) -> numpy.ndarray:
    return numpy.cumsum([0, *sizes])[:-1]


def _joined(parts: Sequence[Sequence], dtype: type) -> numpy.ndarray:
    return numpy.concatenate([numpy.asarray(part, dtype) for part in parts]) if parts else numpy.zeros(0, dtype)


def _example(source: str, told: str, query: SearchQuery, variant: str, pool: Sequence[Passage]) -> Example:
    values = {name: [passage.signals[name] for passage in pool] for name in pool[0].weights}
    keys = [(passage.path, passage.definition) for passage in pool]
    groups = list(range(len(pool)))
    if query.level == "module":
        numbers: dict[tuple[str, str], int] = {}
        groups = [numbers.setdefault(key if key[1] else (key[0], str(i)), i) for i, key in enumerate(keys)]
    hits = [is_hit(passage, query.level, query.gold) for passage in pool]
    return Example(source, told, query.level, variant, values, hits, groups)


def collect(server: Server, source: str, queries: Sequence[SearchQuery]) -> tuple[list[Example], dict[str, Weights]]:
    """The examples of a repository, indexed as "written" and "masked", and the weights that Fanin has now, by level told."""
    examples: list[Example] = []
    now: dict[str, Weights] = {}
    for variant in VARIANTS:
        for query in queries:
            words = plain_words(query.text(variant))
            for told, text in ((ANY, words), (query.level, f"{words} {LEVEL_ATOMS[query.level]}")):
                pool = [one for one in server.search(variant, text, POOL) if one.path.endswith(RTL_SUFFIXES)]
                if pool:
                    now[told] = pool[0].weights
                    examples.append(_example(source, told, query, variant, pool))
    return examples, now


def reciprocal_ranks(examples: Sequence[Example], weights: Weights) -> list[float]:
    pools = Pools(examples)
    return pools.reciprocal_ranks(pools.scores(weights))


def objective(examples: Iterable[Example], ranks: Iterable[float]) -> float:
    """Mean over repositories, levels and variants, so that one of few queries counts as much as the others."""
    of_cell: dict[tuple[str, ...], list[float]] = {}
    for example, rank in zip(examples, ranks, strict=True):
        of_cell.setdefault((example.source, *example.cell), []).append(rank)
    return metrics.mean([metrics.mean(values) for values in of_cell.values()])


def learn(examples: Sequence[Example], start: Weights) -> Weights:
    """Coordinate ascent from `start` over a grid, for the objective; deterministic. Cost: one column per try."""
    pools = Pools(examples)
    weights = dict(start)
    scores = pools.scores(weights)
    best = objective(examples, pools.reciprocal_ranks(scores))
    for _ in range(_ROUNDS):
        before = best
        for name in [one for one in weights if one in pools.columns]:
            chosen, chosen_scores = weights[name], scores
            for value in _GRID:
                tried = scores + (value - weights[name]) * pools.columns[name]
                gained = objective(examples, pools.reciprocal_ranks(tried))
                if gained > best + _LEAST_GAIN:
                    best, chosen, chosen_scores = gained, value, tried
            weights[name], scores = chosen, chosen_scores
        if best == before:
            break
    return {name: round(value, 3) for name, value in weights.items()}


def _compared(name: str, old: Sequence[float], new: Sequence[float]) -> str:
    low, high = metrics.paired_difference_interval(new, old)
    old_mean, new_mean = metrics.mean(old), metrics.mean(new)
    return f"{name} | {len(old)} | {old_mean:.3f} | {new_mean:.3f} | {new_mean - old_mean:+.3f} ({low:+.3f}…{high:+.3f}) |"


def learning_report(examples: Sequence[Example], now: dict[str, Weights]) -> tuple[str, dict[str, Weights]]:
    """MRR@10 on each repository by weights learned from the others; then the weights learned from all."""
    sources = sorted({example.source for example in examples})
    lines = ["| told | level, variant, repository | n | now | learned elsewhere | difference (95 % interval) |", "| --- |" + " --- |" * 5]
    final: dict[str, Weights] = {}
    for told in (ANY, *LEVELS):
        of_told = [example for example in examples if example.told == told]
        if not of_told:
            continue
        final[told] = learn(of_told, now[told])
        old: dict[tuple[str, str], list[float]] = {}
        new: dict[tuple[str, str], list[float]] = {}
        for source in sources:
            held_out = [one for one in of_told if one.source == source]
            elsewhere = learn([one for one in of_told if one.source != source] or of_told, now[told])
            for ranks_of, weights in ((old, now[told]), (new, elsewhere)):
                ranks = reciprocal_ranks(held_out, weights)
                for one, rank in zip(held_out, ranks, strict=True):
                    for part in ("all", source):
                        ranks_of.setdefault((f"{one.level}, {one.variant}", part), []).append(rank)
        for variant in VARIANTS:
            for level in LEVELS:
                for part in ("all", *sources):
                    key = (f"{level}, {variant}", part)
                    if key in old:
                        lines.append(_compared(f"| {told} | {key[0]}, {part}", old[key], new[key]))
    lines += ["", "| told | " + " | ".join(next(iter(final.values()))) + " |", "| --- |" + " --- |" * len(next(iter(final.values())))]
    lines += [f"| {told} | " + " | ".join(f"{value:g}" for value in weights.values()) + " |" for told, weights in final.items()]
    return "\n".join(lines) + "\n", final
