"""Seeded faults located: how soon each method shows the line that is wrong, given an output that it reaches."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fanin.eval.baselines import Bm25, all_rankings
from fanin.eval.mutations import SWAPPED_PORTS, Mutation
from fanin.eval.rtl_text import RTL_SUFFIXES, Span
from fanin.eval.search import DEPTH, POOL, is_hit
from fanin.eval.server import Passage, Server, plain_words, run_index


def _rank_and_lines(ranking: Sequence[Passage], gold: Sequence[Span]) -> tuple[int | None, int | None]:
    """Rank of the first passage with a wrong line, and the lines read until its end; copies count where they are."""
    lines = 0
    kept = [passage for passage in ranking if passage.path.endswith(RTL_SUFFIXES)][:DEPTH]
    for rank, passage in enumerate(kept, start=1):
        lines += passage.end_line - passage.start_line + 1
        if is_hit(passage, "line", gold):
            return rank, lines
    return None, None


def rankings_of(server: Server, repository: str, mutation: Mutation) -> dict[str, Sequence[Passage]]:
    """By words: passages for "OUTPUT of MODULE". By structure: the statements of the output's fan-in cone, alone and as
    the passages that they are shown in."""
    text = f"{mutation.symptom} of {mutation.module}"
    passages = server.all_passages(repository)
    bm25 = [passages[i] for i in Bm25([passage.text for passage in passages]).rank(text, POOL)]
    by_words = all_rankings(server.search(repository, plain_words(text), POOL), bm25, text)
    inside = sorted((one for one in passages if one.definition == mutation.module), key=lambda one: (one.path, one.start_line))
    rankings: dict[str, Sequence[Passage]] = {"module in order": inside}
    rankings |= {name: ranking for name, ranking in by_words.items() if "without" not in name}
    rankings["Fanin search"] = rankings.pop("Fanin")
    cone = server.trace_fanin(repository, f"{mutation.module}.{mutation.symptom}")
    rankings["Fanin fan-in"] = cone
    around = (smallest_around(statement, passages) for statement in cone)
    rankings["Fanin fan-in, passages"] = list(dict.fromkeys(passage for passage in around if passage))
    return rankings


def smallest_around(statement: Passage, passages: Sequence[Passage]) -> Passage | None:
    """The passage that a statement is shown in: the conditions that it stands under are there too."""
    holding = [
        passage
        for passage in passages
        for path, first, last in passage.places
        if path == statement.path and first <= statement.start_line and statement.end_line <= last
    ]
    return min(holding, key=lambda one: one.end_line - one.start_line, default=None)


def evaluate_mutations(data: Path, tree: Path, mutations: Sequence[Mutation], embed: bool) -> Iterator[dict[str, Any]]:
    """A row per fault. `tree` is written to, one file at a time, indexed anew, and restored."""
    for mutation in mutations:
        file = tree / mutation.path
        original = file.read_bytes()
        last = mutation.line + (mutation.operator == SWAPPED_PORTS)
        gold = (Span(mutation.path, mutation.line, last),)
        try:
            file.write_text(mutation.text, encoding="utf-8", newline="")
            run_index(data, tree, "mutant", embed)
            with Server(data) as server:
                found = {name: _rank_and_lines(one, gold) for name, one in rankings_of(server, "mutant", mutation).items()}
        finally:
            file.write_bytes(original)
        row = {"operator": mutation.operator, "path": mutation.path, "lines": [mutation.line, last], "kind": "mutation"}
        row |= {"module": mutation.module, "symptom": mutation.symptom}
        row["ranks"] = {name: rank for name, (rank, _) in found.items()}
        yield row | {"lines_read": {name: lines for name, (_, lines) in found.items()}}
