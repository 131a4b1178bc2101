"""Every example of the manuals of the Python package, and the example programs, as a user runs them."""

import doctest
import json
import os
import re
import subprocess
import sys
import unittest.mock
from importlib.metadata import version
from pathlib import Path

import fanin
import harness
from fanin.mcp.__main__ import parse as parse_mcp_flags
from harness import Server
from mcp_types.version import KNOWN_PROTOCOL_VERSIONS

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "clients/python/examples"
# Where the wheel's programs were installed.
PROGRAMS = Path(fanin.__file__).parents[1] / "bin"


class Documents(harness.FaninTest):
    def run_examples(self, name, least):
        """Runs the examples of a page, where the fixture is indexed, SERVER serves it, and programs are on PATH."""
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.folder)
        self.index("--quiet")
        path = f"{self.install_programs()}{os.pathsep}{os.environ['PATH']}"
        with Server(self) as server, unittest.mock.patch.dict(os.environ, {"PATH": path}):
            result = doctest.testfile(
                str(ROOT / "docs" / name),
                module_relative=False,
                globs={"SERVER": server.address},
                optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE,
            )
        self.assertGreaterEqual(result.attempted, least)
        self.assertEqual(result.failed, 0)

    def install_programs(self):
        """A folder with the package's programs. They find the package although whoever starts them hides PYTHONPATH."""
        folder = self.folder / "bin"
        folder.mkdir()
        for program in PROGRAMS.iterdir():
            script = folder / program.name
            script.write_text(f"#!/bin/sh\nPYTHONPATH='{PROGRAMS.parent}' exec '{program}' \"$@\"\n")
            script.chmod(0o755)
        return folder

    def test_the_python_manual(self):
        self.run_examples("python.md", 30)

    def test_the_mcp_manual(self):
        self.run_examples("mcp.md", 3)

    def test_configurations_of_the_mcp_manual_are_commands_that_exist(self):
        blocks = re.findall(r"```json\n(.*?)```", (ROOT / "docs/mcp.md").read_text(), re.DOTALL)
        self.assertEqual(len(blocks), 3)
        for block in blocks:
            (entry,) = json.loads(block)["mcpServers"].values()
            if "command" in entry:
                self.assertTrue((PROGRAMS / entry["command"]).exists())
                parse_mcp_flags(entry["args"])
            else:
                self.assertTrue(entry["url"].endswith("/mcp"))

    def test_the_mcp_manual_names_the_versions_of_the_sdk(self):
        text = (ROOT / "docs/mcp.md").read_text()
        named = set(re.findall(r"\b20\d\d-\d\d-\d\d\b", text.split("## Protocol")[1]))
        self.assertEqual(named, set(KNOWN_PROTOCOL_VERSIONS))
        self.assertIn(f"`mcp` {version('mcp')}", text)


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
