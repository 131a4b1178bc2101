"""The methods of the API as values: a request, and how its answer becomes results. Both clients run these.

Common arguments: `repository` names one ("mailbox", or "repositories/mailbox/snapshots/2" for one snapshot); without it
the client's own is meant, or else the only one there is. `repositories` names several; without it the client's own is
meant, or else all. `overlays` are unsaved texts by path, laid over the one repository that is asked. `design` is the
elaborated design whose facts to use, "-" for none; without it the first there is. `timeout` is the deadline in seconds;
without it the client's own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from google.protobuf.message import Message

from fanin import convert, convert_repositories
from fanin import results as r
from fanin.v1 import (
    context_pb2,
    diff_pb2,
    fsm_pb2,
    node_pb2,
    overlay_pb2,
    query_pb2,
    repository_service_pb2,
    search_pb2,
    trace_pb2,
)

T = TypeVar("T")

# Of a page where the caller sees none.
_PAGE = 100


@dataclass(frozen=True)
class Call(Generic[T]):
    """One call. `method` is its name in either service."""

    method: str
    request: Message
    convert: Callable[[Any], T]
    timeout: float | None


@dataclass(frozen=True)
class PagedCall(Generic[T]):
    """A call for each page; `items` takes a page apart."""

    method: str
    request: Message
    items: Callable[[Any], Iterable[T]]
    timeout: float | None


def resource(repository: str | None) -> str:
    """The resource name of a repository or snapshot; "": not said."""
    if not repository or repository.startswith("repositories/"):
        return repository or ""
    return f"repositories/{repository}"


def _resources(repositories: Iterable[str]) -> list[str]:
    if isinstance(repositories, str):
        repositories = [repositories]
    return [resource(name) for name in repositories]


def _overlays(texts: Mapping[str, str] | None) -> list[overlay_pb2.Overlay]:
    return [overlay_pb2.Overlay(path=path, text=text) for path, text in (texts or {}).items()]


def search(
    query: str,
    *,
    repositories: Iterable[str] = (),
    limit: int = 10,
    explain: bool = False,
    overlays: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> Call[r.SearchResults]:
    """Passages for a query (docs/query_syntax.md), best first; at most 1000. `explain` adds plan and score addends."""
    request = search_pb2.SearchRequest(
        repositories=_resources(repositories),
        query=query,
        page_size=limit,
        explain=explain,
        overlays=_overlays(overlays),
    )
    return Call("Search", request, convert.search_results, timeout)


def iter_search(
    query: str,
    *,
    repositories: Iterable[str] = (),
    explain: bool = False,
    overlays: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> PagedCall[r.SearchResult]:
    """All passages for a query, best first, fetched as they are taken. `timeout` holds for each page."""
    request = search_pb2.SearchRequest(
        repositories=_resources(repositories),
        query=query,
        page_size=_PAGE,
        explain=explain,
        overlays=_overlays(overlays),
    )
    return PagedCall("Search", request, lambda page: map(convert.search_result, page.results), timeout)


def _query_request(
    cypher: str,
    parameters: Mapping[str, object] | None,
    repositories: Iterable[str],
    page_size: int,
    design: str,
    overlays: Mapping[str, str] | None,
) -> query_pb2.QueryRequest:
    values = {name: convert.to_value(value) for name, value in (parameters or {}).items()}
    return query_pb2.QueryRequest(
        repositories=_resources(repositories),
        cypher=cypher,
        parameters=values,
        page_size=page_size,
        design=design,
        overlays=_overlays(overlays),
    )


def query(
    cypher: str,
    parameters: Mapping[str, object] | None = None,
    *,
    repositories: Iterable[str] = (),
    limit: int = 100,
    design: str = "",
    overlays: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> Call[r.Table]:
    """Rows for a pattern in Fanin's subset of openCypher (docs/query_language.md); at most 10000."""
    request = _query_request(cypher, parameters, repositories, limit, design, overlays)
    return Call("Query", request, convert.table, timeout)


def iter_query(
    cypher: str,
    parameters: Mapping[str, object] | None = None,
    *,
    repositories: Iterable[str] = (),
    design: str = "",
    overlays: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> PagedCall[tuple[r.Value, ...]]:
    """All rows for a pattern, fetched as they are taken. `timeout` holds for each page."""
    request = _query_request(cypher, parameters, repositories, _PAGE, design, overlays)
    return PagedCall("Query", request, lambda page: map(convert.row, page.rows), timeout)


def trace(
    *signals: str,
    direction: Literal["fanin", "fanout"] = "fanin",
    repository: str | None = None,
    depth: int = 8,
    stop_at_registers: bool = False,
    stop_at_ports: bool = False,
    stop_at: Iterable[str] = (),
    cycles: int = 0,
    targets: Iterable[str] = (),
    common: bool = False,
    clocks: bool = False,
    limit: int = 2000,
    text: bool = False,
    design: str = "",
    overlays: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> Call[r.Cone]:
    """What drives signals ("fanin"), or what they drive ("fanout"), across instances.

    A signal is a qualified name, an end of one, a hierarchical path, or the id of a node; AmbiguousNameError if it
    fits several. `cycles` ends the walk after so many registers, `targets` asks for shortest paths to these signals,
    `common` for what is in the cone of all `signals`, `text` for the cone in the form of docs/flow_text.md.
    """
    direction_value = {
        "fanin": trace_pb2.TraceDirection.TRACE_DIRECTION_FANIN,
        "fanout": trace_pb2.TraceDirection.TRACE_DIRECTION_FANOUT,
    }[direction]
    request = trace_pb2.TraceRequest(
        repository=resource(repository),
        signals=signals,
        direction=direction_value,
        max_depth=depth,
        stop=trace_pb2.TraceStop(
            registers=stop_at_registers, ports=stop_at_ports, signals=stop_at, max_registers=cycles
        ),
        include_clock_reset=clocks,
        max_nodes=limit,
        targets=targets,
        common=common,
        render_text=text,
        design=design,
        overlays=_overlays(overlays),
    )
    return Call("Trace", request, functools.partial(convert.cone, direction=direction), timeout)


def tree(
    top: str = "",
    *,
    repository: str | None = None,
    depth: int = 32,
    limit: int = 10000,
    parameters: bool = False,
    counts: bool = False,
    instances_of: str = "",
    design: str = "",
    overlays: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> Call[r.Hierarchy]:
    """The instances under a module, or under every module that nothing instantiates; or all instances of a module."""
    request = trace_pb2.GetHierarchyRequest(
        repository=resource(repository),
        top=top,
        max_depth=depth,
        max_instances=limit,
        parameters=parameters,
        counts=counts,
        instances_of=instances_of,
        design=design,
        overlays=_overlays(overlays),
    )
    return Call("GetHierarchy", request, convert.hierarchy, timeout)


def show(
    name: str = "",
    *,
    at: tuple[str, int] | tuple[str, int, int] | None = None,
    repository: str | None = None,
    edges: int = 50,
    lines: int = 200,
    paths: int = 20,
    flow_lines: int = 0,
    design: str = "",
    overlays: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> Call[r.Element]:
    """One element with its surroundings: by qualified name, hierarchical path or id, or `at` (path, line[, column])."""
    request = node_pb2.GetNodeRequest(
        repository=resource(repository),
        max_edges=edges,
        max_source_lines=lines,
        max_hierarchical_paths=paths,
        max_flow_lines=flow_lines,
        design=design,
        overlays=_overlays(overlays),
    )
    if (not name) == (at is None):
        raise TypeError("show() takes either a name or a place")
    if at is not None:
        request.position.CopyFrom(_position(*at))
    elif "/nodes/" in name:
        request.node = name
    else:
        request.qualified_name = name
    return Call("GetNode", request, convert.element, timeout)


def source(
    path: str,
    *,
    lines: tuple[int, int] = (0, 0),
    repository: str | None = None,
    limit: int = 2000,
    timeout: float | None = None,
) -> Call[r.Source]:
    """Lines of a file as indexed; all of it where `lines` (first and last) are not said, at most `limit`."""
    request = node_pb2.GetSourceRequest(
        repository=resource(repository), path=path, start_line=lines[0], end_line=lines[1], max_lines=limit
    )
    return Call("GetSource", request, convert.source, timeout)


def fsms(
    module: str = "", *, repository: str | None = None, limit: int = 100, timeout: float | None = None
) -> Call[tuple[r.Fsm, ...]]:
    """State machines of a module, or of all."""
    request = fsm_pb2.GetFsmsRequest(repository=resource(repository), module=module, max_fsms=limit)
    return Call("GetFsms", request, convert.fsms, timeout)


def complete(
    path: str,
    line: int,
    column: int = 0,
    *,
    repository: str | None = None,
    further_repositories: Iterable[str] = (),
    budget: int = 1000,
    overlays: Mapping[str, str] | None = None,
    recent_paths: Iterable[str] = (),
    prompt: bool = False,
    timeout: float | None = None,
) -> Call[r.Context]:
    """What a completion before `column` of a line needs, within a budget of tokens.

    `overlays` holds the file's own text where it is dirty; `prompt` asks for one text that ends at the cursor.
    """
    template = context_pb2.PROMPT_TEMPLATE_PLAIN if prompt else context_pb2.PROMPT_TEMPLATE_UNSPECIFIED
    request = context_pb2.AssembleContextRequest(
        repository=resource(repository),
        further_repositories=_resources(further_repositories),
        budget_tokens=budget,
        overlays=_overlays(overlays),
        completion=context_pb2.CompletionTask(cursor=_position(path, line, column), recent_paths=recent_paths),
        template=template,
    )
    return Call("AssembleContext", request, convert.context, timeout)


def repositories(*, timeout: float | None = None) -> PagedCall[r.Repository]:
    """All repositories, by name."""
    request = repository_service_pb2.ListRepositoriesRequest(page_size=_PAGE)
    return PagedCall(
        "ListRepositories", request, lambda page: map(convert_repositories.repository, page.repositories), timeout
    )


def repository(name: str, *, timeout: float | None = None) -> Call[r.Repository]:
    """One repository."""
    request = repository_service_pb2.GetRepositoryRequest(name=resource(name))
    return Call("GetRepository", request, lambda answer: convert_repositories.repository(answer.repository), timeout)


def delete_repository(name: str, *, timeout: float | None = None) -> Call[None]:
    """Removes a repository and its snapshots; leaves its files alone."""
    request = repository_service_pb2.DeleteRepositoryRequest(name=resource(name))
    return Call("DeleteRepository", request, lambda _: None, timeout)


def snapshots(repository: str, *, revision: str = "", timeout: float | None = None) -> PagedCall[r.Snapshot]:
    """Snapshots still kept, newest first; or those of a commit that was indexed, as git names it: "HEAD~2", a tag."""
    request = repository_service_pb2.ListSnapshotsRequest(
        parent=resource(repository), revision=revision, page_size=_PAGE
    )
    return PagedCall("ListSnapshots", request, lambda page: map(convert_repositories.snapshot, page.snapshots), timeout)


def diff(
    older: str | r.Snapshot,
    newer: str | r.Snapshot | None = None,
    *,
    repository: str | None = None,
    limit: int = 1000,
    timeout: float | None = None,
) -> Call[r.Difference]:
    """What differs between two snapshots: each by number, resource name or as snapshots() gives it; or with the newest.

    `limit` holds for nodes and for edges.
    """
    names = [snapshot.id if isinstance(snapshot, r.Snapshot) else snapshot or "" for snapshot in (older, newer)]
    if repository:
        names = [snapshot_of(resource(repository), name) for name in names]
    request = diff_pb2.CompareSnapshotsRequest(**{"from": names[0]}, to=names[1], max_nodes=limit, max_edges=limit)
    return Call("CompareSnapshots", request, convert_repositories.difference, timeout)


def snapshot_of(repository: str, name: str) -> str:
    """The resource name of a repository's snapshot, of its number or resource name; of "" the repository's own."""
    if name.startswith("repositories/"):
        return name
    parent = "/".join(repository.split("/")[:2])
    return f"{parent}/snapshots/{name}" if name else parent


def status(*, timeout: float | None = None) -> Call[r.Status]:
    """What the server holds, and how well it is."""
    return Call("GetStatus", repository_service_pb2.GetStatusRequest(), convert_repositories.status, timeout)


def _position(path: str, line: int, column: int = 0) -> node_pb2.SourcePosition:
    return node_pb2.SourcePosition(path=path, line=line, column=column)
