"""From the messages of proto/fanin/v1 to the dataclasses of fanin.results."""

from __future__ import annotations

from fanin import results as r
from fanin.errors import AmbiguousNameError
from fanin.v1 import (
    context_pb2,
    fsm_pb2,
    graph_pb2,
    node_pb2,
    query_pb2,
    search_pb2,
    trace_pb2,
)


def word(enum_name: str, prefix: str) -> str:
    """ROLE_DATA: "data"; ROLE_UNSPECIFIED: ""."""
    word = enum_name.removeprefix(prefix).lower()
    return "" if word == "unspecified" else word


def short(resource_name: str) -> str:
    """The repository's own name."""
    return resource_name.removeprefix("repositories/").split("/")[0]


def _range(value: graph_pb2.SourceRange) -> r.SourceRange:
    return r.SourceRange(value.start_line, value.end_line, value.start_byte, value.end_byte)


def node(value: graph_pb2.Node) -> r.Node:
    return r.Node(
        id=value.resource_name,
        name=value.name,
        kind=value.kind,
        path=value.path,
        start_line=value.start_line,
        end_line=value.end_line,
        qualified_name=value.qualified_name,
        direction=word(graph_pb2.PortDirection.Name(value.direction), "PORT_DIRECTION_"),
        type=value.type,
        width=value.width,
        value=value.value,
        condition=value.condition,
        doc=value.doc,
        anonymous=value.anonymous,
    )


def edge(value: graph_pb2.Edge) -> r.Edge:
    return r.Edge(
        kind=value.kind,
        from_node=value.from_node,
        to_node=value.to_node,
        provenance=word(graph_pb2.Provenance.Name(value.provenance), "PROVENANCE_"),
        confidence=value.confidence,
        role=word(graph_pb2.Role.Name(value.role), "ROLE_"),
        assignment=word(graph_pb2.Assignment.Name(value.assignment), "ASSIGNMENT_"),
        from_bits=(value.from_range.msb, value.from_range.lsb) if value.HasField("from_range") else None,
        to_bits=(value.to_range.msb, value.to_range.lsb) if value.HasField("to_range") else None,
        guard=value.guard,
        text=value.text,
        statement=node(value.statement) if value.HasField("statement") else None,
    )


def search_result(value: search_pb2.SearchResult) -> r.SearchResult:
    return r.SearchResult(
        node=node(value.node),
        score=value.score,
        reasons=tuple(value.reasons),
        range=_range(value.range),
        text=value.text,
        matches=tuple(map(_range, value.matches)),
        also_at=tuple(
            r.DuplicateLocation(short(at.repository), at.path, at.start_line, at.end_line) for at in value.also_at
        ),
        chunk_kind=value.chunk_kind,
        signals=tuple(r.ScoreSignal(s.name, s.value, s.weight, s.contribution) for s in value.signals),
    )


def search_results(value: search_pb2.SearchResponse) -> r.SearchResults:
    return r.SearchResults(
        results=tuple(map(search_result, value.results)),
        truncated=value.truncated,
        partial=value.partial,
        warnings=tuple(value.warnings),
        snapshots=tuple(value.snapshots),
        plan=value.plan,
        total_ms=value.stats.total_ms,
    )


def _value(value: query_pb2.Value) -> r.Value:
    kind = value.WhichOneof("kind")
    if kind == "node_value":
        return node(value.node_value)
    if kind == "edge_value":
        return edge(value.edge_value)
    if kind == "list_value":
        return [_value(item) for item in value.list_value.values]
    if kind is None:
        return None
    scalar: bool | int | float | str = getattr(value, kind)
    return scalar


def to_value(value: object) -> query_pb2.Value:
    """A parameter of a graph query as a message. TypeError for what a query cannot hold."""
    if value is None:
        return query_pb2.Value()
    if isinstance(value, bool):
        return query_pb2.Value(bool_value=value)
    if isinstance(value, int):
        return query_pb2.Value(int_value=value)
    if isinstance(value, float):
        return query_pb2.Value(double_value=value)
    if isinstance(value, str):
        return query_pb2.Value(string_value=value)
    if isinstance(value, (list, tuple)):
        return query_pb2.Value(list_value=query_pb2.ListValue(values=map(to_value, value)))
    raise TypeError(f"a query's parameter is None, bool, int, float, str or a list of them, not {type(value).__name__}")


def row(value: query_pb2.Row) -> tuple[r.Value, ...]:
    return tuple(map(_value, value.values))


def table(value: query_pb2.QueryResponse) -> r.Table:
    return r.Table(
        columns=tuple(value.columns),
        rows=tuple(map(row, value.rows)),
        truncated=value.truncated or bool(value.next_page_token),
        warnings=tuple(value.warnings),
        snapshots=tuple(value.snapshots),
        designs=tuple(value.designs),
        total_ms=value.stats.total_ms,
    )


def _refuse_ambiguous(value: trace_pb2.TraceResponse | trace_pb2.GetHierarchyResponse | fsm_pb2.GetFsmsResponse
                      | node_pb2.GetNodeResponse) -> None:  # fmt: skip
    for name in value.ambiguous:
        raise AmbiguousNameError(name.name, tuple(map(node, name.candidates)))


def cone(value: trace_pb2.TraceResponse, direction: str) -> r.Cone:
    _refuse_ambiguous(value)
    steps = tuple(
        r.TraceStep(
            node=node(step.node),
            parent=step.parent if step.HasField("parent") else None,
            depth=step.depth,
            registers=step.registers,
            edge=edge(step.edge) if step.HasField("edge") else None,
            stopped=step.stopped,
            hierarchical_path=step.hierarchical_path,
        )
        for step in value.steps
    )
    return r.Cone(
        steps=steps,
        direction=direction,
        truncated=value.truncated,
        warnings=tuple(value.warnings),
        snapshot=value.snapshot,
        common=tuple(r.CommonSignal(node(c.node), c.hierarchical_path, tuple(c.steps)) for c in value.common),
        text=value.text,
        design=value.design,
        total_ms=value.stats.total_ms,
    )


def hierarchy(value: trace_pb2.GetHierarchyResponse) -> r.Hierarchy:
    _refuse_ambiguous(value)
    instances = tuple(
        r.Instance(
            name=item.name,
            module=item.module,
            depth=item.depth,
            parent=item.parent if item.HasField("parent") else None,
            definition=node(item.definition) if item.HasField("definition") else None,
            instance=node(item.instance) if item.HasField("instance") else None,
            candidates=item.candidates,
            recursive=item.recursive,
            path=item.path,
            parameters=tuple(r.Parameter(p.name, p.value, p.overridden) for p in item.written_parameters),
            instances_below=item.instances_below,
        )
        for item in value.nodes
    )
    modules = tuple(
        r.ModuleCount(m.module, node(m.definition) if m.HasField("definition") else None, m.instances)
        for m in value.modules
    )
    return r.Hierarchy(instances, value.truncated, tuple(value.warnings), value.snapshot, modules, value.design)


def _source(value: node_pb2.SourceText, truncated: bool) -> r.Source:
    return r.Source(
        path=value.path,
        range=_range(value.range),
        text=value.text,
        total_lines=value.total_lines,
        content_digest=value.content_digest,
        license=value.license,
        truncated=truncated,
    )


def source(value: node_pb2.GetSourceResponse) -> r.Source:
    return _source(value.source, value.truncated)


def element(value: node_pb2.GetNodeResponse) -> r.Element:
    _refuse_ambiguous(value)
    return r.Element(
        node=node(value.node),
        ancestors=tuple(map(node, value.ancestors)),
        children=tuple(map(node, value.children)),
        out_edges=tuple(r.Neighbor(edge(n.edge), node(n.node)) for n in value.out_edges),
        in_edges=tuple(r.Neighbor(edge(n.edge), node(n.node)) for n in value.in_edges),
        source=_source(value.source, value.truncated) if value.HasField("source") else None,
        truncated=value.truncated,
        snapshot=value.snapshot,
        hierarchical_paths=tuple(value.hierarchical_paths),
        flow_text=value.flow_text,
        design=value.design,
    )


def fsms(value: fsm_pb2.GetFsmsResponse) -> tuple[r.Fsm, ...]:
    _refuse_ambiguous(value)
    return tuple(
        r.Fsm(
            module=item.module,
            state=node(item.state),
            next=node(item.next) if item.HasField("next") else None,
            states=tuple(r.FsmState(s.name, node(s.node) if s.HasField("node") else None) for s in item.states),
            reset=item.reset if item.HasField("reset") else None,
            transitions=tuple(
                r.FsmTransition(
                    from_states=tuple(getattr(t, "from")),
                    to_state=t.to if t.HasField("to") else None,
                    target=t.target,
                    guard=t.guard,
                    otherwise=t.otherwise,
                    statement=node(t.statement),
                )
                for t in item.transitions
            ),
            text=item.text,
        )
        for item in value.fsms
    )


def context(value: context_pb2.AssembleContextResponse) -> r.Context:
    snippets = tuple(
        r.Snippet(
            repository=short(s.repository),
            path=s.path,
            range=_range(s.range),
            kind=s.kind,
            node_kind=s.node_kind,
            name=s.name,
            text=s.text,
            score=s.score,
            reason=s.reason,
            tokens=s.tokens,
        )
        for s in value.snippets
    )
    return r.Context(
        snippets=snippets,
        tokens=value.tokens,
        truncated=value.truncated,
        partial=value.partial,
        warnings=tuple(value.warnings),
        snapshots=tuple(value.snapshots),
        prompt=value.prompt.text,
        total_ms=value.stats.total_ms,
    )
