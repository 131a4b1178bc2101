"""Cones as pictures: Graphviz text, and SVG laid out here, so that a notebook needs no other program."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fanin.results import Cone, TraceStep

# More would be no picture any more; the rest is counted in it.
MAX_DRAWN = 300

_ROW, _BOX_HEIGHT, _GAP, _MARGIN, _CHARACTER = 30, 22, 60, 10, 7.3

_STYLE = """
.fanin-box { fill: #f6f8fa; stroke: #57606a } .fanin-root { fill: #ddf4ff; stroke: #0969da }
.fanin-text { font: 12px monospace; fill: #1f2328 } .fanin-flow { fill: none; stroke: #57606a }
.fanin-register { stroke: #cf222e; stroke-width: 2 } .fanin-side { stroke-dasharray: 4 3 }
"""


def dot(cone: Cone) -> str:
    """Edges point the way that values flow; a register is a bold edge, a control or index flow a dashed one."""
    lines = ["digraph cone {", "  rankdir=LR;", "  node [shape=box, fontname=monospace];"]
    for index, step in enumerate(cone.steps):
        style = ", style=bold" if step.parent is None else ", style=dashed" if step.stopped else ""
        lines.append(f"  n{index} [label={_quoted(step.hierarchical_path)}, tooltip={_quoted(step.made_at)}{style}];")
    for index, step in enumerate(cone.steps):
        if step.parent is None or step.edge is None:
            continue
        ends = (step.parent, index) if cone.direction == "fanout" else (index, step.parent)
        style = "bold" if _is_register(step) else "dashed" if _is_side(step) else "solid"
        label = f", label={_quoted(step.edge.guard)}" if step.edge.guard else ""
        lines.append(f"  n{ends[0]} -> n{ends[1]} [style={style}{label}];")
    return "\n".join([*lines, "}"]) + "\n"


def svg(cone: Cone) -> str:
    """Values flow from left to right: roots of a fan-in are at the right. Red: through a register."""
    steps = cone.steps[:MAX_DRAWN]
    if not steps:
        return '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"></svg>'
    rows = _rows(steps)
    depth = max(step.depth for step in steps)
    widths = [max([len(s.hierarchical_path) for s in steps if s.depth == d], default=0) for d in range(depth + 1)]
    order = range(depth + 1) if cone.direction == "fanout" else range(depth, -1, -1)
    left, column = float(_MARGIN), [0.0] * (depth + 1)
    for d in order:
        column[d] = left
        left += widths[d] * _CHARACTER + 12 + _GAP
    height = _MARGIN * 2 + _ROW * (max(rows) + 1) + (_ROW if len(cone.steps) > MAX_DRAWN else 0)
    width = left - _GAP + _MARGIN
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{cone.direction} cone" {size}>']
    parts.append(f"<style>{_STYLE}</style>")

    def box_width(step: TraceStep) -> float:
        return len(step.hierarchical_path) * _CHARACTER + 12

    for index, step in enumerate(steps):
        if step.parent is None:
            continue
        parent = steps[step.parent]
        source, sink = (step.parent, index) if cone.direction == "fanout" else (index, step.parent)
        from_step, to_step = (parent, step) if cone.direction == "fanout" else (step, parent)
        x0, x1 = column[from_step.depth] + box_width(from_step), column[to_step.depth]
        y0, y1 = (_MARGIN + _ROW * rows[i] + _BOX_HEIGHT / 2 for i in (source, sink))
        middle = (x0 + x1) / 2
        classes = "fanin-flow" + (" fanin-register" if _is_register(step) else " fanin-side" if _is_side(step) else "")
        parts.append(
            f'<path class="{classes}" d="M{x0:.0f} {y0:.0f} C{middle:.0f} {y0:.0f} {middle:.0f} {y1:.0f} '
            f'{x1:.0f} {y1:.0f}"><title>{escape(_flow_title(step))}</title></path>'
        )
    for index, step in enumerate(steps):
        x, y = column[step.depth], _MARGIN + _ROW * rows[index]
        classes = "fanin-box" + (" fanin-root" if step.parent is None else "") + (" fanin-side" if step.stopped else "")
        parts.append(
            f'<g><title>{escape(step.made_at)}</title><rect class="{classes}" x="{x:.0f}" y="{y:.0f}" rx="3" '
            f'width="{box_width(step):.0f}" height="{_BOX_HEIGHT}"/><text class="fanin-text" x="{x + 6:.0f}" '
            f'y="{y + 15:.0f}">{escape(step.hierarchical_path)}</text></g>'
        )
    if len(cone.steps) > MAX_DRAWN:
        text = f"and {len(cone.steps) - MAX_DRAWN} more signals"
        parts.append(f'<text class="fanin-text" x="{_MARGIN}" y="{height - _MARGIN:.0f}">{text}</text>')
    return "".join([*parts, "</svg>"])


def _rows(steps: Sequence[TraceStep]) -> list[float]:
    """A leaf has a row of its own, in the order of a walk down the tree; what has children is amid them."""
    children: list[list[int]] = [[] for _ in steps]
    for index, step in enumerate(steps):
        if step.parent is not None:
            children[step.parent].append(index)
    rows = [0.0] * len(steps)
    next_row = 0
    # Each step is pushed twice: before its children, and, marked, after them.
    stack = [(index, False) for index in reversed(range(len(steps))) if steps[index].parent is None]
    while stack:
        index, children_done = stack.pop()
        if not children[index]:
            rows[index] = next_row
            next_row += 1
        elif children_done:
            rows[index] = (rows[children[index][0]] + rows[children[index][-1]]) / 2
        else:
            stack.append((index, True))
            stack += [(child, False) for child in reversed(children[index])]
    return rows


def _is_register(step: TraceStep) -> bool:
    return step.edge is not None and step.edge.assignment == "nonblocking"


def _is_side(step: TraceStep) -> bool:
    return step.edge is not None and step.edge.role not in ("", "data")


def _flow_title(step: TraceStep) -> str:
    edge = step.edge
    if edge is None:
        return ""
    words = [step.made_at, "register" if _is_register(step) else edge.assignment, edge.role if _is_side(step) else ""]
    return " ".join(word for word in words if word) + (f", when {edge.guard}" if edge.guard else "")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
