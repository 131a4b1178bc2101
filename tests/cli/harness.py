"""What the tests of the program share: a data directory, a copy of the mailbox fixture, running and reading commands."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

BINARY = os.environ["FANIN_BINARY"]
CORPORA = Path(__file__).resolve().parent.parent / "corpora"

FOUND, NOTHING_FOUND, USAGE, BAD_DATA, UNREACHABLE = range(5)
# A command that hangs fails its test.
COMMAND_SECONDS = 120


class Outcome:
    """How a command ended, and what it printed."""

    def __init__(self, process):
        self.code = process.returncode
        self.out = process.stdout
        self.err = process.stderr

    @property
    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return f"exit code {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


class FaninTest(unittest.TestCase):
    """Each test has a folder of its own: self.folder, with the data directory and a copy of the fixture in it."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="fanin_cli_")).resolve()
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.data = self.folder / "data"
        self.rtl = self.folder / "mailbox"
        shutil.copytree(CORPORA / "mailbox", self.rtl)

    def environment(self, **extra):
        return {**os.environ, "FANIN_DATA_DIR": str(self.data), **extra}

    def run_fanin(self, *arguments, code=FOUND, stdin="", cwd=None, env=None):
        """Runs a command and checks its exit code."""
        process = subprocess.run(
            [BINARY, *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=cwd or self.folder,
            env=self.environment(**(env or {})),
            timeout=COMMAND_SECONDS,
        )
        outcome = Outcome(process)
        self.assertEqual(outcome.code, code, f"{arguments}: {outcome}")
        return outcome

    def index(self, *arguments, **keywords):
        """Indexes the fixture, without embeddings unless told."""
        return self.run_fanin("index", self.rtl, "--no-embed", *arguments, **keywords)

    def write(self, path, text, encoding="utf-8"):
        file = self.rtl / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding=encoding)
        return file

    def assert_names(self, text, *parts):
        """Every part is in the text; told with the text if not."""
        for part in parts:
            self.assertIn(str(part), text)


class Server:
    """`fanin serve` on a free port, for a `with` statement; `address` is where it listens."""

    def __init__(self, test):
        self.test = test

    def __enter__(self):
        self.process = subprocess.Popen(
            [BINARY, "serve", "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.test.environment(),
        )
        line = self.process.stdout.readline()
        match = re.fullmatch(r"listening on (127\.0\.0\.1:\d+)\n", line)
        if not match:
            self.process.kill()
            self.test.fail(f"serve said {line!r}: {self.process.communicate()}")
        self.address = match.group(1)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        _, self.log = self.process.communicate(timeout=COMMAND_SECONDS)
        self.test.assertEqual(self.process.returncode, 0, self.log)


main = unittest.main
