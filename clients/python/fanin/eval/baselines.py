"""Other ways to rank, over the same passages and the same embedder as Fanin, and Fanin with signals left out.

Everything here works on what one search with `explain` returned, so that a re-weighting costs no further search. The
search's pool holds the nearest 200 passages by vector and every passage's exact cosine, so the heads of the dense rankings
are those of an exhaustive search. Cosines arrive min-max normalised over the pool, which changes no order.
"""

import functools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence

from fanin.eval.rtl_text import identifier_parts, identifiers
from fanin.eval.server import Passage

# Kinds of passages that show blocks: a small module is one passage.
BLOCK_KINDS = ("block", "assigns", "module_header")
# Reciprocal rank fusion (Cormack et al. 2009): the constant of the paper.
RRF_CONSTANT = 60
# HDLxGraph adds this to a block's cosine for a signal of the query that it uses ...
USED_SIGNAL = 0.05
# ... to raw cosines; the pool's spread, by which ours are divided, is taken as this everywhere.
COSINE_SPREAD = 0.3
_STOP_WORDS = frozenset(
    "a an and are as at be been but by can do does for from has have if in into is it its no not of on only or so such "
    "that the their then there these they this to was were when where which while will with".split()
)


def stem(word: str) -> str:
    """Folds plurals and the commonest verb endings, so that a human's words meet the code's."""
    for ending, kept in (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", "e"), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return word[: len(word) - len(ending)] + kept
    return word


def code_tokens(text: str) -> list[str]:
    """Identifiers whole and in parts, numbers; stop words dropped, endings folded."""
    tokens = []
    for word in re.findall(r"[A-Za-z_]\w*|\d+", text):
        whole = word.lower()
        tokens.append(stem(whole))
        tokens += [stem(part) for part in sorted(identifier_parts(word)) if part != whole]
    return [token for token in tokens if token not in _STOP_WORDS]


class Bm25:
    """Okapi BM25 over passages (Robertson and Zaragoza 2009), k1 1.2, b 0.75. Immutable once made."""

    K1, B = 1.2, 0.75

    def __init__(self, texts: Sequence[str]):
        counts = [Counter(code_tokens(text)) for text in texts]
        lengths = [sum(count.values()) for count in counts]
        average = sum(lengths) / max(1, len(lengths)) or 1
        self._norms = [self.K1 * (1 - self.B + self.B * length / average) for length in lengths]
        self._postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for i, count in enumerate(counts):
            for token, times in count.items():
                self._postings[token].append((i, times))
        self._size = len(texts)

    def rank(self, query: str, limit: int) -> list[int]:
        """Indexes of the best passages, best first; only those that share a token."""
        scores: dict[int, float] = defaultdict(float)
        for token in set(code_tokens(query)):
            postings = self._postings.get(token, [])
            idf = math.log(1 + (self._size - len(postings) + 0.5) / (len(postings) + 0.5))
            for i, times in postings:
                scores[i] += idf * times * (self.K1 + 1) / (times + self._norms[i])
        return sorted(scores, key=lambda i: (-scores[i], i))[:limit]


def by_signal(pool: Sequence[Passage], name: str) -> list[Passage]:
    """The pool by one signal alone; passages without it are left out."""
    return sorted((one for one in pool if one.signals.get(name, 0) > 0), key=lambda one: -one.signals[name])


def reciprocal_rank_fusion(
    *rankings: Sequence[Passage], key: Callable[[Passage], Hashable] = lambda passage: passage.identity
) -> list[Passage]:
    """What has one `key` is one thing, at its first place in each ranking."""
    scores: dict[Hashable, float] = defaultdict(float)
    passages: dict[Hashable, Passage] = {}
    for ranking in rankings:
        for rank, one in enumerate(dict.fromkeys(map(key, ranking)), start=1):
            scores[one] += 1 / (RRF_CONSTANT + rank)
        for passage in ranking:
            passages.setdefault(key(passage), passage)
    return [passages[one] for one in sorted(scores, key=lambda one: -scores[one])]


@functools.lru_cache(maxsize=20_000)
def _compound_names(text: str) -> frozenset[str]:
    return frozenset(name for name in identifiers(text) if "_" in name)


def hdlxgraph(pool: Sequence[Passage], query: str) -> list[Passage]:
    """HDLxGraph's structural retrieval: module cosine and block cosine joined by containment, +0.05 for a used signal.

    A module's cosine is that of its header passage. A signal of the query is an identifier of which every part is among
    the query's words. HDLxGraph lets a language model cut the query into the three levels; here all see the whole query.
    """
    module_cosine: dict[tuple[str, str], float] = {}
    for passage in pool:
        if passage.kind == "module_header":
            key = passage.path, passage.definition
            module_cosine[key] = max(module_cosine.get(key, 0), passage.signals.get("cosine", 0))
    words = {part for word in identifiers(query) for part in identifier_parts(word)}

    def is_named(name: str) -> bool:
        parts = identifier_parts(name) - {name.lower()}
        return bool(parts) and parts <= words

    def uses_signal(passage: Passage) -> bool:
        return any(is_named(name) for name in _compound_names(passage.text))

    def score(passage: Passage) -> float:
        joined = passage.signals.get("cosine", 0) + module_cosine.get((passage.path, passage.definition), 0)
        return joined + (USED_SIGNAL / COSINE_SPREAD if uses_signal(passage) else 0)

    return sorted(pool, key=lambda passage: -score(passage))


def reweighted(pool: Sequence[Passage], weights: dict[str, float]) -> list[Passage]:
    """The pool under other weights; a signal that is not named keeps Fanin's own."""

    def score(passage: Passage) -> float:
        return sum(value * weights.get(name, passage.weights[name]) for name, value in passage.signals.items())

    return sorted(pool, key=lambda passage: -score(passage))


def ablations(pool: Sequence[Passage]) -> dict[str, list[Passage]]:
    """Fanin's own ranking, and that without each addend that has a weight."""
    rankings = {"Fanin": list(pool)}
    for name, weight in (pool[0].weights if pool else {}).items():
        if weight > 0:
            rankings[f"Fanin without {name}"] = reweighted(pool, {name: 0})
    return rankings


def all_rankings(pool: Sequence[Passage], bm25: Sequence[Passage], query: str) -> dict[str, list[Passage]]:
    """Every method's ranking of passages, Fanin's ablations included; without vectors, those that need none."""
    dense = by_signal(pool, "cosine")
    rankings = {"BM25": list(bm25)}
    if dense:
        rankings["dense"] = dense
        rankings["RRF"] = reciprocal_rank_fusion(bm25, dense)
        rankings["HDLxGraph-style"] = hdlxgraph(pool, query)
    return rankings | ablations(pool)


def rankings_of_level(
    level: str, pool: Sequence[Passage], asked: Sequence[Passage], bm25: Sequence[Passage], query: str
) -> dict[str, list[Passage]]:
    """Every method's ranking of what a level consists of: definitions, blocks or declarations.

    `asked` is Fanin's answer where it was told the level, `pool` where it was not, `bm25` a ranking of the units of the
    level. A definition is dense by its best passage, a declaration by its own text.
    """
    blocks = [passage for passage in pool if passage.kind in BLOCK_KINDS]
    dense = by_signal({"module": pool, "block": blocks, "signal": asked}[level], "cosine")
    rankings = {"BM25": list(bm25)}
    if dense:
        rankings["dense"] = dense
        rankings["RRF"] = reciprocal_rank_fusion(bm25, dense, key=lambda passage: passage.unit(level))
        joined = sorted(asked, key=lambda one: -one.signals["cosine"] - one.signals["module_cosine"])
        rankings["HDLxGraph-style"] = joined if level == "signal" else hdlxgraph(pool if level == "module" else blocks, query)
    return rankings | ablations(asked)
