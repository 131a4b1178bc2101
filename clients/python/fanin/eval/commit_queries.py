"""Queries from commit messages: what a small change says of itself asks for the code that it left.

Gold are the lines of the pinned checkout that `git blame` gives to the commit, so those that still stand as it wrote them:
the module around them, the blocks that hold them, the declarations among them, and every copy of these.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from fanin.eval.checkouts import Source
from fanin.eval.history import lines_by_commit, small_changes
from fanin.eval.rtl_text import RtlFile, Span, identifiers, read_checkout
from fanin.eval.search_queries import LEAST_WORDS, LEVELS, MOST_GOLD, SearchQuery, content_words, mask

# Such a message tells what was done to the text, not what the text does.
_OF_THE_TEXT = re.compile(r"\b(bump|release|version|merge|revert|clean(ing|ed|s)?[ -]?ups?|refactor\w*|renam\w+|mov(e|ed|es|ing)|style|indent\w*)\b", re.I)
_Unit = tuple[Span, str, tuple[str, ...]]  # where, the code by which copies are told, the names that masking removes


def _units(file: RtlFile) -> dict[str, list[_Unit]]:
    """All that a file has of each level."""
    units: dict[str, list[_Unit]] = {level: [] for level in LEVELS}
    for one in file.definitions:
        span = Span(file.path, one.start_line, one.end_line)
        names = (one.name, *identifiers(file.header_of(one)))
        units["module"].append((span, file.code[one.begin : one.end], names))
        for line in range(one.start_line, one.end_line + 1):
            if file.declared_on(line):
                code = file.line_code(line)
                units["signal"].append((Span(file.path, line, line), f"{one.name}::{code}", (one.name, *identifiers(code))))
    for begin, end in file.blocks:
        code = file.code[begin:end]
        span = Span(file.path, file.line_of(begin), file.line_of(end - 1))
        units["block"].append((span, code, tuple(identifiers(code))))
    return units


def build_commit_queries(source: Source, root: Path, per_level: int, seed: int) -> list[SearchQuery]:
    """At most `per_level` of each level; `root` holds the sources of the pinned commit. A commit asks for one module, and
    no question has more than a few golds, or too few words left once masked."""
    units: dict[str, dict[str, list[_Unit]]] = {}
    places: dict[tuple[str, str], list[Span]] = defaultdict(list)
    files = {file.path: file for file in read_checkout(root)}
    for path, file in files.items():
        units[path] = _units(file)
        for level in LEVELS:
            for span, code, _ in units[path][level]:
                places[level, " ".join(code.split())].append(span)
    blamed: dict[str, dict[str, list[int]]] = {}
    taken: Counter[str] = Counter()
    queries = []
    for change in small_changes(source, seed):
        if all(taken[level] >= per_level for level in LEVELS):
            break
        if change.path not in files or _OF_THE_TEXT.search(change.text):
            continue
        if change.path not in blamed:
            blamed[change.path] = lines_by_commit(source, change.path)
        left = [line for line in blamed[change.path].get(change.commit, []) if files[change.path].line_code(line).strip()]
        for level, held in _held(units[change.path], change.path, left):
            names = tuple(dict.fromkeys(name for _, _, some in held for name in some))
            gold = tuple(dict.fromkeys(span for _, code, _ in held for span in places[level, " ".join(code.split())]))
            masked = mask(change.text, names)
            if taken[level] < per_level and len(set(content_words(masked))) >= LEAST_WORDS and len(gold) <= MOST_GOLD:
                queries.append(SearchQuery(f"{level}:{change.commit}", level, change.text, masked, gold))
                taken[level] += 1
    return queries


def _held(units: dict[str, list[_Unit]], path: str, lines: list[int]) -> Iterator[tuple[str, list[_Unit]]]:
    """By level, what holds some of the lines; nothing if they are in several modules or in none."""
    holding = {level: [one for one in units[level] if any(one[0].overlap(path, n, n) for n in lines)] for level in LEVELS}
    if len(holding["module"]) == 1:
        yield from ((level, held) for level, held in holding.items() if held)
