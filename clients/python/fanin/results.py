"""What answers are made of: frozen dataclasses, one for each message of proto/fanin/v1 that an answer holds.

Conventions of the contract hold: lines are 1-based and ranges inclusive, bytes 0-based with an exclusive end, paths are
relative to the repository's root. What a message leaves unsaid is "", 0 or None here. In Jupyter every answer shows
itself: tables, source with what matched marked, cones as pictures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Union

from fanin import picture, render


@dataclass(frozen=True)
class SourceRange:
    start_line: int
    end_line: int
    start_byte: int
    end_byte: int


@dataclass(frozen=True)
class Node:
    """An element of the design: a module, port, signal, block, instance, section of a document ..."""

    # Resource name; its last part names the same element in later snapshots too.
    id: str
    name: str
    kind: str
    path: str
    start_line: int
    end_line: int
    qualified_name: str
    # "input", "output", "inout", "ref"; "": no port.
    direction: str
    type: str
    width: str
    value: str
    # `ifdef condition; "": always.
    condition: str
    doc: str
    anonymous: bool

    @property
    def repository(self) -> str:
        return self.id.split("/")[1] if self.id else ""

    @property
    def location(self) -> str:
        """path:line, as terminals and editors open it."""
        return f"{self.path}:{self.start_line}"

    def _repr_html_(self) -> str:
        return render.node(self)


@dataclass(frozen=True)
class Edge:
    """A typed relation between two nodes."""

    kind: str
    from_node: str
    to_node: str
    # "syntax", "linked" or "elaborated".
    provenance: str
    confidence: float
    # "data", "control", "clock", "reset", "index" or "".
    role: str
    # "continuous", "blocking", "nonblocking", "connection" or "".
    assignment: str
    # (msb, lsb); None: the whole, or not constant.
    from_bits: tuple[int, int] | None
    to_bits: tuple[int, int] | None
    guard: str
    text: str
    # What makes it.
    statement: Node | None


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
class TraceStep:
    node: Node
    # Index into Cone.steps of the step that it was reached from; None: a root.
    parent: int | None
    depth: int
    # Registers crossed since the root.
    registers: int
    # The flow that was walked; None: a root.
    edge: Edge | None
    # A stop rule or limit ended the walk here.
    stopped: bool
    hierarchical_path: str

    @property
    def made_at(self) -> str:
        """path:line of the statement that makes the flow, or of the root."""
        statement = self.edge.statement if self.edge else None
        return (statement or self.node).location


@dataclass(frozen=True)
class CommonSignal:
    node: Node
    hierarchical_path: str
    # For each traced signal, the index into Cone.steps where it lies in that signal's cone.
    steps: tuple[int, ...]


@dataclass(frozen=True)
class Cone:
    """What drives signals, or what they drive; breadth first, roots first. Behaves as a sequence of its steps."""

    steps: tuple[TraceStep, ...]
    # "fanin" or "fanout".
    direction: str
    truncated: bool
    warnings: tuple[str, ...]
    snapshot: str
    common: tuple[CommonSignal, ...]
    # The form of docs/flow_text.md, where `text` asked for it.
    text: str
    total_ms: float

    def __iter__(self) -> Iterator[TraceStep]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, index: int) -> TraceStep:
        return self.steps[index]

    def to_dot(self) -> str:
        """The cone for Graphviz."""
        return picture.dot(self)

    def to_svg(self) -> str:
        """The cone as a picture, left to right; needs no other program."""
        return picture.svg(self)

    def _repr_html_(self) -> str:
        return render.cone(self)


@dataclass(frozen=True)
class Parameter:
    name: str
    value: str
    # By the instance.
    overridden: bool


@dataclass(frozen=True)
class Instance:
    """An instance in the tree, or a top module."""

    name: str
    module: str
    depth: int
    # Index into Hierarchy.instances; None: a top.
    parent: int | None
    # The module; None: no file of the repository defines it.
    definition: Node | None
    instance: Node | None
    candidates: int
    recursive: bool
    path: str
    parameters: tuple[Parameter, ...]
    instances_below: int


@dataclass(frozen=True)
class ModuleCount:
    module: str
    definition: Node | None
    instances: int


@dataclass(frozen=True)
class Hierarchy:
    """The tree of instances, depth first. Behaves as a sequence of its instances."""

    instances: tuple[Instance, ...]
    truncated: bool
    warnings: tuple[str, ...]
    snapshot: str
    modules: tuple[ModuleCount, ...]

    def __iter__(self) -> Iterator[Instance]:
        return iter(self.instances)

    def __len__(self) -> int:
        return len(self.instances)

    def __getitem__(self, index: int) -> Instance:
        return self.instances[index]

    def _repr_html_(self) -> str:
        return render.hierarchy(self)


@dataclass(frozen=True)
class Source:
    """Whole lines of one file, as indexed."""

    path: str
    range: SourceRange
    text: str
    total_lines: int
    content_digest: str
    # SPDX identifier; "": unknown.
    license: str
    truncated: bool

    def _repr_html_(self) -> str:
        return render.source(self)


@dataclass(frozen=True)
class Neighbor:
    """An edge with the node at its other end."""

    edge: Edge
    node: Node


@dataclass(frozen=True)
class Element:
    """One node with its surroundings."""

    node: Node
    # Outermost (the file) first.
    ancestors: tuple[Node, ...]
    children: tuple[Node, ...]
    out_edges: tuple[Neighbor, ...]
    in_edges: tuple[Neighbor, ...]
    source: Source | None
    truncated: bool
    snapshot: str
    hierarchical_paths: tuple[str, ...]
    flow_text: str

    def _repr_html_(self) -> str:
        return render.element(self)


@dataclass(frozen=True)
class FsmState:
    name: str
    node: Node | None


@dataclass(frozen=True)
class FsmTransition:
    # Indexes into Fsm.states; empty: from any.
    from_states: tuple[int, ...]
    # Index into Fsm.states; None: no constant, see target.
    to_state: int | None
    target: str
    guard: str
    otherwise: bool
    statement: Node


@dataclass(frozen=True)
class Fsm:
    module: str
    state: Node
    next: Node | None
    states: tuple[FsmState, ...]
    # Index into states; None: none was found.
    reset: int | None
    transitions: tuple[FsmTransition, ...]
    text: str

    def _repr_html_(self) -> str:
        return render.preformatted(self.text)


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


@dataclass(frozen=True)
class LostFile:
    path: str
    reason: str


@dataclass(frozen=True)
class ParseProblem:
    """A file with parse errors: its first one, and how many there are."""

    path: str
    # 0: nowhere in particular.
    line: int
    message: str
    errors: int


@dataclass(frozen=True)
class Snapshot:
    # repositories/{repository}/snapshots/{snapshot}
    id: str
    create_time: datetime
    revision: str
    files: int
    lines: int
    nodes: int
    chunks: int
    source_bytes: int
    files_with_errors: int
    lost_files: tuple[LostFile, ...]
    external_definitions: tuple[str, ...]


@dataclass(frozen=True)
class Repository:
    name: str
    root: str
    # "empty", "ready" or "degraded".
    state: str
    create_time: datetime
    latest_snapshot: Snapshot | None
    # Share of passages with a vector, [0, 1].
    semantic_coverage: float
    warnings: tuple[str, ...]
    # Resource name of the job that is indexing it; "": none.
    current_job: str
    # Of the latest snapshot, by path; the first 100.
    parse_problems: tuple[ParseProblem, ...]


@dataclass(frozen=True)
class Progress:
    """How far an indexing run is. `total` 0: not known."""

    # "discover", "scan", "parse", "link", "postings" or "embed".
    phase: str
    done: int
    total: int


@dataclass(frozen=True)
class IndexSummary:
    """What an indexing run found."""

    snapshot: str
    up_to_date: bool
    revision: str
    files: int
    files_reused: int
    lines: int
    nodes: Mapping[str, int]
    edges: int
    references: int
    references_resolved: int
    lost_files: tuple[LostFile, ...]
    files_with_errors: int
    chunks: int
    chunks_embedded: int
    semantic_coverage: float
    warnings: tuple[str, ...]
    total_seconds: float
    # By path; the first 1000.
    parse_problems: tuple[ParseProblem, ...]

    def _repr_html_(self) -> str:
        return render.index_summary(self)


@dataclass(frozen=True)
class Status:
    version: str
    # "ready" or "degraded".
    state: str
    data_dir: str
    data_bytes: int
    embedding_model: str
    uptime_seconds: float
    repositories: tuple[Repository, ...]
    warnings: tuple[str, ...]

    def _repr_html_(self) -> str:
        return render.status(self)
