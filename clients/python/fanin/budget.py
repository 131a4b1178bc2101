"""Answers cut to what a model can take: as many items as fit, and a cursor for the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

# The pieces that retriever/token_estimate.h counts; its error is stated there.
_PIECE = re.compile(r"[^\W\d_]{1,5}|\d{1,3}|_|\n[ \t]*|[ \t]+|[^\w\s]")


def estimate_tokens(text: str) -> int:
    """Tokens of a text, seldom too few."""
    return sum(1 for _ in _PIECE.finditer(text))


@dataclass(frozen=True)
class Item(Generic[T]):
    """One item of an answer: as text, and as structured data."""

    text: str
    value: T


@dataclass(frozen=True)
class Page(Generic[T]):
    lines: list[str]
    values: list[T]
    # Items of the answer behind this page; `unknown`: and more that were not fetched.
    left: int
    unknown: bool
    # Where the next page begins; None: there is no more.
    next_cursor: str | None

    @property
    def text(self) -> str:
        if not self.next_cursor:
            return "\n".join(self.lines)
        count = f"{self.left}{' or more' if self.unknown else ''}" if self.left else "some"
        return "\n".join([*self.lines, f"({count} more: ask again with cursor {self.next_cursor!r})"])


def start_of(cursor: str | None) -> int:
    """The number of the item that a page begins with. ValueError for what is no cursor."""
    if not cursor:
        return 0
    if not cursor.isascii() or not cursor.isdigit():
        raise ValueError(f"{cursor!r} is no cursor: give next_cursor of the previous page")
    return int(cursor)


def page(
    items: Sequence[Item[T]], cursor: str | None, budget: int, *, head: str = "", unknown: bool = False
) -> Page[T]:
    """As many items from the cursor on as the budget holds beside the head; one at least, so that paging gets on.
    `unknown`: behind `items` there are more."""
    start = start_of(cursor)
    left = budget - estimate_tokens(head)
    taken: list[Item[T]] = []
    for item in items[start:]:
        left -= estimate_tokens(item.text + "\n")
        if left < 0 and taken:
            break
        taken.append(item)
    end = start + len(taken)
    return Page(
        lines=[*([head] if head else []), *(item.text for item in taken)],
        values=[item.value for item in taken],
        left=max(0, len(items) - end),
        unknown=unknown,
        next_cursor=str(end) if taken and (unknown or end < len(items)) else None,
    )


def clip(text: str, budget: int) -> str:
    """The first lines of a text that fit a budget, and how many were left out."""
    lines = text.rstrip("\n").split("\n")
    left, kept = budget, 0
    for line in lines:
        left -= estimate_tokens(line + "\n")
        if left < 0 and kept:
            return "\n".join([*lines[:kept], f"... {len(lines) - kept} more lines"])
        kept += 1
    return "\n".join(lines)
