"""Answers as HTML, for notebooks. Every text from outside is escaped; styles are inline, for any front end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fanin import results as r

# Rows of a table in a notebook; the rest is counted below it.
MAX_ROWS = 200

_PRE = "text-align:left;margin:0;padding:4px;overflow-x:auto"


def preformatted(text: str) -> str:
    return f'<pre style="{_PRE}">{escape(text)}</pre>'


def search_results(answer: r.SearchResults) -> str:
    parts = [f"<p>{_count(len(answer), 'result')} in {answer.total_ms:.1f} ms</p>", *map(search_result, answer)]
    return "".join([*parts, _remarks(answer.warnings, answer.truncated)])


def search_result(result: r.SearchResult) -> str:
    node = result.node
    head = (
        f"<b>{escape(result.location)}</b> {escape(node.kind)} <b>{escape(node.qualified_name)}</b> {result.score:.3f}"
    )
    why = escape("; ".join(result.reasons))
    spans = [(m.start_byte - result.range.start_byte, m.end_byte - result.range.start_byte) for m in result.matches]
    code = _code(result.text, result.range.start_line, spans)
    return f'<div style="text-align:left">{head}<br><i>{why}</i>{code}</div>'


def table(answer: r.Table) -> str:
    return _table(answer.columns, answer.rows) + _remarks(answer.warnings, answer.truncated)


def cone(answer: r.Cone) -> str:
    count = f"<p>{escape(answer.direction)}: {_count(len(answer), 'signal')} in {answer.total_ms:.1f} ms</p>"
    picture = f'<div style="overflow:auto;background:white">{answer.to_svg()}</div>'
    return count + picture + _remarks(answer.warnings, answer.truncated)


def hierarchy(answer: r.Hierarchy) -> str:
    rows = []
    for item in answer:
        place = item.definition.location if item.definition else "external"
        parameters = ", ".join(f"{p.name}={p.value}{'*' if p.overridden else ''}" for p in item.parameters)
        rows.append(("\u00a0\u00a0" * item.depth + item.name, item.module, place, parameters))
    return _table(("instance", "module", "defined at", "parameters"), rows) + _remarks(
        answer.warnings, answer.truncated
    )


def source(answer: r.Source) -> str:
    return f"<b>{escape(answer.path)}</b>{_code(answer.text, answer.range.start_line, ())}"


def node(answer: r.Node) -> str:
    rows = [
        (key, getattr(answer, key))
        for key in ("kind", "qualified_name", "location", "direction", "type", "width", "value", "condition", "doc")
        if getattr(answer, key)
    ]
    return _table(("", answer.name), rows)


def element(answer: r.Element) -> str:
    parts = [node(answer.node)]
    if answer.source:
        parts.append(source(answer.source))
    for title, neighbors in (("from here", answer.out_edges), ("to here", answer.in_edges)):
        if neighbors:
            rows = [(n.edge.kind, n.node.qualified_name, n.node.location, n.edge.guard) for n in neighbors]
            parts.append(_table((title, "element", "at", "when"), rows))
    return "".join([*parts, _remarks((), answer.truncated)])


def context(answer: r.Context) -> str:
    head = f"<p>{_count(len(answer), 'snippet')}, {answer.tokens} tokens</p>"
    return "".join([head, *map(snippet, answer), _remarks(answer.warnings, answer.truncated)])


def snippet(answer: r.Snippet) -> str:
    head = (
        f"<b>{escape(answer.location)}</b> {escape(answer.kind)} <b>{escape(answer.name)}</b>, {answer.tokens} tokens"
    )
    code = _code(answer.text, answer.range.start_line, ())
    return f'<div style="text-align:left">{head}<br><i>{escape(answer.reason)}</i>{code}</div>'


def index_summary(answer: r.IndexSummary) -> str:
    rows: list[tuple[str, object]] = [
        ("snapshot", answer.snapshot),
        ("files", f"{answer.files} ({answer.files_reused} unchanged), {answer.lines} lines"),
        ("nodes", ", ".join(f"{count} {kind}" for kind, count in answer.nodes.items())),
        ("edges", answer.edges),
        ("passages", f"{answer.chunks}, {answer.semantic_coverage:.0%} with embeddings"),
        ("lost files", ", ".join(f"{file.path}: {file.reason}" for file in answer.lost_files) or "none"),
        ("seconds", f"{answer.total_seconds:.2f}"),
    ]
    return _table(("", "indexed"), rows) + _remarks(answer.warnings, False)


def status(answer: r.Status) -> str:
    rows = [
        (item.name, item.state, item.root, item.latest_snapshot.lines if item.latest_snapshot else 0)
        for item in answer.repositories
    ]
    head = f"<p>Fanin {escape(answer.version)}, {escape(answer.state)}, {escape(answer.data_dir)}</p>"
    return head + _table(("repository", "state", "root", "lines"), rows) + _remarks(answer.warnings, False)


def difference(answer: r.Difference) -> str:
    counts = answer.node_counts
    head = f"<p>{counts.added} added, {counts.removed} removed, {counts.changed} changed</p>"
    rows = []
    for change in answer:
        node = change.node
        rows.append((change.change, node.kind, node.qualified_name, node.location, ", ".join(change.differences)))
    table = _table(("change", "kind", "element", "at", "what"), rows)
    return head + table + _remarks((), answer.truncated)


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    head = "".join(f'<th style="text-align:left">{escape(column)}</th>' for column in columns)
    body = "".join(
        "<tr>" + "".join(f'<td style="text-align:left">{_cell(value)}</td>' for value in row) + "</tr>"
        for row in rows[:MAX_ROWS]
    )
    more = f"<p>and {len(rows) - MAX_ROWS} more rows</p>" if len(rows) > MAX_ROWS else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _cell(value: object) -> str:
    if value is None:
        return "<i>null</i>"
    if isinstance(value, list):
        return ", ".join(map(_cell, value))
    name, location = getattr(value, "qualified_name", ""), getattr(value, "location", "")
    if name and location:
        return f'<span title="{escape(location)}">{escape(name)}</span>'
    return escape(str(value))


def _code(text: str, first_line: int, spans: Iterable[tuple[int, int]]) -> str:
    """Numbered lines; `spans` of the text's UTF-8 bytes are marked."""
    data = text.encode()
    parts, end = [], 0
    for begin, stop in sorted(spans):
        begin, stop = max(begin, end), min(stop, len(data))
        if begin < stop:
            parts += [_escaped(data[end:begin]), "<mark>", _escaped(data[begin:stop]), "</mark>"]
            end = stop
    lines = "".join([*parts, _escaped(data[end:])]).removesuffix("\n").split("\n")
    width = len(str(first_line + len(lines)))
    numbered = "\n".join(
        f'<span style="opacity:.5">{first_line + i:>{width}}</span>  {line}' for i, line in enumerate(lines)
    )
    return f'<pre style="{_PRE}">{numbered}</pre>'


def _escaped(data: bytes) -> str:
    return escape(data.decode(errors="replace"))


def _remarks(warnings: Iterable[str], truncated: bool) -> str:
    remarks = [*warnings, *(["a limit cut this answer"] if truncated else [])]
    return "".join(f"<p>note: {escape(remark)}</p>" for remark in remarks)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
