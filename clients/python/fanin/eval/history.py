"""What commits say and change: messages from `git log`, lines from `git diff` without context and from `git blame`."""

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from fanin.eval.checkouts import Source
from fanin.eval.rtl_text import RTL_SUFFIXES

# A change of more lines is a rewrite.
MAX_CHANGED_LINES = 20
_NOT_RTL = re.compile(r"\b(typos?|lint(er|ing)?|warnings?|comments?|format(ting)?|whitespace|readme|docs?|documentation|ci|copyright|spelling)\b", re.I)
_TRAILER = re.compile(r"^\s*(?:[\w-]+-by|git-svn-id|co-authored-by|change-id|closes?|refs?|see)\b.*$|https?://\S+|#\d+|\b[0-9a-f]{8,40}\b", re.I | re.M)
_MIN_WORDS = 3
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


@dataclass(frozen=True)
class SmallChange:
    """A commit of at most MAX_CHANGED_LINES lines in one RTL file."""

    commit: str
    parent: str
    text: str  # its message without trailers, links and numbers
    path: str
    lines: ChangedLines


def small_changes(source: Source, seed: int, saying: str = "") -> Iterator[SmallChange]:
    """Of the commits up to the pinned one, no merges, in an order drawn by `seed`; only messages that match `saying`, a
    POSIX regular expression. Left out is what is about typos, lint, formatting or documents, or says almost nothing."""
    wanted = ["-i", "-E", f"--grep={saying}"] if saying else []
    log = source.git("log", "--no-merges", *wanted, "--format=%H%x00%P%x00%B%x01", source.commit or "HEAD")
    records = [record.strip("\n").split("\0") for record in log.decode(errors="replace").split("\x01") if record.strip()]
    random.Random(f"{seed}:fixes").shuffle(records)
    for commit, parent, message in records:
        text = " ".join(_TRAILER.sub(" ", message).split())
        if not parent or _NOT_RTL.search(message.split("\n")[0]) or len(re.findall(r"[A-Za-z]{3,}", text)) < _MIN_WORDS:
            continue
        changed = changed_lines(source, parent, commit)
        if len(changed) != 1:
            continue
        ((path, lines),) = changed.items()
        if 0 < len(lines.old) + len(lines.new) <= MAX_CHANGED_LINES:
            yield SmallChange(commit, parent, text, path, lines)


def lines_by_commit(source: Source, path: str) -> dict[str, list[int]]:
    """The lines of a file of the pinned commit by the commit that wrote them as they are; those moved within it stay so."""
    blamed = source.git("blame", "--porcelain", source.commit or "HEAD", "--", path).decode(errors="replace")
    lines: dict[str, list[int]] = defaultdict(list)
    for commit, line in re.findall(r"^([0-9a-f]{40}) \d+ (\d+)", blamed, re.MULTILINE):
        lines[commit].append(int(line))
    return lines
