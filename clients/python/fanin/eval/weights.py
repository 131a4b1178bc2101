"""Weights of Fanin's addends learned from the search queries, and whether they hold on repositories not learned from.

Learned apart for each level that a query can tell, and for queries that tell none. Whole repositories are held out: one
that lent some of its queries would lend its style of comments and names too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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

    def scores(self, weights: Weights) -> list[float]:
        scores = [0.0] * len(self.hits)
        for name, column in self.values.items():
            weight = weights.get(name, 0.0)
            if weight:
                scores = [score + weight * value for score, value in zip(scores, column, strict=True)]
        return scores

    def reciprocal_rank_of(self, scores: Sequence[float]) -> float:
        """To rank 10. Equal scores keep the pool's order."""
        best = max((score for score, hit in zip(scores, self.hits, strict=True) if hit), default=None)
        if best is None:
            return 0.0
        first = next(i for i, score in enumerate(scores) if score == best and self.hits[i])
        before = {self.groups[i] for i, score in enumerate(scores) if score > best or score == best and i < first}
        return metrics.reciprocal_rank(1 + len(before - {self.groups[first]}), 10)

    def reciprocal_rank(self, weights: Weights) -> float:
        return self.reciprocal_rank_of(self.scores(weights))


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


def objective(examples: Iterable[Example], ranks: Iterable[float]) -> float:
    """Mean over repositories, levels and variants, so that one of few queries counts as much as the others."""
    of_cell: dict[tuple[str, ...], list[float]] = {}
    for example, rank in zip(examples, ranks, strict=True):
        of_cell.setdefault((example.source, *example.cell), []).append(rank)
    return metrics.mean([metrics.mean(values) for values in of_cell.values()])


def learn(examples: Sequence[Example], start: Weights) -> Weights:
    """Coordinate ascent from `start` over a grid, for the objective; deterministic. Cost: one column per try."""
    weights = dict(start)
    scores = [example.scores(weights) for example in examples]
    best = objective(examples, [one.reciprocal_rank_of(s) for one, s in zip(examples, scores, strict=True)])
    for _ in range(_ROUNDS):
        before = best
        for name in weights:
            chosen, chosen_scores = weights[name], scores
            for value in _GRID:
                change = value - weights[name]
                tried = [
                    [score + change * x for score, x in zip(s, one.values[name], strict=True)]
                    for one, s in zip(examples, scores, strict=True)
                ]
                gained = objective(examples, [one.reciprocal_rank_of(s) for one, s in zip(examples, tried, strict=True)])
                if gained > best + _LEAST_GAIN:
                    best, chosen, chosen_scores = gained, value, tried
            weights[name], scores = chosen, chosen_scores
        if best == before:
            break
    return {name: round(value, 3) for name, value in weights.items()}


def learning_report(examples: Sequence[Example], now: dict[str, Weights]) -> tuple[str, dict[str, Weights]]:
    """MRR@10 on each repository by weights learned from the others; then the weights learned from all."""
    sources = sorted({example.source for example in examples})
    lines = ["| told | level, variant | n | now | learned elsewhere | difference (95 % interval) |", "| --- | --- | --- | --- | --- | --- |"]
    final: dict[str, Weights] = {}
    for told in (ANY, *LEVELS):
        of_told = [example for example in examples if example.told == told]
        if not of_told:
            continue
        elsewhere = {
            source: learn([one for one in of_told if one.source != source] or of_told, now[told]) for source in sources
        }
        final[told] = learn(of_told, now[told])
        for variant in VARIANTS:
            for level in LEVELS:
                cell = [one for one in of_told if one.cell == (level, variant)]
                if not cell:
                    continue
                old = [one.reciprocal_rank(now[told]) for one in cell]
                new = [one.reciprocal_rank(elsewhere[one.source]) for one in cell]
                low, high = metrics.paired_difference_interval(new, old)
                lines.append(
                    f"| {told} | {level}, {variant} | {len(cell)} | {metrics.mean(old):.3f} | {metrics.mean(new):.3f} | "
                    f"{metrics.mean(new) - metrics.mean(old):+.3f} ({low:+.3f}…{high:+.3f}) |"
                )
    lines += ["", "| told | " + " | ".join(next(iter(final.values()))) + " |", "| --- |" + " --- |" * len(next(iter(final.values())))]
    lines += [f"| {told} | " + " | ".join(f"{value:g}" for value in weights.values()) + " |" for told, weights in final.items()]
    return "\n".join(lines) + "\n", final
