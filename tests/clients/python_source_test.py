"""The Python sources: types hold under mypy --strict, of the package and of a program that uses it; ruff is content."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import fanin

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "clients/python"
RUFF = Path(sys.executable).parent / "ruff"
CONFIGURATION = ("--config-file", str(PACKAGE / "pyproject.toml"))

# The types of methods are derived from their makers; these are what a user's checker sees.
USE = """
from collections.abc import AsyncIterator
from fanin import AsyncFanin, Fanin
from fanin.results import Cone, SearchResult, SearchResults

def sync(client: Fanin) -> Cone:
    results: SearchResults = client.search("x", limit=3)
    for result in client.iter_search("x"):
        one: SearchResult = result
    return client.trace("a", "b", direction="fanout")

async def awaited(client: AsyncFanin) -> Cone:
    pages: AsyncIterator[SearchResult] = client.iter_search("x")
    return await client.trace("a")
"""
MISUSE = (
    "from fanin import Fanin\nFanin().search(1)\n",
    "from fanin import Fanin\nFanin().trace('a', direction='sideways')\n",
    "from fanin import Fanin\nFanin().search('x').no_such_field\n",
)


class Types(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # With mypy's cache, which the tests share.
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))

    def mypy(self, *arguments):
        command = (sys.executable, "-m", "mypy", "--cache-dir", str(self.folder / "cache"), *CONFIGURATION, *arguments)
        return subprocess.run(command, capture_output=True, text=True, cwd=Path(fanin.__file__).parents[1])

    def test_the_installed_package_is_typed(self):
        outcome = self.mypy("fanin")
        self.assertEqual(outcome.returncode, 0, outcome.stdout + outcome.stderr)

    def test_programs_that_use_it_are_checked(self):
        for text, code in ((USE, 0), *((text, 1) for text in MISUSE)):
            (self.folder / "use.py").write_text(text)
            outcome = self.mypy(str(self.folder / "use.py"))
            self.assertEqual(outcome.returncode, code, text + outcome.stdout + outcome.stderr)


class Style(unittest.TestCase):
    def test_ruff_finds_nothing(self):
        for command in (("check", "--no-cache"), ("format", "--no-cache", "--check")):
            outcome = subprocess.run(
                (RUFF, *command, "--quiet", "--config", PACKAGE / "pyproject.toml", PACKAGE, ROOT / "tests/clients"),
                capture_output=True,
                text=True,
            )
            self.assertEqual(outcome.returncode, 0, outcome.stdout + outcome.stderr)


if __name__ == "__main__":
    unittest.main()
