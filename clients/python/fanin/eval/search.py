"""Search measured: each query of search_queries asked of every method, and the rank of the first gold kept."""

from collections.abc import Iterable, Sequence
from typing import Any

from fanin.eval.baselines import Bm25, all_rankings
from fanin.eval.rtl_text import RTL_SUFFIXES, Span
from fanin.eval.search_queries import VARIANTS, SearchQuery
from fanin.eval.server import Passage, Server, plain_words

# Ranks are looked for this deep.
DEPTH = 50
# Deeper pages would change the pool that Fanin ranks (docs/ranking.md).
POOL = 400


def is_hit(passage: Passage, level: str, gold: Sequence[Span]) -> bool:
    """Whether one of the places of a passage shows a gold.

    module: it is a passage of the module. block: it holds half of the block's lines, or lies within it. signal: it holds
    the line of the declaration.
    """
    for path, first, last in passage.places:
        for span in gold:
            common = span.overlap(path, first, last)
            if not common:
                continue
            whole = span.end_line - span.start_line + 1
            if level != "block" or 2 * common >= whole or common == last - first + 1:
                return True
    return False


def collapsed(ranking: Iterable[Passage], level: str) -> list[Passage]:
    """What is counted: passages of RTL, not of documents. At module level, a definition once, by its best passage."""
    seen = set()
    kept = []
    for passage in ranking:
        if not passage.path.endswith(RTL_SUFFIXES):
            continue
        if level != "module":
            kept.append(passage)
            continue
        key = (passage.path, passage.definition) if passage.definition else passage.identity
        if key not in seen:
            seen.add(key)
            kept.append(passage)
    return kept


def rank_of_gold(ranking: Iterable[Passage], query: SearchQuery) -> int | None:
    for rank, passage in enumerate(collapsed(ranking, query.level)[:DEPTH], start=1):
        if is_hit(passage, query.level, query.gold):
            return rank
    return None


def evaluate_search(server: Server, queries: Sequence[SearchQuery], repositories: dict[str, str]) -> list[dict[str, Any]]:
    """A row per query and variant: its ranks by method. `repositories` names the corpus of each variant."""
    rows = []
    for variant in VARIANTS:
        passages = server.all_passages(repositories[variant])
        bm25 = Bm25([passage.text for passage in passages])
        for query in queries:
            text = query.text(variant)
            pool, milliseconds = server.timed_search(repositories[variant], plain_words(text), POOL)
            lexical = [passages[i] for i in bm25.rank(text, POOL)]
            ranks = {name: rank_of_gold(ranking, query) for name, ranking in all_rankings(pool, lexical, text).items()}
            row = {"query": query.identity, "level": query.level, "variant": variant, "text": text}
            rows.append({**row, "ranks": ranks, "milliseconds": round(milliseconds, 2)})
    return rows


def gold_is_in_corpus(passages: Sequence[Passage], query: SearchQuery) -> bool:
    """A query whose gold no passage shows cannot be answered by anyone."""
    return any(is_hit(passage, query.level, query.gold) for passage in passages)


