"""Runs `fanin` on a data directory of the evaluation's own, and asks it over the generated stubs."""

import json
import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import grpc

from fanin.channel import OPTIONS
from fanin.errors import FaninError
from fanin.server import PrivateServer, find_binary
from fanin.v1 import context_pb2, node_pb2, overlay_pb2, retrieval_service_pb2_grpc, search_pb2, trace_pb2

DEADLINE_SECONDS = 120
# The most results that one answer holds.
PAGE = 1000
MAX_QUERY_BYTES = 8000
MAX_SUSPECTS = 2000
DEFAULT_SUSPECTS = 0
# A condition that every passage meets.
EVERYTHING = "-file:no_file_has_this_name"


@dataclass(frozen=True)
class Passage:
    """What retrieval returns: a span of whole lines, in one place or several."""

    path: str
    start_line: int
    end_line: int
    text: str
    kind: str = ""  # of the passage: "module_header", "block" ...
    name: str = ""  # qualified name of the element shown
    copies: tuple[tuple[str, int, int], ...] = ()
    signals: dict[str, float] = field(default_factory=dict, hash=False, compare=False)  # value of each addend
    weights: dict[str, float] = field(default_factory=dict, hash=False, compare=False)
    shown: tuple[tuple[int, int], ...] = ()  # first and last lines of what the text shows; empty: all

    @property
    def identity(self) -> tuple[str, int, int]:
        return self.path, self.start_line, self.end_line

    @property
    def places(self) -> Iterator[tuple[str, int, int]]:
        if self.shown:
            yield from ((self.path, first, last) for first, last in self.shown)
        else:
            yield self.identity
        yield from self.copies

    def unit(self, level: str) -> tuple[str, int | str]:
        """What it is of, at a level: equal for all passages of a definition, or all ways to show a declaration."""
        return (self.path, self.definition) if level == "module" else (self.path, self.start_line)

    def numbered_lines(self) -> Iterator[tuple[int, str]]:
        """The lines shown, each with its number."""
        lines = iter(self.text.splitlines(keepends=True))
        for i, (first, last) in enumerate(self.shown or ((self.start_line, self.end_line),)):
            if i:
                next(lines)  # says how many are left out
            yield from zip(range(first, last + 1), lines, strict=False)

    @property
    def definition(self) -> str:
        """The outermost scope that it is in."""
        return re.split(r"\.|::", self.name, maxsplit=1)[0]


@dataclass(frozen=True)
class Suspect:
    """Lines that a debug task gives, with the values of the addends of their score."""

    path: str
    start_line: int
    end_line: int
    text: str
    signals: dict[str, float] = field(default_factory=dict, hash=False, compare=False)


@dataclass(frozen=True)
class DebugAnswer:
    suspects: list[Suspect]
    milliseconds: float  # that the server took
    warnings: list[str]


def plain_words(text: str) -> str:
    """Text as words that the query language takes for nothing else."""
    words = [word.lower() if word in ("OR", "AND") else word for word in re.findall(r"[A-Za-z0-9_]+", text)]
    return " ".join(words)[:MAX_QUERY_BYTES]


def run_index(data: Path, root: Path, name: str, embed: bool) -> dict:
    """Brings the index of a folder up to date; the job's summary as `fanin index --json` prints it."""
    command = [find_binary(), "index", str(root), "--name", name, "--data-dir", str(data), "--quiet", "--json"]
    process = subprocess.run(command + ([] if embed else ["--no-embed"]), capture_output=True, text=True)
    if process.returncode != 0:
        raise FaninError(f"{' '.join(command)}: {process.stderr.strip()}")
    return json.loads(process.stdout)["job"]["summary"]


class Server:
    """`fanin serve` on a data directory, for a `with` statement. One process may hold a data directory."""

    def __init__(self, data: Path):
        self._data = data

    def __enter__(self) -> "Server":
        self._private = PrivateServer(self._data)
        self._channel = grpc.insecure_channel(self._private.address, OPTIONS)
        self._stub = retrieval_service_pb2_grpc.RetrievalServiceStub(self._channel)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._channel.close()
        self._private.close()

    def search(self, repository: str, query: str, limit: int = PAGE) -> list[Passage]:
        """The ranked passages for a query string, each with the addends of its score."""
        passages, _ = self.timed_search(repository, query, limit)
        return passages

    def timed_search(self, repository: str, query: str, limit: int = PAGE) -> tuple[list[Passage], float]:
        """And the milliseconds that the client waited."""
        request = search_pb2.SearchRequest(
            repositories=[f"repositories/{repository}"], query=query, page_size=limit, explain=True
        )
        begin = time.monotonic()
        response = self._stub.Search(request, timeout=DEADLINE_SECONDS)
        milliseconds = 1000 * (time.monotonic() - begin)
        if response.partial:
            raise FaninError(f"a search of {repository} is partial: it must not be counted")
        return [_passage(result) for result in response.results], milliseconds

    def all_results(self, repository: str) -> list[tuple[search_pb2.SearchResult, Passage]]:
        """The whole corpus: every passage once, copies collapsed, beside the answer that it was made from."""
        results: list[tuple[search_pb2.SearchResult, Passage]] = []
        request = search_pb2.SearchRequest(repositories=[f"repositories/{repository}"], query=EVERYTHING, page_size=PAGE)
        while True:
            response = self._stub.Search(request, timeout=DEADLINE_SECONDS)
            results += [(result, _passage(result)) for result in response.results]
            if not response.next_page_token:
                return results
            request.page_token = response.next_page_token

    def all_passages(self, repository: str) -> list[Passage]:
        return [passage for _, passage in self.all_results(repository)]

    def has_vectors(self, repository: str) -> bool:
        """Whether every passage has a vector: dense results of a part would be wrong."""
        request = search_pb2.SearchRequest(repositories=[f"repositories/{repository}"], query="clock", page_size=1)
        return not any("embedding" in warning for warning in self._stub.Search(request, timeout=DEADLINE_SECONDS).warnings)

    def complete(self, repository: str, path: str, prefix: str, budget_tokens: int) -> list[Passage]:
        """Context for going on after `prefix`, the whole text that the editor holds of the file."""
        line = prefix.count("\n") + 1
        request = context_pb2.AssembleContextRequest(
            repository=f"repositories/{repository}",
            budget_tokens=budget_tokens,
            overlays=[overlay_pb2.Overlay(path=path, text=prefix + "\n")],
            completion=context_pb2.CompletionTask(cursor=node_pb2.SourcePosition(path=path, line=line)),
        )
        response = self._stub.AssembleContext(request, timeout=DEADLINE_SECONDS)
        return [_snippet(snippet) for snippet in response.snippets]

    def debug(
        self,
        repository: str,
        overlay: tuple[str, str] | None = None,
        *,
        signals: Sequence[str] = (),
        passing: Sequence[str] = (),
        log: str = "",
        wave: Path | None = None,
        time: int = 0,
        scope: str = "",
        max_suspects: int = MAX_SUSPECTS,
    ) -> DebugAnswer:
        """The suspects of a failure, all unless told; with `overlay` one file's text is replaced."""
        task = context_pb2.DebugTask(
            signals=signals, passing_signals=passing, logs=[log] if log else [], max_suspects=max_suspects
        )
        if wave:
            task.waveform.CopyFrom(context_pb2.Waveform(server_path=str(wave.resolve()), time=time, scope=scope))
        request = context_pb2.AssembleContextRequest(
            repository=f"repositories/{repository}",
            budget_tokens=1000,
            overlays=[overlay_pb2.Overlay(path=overlay[0], text=overlay[1])] if overlay else [],
            debug=task,
        )
        response = self._stub.AssembleContext(request, timeout=DEADLINE_SECONDS)
        suspects = [
            Suspect(
                one.node.path,
                one.range.start_line,
                one.range.end_line,
                one.text,
                {signal.name: signal.value for signal in one.signals},
            )
            for one in response.suspects
        ]
        return DebugAnswer(suspects, response.stats.total_ms, list(response.warnings))

    def trace_fanin(self, repository: str, signal: str) -> list[Passage]:
        """The statements of a signal's fan-in cone, breadth first, then the declarations in it, each once.

        Nothing where the name is ambiguous.
        """
        request = trace_pb2.TraceRequest(
            repository=f"repositories/{repository}",
            signals=[signal],
            direction=trace_pb2.TRACE_DIRECTION_FANIN,
            max_depth=64,
            include_clock_reset=True,
        )
        steps = self._stub.Trace(request, timeout=DEADLINE_SECONDS).steps
        statements = [step.edge.statement for step in steps if step.edge.HasField("statement")]
        shown = [
            Passage(node.path, node.start_line, node.end_line, "", node.kind, node.qualified_name)
            for node in [*statements, *(step.node for step in steps)]
        ]
        return list(dict.fromkeys(shown))


def _snippet(snippet: context_pb2.ContextSnippet) -> Passage:
    shown = tuple((span.start_line, span.end_line) for span in snippet.shown)
    span = snippet.range
    return Passage(snippet.path, span.start_line, span.end_line, snippet.text, snippet.kind, snippet.name, shown=shown)


def _passage(result: search_pb2.SearchResult) -> Passage:
    return Passage(
        result.node.path,
        result.range.start_line,
        result.range.end_line,
        result.text,
        result.chunk_kind,
        result.node.qualified_name,
        tuple((copy.path, copy.start_line, copy.end_line) for copy in result.also_at),
        {signal.name: signal.value for signal in result.signals},
        {signal.name: signal.weight for signal in result.signals},
    )
