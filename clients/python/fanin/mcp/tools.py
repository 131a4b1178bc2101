"""The tools: questions to Fanin, answered in a text that fits a budget, and in the same as structured data."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Annotated, Any, Literal, ParamSpec, TypeVar

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field

from fanin import AmbiguousNameError, AsyncFanin, FaninError, UnavailableError
from fanin import results as r
from fanin.budget import Item, Page, clip, estimate_tokens, page, start_of
from fanin.mcp import answers

P = ParamSpec("P")
T = TypeVar("T")

INSTRUCTIONS = """Fanin knows the design in indexed RTL repositories (SystemVerilog, Verilog): its text, hierarchy and
dataflow. Begin with `search`; follow signals with `trace`, instances with `tree`, and read with `show`. Every place is
path:line, relative to the repository's root. Names are qualified (fifo.wr_ptr), an end of one, a hierarchical path
(top.u_fifo.wr_ptr) or an id that an answer gave. An answer that did not fit ends with a cursor for its rest."""

# Of the longest question that one page may need.
_LIMIT = 1000
# Of an element shown: hierarchical paths in the text, and lines of source that come before its edges.
_PATHS_TOLD = 3
_SHORT_LINES = 60
_MIN_BUDGET = 200
_MAX_BUDGET = 50_000

Budget = Annotated[int, Field(description="Tokens that the answer may take.", ge=_MIN_BUDGET, le=_MAX_BUDGET)]
Cursor = Annotated[str | None, Field(description="next_cursor of the previous page of the same question.")]
Repository = Annotated[
    str | None, Field(description="Name of the repository; needed when several are indexed (an error names them).")
]
Repositories = Annotated[list[str] | None, Field(description="Names of repositories; without it all are asked.")]

_PLACE = re.compile(r"(?P<path>.+\.\w+):(?P<line>\d+)(?::(?P<column>\d+))?")


def _result(text: str, answer: answers.Answer, remedy: str = "ask something narrower") -> CallToolResult:
    """`remedy`: what to do about an answer that a limit of the server cut."""
    notes = [f"note: {warning}" for warning in answer.warnings]
    if answer.truncated:
        notes.append(f"note: there is more than a limit lets through; {remedy}")
    content = TextContent(type="text", text="\n".join([text, *notes]))
    return CallToolResult(content=[content], structured_content=answer.model_dump(mode="json"))


def _told(tool: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """A failure of Fanin, or a wrong argument, as an error that the model can read and act on."""

    @wraps(tool)
    async def told(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await tool(*args, **kwargs)
        except AmbiguousNameError as error:
            lines = [f"  {n.location}  {n.kind} {n.qualified_name}  id {n.id}" for n in error.candidates]
            raise ToolError("\n".join([f"{error.name!r} fits several; ask with one of the ids:", *lines])) from error
        except UnavailableError as error:
            raise ToolError(f"no Fanin server answers ({error}); start it with: fanin serve") from error
        except FaninError as error:
            raise ToolError(f"{error.code}: {error}") from error
        except (TypeError, ValueError) as error:
            raise ToolError(str(error)) from error

    return told


def add_tools(server: MCPServer[Any], fanin: Callable[[], AsyncFanin]) -> None:
    """Registers the tools; `fanin` gives the client in the running loop."""

    def tool(function: Callable[P, Awaitable[T]]) -> None:
        annotations = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
        server.tool(annotations=annotations)(_told(function))

    async def search(
        query: Annotated[
            str,
            Field(
                description="Words rank by meaning and text; key:value atoms, 'phrases' in double quotes and /regexes/ "
                "must hold; - negates. Keys: kind name in module file lang drives reads clock reset instantiates "
                "instance_of license repo. Example: write pointer gray code kind:always_ff clock:wr_clk*"
            ),
        ],
        repositories: Repositories = None,
        budget: Budget = 2000,
        cursor: Cursor = None,
    ) -> Annotated[CallToolResult, answers.SearchAnswer]:
        """Finds code by words, meaning and structure at once, best first, with the reasons for each passage."""
        found = await fanin().search(query, repositories=repositories or (), limit=_wanted(cursor))
        # Up to _LIMIT the next page fetches what was not fetched for this one.
        unknown = found.truncated and len(found) < _LIMIT
        chosen = page([_passage(result, budget) for result in found], cursor, budget, unknown=unknown)
        answer = answers.SearchAnswer(results=chosen.values, **_common(chosen, found))
        answer.truncated = found.truncated and not unknown
        return _result(chosen.text or "nothing found", answer)

    async def trace(
        signals: Annotated[list[str], Field(description="Signals to begin at.", min_length=1, max_length=64)],
        direction: Annotated[
            Literal["fanin", "fanout"], Field(description="fanin: what drives them; fanout: what they drive.")
        ] = "fanin",
        depth: Annotated[int, Field(description="Steps; 1: drivers or loads only.", ge=1, le=64)] = 4,
        stop_at_registers: Annotated[bool, Field(description="Show registers, do not walk through them.")] = False,
        targets: Annotated[
            list[str] | None, Field(description="Only a shortest path to each of these signals; give a large depth.")
        ] = None,
        repository: Repository = None,
        budget: Budget = 2000,
        cursor: Cursor = None,
    ) -> Annotated[CallToolResult, answers.TraceAnswer]:
        """Walks what drives signals, or what they drive, across the module hierarchy: nearest steps first."""
        cone = await fanin().trace(
            *signals,
            direction=direction,
            depth=depth,
            stop_at_registers=stop_at_registers,
            targets=targets or (),
            repository=repository,
        )
        chosen = page([_step(cone, step) for step in cone], cursor, budget)
        answer = answers.TraceAnswer(direction=direction, steps=chosen.values, **_common(chosen, cone))
        return _result(chosen.text or "no such path", answer)

    async def tree(
        top: Annotated[str, Field(description="A module; empty: every module that nothing instantiates.")] = "",
        depth: Annotated[int, Field(description="Levels below it.", ge=1, le=64)] = 4,
        instances_of: Annotated[str, Field(description="Instead: everywhere that this module is instantiated.")] = "",
        parameters: Annotated[bool, Field(description="With parameter values as written.")] = False,
        repository: Repository = None,
        budget: Budget = 2000,
        cursor: Cursor = None,
    ) -> Annotated[CallToolResult, answers.TreeAnswer]:
        """The tree of instances below a module, or all instances of a module."""
        found = await fanin().tree(
            top, depth=depth, instances_of=instances_of, parameters=parameters, repository=repository
        )
        items = [_instance(instance, bool(instances_of)) for instance in found]
        chosen = page(items, cursor, budget)
        answer = answers.TreeAnswer(instances=chosen.values, **_common(chosen, found))
        return _result(chosen.text or "no instances", answer, "give a larger depth, or begin lower")

    async def show(
        target: Annotated[str, Field(description="A name, a hierarchical path, an id, or path:line[:column].")],
        repository: Repository = None,
        budget: Budget = 3000,
        cursor: Cursor = None,
    ) -> Annotated[CallToolResult, answers.ShowAnswer]:
        """One element: what it is, where it stands in the hierarchy, what it is connected to, and its source."""
        place = _PLACE.fullmatch(target)
        if place:
            at = (place["path"], int(place["line"]), int(place["column"] or 0))
            element = await fanin().show(at=at, repository=repository, lines=10_000)
        else:
            element = await fanin().show(target, repository=repository, lines=10_000)
        head = _head(element)
        edges = [_relation(n, "in") for n in element.in_edges] + [_relation(n, "out") for n in element.out_edges]
        source = _source_lines(element)
        # A long source would push the edges far behind.
        items = source + edges if len(source) <= _SHORT_LINES else edges + source
        chosen = page(items, cursor, budget, head=head)
        node = element.node
        answer = answers.ShowAnswer(
            name=node.qualified_name,
            kind=node.kind,
            location=node.location,
            end_line=node.end_line,
            id=node.id,
            declaration=_declaration(node),
            doc=node.doc,
            inside=[ancestor.qualified_name or ancestor.name for ancestor in element.ancestors],
            hierarchical_paths=list(element.hierarchical_paths),
            edges=[value for value in chosen.values if isinstance(value, answers.Relation)],
            source="\n".join(value for value in chosen.values if isinstance(value, str)),
            next_cursor=chosen.next_cursor,
            truncated=element.truncated,
            snapshots=[element.snapshot],
        )
        return _result(chosen.text, answer)

    async def context(
        path: Annotated[str, Field(description="File, relative to the repository's root; it need not exist there.")],
        line: Annotated[int, Field(description="Line of the cursor.", ge=1)],
        column: Annotated[int, Field(description="The cursor is before this column; 0: before the line.", ge=0)] = 0,
        text: Annotated[
            str | None, Field(description="The whole file as it is now, if it differs from the index.")
        ] = None,
        repository: Repository = None,
        budget: Budget = 1000,
    ) -> Annotated[CallToolResult, answers.ContextAnswer]:
        """What is needed to write the next lines at a cursor: definitions of what is used near it, similar code."""
        overlays = {path: text} if text is not None else None
        # Places and reasons take room beside the code.
        for_code = max(1, budget * 4 // 5)
        found = await fanin().complete(path, line, column, overlays=overlays, repository=repository, budget=for_code)
        chosen = page([_snippet(snippet) for snippet in found], None, budget)
        shown = "\n".join(chosen.lines)
        answer = answers.ContextAnswer(tokens=estimate_tokens(shown), snippets=chosen.values, **_common(chosen, found))
        # There are no pages: a larger budget holds more.
        answer.truncated = found.truncated or chosen.next_cursor is not None
        answer.next_cursor = None
        return _result(shown or "nothing found", answer, "give a larger budget")

    async def query(
        cypher: Annotated[
            str,
            Field(
                description="A read-only openCypher pattern: MATCH .. WHERE .. RETURN .. ORDER BY .. LIMIT. Labels: "
                "Module Port Parameter Signal Instance Always Assign Function Typedef Macro ..; types: CONTAINS "
                "INSTANTIATES CONNECTS DRIVES READS FLOWS HAS_TYPE ..; properties: name kind path line qualified_name "
                "type width value. So: MATCH (b:Always)-[:DRIVES]->(s:Signal {name: 'state_q'}) RETURN b.path, b.line"
            ),
        ],
        parameters: Annotated[dict[str, Any] | None, Field(description="Values of the $parameters in it.")] = None,
        repositories: Repositories = None,
        budget: Budget = 2000,
        cursor: Cursor = None,
    ) -> Annotated[CallToolResult, answers.QueryAnswer]:
        """Rows for a pattern in the design graph: exact questions over modules, signals, drivers, instances."""
        table = await fanin().query(cypher, parameters, repositories=repositories or (), limit=10_000)
        rows = [[_plain(value) for value in row] for row in table]
        items = [Item(" | ".join(map(_cell, row)), row) for row in rows]
        chosen = page(items, cursor, budget, head=" | ".join(table.columns))
        answer = answers.QueryAnswer(columns=list(table.columns), rows=chosen.values, **_common(chosen, table))
        return _result(chosen.text if rows else "no rows", answer)

    for function in (search, trace, tree, show, context, query):
        tool(function)


def _wanted(cursor: str | None) -> int:
    """Results to fetch so that a page beyond the cursor can be full."""
    return min(_LIMIT, start_of(cursor) + 50)


def _common(chosen: Page[Any], answer: r.SearchResults | r.Cone | r.Hierarchy | r.Context | r.Table) -> dict[str, Any]:
    snapshot = getattr(answer, "snapshot", None)
    return {
        "next_cursor": chosen.next_cursor,
        "truncated": answer.truncated,
        "warnings": list(answer.warnings),
        "snapshots": [snapshot] if snapshot else list(getattr(answer, "snapshots", ())),
    }


def _passage(result: r.SearchResult, budget: int) -> Item[answers.Passage]:
    node = result.node
    # One passage never takes it all, or there would be nothing to choose from.
    code = clip(_numbered(result.text, result.range.start_line), max(_MIN_BUDGET, budget // 2))
    head = f"{result.location}  {node.kind} {node.qualified_name}  ({'; '.join(result.reasons)})"
    value = answers.Passage(
        location=result.location,
        end_line=result.range.end_line,
        repository=node.repository,
        kind=node.kind,
        name=node.qualified_name,
        id=node.id,
        score=round(result.score, 3),
        reasons=list(result.reasons),
        text=code,
    )
    return Item(f"{head}\n{code}", value)


def _step(cone: r.Cone, step: r.TraceStep) -> Item[answers.Step]:
    parent = cone[step.parent].hierarchical_path if step.parent is not None else None
    edge = step.edge
    flow = ""
    if edge:
        made = "register" if edge.assignment == "nonblocking" else edge.assignment
        flow = " ".join(word for word in (made, edge.role if edge.role != "data" else "") if word)
    value = answers.Step(
        signal=step.hierarchical_path,
        id=step.node.id,
        depth=step.depth,
        location=step.made_at,
        reached_from=parent,
        flow=flow,
        when=edge.guard if edge else "",
        goes_on=step.stopped,
    )
    arrow = {"fanin": "drives", "fanout": "is driven by"}[cone.direction]
    words = [f"{step.depth}: {value.location}  {value.signal}"]
    words += [f"{arrow} {parent}"] if parent else []
    words += [f"[{flow}]"] if flow else []
    words += [f"when {value.when}"] if value.when else []
    words += ["(goes on)"] if step.stopped else []
    return Item(" ".join(words), value)


def _instance(instance: r.Instance, flat: bool) -> Item[answers.InstanceEntry]:
    location = instance.definition.location if instance.definition else None
    value = answers.InstanceEntry(
        path=instance.path,
        module=instance.module,
        location=location,
        parameters={parameter.name: parameter.value for parameter in instance.parameters},
    )
    name = instance.path if flat else "  " * instance.depth + instance.name
    parameters = ", ".join(f"{key}={text}" for key, text in value.parameters.items())
    written = f" #({parameters})" if parameters else ""
    return Item(f"{name}: {instance.module}{written}  {location or 'not defined in the repository'}", value)


def _head(element: r.Element) -> str:
    node = element.node
    lines = [f"{node.location}-{node.end_line}  {node.kind} {node.qualified_name}  {_declaration(node)}".rstrip()]
    lines += [f"id {node.id}"]
    lines += [f"doc: {node.doc}"] if node.doc else []
    if element.hierarchical_paths:
        paths = element.hierarchical_paths
        more = f", and {len(paths) - _PATHS_TOLD} more" if len(paths) > _PATHS_TOLD else ""
        lines.append("appears as: " + ", ".join(paths[:_PATHS_TOLD]) + more)
    return "\n".join(lines)


def _declaration(node: r.Node) -> str:
    return " ".join(part for part in (node.direction, node.type, node.width, node.value) if part)


def _relation(neighbor: r.Neighbor, direction: str) -> Item[answers.Relation | str]:
    edge, node = neighbor.edge, neighbor.node
    place = (edge.statement or node).location
    value = answers.Relation(
        direction=direction, kind=edge.kind, name=node.qualified_name, location=place, when=edge.guard
    )
    arrow = f"<- {edge.kind}" if direction == "in" else f"-> {edge.kind}"
    when = f" when {edge.guard}" if edge.guard else ""
    return Item(f"  {arrow} {value.name}  {place}{when}", value)


def _source_lines(element: r.Element) -> list[Item[answers.Relation | str]]:
    if not element.source:
        return []
    numbered = _numbered(element.source.text, element.source.range.start_line)
    return [Item(line, line) for line in numbered.split("\n")]


def _snippet(snippet: r.Snippet) -> Item[answers.SnippetEntry]:
    value = answers.SnippetEntry(
        location=snippet.location,
        end_line=snippet.range.end_line,
        repository=snippet.repository,
        kind=snippet.kind,
        name=snippet.name,
        reason=snippet.reason,
        text=snippet.text,
    )
    return Item(
        f"{snippet.location}  {snippet.kind} {snippet.name}  ({snippet.reason})\n{snippet.text.rstrip()}", value
    )


def _numbered(text: str, first_line: int) -> str:
    return "\n".join(f"{first_line + i}  {line}" for i, line in enumerate(text.rstrip("\n").split("\n")))


def _plain(value: r.Value) -> Any:
    """A value of the graph as JSON."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, r.Node):
        return {"name": value.qualified_name, "kind": value.kind, "location": value.location, "id": value.id}
    if isinstance(value, r.Edge):
        return {
            "kind": value.kind,
            "from": value.from_node,
            "to": value.to_node,
            "role": value.role,
            "when": value.guard,
        }
    return value


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return f"{value['kind']} {value['name']} {value['location']}" if "location" in value else str(value["kind"])
    if isinstance(value, list):
        return ", ".join(map(_cell, value))
    return "null" if value is None else str(value)
