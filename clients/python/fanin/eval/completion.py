"""Completion samples in the manner of RTL-Repo, and what each way of choosing context puts into a budget of tokens."""

import functools
import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from fanin.eval import metrics
from fanin.eval.baselines import Bm25, by_signal, hdlxgraph
from fanin.eval.definitions import DefinitionTable, Gold
from fanin.eval.extractive import predict_line
from fanin.eval.rtl_text import RtlFile, identifiers
from fanin.eval.search import POOL
from fanin.eval.server import Passage, Server, plain_words

SETTINGS = ("cross-file-first", "cross-file-random", "in-file")
BUDGETS = (1024, 2048, 4096)
# Where lines are predicted by copying.
PREDICTION_BUDGET = 2048
# Lines before the cursor that text methods ask with.
QUERY_LINES = 10
MIN_PREFIX_LINES = 5
_TOKENS = re.compile(r"[A-Za-z]{1,5}|[0-9]{1,3}|\n[ \t\r]*|[ \t\r]{2,}|[^A-Za-z0-9 \t\r\n]")
_KEYWORDS = frozenset("begin end if else case endcase assign input output wire reg logic always posedge negedge or".split())


def estimate_tokens(text: str) -> int:
    """Fanin's own count (retriever/token_estimate.h), so that all methods are held to one budget."""
    return len(_TOKENS.findall(text))


@dataclass(frozen=True)
class Sample:
    """Cursor before `line` of `path`: the prefix is known, `next_line` is wanted."""

    setting: str
    path: str
    line: int
    prefix: str
    next_line: str
    gold: tuple[Gold, ...]

    @property
    def identity(self) -> str:
        return f"{self.setting}:{self.path}:{self.line}"

    @property
    def query(self) -> str:
        return plain_words("\n".join(self.prefix.split("\n")[-QUERY_LINES - 1 :]))

    @property
    def container_is_named(self) -> bool:
        """Whether the prefix names, imports or includes what holds each gold."""
        words = set(identifiers(self.prefix))
        return bool(self.gold) and all(
            any(site.container in words if site.container else site.span.path.rsplit("/")[-1] in self.prefix for site in one.sites)
            for one in self.gold
        )


def _sample_at(table: DefinitionTable, file: RtlFile, line: int) -> Sample | None:
    """The sample of one line; None where there is nothing to complete."""
    next_line = file.slice_lines(file.text, line, line).rstrip("\n")
    if not identifiers(file.line_code(line)):
        return None
    prefix = file.slice_lines(file.text, 1, line - 1)
    gold = table.gold_of_line(file, line)
    if not gold:
        return Sample("in-file", file.path, line, prefix, next_line, ())
    known = set(identifiers(file.slice_lines(file.code, 1, line - 1)))
    first = tuple(one for one in gold if one.name not in known)
    if first:
        return Sample("cross-file-first", file.path, line, prefix, next_line, first)
    return Sample("cross-file-random", file.path, line, prefix, next_line, tuple(gold))


def build_samples(
    table: DefinitionTable,
    per_setting: int,
    seed: int,
    texts: dict[str, RtlFile] | None = None,
    lines: dict[str, set[int]] | None = None,
) -> list[Sample]:
    """At most `per_setting` samples of each setting, drawn by `seed`.

    Time split: `texts` are the files of a later commit and `lines` what it added, while the table is of the indexed one.
    """
    files = texts if texts is not None else table.files
    places = [
        (path, line)
        for path in sorted(files if lines is None else lines)
        if path in files
        for line in range(MIN_PREFIX_LINES + 1, files[path].text.count("\n") + 1)
        if lines is None or line in lines[path]
    ]
    random.Random(f"{seed}:completion").shuffle(places)
    wanted = dict.fromkeys(SETTINGS, per_setting)
    samples = []
    for path, line in places:
        sample = _sample_at(table, files[path], line)
        if sample and wanted[sample.setting] > 0:
            wanted[sample.setting] -= 1
            samples.append(sample)
        if not any(wanted.values()):
            break
    return sorted(samples, key=lambda sample: (SETTINGS.index(sample.setting), sample.path, sample.line))


def pack(passages: Iterable[Passage], budget: int) -> list[Passage]:
    """Whole passages in order while they fit; those that do not are passed over."""
    taken: list[Passage] = []
    for passage in passages:
        tokens = estimate_tokens(passage.text)
        if tokens <= budget:
            budget -= tokens
            taken.append(passage)
        if budget <= 0:
            break
    return taken


def pack_files(files: Iterable[RtlFile], budget: int) -> list[Passage]:
    """Whole files in order, the last cut at a line."""
    taken = []
    for file in files:
        lines = file.text.splitlines(keepends=True)
        count = 0
        for count, line in enumerate(lines, start=1):
            budget -= estimate_tokens(line)
            if budget < 0:
                count -= 1
                break
        if count:
            taken.append(Passage(file.path, 1, count, "".join(lines[:count])))
        if budget <= 0:
            break
    return taken


class ContextMethods:
    """The ways to choose context, each from a sample and a budget. The file under the cursor gives nothing to any."""

    def __init__(
        self, server: Server, repository: str, table: DefinitionTable, with_vectors: bool, only: Sequence[str] | None = None
    ):
        self._server = server
        self._repository = repository
        self._files = list(table.files.values())
        self._last: dict[str, tuple[str, list[Passage]]] = {}
        self.methods: dict[str, Callable[[Sample, int], list[Passage]]] = {
            "none": lambda sample, budget: [],
            "RTL-Repo order": lambda sample, budget: pack_files(self._others(sample), budget),
            "same directory": self._same_directory,
            "BM25": self._by_bm25,
            **({"dense": self._by_meaning, "HDLxGraph-style": self._by_hdlxgraph} if with_vectors else {}),
            "Fanin": lambda sample, budget: server.complete(repository, sample.path, sample.prefix, budget),
            "oracle": self._oracle,
        }
        unknown = set(only or ()) - set(self.methods)
        if unknown:
            raise ValueError(f"no such method: {', '.join(sorted(unknown))}; there are {', '.join(self.methods)}")
        self.methods = {name: choose for name, choose in self.methods.items() if not only or name in only}

    @functools.cached_property
    def _passages(self) -> list[Passage]:
        return self._server.all_passages(self._repository)

    @functools.cached_property
    def _bm25(self) -> Bm25:
        return Bm25([passage.text for passage in self._passages])

    def _others(self, sample: Sample) -> list[RtlFile]:
        return [file for file in self._files if file.path != sample.path]

    def _same_directory(self, sample: Sample, budget: int) -> list[Passage]:
        folder = sample.path.rpartition("/")[0]
        others = self._others(sample)
        near = [file for file in others if file.path.rpartition("/")[0] == folder]
        return pack_files([*near, *(file for file in others if file not in near)], budget)

    def _by_bm25(self, sample: Sample, budget: int) -> list[Passage]:
        ranked = self._ranked("BM25", sample, lambda: [self._passages[i] for i in self._bm25.rank(sample.query, POOL)])
        return pack((one for one in ranked if one.path != sample.path), budget)

    def _by_meaning(self, sample: Sample, budget: int) -> list[Passage]:
        return pack((one for one in by_signal(self._pool(sample), "cosine") if one.path != sample.path), budget)

    def _by_hdlxgraph(self, sample: Sample, budget: int) -> list[Passage]:
        ranked = hdlxgraph(self._pool(sample), sample.query)
        return pack((one for one in ranked if one.path != sample.path), budget)

    def _pool(self, sample: Sample) -> list[Passage]:
        return self._ranked("search", sample, lambda: self._server.search(self._repository, sample.query, POOL))

    def _ranked(self, method: str, sample: Sample, rank: Callable[[], list[Passage]]) -> list[Passage]:
        """A ranking made once for all budgets of a sample."""
        identity, ranking = self._last.get(method, ("", []))
        if identity != sample.identity:
            ranking = rank()
            self._last[method] = sample.identity, ranking
        return ranking

    def _oracle(self, sample: Sample, budget: int) -> list[Passage]:
        shown = []
        for gold in sample.gold:
            holding = [one for one in self._passages if one.path != sample.path and shows(one, gold)]
            shown += sorted(holding, key=lambda one: len(one.text))[:1]
        return pack(dict.fromkeys(shown), budget)


def shows(passage: Passage, gold: Gold) -> bool:
    """Whether a passage holds the first line of one of the sites."""
    return any(
        path == site.span.path and first <= site.span.start_line <= last
        for path, first, last in passage.places
        for site in gold.sites
    )


def score_context(sample: Sample, context: Sequence[Passage]) -> dict[str, float | None]:
    """What a context is worth without asking a model. What does not apply is None: "covered" where the line has no
    identifier new to its file, what is of gold where there is none."""
    found = [gold for gold in sample.gold if any(shows(passage, gold) for passage in context)]
    rank = metrics.first_rank([any(shows(passage, gold) for gold in sample.gold) for passage in context])
    tokens = sum(estimate_tokens(passage.text) for passage in context)
    known = set(identifiers(sample.prefix))
    wanted = set(identifiers(sample.next_line)) - known - _KEYWORDS
    given = {name for passage in context for name in identifiers(passage.text)}
    return {
        "recall": len(found) / len(sample.gold) if sample.gold else None,
        "reciprocal_rank": metrics.reciprocal_rank(rank, 1000) if sample.gold else None,
        "gold_share": (_gold_tokens(sample, context) / tokens if tokens else 0.0) if sample.gold else None,
        "covered": len(wanted & given) / len(wanted) if wanted else None,
        "tokens": tokens,
    }


def _gold_tokens(sample: Sample, context: Sequence[Passage]) -> int:
    lines: dict[tuple[str, int], str] = {}
    for passage in context:
        for gold in sample.gold:
            for site in gold.sites:
                if site.span.path == passage.path:
                    for number, text in passage.numbered_lines():
                        if site.span.start_line <= number <= site.span.end_line:
                            lines[passage.path, number] = text
    return sum(estimate_tokens(text) for text in lines.values())


def evaluate_completion(methods: ContextMethods, samples: Sequence[Sample]) -> list[dict[str, Any]]:
    """A row per sample, method and budget. "es" and "em" are those of the copied line, at the budget of predictions.

    A sample without cross-file gold has no other score, and is asked at that budget only.
    """
    rows = []
    for sample in samples:
        row = {"sample": sample.identity, "setting": sample.setting, "named": sample.container_is_named}
        row |= {"gold": [gold.name for gold in sample.gold], "kinds": [gold.sites[0].kind for gold in sample.gold]}
        for method, choose in methods.methods.items():
            for budget in BUDGETS if sample.gold else (PREDICTION_BUDGET,):
                context = choose(sample, budget)
                scores = score_context(sample, context)
                if budget == PREDICTION_BUDGET:
                    line = predict_line(sample.prefix, context)
                    scores["es"] = metrics.edit_similarity(line, sample.next_line)
                    scores["em"] = float(metrics.exact_match(line, sample.next_line))
                rounded = {name: value if value is None else round(value, 4) for name, value in scores.items()}
                rows.append({**row, "method": method, "budget": budget, **rounded})
    return rows
