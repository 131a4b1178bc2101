"""Every example of docs/python.md, and the example programs, as a user runs them."""

import doctest
import os
import subprocess
import sys
from pathlib import Path

import harness
from harness import Server

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "clients/python/examples"


class Documents(harness.FaninTest):
    def test_the_python_manual(self):
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.folder)
        self.index("--quiet")
        with Server(self) as server:
            globs = {"SERVER": server.address}
            result = doctest.testfile(
                str(ROOT / "docs/python.md"),
                module_relative=False,
                globs=globs,
                optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE,
            )
        self.assertGreater(result.attempted, 10)
        self.assertEqual(result.failed, 0)


class Examples(harness.FaninTest):
    def run_example(self, *arguments):
        return subprocess.run(
            [sys.executable, EXAMPLES / "search_and_context.py", *arguments],
            capture_output=True,
            text=True,
            timeout=harness.COMMAND_SECONDS,
        )

    def test_search_and_context(self):
        self.index("--quiet")
        with Server(self) as server:
            query = "kind:always drives:wr_ptr_gray"
            process = self.run_example(server.address, "mailbox", query, "rtl/mailbox.sv", "45")
            self.assertEqual(process.returncode, 0, process.stderr)
            self.assert_names(process.stdout, "1 results of repositories/mailbox/snapshots/1", "rtl/gray_fifo.v:")
            self.assertRegex(process.stdout, r"[1-9][0-9]* snippets, [0-9]+ tokens")
            process = self.run_example(server.address, "nothing", "x", "a.v", "1")
            self.assertNotEqual(process.returncode, 0)
            self.assert_names(process.stderr, "NOT_FOUND", "mailbox")


if __name__ == "__main__":
    harness.main()
