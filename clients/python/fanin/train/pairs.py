"""Training pairs: what a person wrote of a piece of RTL, and the passage that an index has of it.

Comments are found by the evaluation's reader of RTL and held to its idea of a comment that says something; each is blanked
in its own passage, so that no passage is told by its own comment. Passages are Fanin's, in the form that it embeds
(retriever/chunk_text.h).
"""

import json
import random
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from fanin.eval.checkouts import Source
from fanin.eval.rtl_text import RTL_SUFFIXES, Comment, RtlFile, identifiers, read_checkout
from fanin.eval.search_queries import doc_words, mask
from fanin.eval.server import Passage, Server, plain_words, run_index
from fanin.v1 import graph_pb2

# As retriever/chunk_text.h cuts a passage's text.
MAX_TEXT_BYTES = 1200
# What the comment is about must stand in what training reads of the passage (encoder.py cuts after 128 tokens).
MAX_SHOWN_BYTES = 400
# More questions about one passage teach little more: a port list has a comment for every port.
MAX_PAIRS_OF_PASSAGE = 6
MAX_NAMES_OF_REPOSITORY = 600
# A file that says one of these is left out, whatever the licence of its repository.
_NOT_PERMISSIVE = re.compile(r"\b[al]?gpl|general public license|all rights reserved|confidential|proprietary", re.IGNORECASE)
# What may stand between a comment and the definition that it is about.
_BEFORE_DEFINITION = re.compile(r"^\s*`[^\n]*|^\s*import\b[^;]*;", re.MULTILINE)
_NAMED_KINDS = frozenset(("module", "interface", "package", "class", "function", "task", "typedef"))


@dataclass(frozen=True)
class Pair:
    repository: str
    level: str  # "module", "block", "signal", "line", or "name": the words of a name, whose passage is without it
    query: str
    masked: str  # the query without names of the code; perhaps nothing. That of "name" has none to take away
    place: str  # of the passage: equal for all pairs of one
    passage: str

    def can_be_masked(self) -> bool:
        return len(self.masked.split()) >= 2

    def asked(self) -> str:
        """The question to train with: every other one masked, by a digest of the words."""
        return self.masked if self.can_be_masked() and zlib.crc32(self.query.encode()) % 2 else self.query


def _folded(text: str) -> str:
    lines = (re.sub(r"[ \t\r\f\v]+", " ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _cut(text: str) -> str:
    return text.encode()[:MAX_TEXT_BYTES].decode(errors="ignore")


@dataclass(frozen=True)
class IndexedPassage:
    node: graph_pb2.Node
    place: Passage

    def embedded(self, code: str, doc: str) -> str:
        """What ChunkText makes of a passage of this element with this code and doc comment."""
        node = self.node
        lines = []
        if node.kind and node.kind != "file":
            scope = re.sub(r"(?:\.|::)?[^.:]*$", "", node.qualified_name)
            name = f" {node.qualified_name}" if not node.anonymous else f" in {scope}" if scope else ""
            lines.append(node.kind + name)
        if doc and doc.split("\n")[0] not in code:
            lines.append(_folded(doc))
        return _cut("\n".join([*lines, _folded(code)]))

    def text(self) -> str:
        return self.embedded(self.place.text, self.node.doc)

    def text_without(self, file: RtlFile, comment: Comment) -> str:
        blank = re.sub(r"[^\n]", " ", file.text[comment.begin : comment.end])
        rest = file.text[: comment.begin] + blank + file.text[comment.end :]
        code = file.slice_lines(rest, self.place.start_line, self.place.end_line)
        is_its_own = comment.text.split("\n")[0].strip() in self.node.doc
        return self.embedded(code, "" if is_its_own else self.node.doc)


def read_passages(server: Server, repository: str) -> list[IndexedPassage]:
    return [
        IndexedPassage(result.node, passage)
        for result, passage in server.all_results(repository)
        if passage.path.endswith(RTL_SUFFIXES)
    ]


@dataclass(frozen=True)
class _Documented:
    """A comment and the code that it is about: lines from 1, inclusive."""

    level: str
    comment: Comment
    query: str
    first_line: int
    last_line: int
    names: tuple[str, ...]  # what masking removes


def _wording(comment: Comment) -> str | None:
    """The comment as a question: its purpose, where it is a file's table of such things."""
    text = re.sub(r"[{]{3}|[}]{3}", "", comment.text)
    purpose = re.search(r"\b(?:purpose|description|abstract)\s*:(.*?)(?:\n\s*\n|\n\s*\w+\s*:|\Z)", text, re.IGNORECASE | re.DOTALL)
    return doc_words(purpose.group(1)) if purpose else doc_words(text)


def _about(file: RtlFile, comment: Comment) -> tuple[str, int, int, str] | None:
    """(level, first line, last line, code) of what a comment is about: the line before it, else what follows it."""
    line = file.line_of(comment.begin)
    if file.line_code(line).strip() and file.line_of(comment.end - 1) == line:
        return ("signal" if file.declared_on(line) else "line"), line, line, file.line_code(line)
    definition = next((one for one in file.definitions if one.begin >= comment.end), None)
    if definition and not _BEFORE_DEFINITION.sub("", file.code[comment.end : definition.begin]).strip():
        return "module", definition.start_line, definition.end_line, file.header_of(definition)
    code = re.compile(r"\S").search(file.code, comment.end)
    if not code or file.text[comment.end : code.start()].count("\n") > 2:
        return None
    if block := file.block_after(comment.end):
        return "block", file.line_of(block[0]), file.line_of(block[1] - 1), file.code[block[0] : block[1]]
    first = file.line_of(code.start())
    return "line", first, first, file.line_code(first)


def _documented(file: RtlFile):
    for comment in file.comments:
        query = _wording(comment)
        about = _about(file, comment) if query else None
        if query and about:
            level, first, last, code = about
            definition = file.definition_at(first)
            names = (*([definition.name] if definition else []), *identifiers(code))
            yield _Documented(level, comment, query, first, last, tuple(dict.fromkeys(names)))


def _passage_of(found: _Documented, passages: Iterable[IndexedPassage]) -> IndexedPassage | None:
    """The passage to learn: a module's header, else the tightest that holds the first line and half of the rest."""
    lines = found.last_line - found.first_line + 1
    hits = []
    for one in passages:
        begin, end = one.place.start_line, one.place.end_line
        common = min(end, found.last_line) - max(begin, found.first_line) + 1
        if begin <= found.first_line <= end and (2 * common >= lines or found.level == "module"):
            hits.append(one)
    if found.level == "module":
        hits = [one for one in hits if one.place.kind == "module_header"]
    return min(hits, key=lambda one: one.place.end_line - one.place.start_line, default=None)


def _comment_pairs(repository: str, files: Iterable[RtlFile], passages: Iterable[IndexedPassage]):
    by_path: dict[str, list[IndexedPassage]] = defaultdict(list)
    for passage in passages:
        by_path[passage.place.path].append(passage)
    for file in files:
        taken: dict[tuple[str, int, int], int] = defaultdict(int)
        for found in _documented(file):
            answer = _passage_of(found, by_path[file.path])
            if not answer:
                continue
            text = answer.text_without(file, found.comment)
            line = "".join(file.line_code(found.first_line).split())
            taken[answer.place.identity] += 1
            if taken[answer.place.identity] > MAX_PAIRS_OF_PASSAGE or line not in "".join(text[:MAX_SHOWN_BYTES].split()):
                continue
            masked = mask(found.query, found.names)
            yield Pair(repository, found.level, plain_words(found.query), plain_words(masked), _place(answer), text)


def _place(passage: IndexedPassage) -> str:
    return f"{passage.place.path}:{passage.place.start_line}"


def _name_pairs(repository: str, passages: Iterable[IndexedPassage]):
    for passage in passages:
        name = passage.node.name
        if passage.node.kind not in _NAMED_KINDS or passage.node.anonymous:
            continue
        words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)
        if len([word for word in words if len(word) > 2]) < 2:
            continue
        text = _folded(re.sub(rf"\b{re.escape(name)}\b", "", passage.text()))
        query = " ".join(words).lower()
        if len(text.split()) >= 10:
            yield Pair(repository, "name", query, query, _place(passage), text)


@dataclass(frozen=True)
class Mined:
    pairs: list[Pair]
    texts: list[str]  # of all passages
    dropped: int  # files, for their licence


def drop_files(root: Path) -> int:
    """Removes files that say that they are not under a permissive licence; returns how many."""
    bad = [
        path
        for path in sorted(root.rglob("*"))
        if path.suffix in RTL_SUFFIXES and path.is_file() and _NOT_PERMISSIVE.search(path.read_text(errors="replace"))
    ]
    for path in bad:
        path.unlink()
    return len(bad)


def mine(source: Source, work: Path, seed: int = 1) -> Mined:
    work = work / source.name
    source.extract(work / "tree")
    dropped = drop_files(work / "tree")
    run_index(work / "data", work / "tree", "tree", embed=False)
    with Server(work / "data") as server:
        passages = read_passages(server, "tree")
    names = list(_name_pairs(source.name, passages))
    random.Random(seed).shuffle(names)
    pairs = [*_comment_pairs(source.name, read_checkout(work / "tree"), passages), *names[:MAX_NAMES_OF_REPOSITORY]]
    return Mined(pairs, list(dict.fromkeys(passage.text() for passage in passages)), dropped)


def write_pairs(path: Path, pairs: Iterable[Pair]) -> None:
    path.write_text("".join(json.dumps(asdict(pair)) + "\n" for pair in pairs), encoding="utf-8")


def read_pairs(path: Path) -> list[Pair]:
    return [Pair(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
