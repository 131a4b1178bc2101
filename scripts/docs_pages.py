#!/usr/bin/env python3
"""Writes the pages of the documentation site into a folder, for MkDocs: docs/, and what is made from the source.

Usage: docs_pages.py PROGRAM OUT       PROGRAM: the built fanin

Made are the references of the command line (from `fanin COMMAND --help`) and of the RPCs (from the comments of proto/);
README.md and its neighbours become pages. Names of pages in backticks become links, so that `mkdocs build --strict`
proves that they exist.

Needs grpcio-tools and googleapis-common-protos, which scripts/setup.sh installs in the environment of the cache folder.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "proto"))
import make_openapi  # noqa: E402

FILE_NAME = re.compile(r"`((?:docs/)?[\w/]+\.md|docs/\w+/)`")
FENCE = re.compile(r"^( *```)(\w*)(?: (\S+))?$")
# What Markdown would take for its own in a comment; not within backticks.
MARKS = re.compile(r"[\[<*_](?=[^`]*(?:`[^`]*`[^`]*)*\Z)")
# fanin's exit code for what it needs and does not find.
BAD_DATA = 3
# Pages beside docs/, by their place in the site.
TOP_PAGES = {
    "README.md": "index.md",
    "ARCHITECTURE.md": "architecture.md",
    "LIMITATIONS.md": "limitations.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "THIRD_PARTY.md": "third_party.md",
}
# mkdocstrings puts in what the sources say.
PYTHON = """# Python reference

Made from the sources of the package `fanin`. How to use it: `docs/python.md`.

## Clients

::: fanin.client.Fanin

::: fanin.async_client.AsyncFanin

## Questions

Methods of both clients. `AsyncFanin`'s are awaited, and those that give an iterator serve `async for`.

::: fanin.calls

## Results

::: fanin.results.elements

::: fanin.results.passages

::: fanin.results.walks

::: fanin.results.repositories

::: fanin.results.changes

## Errors

::: fanin.errors
"""


def place_of(name):
    """Where a file of the project stands in the site; None if it does not."""
    if name in TOP_PAGES:
        return TOP_PAGES[name]
    if not name.startswith("docs/"):
        return None
    name = name.removeprefix("docs/")
    return name + "README.md" if name.endswith("/") else name


def for_site(text, place):
    """A page's text as MkDocs wants it: links, names of blocks, and Python sessions fenced."""

    def link(match):
        target = place_of(match.group(1))
        if target is None or target == place:
            return match.group()
        return f"[{match.group()}]({os.path.relpath(target, os.path.dirname(place) or '.')})"

    lines = []
    fenced = session = False
    for line in text.split("\n"):
        fence = FENCE.match(line)
        if fence and not session:
            fenced = not fenced
            if fence.group(3):
                line = f'{fence.group(1)}{fence.group(2)} title="{fence.group(3)}"'
        elif not fenced:
            if line.startswith(">>> ") != session and (not session or not line):
                lines.append("```" if session else "```pycon")
                session = not session
            if not session and not line.startswith("    "):
                line = FILE_NAME.sub(link, line)
        lines.append(line)
    return "\n".join(lines + ["```"] * session)


def help_of(program, commands):
    """What a command's --help prints. Some commands run a program of the Python package, which need not be here."""
    process = subprocess.run([program, *commands, "--help"], capture_output=True, text=True)
    if process.returncode == BAD_DATA:
        return process.stderr.rstrip()
    process.check_returncode()
    return process.stdout.rstrip()


def command_line(program):
    """The reference of the command line: every command, as its --help tells it."""
    text = "# Command line reference\n\nMade from `fanin COMMAND --help`. How to use it: `docs/cli.md`.\n"
    waiting = [[]]
    while waiting:
        commands = waiting.pop(0)
        told = help_of(program, commands)
        text += f"\n## {' '.join(['fanin', *commands])}\n\n```text\n{told}\n```\n"
        section = re.search(r"^Subcommands:\n((?:  .*\n?)*)", told, re.MULTILINE)
        names = re.findall(r"^  ([a-z]+) ", section.group(1), re.MULTILINE) if section else []
        waiting[:0] = [[*commands, name] for name in names]
    return text


class RpcReference:
    """The reference of the RPCs, from the descriptors of proto/ with their comments."""

    def __init__(self, files):
        self.text = (
            "# RPC reference\n\nMade from the comments of `proto/fanin/v1`. What holds for all methods: `docs/api.md`; "
            "the same as JSON: `docs/http.md`.\n"
        )
        for part in (self._services, self._messages):
            for file in files:
                self._comments = {
                    tuple(location.path): (location.leading_comments or location.trailing_comments)
                    for location in file.source_code_info.location
                }
                part(file)

    def _comment(self, *path):
        lines = (line.removeprefix(" ") for line in self._comments.get(path, "").rstrip().split("\n"))
        return MARKS.sub(r"\\\g<0>", "\n".join(lines))

    def _cell(self, *path):
        return " ".join(self._comment(*path).split()).replace("|", "\\|")

    def _services(self, file):
        for index, service in enumerate(file.service):
            self.text += f"\n## {service.name}\n\n{self._comment(6, index)}\n"
            for number, method in enumerate(service.method):
                answer = ("stream " if method.server_streaming else "") + self._type(method.output_type)
                self.text += f"\n### {method.name} {{ #{service.name}.{method.name} }}\n\n"
                self.text += f"{self._type(method.input_type)} → {answer}\n\n{self._comment(6, index, 2, number)}\n"

    def _messages(self, file):
        if file.message_type or file.enum_type:
            self.text += f"\n## {Path(file.name).name} {{ #{Path(file.name).stem} }}\n\n"
        for index, message in enumerate(file.message_type):
            self._message(message, (4, index), file.package)
        for index, enum in enumerate(file.enum_type):
            self._enum(enum, (5, index), file.package)

    def _message(self, message, path, scope):
        if message.options.map_entry:
            return
        name = f"{scope}.{message.name}"
        self._heading(name, path)
        if message.field:
            self.text += "| field | type | meaning |\n|---|---|---|\n"
        for number, field in enumerate(message.field):
            self.text += f"| `{field.name}` | {self._field_type(field, message)} | {self._cell(*path, 2, number)} |\n"
        for number, enum in enumerate(message.enum_type):
            self._enum(enum, (*path, 4, number), name)
        for number, nested in enumerate(message.nested_type):
            self._message(nested, (*path, 3, number), name)

    def _enum(self, enum, path, scope):
        self._heading(f"{scope}.{enum.name}", path)
        self.text += "| value | meaning |\n|---|---|\n"
        for number, value in enumerate(enum.value):
            self.text += f"| `{value.name}` | {self._cell(*path, 2, number)} |\n"

    def _heading(self, name, path):
        short = name.removeprefix("fanin.v1.")
        self.text += f"\n### {short} {{ #{name} }}\n\n{self._comment(*path)}\n\n"

    def _field_type(self, field, message):
        if not field.type_name:
            kind = make_openapi.Field.Type.Name(field.type).removeprefix("TYPE_").lower()
        else:
            kind = self._type(field.type_name)
            for nested in message.nested_type:
                if nested.options.map_entry and field.type_name.endswith(f".{message.name}.{nested.name}"):
                    key, value = (self._field_type(part, nested) for part in nested.field)
                    return f"map of {key} to {value}"
        return ("repeated " if field.label == field.LABEL_REPEATED else "") + kind

    def _type(self, name):
        name = name.removeprefix(".")
        return f"[{name.removeprefix('fanin.v1.')}](#{name})" if name.startswith("fanin.v1.") else f"`{name}`"


def main(program, out):
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(ROOT / "docs", out)
    pages = {place: (ROOT / name).read_text(encoding="utf-8") for name, place in TOP_PAGES.items()}
    pages |= {str(page.relative_to(out)): page.read_text(encoding="utf-8") for page in sorted(out.rglob("*.md"))}
    pages["reference/cli.md"] = command_line(program)
    pages["reference/rpc.md"] = RpcReference(make_openapi.read_protos()).text
    pages["reference/python.md"] = PYTHON
    (out / "reference").mkdir()
    for place, text in pages.items():
        (out / place).write_text(for_site(text, place), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]))
