"""The pages of the documentation, and the examples in them. `CONTRIBUTING.md` states the convention for writers."""

import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^( *)```(.*)$")
# A reason stands in the line before the fence, or in a page's first line for all of the page.
_NOT_RUN = re.compile(r"^ *<!-- not run: (\S.*) -->$")
_PAGE_NOT_RUN = re.compile(r"^<!-- commands not run: (\S.*) -->$")


def pages():
    """Every page that users read: README.md and docs/."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@dataclass
class Block:
    """A fenced block: its first line of text, language, text, and the reason given for not running it."""

    line: int
    language: str
    text: str
    reason: str = ""


@dataclass
class Command:
    """A command of a console block, and the lines of output under it."""

    line: int
    text: str
    output: list = field(default_factory=list)


class Page:
    """A page; `blocks` are its fenced blocks, `indented` its lines of indented code, each with its number."""

    def __init__(self, path):
        self.path = path
        self.name = str(path.relative_to(ROOT))
        self.text = path.read_text(encoding="utf-8")
        self.blocks = []
        self.indented = []
        self._read(self.text.split("\n"))

    @property
    def reason(self):
        """Why no command of the page is run; empty if they are."""
        match = _PAGE_NOT_RUN.match(self.text.split("\n", 1)[0])
        return match.group(1) if match else ""

    def of(self, language):
        return [block for block in self.blocks if block.language == language]

    def commands(self):
        """Those of its console blocks, in their order."""
        return [command for block in self.of("console") for command in _commands(block)]

    def _read(self, lines):
        begin, before, indent, language, reason = None, "", "", "", ""
        for number, line in enumerate(lines, start=1):
            fence = _FENCE.match(line)
            if begin is not None:
                if fence and not fence.group(2):
                    body = [text[len(indent) :] for text in lines[begin : number - 1]]
                    self.blocks.append(Block(begin + 1, language, "\n".join(body) + "\n", reason))
                    begin, before = None, ""
                continue
            if fence:
                begin, indent, language = number, fence.group(1), fence.group(2)
                not_run = _NOT_RUN.match(before)
                reason = not_run.group(1) if not_run else ""
            elif line.startswith("    ") and (not before or before.startswith("    ")):
                self.indented.append((number, line.strip()))
            before = line
        if begin is not None:
            raise ValueError(f"{self.name}:{begin}: a fenced block does not end")


def _commands(block):
    """`$ ` begins a command, `> ` goes on with it, all else is what it prints."""
    found = []
    for number, line in enumerate(block.text.rstrip("\n").split("\n"), start=block.line):
        if line.startswith("$ "):
            found.append(Command(number, line[2:]))
        elif found and not found[-1].output and (line == ">" or line.startswith("> ")):
            found[-1].text += "\n" + line[2:]
        elif found:
            found[-1].output.append(line)
        else:
            raise ValueError(f"line {number}: a console block begins with '$ '")
    return found


def fits(shown, printed):
    """Whether lines that are shown fit those printed: `...` in a line is any text, a line of it any lines."""
    pattern = ""
    for line in shown:
        if line.strip() == "...":
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += r"[^\n]*".join(re.escape(part) for part in line.rstrip().split("...")) + r"[ \t]*\n"
    return re.fullmatch(pattern, "".join(line + "\n" for line in printed)) is not None
