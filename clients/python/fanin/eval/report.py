"""Rows of results as Markdown tables and SVG plots. Equal rows give equal bytes."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from xml.sax.saxutils import escape

from fanin.eval import metrics
from fanin.eval.search import COMMENTS

Row = dict[str, Any]
_COLOURS = ("#1b6ca8", "#d1495b", "#66a182", "#edae49", "#6a4c93", "#8d99ae", "#2e4057", "#c38d9e")


def markdown_table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def with_interval(values: Sequence[float]) -> str:
    """Mean and 95 % bootstrap interval: ".512 (.431-.590)"."""
    low, high = metrics.bootstrap_interval(values)
    return f"{_short(metrics.mean(values))} ({_short(low)}–{_short(high)})"


def _short(value: float) -> str:
    return f"{value:.3f}".removeprefix("0") if value < 1 else f"{value:.3f}"


def _methods(rows: Sequence[Row], wanted: Callable[[str], bool]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row["ranks"] if wanted(name)))


def reciprocal_ranks(rows: Sequence[Row], method: str, depth: int = 10) -> list[float]:
    return [metrics.reciprocal_rank(row["ranks"].get(method), depth) for row in rows]


def _search_cells(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Rows by heading of their column: as written first, then masked."""
    keys = sorted({(row["variant"], row["level"]) for row in rows}, key=lambda cell: (cell[0] != "written", cell[1]))
    found = {}
    for variant, level in keys:
        selected = [row for row in rows if (row["variant"], row["level"]) == (variant, level)]
        found[f"{level}, {variant} (n={len(selected)})"] = selected
    return found


def search_report(rows: Sequence[Row]) -> str:
    """For questions of each kind, levels told and not told: MRR@10, ratios, recall at 1, 5, 10, and ablations."""
    parts = []
    for asked in dict.fromkeys(row["asked"] for row in rows):
        by = "" if asked == COMMENTS else f" by {asked}s"
        for told, title in ((True, "the level told"), (False, "passages, no level told")):
            cells = _search_cells([row for row in rows if row["told"] == told and row["asked"] == asked])
            if cells:
                parts += _search_tables(f"Search{by}, {title}", cells)
    return "\n".join(parts)


def _search_tables(title: str, cells: dict[str, list[Row]]) -> list[str]:
    every = [row for rows in cells.values() for row in rows]
    plain = _methods(every, lambda name: "without" not in name)

    def shown(rows: list[Row], method: str, show: Callable[[list[Row]], str]) -> str:
        """Of a method that has no place in a column: a dash."""
        return show(rows) if any(method in row["ranks"] for row in rows) else "–"

    def table(methods: Sequence[str], show: Callable[[str], Callable[[list[Row]], str]]) -> str:
        body = [[method, *(shown(rows, method, show(method)) for rows in cells.values())] for method in methods]
        return markdown_table(["method", *cells], body)

    def mrr(method: str) -> Callable[[list[Row]], str]:
        return lambda rows: with_interval(reciprocal_ranks(rows, method))

    def recalls(method: str) -> Callable[[list[Row]], str]:
        return lambda rows: " / ".join(
            _short(metrics.mean([metrics.found_within(row["ranks"].get(method), k) for row in rows])) for k in (1, 5, 10)
        )

    ratios = []
    for other in ("BM25", "RRF"):
        line = [f"Fanin ÷ {other} (interval of the difference)"]
        for rows in cells.values():
            ours, theirs = reciprocal_ranks(rows, "Fanin"), reciprocal_ranks(rows, other)
            ratio = metrics.mean(ours) / metrics.mean(theirs) if any(theirs) else float("inf")
            low, high = metrics.paired_difference_interval(ours, theirs)
            line.append(f"{ratio:.2f} ({low:+.3f}…{high:+.3f})")
        ratios.append(line)
    return [
        f"### {title}: MRR@10 (95 % interval)\n\n" + table(plain, mrr),
        f"### {title}: ratios of MRR@10\n\n" + markdown_table(["", *cells], ratios),
        f"### {title}: recall@1 / 5 / 10\n\n" + table(plain, recalls),
        f"### {title}: ablations, MRR@10\n\n" + table(_methods(every, lambda name: name.startswith("Fanin")), mrr),
    ]


def bars_svg(title: str, groups: Sequence[str], series: dict[str, Sequence[float]]) -> str:
    """Grouped bars of values in [0, 1]: one group per name in `groups`, one bar per series."""
    bar, gap, left, top, height = 12, 18, 44, 40, 180
    group_width = bar * len(series) + gap
    width = max(left + group_width * len(groups) + 10, 360)
    legend_top = top + height + 34
    total = legend_top + 16 * len(series) + 8
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{total}" font-family="sans-serif" font-size="10">',
        f'<rect width="{width}" height="{total}" fill="white"/>',
        f'<text x="{left}" y="18" font-size="13">{escape(title)}</text>',
    ]
    for tick in range(0, 6):
        y = top + height - height * tick / 5
        out.append(f'<line x1="{left}" x2="{width - 10}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        out.append(f'<text x="{left - 6}" y="{y + 3:.1f}" text-anchor="end">{tick / 5:.1f}</text>')
    for g, group in enumerate(groups):
        x = left + gap / 2 + g * group_width
        for s, values in enumerate(series.values()):
            size = height * min(1.0, values[g])
            colour = _COLOURS[s % len(_COLOURS)]
            out.append(f'<rect x="{x + s * bar:.1f}" y="{top + height - size:.1f}" width="{bar - 1}" height="{size:.1f}" fill="{colour}"/>')
        middle = x + bar * len(series) / 2
        for i, word in enumerate(group.split(", ")):
            out.append(f'<text x="{middle:.1f}" y="{top + height + 12 + 11 * i}" text-anchor="middle">{escape(word)}</text>')
    for s, name in enumerate(series):
        y = legend_top + 16 * s
        out.append(f'<rect x="{left}" y="{y - 9}" width="10" height="10" fill="{_COLOURS[s % len(_COLOURS)]}"/>')
        out.append(f'<text x="{left + 16}" y="{y}">{escape(name)}</text>')
    return "\n".join([*out, "</svg>\n"])


def search_plot(rows: Sequence[Row]) -> str:
    told = [row for row in rows if row["told"] and row["asked"] == rows[0]["asked"]]
    cells = _search_cells(told)
    series = {
        method: [metrics.mean(reciprocal_ranks(of_cell, method)) for of_cell in cells.values()]
        for method in _methods(told, lambda name: "without" not in name)
    }
    return bars_svg("Search, the level told: MRR@10", [name.split(" (")[0] for name in cells], series)


def completion_report(rows: Sequence[Row]) -> str:
    """Recall of gold definitions at each budget; MRR, share of the budget, identifiers covered and the copied line's scores
    at the middle one. A setting without gold has the copied line only."""
    budgets = sorted({row["budget"] for row in rows})
    middle = budgets[len(budgets) // 2]
    methods = list(dict.fromkeys(row["method"] for row in rows))
    parts = []
    for setting in dict.fromkeys(row["setting"] for row in rows):
        of_setting = [row for row in rows if row["setting"] == setting]
        count = len({(row["source"], row["sample"]) for row in of_setting})
        named = len({(row["source"], row["sample"]) for row in of_setting if row["named"]})
        has_gold = any(row["gold"] for row in of_setting)
        body = []
        for method in methods:

            def values(budget: int, name: str, named_only: bool = False, method: str = method) -> list[float]:
                return [
                    row[name]
                    for row in of_setting
                    if (row["method"], row["budget"]) == (method, budget)
                    and (row["named"] or not named_only)
                    and row.get(name) is not None
                ]

            cells = [
                *(with_interval(values(budget, "recall")) for budget in budgets),
                _short(metrics.mean(values(middle, "recall", named_only=True))),
                *(_short(metrics.mean(values(middle, name))) for name in ("reciprocal_rank", "gold_share", "covered")),
            ]
            copied = f"{metrics.mean(values(middle, 'es')):.1f} / {100 * metrics.mean(values(middle, 'em')):.1f}"
            tokens = f"{metrics.mean(values(middle, 'tokens')):.0f}"
            body.append([method, *(cells if has_gold else []), copied, tokens])
        head = [*(f"recall at {budget}" for budget in budgets), f"recall at {middle}, container named (n={named})"]
        head += [f"{name} at {middle}" for name in ("MRR", "gold share", "identifiers covered")]
        head = ["method", *(head if has_gold else []), f"copied line, ES / EM at {middle}", f"tokens used at {middle}"]
        parts.append(f"### Completion, {setting} (n={count})\n\n" + markdown_table(head, body))
    return "\n".join(parts)


def completion_plot(rows: Sequence[Row]) -> str:
    rows = [row for row in rows if row["gold"]]
    budgets = sorted({row["budget"] for row in rows})
    settings = list(dict.fromkeys(row["setting"] for row in rows))
    series = {
        method: [
            metrics.mean(
                [row["recall"] for row in rows if (row["method"], row["setting"], row["budget"]) == (method, setting, budget)]
            )
            for setting in settings
            for budget in budgets
        ]
        for method in dict.fromkeys(row["method"] for row in rows)
    }
    groups = [f"{setting.removeprefix('cross-file-')}, {budget}" for setting in settings for budget in budgets]
    return bars_svg("Completion, cross-file: recall of gold definitions", groups, series)


def model_report(rows: Sequence[Row]) -> str:
    """ES and EM of a model's next lines, in percent."""
    settings = list(dict.fromkeys(row["setting"] for row in rows))
    body = []
    for method in dict.fromkeys(row["method"] for row in rows):
        cells = []
        for setting in settings:
            selected = [row for row in rows if (row["method"], row["setting"]) == (method, setting)]
            scores = (metrics.mean([row["es"] for row in selected]), 100 * metrics.mean([row["em"] for row in selected]))
            cells.append("{:.1f} / {:.1f}".format(*scores))
        body.append([method, *cells])
    return "### Completion with a model, ES / EM\n\n" + markdown_table(["method", *settings], body)


def debug_report(rows: Sequence[Row]) -> str:
    """Top-1/5/10 and MRR per kind of task; for mutations also the lines read until the wrong one, and each operator."""
    parts = []
    for kind in dict.fromkeys(row["kind"] for row in rows):
        selected = [row for row in rows if row["kind"] == kind]
        methods = _methods(selected, lambda name: "without" not in name)
        head = ["method", "top-1", "top-5", "top-10", "MRR@10"]
        if kind == "mutation":
            head.append("lines read, median of those found")
        if kind == "fault":
            head.append("EXAM")
        body = []
        for method in methods:
            ranks = [row["ranks"].get(method) for row in selected]
            line = [method, *(with_interval([metrics.found_within(rank, k) for rank in ranks]) for k in (1, 5, 10))]
            line.append(with_interval([metrics.reciprocal_rank(rank, 10) for rank in ranks]))
            if kind == "mutation":
                read = sorted(row["lines_read"][method] for row in selected if row["lines_read"].get(method) is not None)
                line.append(f"{read[len(read) // 2]} ({len(read)} of {len(selected)})" if read else "none found")
            if kind == "fault":
                line.append(_short(metrics.mean([row["exam"][method] for row in selected])))
            body.append(line)
        parts.append(f"### Debug, {kind} (n={len(selected)})\n\n" + markdown_table(head, body))
        if kind == "fix":
            body = [
                [f"{level}, {method}", *(_top(selected, f"{level}_ranks", method, k) for k in (1, 5, 10))]
                for level, of in (("file", ("BM25", "Fanin", "Fanin debug")), ("line", ("BM25", "Fanin debug")))
                for method in of
            ]
            parts.append("### Debug, fixes by file and line\n\n" + markdown_table(["", "top-1", "top-5", "top-10"], body))
        if kind == "fault":
            designs = sorted({(row["source"], row["design"]) for row in selected})
            body = []
            for source, design in designs:
                of_design = [row for row in selected if (row["source"], row["design"]) == (source, design)]
                body.append([f"{source} {design} (n={len(of_design)})", *(_top(of_design, "ranks", method, 5) for method in methods)])
            parts.append("### Debug, faults by design, top-5\n\n" + markdown_table(["design", *methods], body))
        if kind in ("mutation", "fault"):
            operators = list(dict.fromkeys(row["operator"] for row in selected))
            body = []
            for operator in operators:
                of_operator = [row for row in selected if row["operator"] == operator]
                found = [
                    _short(metrics.mean([metrics.found_within(row["ranks"].get(method), 10) for row in of_operator]))
                    for method in methods
                ]
                body.append([f"{operator} (n={len(of_operator)})", *found])
            parts.append(f"### Debug, {kind}s by operator, top-10\n\n" + markdown_table(["operator", *methods], body))
    return "\n".join(parts)


def _top(rows: Sequence[Row], ranks: str, method: str, k: int) -> str:
    return _short(metrics.mean([metrics.found_within(row[ranks].get(method), k) for row in rows]))


def debug_plot(rows: Sequence[Row]) -> str:
    kinds = list(dict.fromkeys(row["kind"] for row in rows))
    series = {
        method: [
            metrics.mean([metrics.found_within(row["ranks"].get(method), k) for row in rows if row["kind"] == kind])
            for kind in kinds
            for k in (1, 5, 10)
        ]
        for method in _methods(rows, lambda name: "without" not in name)
    }
    return bars_svg("Debug: wrong line shown", [f"{kind}, top-{k}" for kind in kinds for k in (1, 5, 10)], series)
