"""What searches, queries and context hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Union

from fanin import render
from fanin.results.elements import Edge, Node, SourceRange


@dataclass(frozen=True)
class ScoreSignal:
    name: str
    value: float
    weight: float
    contribution: float


@dataclass(frozen=True)
class DuplicateLocation:
    repository: str
    path: str
    start_line: int
    end_line: int


@dataclass(frozen=True)
class SearchResult:
    """A passage that a search found."""

    node: Node
    score: float
    reasons: tuple[str, ...]
    range: SourceRange
    text: str
    # Bytes are of the file: subtract range.start_byte to index the UTF-8 of `text`.
    matches: tuple[SourceRange, ...]
    also_at: tuple[DuplicateLocation, ...]
    chunk_kind: str
    # Addends of the score, where `explain` asked for them.
    signals: tuple[ScoreSignal, ...]

    @property
    def location(self) -> str:
        return f"{self.node.path}:{self.range.start_line}"

    def _repr_html_(self) -> str:
        return render.search_result(self)


@dataclass(frozen=True)
class SearchResults:
    """Best first. Behaves as a sequence of its results."""

    results: tuple[SearchResult, ...]
    truncated: bool
    partial: bool
    warnings: tuple[str, ...]
    snapshots: tuple[str, ...]
    plan: str
    total_ms: float

    def __iter__(self) -> Iterator[SearchResult]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)

    def __getitem__(self, index: int) -> SearchResult:
        return self.results[index]

    def _repr_html_(self) -> str:
        return render.search_results(self)


Value = Union[bool, int, float, str, Node, Edge, "list[Value]", None]


@dataclass(frozen=True)
class Table:
    """Rows of a graph query. Behaves as a sequence of its rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    truncated: bool
    warnings: tuple[str, ...]
    snapshots: tuple[str, ...]
    # For each snapshot the elaborated design whose facts were used; "": those of syntax alone.
    designs: tuple[str, ...]
    total_ms: float

    def __iter__(self) -> Iterator[tuple[Value, ...]]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> tuple[Value, ...]:
        return self.rows[index]

    def to_dicts(self) -> list[dict[str, Value]]:
        """One dictionary for each row, as pandas.DataFrame takes them."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def _repr_html_(self) -> str:
        return render.table(self)


@dataclass(frozen=True)
class Snippet:
    """A passage of a context."""

    repository: str
    path: str
    range: SourceRange
    # "definition", "instance", "connection", "similar" ...
    kind: str
    node_kind: str
    name: str
    text: str
    score: float
    reason: str
    tokens: int

    @property
    def location(self) -> str:
        return f"{self.path}:{self.range.start_line}"

    def _repr_html_(self) -> str:
        return render.snippet(self)


@dataclass(frozen=True)
class Context:
    """What a completion needs, within a budget; best first. Behaves as a sequence of its snippets."""

    snippets: tuple[Snippet, ...]
    tokens: int
    truncated: bool
    partial: bool
    warnings: tuple[str, ...]
    snapshots: tuple[str, ...]
    # Snippets and the text before the cursor as one text, where `prompt` asked for it.
    prompt: str
    total_ms: float

    def __iter__(self) -> Iterator[Snippet]:
        return iter(self.snippets)

    def __len__(self) -> int:
        return len(self.snippets)

    def __getitem__(self, index: int) -> Snippet:
        return self.snippets[index]

    def _repr_html_(self) -> str:
        return render.context(self)
