"""What is indexed, and how it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fanin import render


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
class DesignProblem:
    # The module, package or class whose facts are those of its syntax; "": of the whole design.
    definition: str
    # "" and 0: nowhere in particular.
    path: str
    line: int
    reason: str


@dataclass(frozen=True)
class Design:
    """A design whose top was elaborated: what is known of it exactly, and what is not."""

    name: str
    files: int
    # Modules and interfaces whose elaborated facts are there.
    elaborated: tuple[str, ...]
    problems: tuple[DesignProblem, ...]
    # Names instantiated that no file of the design defines.
    unknown: tuple[str, ...]
    specialised_definitions: int
    instances: int


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
    # Elaborated, of the latest snapshot.
    designs: tuple[Design, ...]


@dataclass(frozen=True)
class Progress:
    """How far an indexing run is. `total` 0: not known."""

    # "discover", "scan", "parse", "link", "postings", "elaborate" or "embed".
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
