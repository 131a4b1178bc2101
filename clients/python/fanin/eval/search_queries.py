"""Queries with gold from a checkout's own doc comments.

header comment -> module, comment above -> block, trailing comment or comment above -> signal. Each comment that becomes a query is
blanked in the copy that the masked variant searches, so that it cannot be found by its own words.
"""

import random
import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from fanin.eval.rtl_text import Comment, RtlFile, Span, identifier_parts, identifiers, read_checkout

LEVELS = ("module", "block", "signal")
VARIANTS = ("written", "masked")
# Words that say nothing of what is meant: of English, of Verilog, of comments in general.
_EMPTY_WORDS = frozenset(
    "about all also any are because been before being between both but can could did does done down each either else "
    "etc from get given gets had has have how however into its just like made make makes may might more most must need "
    "needs not now off once one only onto other otherwise out over own per same see set sets shall should since some "
    "such than that their them then there these they this those through thus too two under until upon use used uses "
    "using via was way were what when where whether which while who will with within without would you your "
    "always assign begin case default end for function high input instead low module note output parameter port reg "
    "signal wire logic value documentation test tests testbench".split()
)
LEAST_WORDS = 3
# More places than this that answer a question show that it asks for nothing in particular.
MOST_GOLD = 8
# Verilog's words say nothing about the gold; they stay in a masked query.
_KEYWORDS = frozenset(
    "always always_comb always_ff always_latch and assign begin bit case default else end endcase endmodule for function if "
    "initial inout input int integer is logic module negedge not or output package parameter posedge reg signed "
    "the this to unsigned wire with".split()
)
_NO_DOC = re.compile(r"@|copyright|licen[sc]e|spdx|warrant|author|http|verilator|synopsys|pragma|lint|verible|todo|fixme|deprecated", re.I)
_CODE = re.compile(r"[;{}]|<=|==|&&|\|\||^\s*\.\w+\s*\(|`\w+|\bassign\b|\bendmodule\b")
_LABEL = re.compile(r"^\s*(?:\w+\.s?vh?\s*:|(?:function|description|documentation|language|module(?: name)?|file(?: name)?)\s*:?)\s*", re.I)


@dataclass(frozen=True)
class SearchQuery:
    """One question; any one of `gold` answers it."""

    identity: str  # "level:path:line" of its comment
    level: str
    written: str
    masked: str
    gold: tuple[Span, ...]

    def text(self, variant: str) -> str:
        return self.masked if variant == "masked" else self.written


@dataclass
class QuerySet:
    queries: list[SearchQuery] = field(default_factory=list)
    blanked: dict[str, str] = field(default_factory=dict)  # text of each file that lost a comment


@dataclass(frozen=True)
class _Found:
    level: str
    file: RtlFile
    comment: Comment
    text: str
    span: Span
    code: str  # of the gold, by which copies are told
    names: tuple[str, ...]  # what masking removes


def doc_words(comment: str) -> str | None:
    """A comment as a query, or None for licences, pragmas, code and what is too short to mean anything."""
    paragraphs = re.split(r"\n\s*\n", comment)
    lines = [line for part in paragraphs if not re.search(r"copyright|licen[sc]e|warrant", part, re.I) for line in part.split("\n")]
    kept = [_LABEL.sub("", line) for line in lines if not _NO_DOC.search(line)]
    text = " ".join(" ".join(kept).split())
    if _CODE.search(text) or not 12 <= len(text) <= 400:
        return None
    return text if len([word for word in re.findall(r"[A-Za-z]{3,}", text)]) >= 3 else None


def mask(text: str, names: tuple[str, ...]) -> str:
    """The text without the names and their parts, whatever their case; an identifier goes whole if a part must go."""
    gone = {part for name in names for part in identifier_parts(name)} - _KEYWORDS
    kept = [word for word in re.findall(r"[A-Za-z0-9_']+", text) if not (identifier_parts(word) | {word.lower()}) & gone]
    return " ".join(kept)


def _module_docs(file: RtlFile):
    for definition in file.definitions:
        before = [one for one in file.comments if one.end <= definition.begin]
        if not before or file.code[definition.begin :].lstrip().startswith("package"):
            continue
        comment = before[-1]
        between = re.sub(r"^\s*`[^\n]*|^\s*import\b[^;]*;", "", file.code[comment.end : definition.begin], flags=re.MULTILINE)
        if between.strip():
            continue
        code = file.code[definition.begin : definition.end]
        names = tuple(dict.fromkeys([definition.name, *identifiers(file.header_of(definition))]))
        span = Span(file.path, file.line_of(comment.begin), definition.end_line)  # a passage of the comment shows it too
        yield "module", comment, span, code, names


def _block_docs(file: RtlFile):
    for comment in file.comments:
        block = file.block_after(comment.end)
        if not block or file.text[comment.end : block[0]].count("\n") > 2:
            continue
        code = file.code[block[0] : block[1]]
        span = Span(file.path, file.line_of(block[0]), file.line_of(block[1] - 1))
        yield "block", comment, span, code, tuple(dict.fromkeys(identifiers(code)))


def _signal_docs(file: RtlFile):
    commented = {file.line_of(comment.begin) for comment in file.comments}
    for comment in file.comments:
        line, last = file.line_of(comment.begin), file.line_of(comment.end - 1)
        if not file.line_code(line).strip():
            # Above the declaration, alone: what follows it has a comment of its own or is none of its business.
            line = last + 1
            if line in commented or line + 1 < file.line_count and file.declared_on(line + 1) and line + 1 not in commented:
                continue
        elif line != last:
            continue
        name = file.declared_on(line) if line <= file.line_count else None
        definition = file.definition_at(line)
        if name and definition:
            code = f"{definition.name}::{file.line_code(line)}"
            yield "signal", comment, Span(file.path, line, line), code, (definition.name, *identifiers(file.line_code(line)))


def content_words(text: str) -> list[str]:
    """The words of a question that mean something, in lower case."""
    return [word.lower() for word in re.findall(r"[A-Za-z]{3,}", text) if word.lower() not in _EMPTY_WORDS]


def _found_in(file: RtlFile):
    for find in (_module_docs, _block_docs, _signal_docs):
        for level, comment, span, code, names in find(file):
            if text := doc_words(comment.text):
                yield _Found(level, file, comment, text, span, " ".join(code.split()), names)


def build_queries(root: Path, per_level: int = 100, seed: int = 1) -> QuerySet:
    """At most `per_level` queries of each level, drawn by `seed`.

    Comments that are equal once masked make one query, and what each of them describes, and every copy of it, is its
    gold. Left out are those of which too little is left to mean anything, and those that would ask for anything.
    """
    files = read_checkout(root)
    result = QuerySet()
    blanked_ranges: dict[str, list[tuple[int, int]]] = defaultdict(list)
    places_of_code: dict[tuple[str, str], list[Span]] = defaultdict(list)
    groups: dict[str, dict[tuple[str, ...], list[tuple[_Found, str]]]] = {level: defaultdict(list) for level in LEVELS}
    for file in files:
        for found in _found_in(file):
            places_of_code[found.level, found.code].append(found.span)
            masked = mask(found.text, found.names)
            groups[found.level][tuple(sorted(set(content_words(masked))))].append((found, masked))
    for level in LEVELS:
        keys = sorted(groups[level])
        random.Random(f"{seed}:{level}").shuffle(keys)
        taken = 0
        for words in keys:
            group = groups[level][words]
            gold = tuple(dict.fromkeys(span for found, _ in group for span in places_of_code[level, found.code]))
            if len(words) < LEAST_WORDS or len(gold) > MOST_GOLD:
                continue
            first, masked = group[0]
            identity = f"{level}:{first.file.path}:{first.file.line_of(first.comment.begin)}"
            result.queries.append(SearchQuery(identity, level, first.text, masked, gold))
            for found, _ in group:
                blanked_ranges[found.file.path].append((found.comment.begin, found.comment.end))
            taken += 1
            if taken == per_level:
                break
    texts_of = {file.path: file.text for file in files}
    for path, ranges in blanked_ranges.items():
        text = texts_of[path]
        for begin, end in ranges:
            text = text[:begin] + re.sub(r"[^\n]", " ", text[begin:end]) + text[end:]
        result.blanked[path] = text
    return result


def copy_checkout(root: Path, target: Path, blanked: dict[str, str] | None = None) -> None:
    """Copies the files of a checkout, with the text of some replaced, so that they are indexed as a folder of their own."""
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if ".git" in relative.parts or path.is_symlink() or not path.is_file():
            continue
        copy = target / relative
        copy.parent.mkdir(parents=True, exist_ok=True)
        text = (blanked or {}).get(relative.as_posix())
        if text is None:
            copy.write_bytes(path.read_bytes())
        else:
            copy.write_text(text, encoding="utf-8", newline="")
