"""What README.md and docs/ promise of their examples: each is run, or says why not, and even then names what exists.

Fenced blocks by language:
    console, pycon      run by examples_test.py
    json, toml          parsed
    text                no example: a grammar, a file's content
    anything else       run by the test that ELSEWHERE names for the page, or the line before says why not:
                        `<!-- not run: reason -->`
Commands stand in no other place than these blocks, unless the page begins with `<!-- commands not run: reason -->`.
"""

import json
import os
import re
import subprocess
import unittest
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pages
import tomllib

BINARY = os.environ["FANIN_BINARY"]
PACKAGE = Path(os.environ["FANIN_PACKAGE"])

# Tests that run what a page has besides console blocks, and the word in them that says so.
ELSEWHERE = {
    "docs/flow_text.md": ("tests/cli/flow_text_test.py", "flow_text.md"),
    "docs/query_language.md": ("tests/graph/cypher_test.cc", "query_language.md"),
    "docs/python.md": ("tests/clients/documents_test.py", "python.md"),
    "docs/mcp.md": ("tests/clients/documents_test.py", "mcp.md"),
    "docs/examples/complete_*.md": ("tests/cli/examples_test.py", "complete_*.md"),
    "docs/examples/debug_*.md": ("tests/cli/debug_examples_test.py", "debug_*.md"),
}
RUN = ("console", "pycon", "text")
PARSED = {"json": json.loads, "toml": tomllib.loads}
COMMAND = re.compile(
    r"(\$ |[A-Z_]+=\S+ )*(fanin(-[a-z]+)?|build/\S+|scripts/\S+|bench_\w+|python3?|pip|curl|git|cmake|ctest|npm)( |$)"
)
# A call of one of the programs: itself, and what follows up to a comment, pipe or end.
# (`fanin of` begins a cone in docs/flow_text.md.)
CALL = re.compile(r"(?:build/release/)?\b(fanin(?:-eval|-mcp|-proxy|-train)?) (?!of )([^#|;&`]*)")
FLAG = re.compile(r"(?<!\S)\[?(--[a-z][a-z-]*)")
IN_HELP = re.compile(r"--[a-z][a-z-]*")
PATH = re.compile(r"`((?:base|clients|cmake|docs|graph|indexer|proto|retriever|scripts|service|tests)/[\w./-]+)`")


def elsewhere(page):
    """The test that runs the page's examples, and its word; None if there is none."""
    return next((test for pattern, test in ELSEWHERE.items() if fnmatch(page.name, pattern)), None)


@cache
def help_of(program, *commands):
    """What `program commands --help` prints; None if there is no such command."""
    path = BINARY if program == "fanin" else PACKAGE / "bin" / program
    process = subprocess.run(
        [path, *commands, "--help"],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": f"{PACKAGE / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(PACKAGE)},
        timeout=120,
    )
    return process.stdout if process.returncode == 0 else None


def mistakes_of_call(program, arguments):
    """What of a call the program does not know: its commands and flags. Values are not looked at."""
    words = arguments.split()
    commands = []
    while words and re.fullmatch(r"[a-z]+", words[0]) and help_of(program, *commands, words[0]) is not None:
        if help_of(program, *commands, words[0]) == help_of(program, *commands):
            break
        commands.append(words.pop(0))
    known = set(IN_HELP.findall(help_of(program, *commands)))
    if program == "fanin":
        known |= set(IN_HELP.findall(help_of(program)))
        if not commands and words and re.fullmatch(r"[a-z]+", words[0]):
            return [f"no command {words[0]}"]
    return [f"no flag {flag}" for flag in FLAG.findall(" " + arguments) if flag not in known]


class Rules(unittest.TestCase):
    def setUp(self):
        self.pages = [pages.Page(path) for path in pages.pages()]
        self.assertGreater(len(self.pages), 20)

    def report(self, mistakes):
        self.assertEqual(list(mistakes), [], "\n" + "\n".join(mistakes))

    def test_every_example_is_run_or_says_why_not(self):
        self.report(
            f"{page.name}:{block.line}: a block in {block.language or 'no language'} that nothing runs gives no reason"
            for page in self.pages
            for block in page.blocks
            if block.language not in (*RUN, *PARSED) and not block.reason and not page.reason and not elsewhere(page)
        )

    def test_commands_stand_in_blocks_that_are_run(self):
        for page in self.pages:
            plain = [
                (block.line + i, line) for block in page.of("text") for i, line in enumerate(block.text.split("\n"))
            ]
            with self.subTest(page.name):
                self.report(
                    f"{page.name}:{number}: a command that nothing runs: {line}"
                    for number, line in (*page.indented, *plain)
                    if COMMAND.match(line) and not page.reason
                )

    def test_the_tests_of_other_examples_name_their_pages(self):
        for test, word in ELSEWHERE.values():
            self.assertIn(word, (pages.ROOT / test).read_text(encoding="utf-8"), test)

    def test_configurations_parse(self):
        for page in self.pages:
            for language, parse in PARSED.items():
                for block in page.of(language):
                    with self.subTest(page=page.name, line=block.line):
                        parse(block.text)

    def test_commands_and_flags_exist(self):
        for page in self.pages:
            for number, line in enumerate(page.text.split("\n"), start=1):
                spans = re.findall(r"`([^`]*)`", line) if "`" in line else [line]
                for span in spans:
                    if "`" in line or COMMAND.match(span.strip()):
                        for program, arguments in CALL.findall(span):
                            for mistake in mistakes_of_call(program, arguments):
                                with self.subTest(f"{page.name}:{number}"):
                                    self.fail(f"{span}: {mistake}")

    def test_named_files_exist(self):
        self.report(
            f"{page.name}: no {name}"
            for page in self.pages
            for name in PATH.findall(page.text)
            if not (pages.ROOT / name).exists() and not list(pages.ROOT.glob(name + ".*"))
        )


if __name__ == "__main__":
    unittest.main()
