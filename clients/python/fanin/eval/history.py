"""What commits changed: lines of files, read from `git diff` without context."""

import re
from collections import defaultdict
from dataclasses import dataclass

from fanin.eval.checkouts import Source
from fanin.eval.rtl_text import RTL_SUFFIXES

_HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True)
class ChangedLines:
    """Of one file: lines that the older text lost or changed, and lines that the newer gained or changed.

    An insertion counts, on the older side, as a change of the line before it.
    """

    old: frozenset[int]
    new: frozenset[int]


def changed_lines(source: Source, older: str, newer: str) -> dict[str, ChangedLines]:
    """Per RTL file; renames count as a file lost and one gained."""
    patterns = [f":(glob)**/*{suffix}" for suffix in RTL_SUFFIXES]
    text = source.git("diff", "-U0", "--no-renames", "--no-color", older, newer, "--", *patterns).decode(errors="replace")
    old: dict[str, set[int]] = defaultdict(set)
    new: dict[str, set[int]] = defaultdict(set)
    path = ""
    for line in text.split("\n"):
        if line.startswith(("--- a/", "+++ b/")):
            path = line[6:].rstrip("\t")
        elif match := _HUNK.match(line):
            old_start, old_count, new_start, new_count = (int(number) if number else 1 for number in match.groups())
            old[path].update(range(old_start, old_start + old_count) if old_count else [max(1, old_start)])
            new[path].update(range(new_start, new_start + new_count))
    return {path: ChangedLines(frozenset(old[path]), frozenset(new[path])) for path in sorted(old.keys() | new.keys())}
