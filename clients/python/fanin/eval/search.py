"""Search measured: each query of search_queries asked of every method, and the rank of the first gold kept."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from fanin.eval.baselines import BLOCK_KINDS, Bm25, all_rankings, rankings_of_level
from fanin.eval.rtl_text import RTL_SUFFIXES, RtlFile, Span, read_checkout
from fanin.eval.search_queries import VARIANTS, SearchQuery
from fanin.eval.server import Passage, Server, plain_words

# How Fanin is told the level.
LEVEL_ATOMS = {"module": "kind:definition", "block": "kind:block", "signal": "kind:signal"}
# What queries are made of.
COMMENTS, MESSAGES = "comment", "commit message"
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


class Units:
    """BM25 over what a level consists of: whole definitions, passages of blocks, or declarations with their comments."""

    def __init__(self, files: Sequence[RtlFile], passages: Sequence[Passage]):
        units: dict[str, list[Passage]] = {
            "module": [one for file in files for one in _definitions(file)],
            "block": [one for one in passages if one.kind in BLOCK_KINDS],
            "signal": [one for file in files for one in _declarations(file)],
        }
        self._units = {level: (of_level, Bm25([one.text for one in of_level])) for level, of_level in units.items()}

    def rank(self, level: str, query: str) -> list[Passage]:
        units, bm25 = self._units[level]
        return [units[i] for i in bm25.rank(query, POOL)]


def _definitions(file: RtlFile) -> Iterator[Passage]:
    """Each with what is written above it."""
    first = 1
    for one in file.definitions:
        text = file.slice_lines(file.text, first, one.end_line)
        yield Passage(file.path, one.start_line, one.end_line, text, "definition", one.name)
        first = min(one.end_line + 1, file.line_count)


def _declarations(file: RtlFile) -> Iterator[Passage]:
    """Each with the comment that stands alone above it and the name of its module."""
    for definition in file.definitions:
        for line in range(definition.start_line, definition.end_line + 1):
            name = file.declared_on(line)
            if not name:
                continue
            first = line
            while first > definition.start_line and not file.line_code(first - 1).strip() and file.slice_lines(file.text, first - 1, first - 1).strip():
                first -= 1
            text = f"{definition.name} {file.slice_lines(file.text, first, line)}"
            yield Passage(file.path, line, line, text, "declaration", f"{definition.name}.{name}")


def evaluate_search(
    server: Server, queries: Sequence[SearchQuery], repositories: dict[str, str], roots: dict[str, Path], asked: str
) -> list[dict[str, Any]]:
    """Two rows per query and variant, level told and not told: ranks by method.

    `repositories` and `roots` are the corpus of each variant, `asked` says what the queries are made of.
    """
    rows = []
    for variant in VARIANTS:
        passages = server.all_passages(repositories[variant])
        bm25 = Bm25([passage.text for passage in passages])
        units = Units(read_checkout(roots[variant]), passages)
        for query in queries:
            text = query.text(variant)
            words = plain_words(text)
            pool, milliseconds = server.timed_search(repositories[variant], words, POOL)
            of_level, milliseconds_told = server.timed_search(
                repositories[variant], f"{words} {LEVEL_ATOMS[query.level]}", POOL
            )
            rankings = all_rankings(pool, [passages[i] for i in bm25.rank(text, POOL)], text)
            told = rankings_of_level(query.level, pool, of_level, units.rank(query.level, text), text)
            for is_told, methods, time in ((True, told, milliseconds_told), (False, rankings, milliseconds)):
                ranks = {name: rank_of_gold(ranking, query) for name, ranking in methods.items()}
                row = {"query": query.identity, "asked": asked, "level": query.level, "told": is_told, "variant": variant, "text": text}
                rows.append({**row, "ranks": ranks, "milliseconds": round(time, 2)})
    return rows


def gold_is_in_corpus(passages: Sequence[Passage], query: SearchQuery) -> bool:
    """A query whose gold no passage shows cannot be answered by anyone."""
    return any(is_hit(passage, query.level, query.gold) for passage in passages)


