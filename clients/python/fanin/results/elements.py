"""What a design is made of: elements, their relations, their source."""

from __future__ import annotations

from dataclasses import dataclass

from fanin import render


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
class Neighbor:
    """An edge with the node at its other end."""

    edge: Edge
    node: Node


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
    # The elaborated design whose facts were used; "": those of syntax alone.
    design: str

    def _repr_html_(self) -> str:
        return render.element(self)
