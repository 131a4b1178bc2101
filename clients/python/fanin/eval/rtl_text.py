"""What the harness knows of Verilog, from text alone: comments, definitions, blocks, declarations.

It is deliberately not Fanin's parser: gold must not come from what is measured. It looks at text with comments and
strings blanked, keeps to forms that it is sure of, and misses the rest. Lines are from 1, ranges inclusive.
"""

import bisect
import functools
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

RTL_SUFFIXES = (".v", ".sv", ".svh", ".vh")
_LEX = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)
_DEFINITION = re.compile(r"^[ \t]*(?:module|macromodule|interface|package)[ \t]+(?:automatic[ \t]+|static[ \t]+)?(\w+)", re.MULTILINE)
_END = re.compile(r"\b(?:endmodule|endinterface|endpackage)\b")
_WORD = re.compile(r"[A-Za-z_]\w*")
_TOKEN = re.compile(r"[A-Za-z_$]\w*|[();]|\S")
_BLOCK = re.compile(r"\s*(always_ff|always_comb|always_latch|always|initial|assign)\b")
_DECLARATION = re.compile(r"^\s*[,(]?\s*(?:input|output|inout|wire|reg|logic|tri|bit)\b[^;,/=]*$")


@dataclass(frozen=True)
class Span:
    path: str
    start_line: int
    end_line: int

    def overlap(self, path: str, start_line: int, end_line: int) -> int:
        """Lines in common."""
        if path != self.path:
            return 0
        return max(0, min(self.end_line, end_line) - max(self.start_line, start_line) + 1)


@dataclass(frozen=True)
class Comment:
    begin: int  # character offsets of the whole comment, markers included; several // lines in a row are one
    end: int
    text: str  # markers stripped


@dataclass(frozen=True)
class Definition:
    name: str
    begin: int
    end: int
    start_line: int
    end_line: int


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def _stripped(text: str) -> str:
    lines = re.sub(r"/\*+|\*+/", "", text).split("\n")
    return "\n".join(re.sub(r"^\s*(?:/{2,}!?<?|\*+(?!/))?[ \t]*", "", line).rstrip(" \t\r*-=#/") for line in lines).strip()


class RtlFile:
    """One file's text and what is found in it."""

    def __init__(self, path: str, text: str):
        self.path = path
        self.text = text
        self.code = _LEX.sub(_blank, text)
        self._line_starts = [0] + [match.end() for match in re.finditer("\n", text)]

    def line_of(self, offset: int) -> int:
        return bisect.bisect_right(self._line_starts, offset)

    @property
    def line_count(self) -> int:
        return len(self._line_starts)

    def line_code(self, line: int) -> str:
        return self.slice_lines(self.code, line, line)

    def slice_lines(self, text: str, first: int, last: int) -> str:
        end = self._line_starts[last] if last < len(self._line_starts) else len(text)
        return text[self._line_starts[first - 1] : end]

    @cached_property
    def comments(self) -> list[Comment]:
        found: list[Comment] = []
        for match in _LEX.finditer(self.text):
            text = match.group()
            if text.startswith('"'):
                continue
            begin, end = match.span()
            alone = not self.text[self._line_starts[self.line_of(begin) - 1] : begin].strip()
            if found and alone and text.startswith("//"):
                before = self.text[found[-1].begin : found[-1].end]
                between = self.text[found[-1].end : begin]
                head = self.text[self._line_starts[self.line_of(found[-1].begin) - 1] : found[-1].begin]
                if before.startswith("//") and not head.strip() and re.fullmatch(r"\r?\n[ \t]*", between):
                    merged = self.text[found[-1].begin : end]
                    found[-1] = Comment(found[-1].begin, end, _stripped(merged))
                    continue
            found.append(Comment(begin, end, _stripped(text)))
        return found

    @cached_property
    def definitions(self) -> list[Definition]:
        found = []
        for match in _DEFINITION.finditer(self.code):
            end = _END.search(self.code, match.end())
            if end:
                lines = (self.line_of(match.start()), self.line_of(end.start()))
                found.append(Definition(match.group(1), match.start(), end.end(), *lines))
        return found

    def definition_at(self, line: int) -> Definition | None:
        return next((one for one in self.definitions if one.start_line <= line <= one.end_line), None)

    def header_of(self, definition: Definition) -> str:
        """Code up to the end of the port list."""
        body = self.code[definition.begin : definition.end]
        end = re.search(r"\)\s*;", body) or re.search(";", body)
        return body[: end.end()] if end else body

    def block_after(self, offset: int) -> tuple[int, int] | None:
        """Offsets of the always, initial or assign that begins right after `offset`."""
        match = _BLOCK.match(self.code, offset)
        if not match:
            return None
        begin = match.start(1)
        if match.group(1) == "assign":
            end = self.code.find(";", begin)
        else:
            end = self._statement_end(self._after_timing(match.end()))
        return (begin, end + 1) if 0 < end < len(self.code) else None

    @cached_property
    def blocks(self) -> list[tuple[int, int]]:
        """Offsets of each always, initial and assign that begins a line."""
        found = [self.block_after(match.start()) for match in re.finditer(rf"^{_BLOCK.pattern}", self.code, re.MULTILINE)]
        return [block for block in found if block]

    def _after_timing(self, offset: int) -> int:
        match = re.compile(r"\s*@\s*(\*|\w+|(?=\())|\s*#\s*\w+").match(self.code, offset)
        if not match:
            return offset
        offset = match.end()
        return self._after_parentheses(offset) if self.code[offset : offset + 1] == "(" else offset

    def _after_parentheses(self, offset: int) -> int:
        """Past the parenthesis group that begins at or after `offset`."""
        depth = 0
        for match in re.compile(r"[()]").finditer(self.code, offset):
            depth += 1 if match.group() == "(" else -1
            if depth == 0:
                return match.end()
        return len(self.code)

    def _closing(self, offset: int, opening: str, closing: str) -> int:
        """Last character of the word that closes the group whose opening word is at `offset`."""
        depth = 0
        for match in re.compile(rf"\b(?:(?P<open>{opening})|(?P<close>{closing}))\b").finditer(self.code, offset):
            depth += 1 if match.group("open") else -1
            if depth == 0:
                return match.end() - 1
        return len(self.code)

    def _statement_end(self, offset: int) -> int:
        """Last character of the statement that begins at `offset`."""
        match = _TOKEN.search(self.code, offset)
        while match and match.group() in ("unique", "unique0", "priority"):
            match = _TOKEN.search(self.code, match.end())
        if not match:
            return len(self.code)
        word = match.group()
        if word == "begin":
            return self._closing(match.start(), "begin", "end")
        if word in ("case", "casex", "casez"):
            return self._closing(match.start(), "case|casex|casez", "endcase")
        if word in ("for", "while", "repeat", "foreach"):
            return self._statement_end(self._after_parentheses(match.end()))
        if word == "if":
            end = self._statement_end(self._after_parentheses(match.end()))
            otherwise = re.compile(r"\s*else\b").match(self.code, end + 1)
            return self._statement_end(otherwise.end()) if otherwise else end
        end = self.code.find(";", match.start())
        return end if end >= 0 else len(self.code)

    def declared_on(self, line: int) -> str | None:
        """Name of the one signal or port that a line declares without more."""
        code = re.sub(r"\[[^\]]*\]", " ", self.line_code(line))
        code = re.sub(r"=.*", "", code).rstrip().rstrip(",;)").rstrip()
        if not _DECLARATION.match(code) or not re.match(r"\s*[,(]?\s*\w+\s+", code):
            return None
        return identifiers(code)[-1]


def identifiers(code: str) -> list[str]:
    return _WORD.findall(code)


@functools.lru_cache(maxsize=100_000)
def identifier_parts(name: str) -> frozenset[str]:
    """The name and its parts at underscores, case and digits; lower case, two letters or more."""
    parts = {name, *name.split("_")}
    for part in list(parts):
        parts.update(re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", part))
    return frozenset(part.lower() for part in parts if len(part) > 1)


def read_checkout(root: Path) -> list[RtlFile]:
    """The RTL files below a folder, by path; bytes that are not UTF-8 are read as Latin-1."""
    files = []
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if path.suffix in RTL_SUFFIXES and path.is_file() and not path.is_symlink() and ".git" not in relative.parts:
            files.append(RtlFile(relative.as_posix(), read_text(path)))
    return files


def read_text(path: Path) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
