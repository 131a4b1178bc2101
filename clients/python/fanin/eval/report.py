"""Rows of results as Markdown tables and SVG plots. Equal rows give equal bytes."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from xml.sax.saxutils import escape

from fanin.eval import metrics

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


def search_report(rows: Sequence[Row]) -> str:
    """MRR@10 of every method, recall at 1, 5, 10, the ratios asked for, and ablations, for all rows together."""
    cells = sorted({(row["variant"], row["level"]) for row in rows}, key=lambda cell: (cell[0] != "written", cell[1]))
    selected = {cell: [row for row in rows if (row["variant"], row["level"]) == cell] for cell in cells}
    head = [f"{level}, {variant} (n={len(selected[variant, level])})" for variant, level in cells]
    parts = []
    for title, wanted in (
        ("Search, MRR@10 (95 % interval)", lambda name: "without" not in name),
        ("Ablations, MRR@10 (95 % interval)", lambda name: name.startswith("Fanin")),
    ):
        body = [
            [method, *(with_interval(reciprocal_ranks(selected[cell], method)) for cell in cells)]
            for method in _methods(rows, wanted)
        ]
        parts.append(f"### {title}\n\n" + markdown_table(["method", *head], body))
    body = []
    for method in _methods(rows, lambda name: "without" not in name):
        recalls = [
            " / ".join(
                _short(metrics.mean([metrics.found_within(row["ranks"].get(method), k) for row in selected[cell]]))
                for k in (1, 5, 10)
            )
            for cell in cells
        ]
        body.append([method, *recalls])
    parts.append("### Search, recall@1 / 5 / 10\n\n" + markdown_table(["method", *head], body))
    body = []
    for other in ("BM25", "RRF"):
        ratios = []
        for cell in cells:
            base = metrics.mean(reciprocal_ranks(selected[cell], other))
            ratio = metrics.mean(reciprocal_ranks(selected[cell], "Fanin")) / base if base else float("inf")
            low, high = metrics.paired_difference_interval(
                reciprocal_ranks(selected[cell], "Fanin"), reciprocal_ranks(selected[cell], other)
            )
            ratios.append(f"{ratio:.2f} ({low:+.3f}…{high:+.3f})")
        body.append([f"Fanin ÷ {other} (interval of the difference)", *ratios])
    parts.append("### Ratios of MRR@10\n\n" + markdown_table(["", *head], body))
    return "\n".join(parts)


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
    cells = sorted({(row["variant"], row["level"]) for row in rows}, key=lambda cell: (cell[0] != "written", cell[1]))
    series = {
        method: [
            metrics.mean(reciprocal_ranks([row for row in rows if (row["variant"], row["level"]) == cell], method))
            for cell in cells
        ]
        for method in _methods(rows, lambda name: "without" not in name)
    }
    return bars_svg("Search: MRR@10", [f"{level}, {variant}" for variant, level in cells], series)


def completion_report(rows: Sequence[Row]) -> str:
    """Recall of gold definitions at each budget, with MRR, share of the budget and identifiers covered at the middle one."""
    budgets = sorted({row["budget"] for row in rows})
    middle = budgets[len(budgets) // 2]
    methods = list(dict.fromkeys(row["method"] for row in rows))
    parts = []
    for setting in dict.fromkeys(row["setting"] for row in rows):
        of_setting = [row for row in rows if row["setting"] == setting]
        count = len({(row["source"], row["sample"]) for row in of_setting})
        named = len({(row["source"], row["sample"]) for row in of_setting if row["named"]})
        body = []
        for method in methods:

            def values(budget: int, name: str, named_only: bool = False, method: str = method) -> list[float]:
                return [
                    row[name]
                    for row in of_setting
                    if (row["method"], row["budget"]) == (method, budget)
                    and (row["named"] or not named_only)
                    and row[name] is not None
                ]

            body.append(
                [
                    method,
                    *(with_interval(values(budget, "recall")) for budget in budgets),
                    _short(metrics.mean(values(middle, "recall", named_only=True))),
                    *(_short(metrics.mean(values(middle, name))) for name in ("reciprocal_rank", "gold_share", "covered")),
                    f"{metrics.mean(values(middle, 'tokens')):.0f}",
                ]
            )
        head = ["method", *(f"recall at {budget}" for budget in budgets), f"recall at {middle}, container named (n={named})"]
        head += [f"{name} at {middle}" for name in ("MRR", "gold share", "identifiers covered", "tokens used")]
        parts.append(f"### Completion, {setting} (n={count})\n\n" + markdown_table(head, body))
    return "\n".join(parts)


def completion_plot(rows: Sequence[Row]) -> str:
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
        body = []
        for method in methods:
            ranks = [row["ranks"].get(method) for row in selected]
            line = [method, *(with_interval([metrics.found_within(rank, k) for rank in ranks]) for k in (1, 5, 10))]
            line.append(with_interval([metrics.reciprocal_rank(rank, 10) for rank in ranks]))
            if kind == "mutation":
                read = sorted(row["lines_read"][method] for row in selected if row["lines_read"].get(method) is not None)
                line.append(f"{read[len(read) // 2]} ({len(read)} of {len(selected)})" if read else "none found")
            body.append(line)
        parts.append(f"### Debug, {kind} (n={len(selected)})\n\n" + markdown_table(head, body))
        if kind == "mutation":
            operators = list(dict.fromkeys(row["operator"] for row in selected))
            body = []
            for operator in operators:
                of_operator = [row for row in selected if row["operator"] == operator]
                found = [
                    _short(metrics.mean([metrics.found_within(row["ranks"].get(method), 10) for row in of_operator]))
                    for method in methods
                ]
                body.append([f"{operator} (n={len(of_operator)})", *found])
            parts.append("### Debug, mutations by operator, top-10\n\n" + markdown_table(["operator", *methods], body))
    return "\n".join(parts)


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
