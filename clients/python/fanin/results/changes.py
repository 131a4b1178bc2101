"""What differs between two snapshots."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fanin import render
from fanin.results.elements import Edge, Node


@dataclass(frozen=True)
class NodeChange:
    # "added", "removed" or "changed".
    change: str
    # As it was; None: added.
    before: Node | None
    # As it is; None: removed.
    after: Node | None
    # What is different of a changed one: "type", "width", "value", "direction", "condition", "doc", "text".
    differences: tuple[str, ...]

    @property
    def node(self) -> Node:
        """As it is, or as it last was."""
        node = self.after or self.before
        assert node is not None
        return node


@dataclass(frozen=True)
class EdgeChange:
    # "added", "removed" or "changed".
    change: str
    edge: Edge
    # Of a changed one, as it was.
    before: Edge | None
    from_node: Node
    to_node: Node


@dataclass(frozen=True)
class ChangeCounts:
    added: int
    removed: int
    changed: int


@dataclass(frozen=True)
class Difference:
    """What differs between two snapshots, in elements and relations. Behaves as a sequence of its changed nodes."""

    # Resource names of the snapshots.
    older: str
    newer: str
    nodes: tuple[NodeChange, ...]
    edges: tuple[EdgeChange, ...]
    # Of all there are, whether told or not.
    node_counts: ChangeCounts
    edge_counts: ChangeCounts
    # Files whose facts or links differ.
    files: int
    truncated: bool

    def __iter__(self) -> Iterator[NodeChange]:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self.nodes)

    def __getitem__(self, index: int) -> NodeChange:
        return self.nodes[index]

    def _repr_html_(self) -> str:
        return render.difference(self)
