"""Real fixes: the message of a commit as the question, the lines that it changed as gold, its parent as the corpus."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fanin.errors import FaninError
from fanin.eval.baselines import Bm25, all_rankings
from fanin.eval.checkouts import Source
from fanin.eval.history import small_changes
from fanin.eval.metrics import first_rank
from fanin.eval.rtl_text import Span, read_checkout
from fanin.eval.search import POOL, rank_of_gold
from fanin.eval.search_queries import SearchQuery
from fanin.eval.server import Passage, Server, Suspect, plain_words, run_index

_FIX = r"\b(fix|fixes|fixed|bug|bugfix|wrong|incorrect|broken)\b"


@dataclass(frozen=True)
class Fix:
    commit: str
    parent: str
    text: str
    path: str
    lines: tuple[int, ...]  # of the parent's text


def find_fixes(source: Source, count: int, seed: int) -> list[Fix]:
    """Commits before the pinned one that say they fix something and change one RTL file, drawn by `seed`."""
    fixes: list[Fix] = []
    for change in small_changes(source, seed, _FIX):
        if _exists(source, change.parent, change.path):
            fixes.append(Fix(change.commit, change.parent, change.text, change.path, tuple(sorted(change.lines.old))))
        if len(fixes) == count:
            break
    return fixes


def _exists(source: Source, commit: str, path: str) -> bool:
    return bool(source.git("ls-tree", "--name-only", commit, "--", path).strip())


def evaluate_fixes(
    source: Source, data: Path, tree: Path, fixes: list[Fix], embed: bool
) -> Iterator[dict[str, Any]]:
    """A row per fix. The parents are indexed in `tree` one after the other: only what differs is read anew."""
    for fix in fixes:
        source.extract(tree, fix.parent)
        run_index(data, tree, "fix", embed)
        gold = tuple(Span(fix.path, line, line) for line in fix.lines)
        query = SearchQuery(fix.commit, "line", fix.text, "", gold)
        with Server(data) as server:
            if embed and not server.has_vectors("fix"):
                raise FaninError(f"{source.name} at {fix.parent}: not all passages have vectors")
            passages = server.all_passages("fix")
            ranked = Bm25([passage.text for passage in passages]).rank(fix.text, POOL)
            pool = server.search("fix", plain_words(fix.text), POOL)
            rankings = all_rankings(pool, [passages[i] for i in ranked], fix.text)
            suspects = server.debug("fix", log=fix.text).suspects
        ranks = {method: rank_of_gold(ranking, query) for method, ranking in rankings.items()}
        ranks["Fanin debug"] = _rank_of_block(suspects, passages, fix)
        row = {"commit": fix.commit, "text": fix.text, "path": fix.path, "lines": fix.lines, "kind": "fix", "ranks": ranks}
        files = {"BM25": [passages[i].path for i in ranked], "Fanin debug": [one.path for one in suspects]}
        files["Fanin"] = [passage.path for passage in pool]
        row["file_ranks"] = {name: first_rank([path == fix.path for path in dict.fromkeys(paths)]) for name, paths in files.items()}
        by_line = {"Fanin debug": first_rank([_has_line(one, fix) for one in suspects]), "BM25": _rank_of_line(tree, fix)}
        yield row | {"line_ranks": by_line}


def _has_line(suspect: Suspect, fix: Fix) -> bool:
    return suspect.path == fix.path and any(suspect.start_line <= line <= suspect.end_line for line in fix.lines)


def _rank_of_block(suspects: list[Suspect], passages: list[Passage], fix: Fix) -> int | None:
    """Of the passages that suspects stand in, each once, the first with a changed line."""
    by_path: dict[str, list[Passage]] = {}
    for passage in passages:
        for path, first, last in passage.places:
            by_path.setdefault(path, []).append(Passage(path, first, last, ""))
    around = []
    for suspect in suspects:
        holding = [one for one in by_path.get(suspect.path, []) if one.start_line <= suspect.start_line <= one.end_line]
        if holding:
            around.append(min(holding, key=lambda one: one.end_line - one.start_line))
    blocks = list(dict.fromkeys(around))
    return first_rank([one.path == fix.path and any(one.start_line <= line <= one.end_line for line in fix.lines) for one in blocks])


def _rank_of_line(tree: Path, fix: Fix) -> int | None:
    """BM25 over all lines of code of the checkout."""
    places: list[tuple[str, int]] = []
    texts: list[str] = []
    for file in read_checkout(tree):
        for number, line in enumerate(file.text.split("\n"), start=1):
            if line.strip() and not line.strip().startswith("//"):
                places.append((file.path, number))
                texts.append(line)
    ranked = Bm25(texts).rank(fix.text, POOL)
    return first_rank([places[i][0] == fix.path and places[i][1] in fix.lines for i in ranked])
