"""The examples of README.md and docs/ do what the pages say.

Every console block, page by page, in one shell from top to end; then every pycon block in one interpreter.
"""

import os
import subprocess
import sys
import unittest

import pages
from sandbox import COMMAND_SECONDS, Sandbox

BINARY = os.environ["FANIN_BINARY"]
CACHE = os.environ["FANIN_CACHE"]
PACKAGE = os.environ["FANIN_PACKAGE"]
# Pages whose examples another test runs, which needs more than a shell.
ELSEWHERE = ("docs/examples/",)

_DOCTEST = """
import doctest, sys
runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
runner.run(doctest.DocTestParser().get_doctest(sys.stdin.read(), {"__name__": "__main__"}, sys.argv[1], sys.argv[1], 0))
sys.exit(runner.summarize().failed)
"""


class Examples(unittest.TestCase):
    def run_page(self, page):
        with Sandbox(BINARY, CACHE, PACKAGE) as sandbox:
            for command in page.commands():
                sandbox.run(command)
            session = "\n".join(block.text for block in page.of("pycon"))
            if session:
                process = subprocess.run(
                    [sys.executable, "-c", _DOCTEST, page.name],
                    input=sandbox.with_ports(session),
                    capture_output=True,
                    text=True,
                    cwd=sandbox.work,
                    env=sandbox.environment(),
                    timeout=COMMAND_SECONDS,
                )
                self.assertEqual(process.returncode, 0, process.stdout + process.stderr)


def _add(page):
    name = "test_" + page.name.removesuffix(".md").replace("/", "_")
    setattr(Examples, name, lambda self: self.run_page(page))


for path in pages.pages():
    candidate = pages.Page(path)
    if not candidate.name.startswith(ELSEWHERE) and (candidate.of("console") or candidate.of("pycon")):
        _add(candidate)


if __name__ == "__main__":
    unittest.main()
