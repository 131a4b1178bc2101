"""What answers are made of: frozen dataclasses, one for each message of proto/fanin/v1 that an answer holds.

Conventions of the contract hold: lines are 1-based and ranges inclusive, bytes 0-based with an exclusive end, paths are
relative to the repository's root. What a message leaves unsaid is "", 0 or None here. In Jupyter every answer shows
itself: tables, source with what matched marked, cones as pictures.
"""

from fanin.results.changes import ChangeCounts, Difference, EdgeChange, NodeChange
from fanin.results.elements import Edge, Element, Neighbor, Node, Source, SourceRange
from fanin.results.passages import (
    Context,
    DuplicateLocation,
    ScoreSignal,
    SearchResult,
    SearchResults,
    Snippet,
    Table,
    Value,
)
from fanin.results.repositories import (
    Design,
    DesignProblem,
    IndexSummary,
    LostFile,
    ParseProblem,
    Progress,
    Repository,
    Snapshot,
    Status,
)
from fanin.results.walks import (
    CommonSignal,
    Cone,
    Fsm,
    FsmState,
    FsmTransition,
    Hierarchy,
    Instance,
    ModuleCount,
    Parameter,
    TraceStep,
)

__all__ = [
    "ChangeCounts",
    "CommonSignal",
    "Cone",
    "Context",
    "Design",
    "DesignProblem",
    "Difference",
    "DuplicateLocation",
    "Edge",
    "EdgeChange",
    "Element",
    "Fsm",
    "FsmState",
    "FsmTransition",
    "Hierarchy",
    "IndexSummary",
    "Instance",
    "LostFile",
    "ModuleCount",
    "Neighbor",
    "Node",
    "NodeChange",
    "Parameter",
    "ParseProblem",
    "Progress",
    "Repository",
    "ScoreSignal",
    "SearchResult",
    "SearchResults",
    "Snapshot",
    "Snippet",
    "Source",
    "SourceRange",
    "Status",
    "Table",
    "TraceStep",
    "Value",
]
