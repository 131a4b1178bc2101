"""Scores of retrieval and of generated lines. Pure functions; percentages are 0..100, all else 0..1."""

import random
from collections.abc import Callable, Sequence


def edit_similarity(prediction: str, label: str) -> float:
    """RTL-Repo's ES, 0..100: the Indel ratio of the raw strings, rounded to a whole percent; 0 if either is empty.

    The ratio is 2 LCS / (|prediction| + |label|): a substitution costs 2, as in thefuzz. Cost: O(n m / word).
    """
    if not prediction or not label:
        return 0.0
    return float(round(200 * _lcs_length(prediction, label) / (len(prediction) + len(label))))


def exact_match(prediction: str, label: str) -> bool:
    """RTL-Repo's EM: equal but for white space between words."""
    return prediction.split() == label.split()


def _lcs_length(a: str, b: str) -> int:
    """Length of the longest common subsequence (Hyyro 2004, bit-parallel)."""
    positions: dict[str, int] = {}
    for i, character in enumerate(a):
        positions[character] = positions.get(character, 0) | 1 << i
    mask = (1 << len(a)) - 1
    row = mask
    for character in b:
        matched = row & positions.get(character, 0)
        row = ((row + matched) | (row - matched)) & mask
    return len(a) - row.bit_count()


def first_rank(hits: Sequence[bool]) -> int | None:
    """Place, from 1, of the first hit; None: there is none."""
    return next((i + 1 for i, hit in enumerate(hits) if hit), None)


def reciprocal_rank(rank: int | None, depth: int) -> float:
    """1 / rank, 0 beyond `depth`."""
    return 1 / rank if rank is not None and rank <= depth else 0.0


def found_within(rank: int | None, k: int) -> float:
    """1 if the rank is k or better, else 0. Its mean is recall@k where any one gold answers a query."""
    return float(rank is not None and rank <= k)


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def bootstrap_interval(
    values: Sequence[float], seed: int = 1, resamples: int = 1000, confidence: float = 0.95
) -> tuple[float, float]:
    """Percentile bootstrap of the mean (Efron 1979): the ends of its confidence interval."""
    if not values:
        return (0.0, 0.0)
    source = random.Random(seed)
    means = sorted(mean(source.choices(values, k=len(values))) for _ in range(resamples))
    tail = (1 - confidence) / 2
    return means[int(tail * resamples)], means[min(resamples - 1, int((1 - tail) * resamples))]


def paired_difference_interval(
    a: Sequence[float], b: Sequence[float], seed: int = 1, measure: Callable[[float, float], float] = lambda x, y: x - y
) -> tuple[float, float]:
    """Interval of the mean difference of two methods on the same queries: 0 inside means that neither is shown better."""
    return bootstrap_interval([measure(x, y) for x, y in zip(a, b, strict=True)], seed)
