"""What walks through a design find: cones, instances, state machines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fanin import picture, render
from fanin.results.elements import Edge, Node


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
    # The elaborated design whose facts were used; "": those of syntax alone.
    design: str
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
    # The elaborated design whose facts were used; "": those of syntax alone.
    design: str

    def __iter__(self) -> Iterator[Instance]:
        return iter(self.instances)

    def __len__(self) -> int:
        return len(self.instances)

    def __getitem__(self, index: int) -> Instance:
        return self.instances[index]

    def _repr_html_(self) -> str:
        return render.hierarchy(self)


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
