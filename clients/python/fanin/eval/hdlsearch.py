"""Reads queries in the JSON form that HDLSearch publishes; the user gives the files and the checkouts they describe.

modules: [{module_id, module_description}]          blocks: [{code, description}]
signals: [{signal: "module::name", description}]    per repository: [{module_id, module_description,
    block_descriptions: [{code, description}], signal_descriptions: [{signal, description}]}]

Gold is where the checkout itself has the module, the code or the declaration. What it does not have is counted and left
out, never added to the corpus.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fanin.eval.rtl_text import RtlFile, Span, identifiers, read_checkout
from fanin.eval.search_queries import SearchQuery, mask


class Checkout:
    """Finds gold in the RTL of a folder."""

    def __init__(self, root: Path):
        self._files = read_checkout(root)
        self._squeezed = [_squeeze(file.text) for file in self._files]

    def modules(self, name: str) -> list[tuple[Span, tuple[str, ...]]]:
        return [
            (Span(file.path, one.start_line, one.end_line), (name, *identifiers(file.header_of(one))))
            for file in self._files
            for one in file.definitions
            if one.name == name
        ]

    def code(self, code: str) -> list[tuple[Span, tuple[str, ...]]]:
        """Every place that holds the code, white space aside."""
        wanted, _ = _squeeze(code)
        found: list[tuple[Span, tuple[str, ...]]] = []
        if not wanted:
            return found
        for file, (squeezed, offsets) in zip(self._files, self._squeezed, strict=True):
            begin = squeezed.find(wanted)
            while begin >= 0:
                last = offsets[begin + len(wanted) - 1]
                span = Span(file.path, file.line_of(offsets[begin]), file.line_of(last))
                found.append((span, tuple(identifiers(code))))
                begin = squeezed.find(wanted, begin + 1)
        return found

    def signals(self, name: str) -> list[tuple[Span, tuple[str, ...]]]:
        """Declarations of "module::name"."""
        module, _, signal = name.partition("::")
        return [
            (Span(file.path, line, line), (module, signal))
            for file in self._files
            for definition in file.definitions
            if definition.name == module
            for line in _declaring_lines(file, definition.start_line, definition.end_line, signal)
        ]


def _declaring_lines(file: RtlFile, first: int, last: int, signal: str) -> Iterator[int]:
    declaration = re.compile(
        rf"^\s*[,(]*\s*(?:input|output|inout|wire|reg|logic|tri|bit|parameter|localparam|\w+_t)\b[^;=]*\b{re.escape(signal)}\b"
    )
    return (line for line in range(first, last + 1) if declaration.match(file.line_code(line)))


def _squeeze(text: str) -> tuple[str, list[int]]:
    """Text without white space, and where each of its characters stood."""
    offsets = [i for i, character in enumerate(text) if not character.isspace()]
    return "".join(text[i] for i in offsets), offsets


def _descriptions(data: list[dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """(level, what is described, description) of any of the four files."""
    for entry in data:
        if "module_id" in entry:
            yield "module", entry["module_id"], entry.get("module_description") or ""
        if "code" in entry:
            yield "block", entry["code"], entry.get("description") or ""
        if "signal" in entry:
            yield "signal", entry["signal"], entry.get("description") or ""
        yield from _descriptions(entry.get("block_descriptions") or [])
        yield from _descriptions(entry.get("signal_descriptions") or [])


def read_queries(paths: list[Path], root: Path) -> tuple[list[SearchQuery], int]:
    """The queries whose gold the checkout at `root` holds, and how many others there were."""
    checkout = Checkout(root)
    find = {"module": checkout.modules, "block": checkout.code, "signal": checkout.signals}
    queries, missing = [], 0
    for path in paths:
        for i, (level, subject, description) in enumerate(_descriptions(json.loads(path.read_text(encoding="utf-8")))):
            gold = find[level](subject)
            if not gold or not description.strip():
                missing += 1
                continue
            names = tuple(dict.fromkeys(name for _, some in gold for name in some))
            spans = tuple(dict.fromkeys(span for span, _ in gold))
            queries.append(SearchQuery(f"{level}:{path.name}:{i}", level, description, mask(description, names), spans))
    return queries, missing
