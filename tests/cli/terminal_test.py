"""How the program looks and behaves on a terminal: colours, pager, progress, help, manual, suggestions, programs of others."""

import json
import os
import re
import shutil
import subprocess
import unittest

import harness
from terminal import Terminal

COLOUR = "\x1b[3"


class OnTerminal(harness.FaninTest):
    def shown(self, *arguments, columns=120, **variables):
        """All that a command shows on a terminal; it succeeds."""
        environment = self.environment(**{"TERM": "xterm", "FANIN_PAGER": "cat", **variables})
        if "NO_COLOR" not in variables:
            environment.pop("NO_COLOR", None)
        with Terminal([harness.BINARY, *arguments], environment, self.folder, columns) as terminal:
            self.assertEqual(terminal.wait(), harness.FOUND, terminal.text)
            return terminal

    def test_colours_are_for_terminals_that_have_them(self):
        self.index("--quiet")
        search = ("search", "kind:module name:gray_fifo")
        self.assertIn(COLOUR, self.shown(*search).shown)
        self.assertIn(COLOUR, self.shown(*search, NO_COLOR="").shown)
        self.assertNotIn(COLOUR, self.shown(*search, NO_COLOR="1").shown)
        self.assertNotIn(COLOUR, self.shown(*search, TERM="dumb").shown)
        outcome = self.run_fanin(*search)
        self.assertNotIn("\x1b", outcome.out + outcome.err)

    def test_long_answers_go_through_the_pager(self):
        self.index("--quiet")
        pager = self.folder / "pager"
        pager.write_text("#!/bin/sh\necho PAGED\nexec cat\n")
        pager.chmod(0o755)
        shown = self.shown("tree", FANIN_PAGER=str(pager)).text
        self.assertRegex(shown, r"^PAGED\n(.*\n)*.*mailbox")
        # What is for programs is not.
        self.assertNotIn("PAGED", self.shown("tree", "--json", FANIN_PAGER=str(pager)).text)
        self.assertNotIn("PAGED", self.shown("status", FANIN_PAGER=str(pager)).text)
        self.assertNotIn("PAGED", self.run_fanin("tree", env={"FANIN_PAGER": str(pager)}).out)

    def test_a_pager_that_is_left_early_is_no_failure(self):
        self.index("--quiet")
        self.shown("tree", FANIN_PAGER="true")

    def test_indexing_shows_a_bar_and_what_is_done(self):
        shown = self.shown("index", self.rtl, "--no-embed").text
        self.assertRegex(shown, r"parse +\[#{30}\] 6/6")

    def test_without_a_terminal_progress_is_lines(self):
        err = self.index().err
        self.assertNotIn("[", err.split("note")[0])
        self.assertRegex(err, r"(?m)^parse")

    def test_help_fits_the_terminal(self):
        for columns in (80, 110):
            shown = self.shown("context", "complete", "--help", columns=columns).text
            options = shown[shown.index("Options:") : shown.index("The file's text")]
            self.assertLessEqual(max(map(len, options.splitlines())), columns)
            self.assertGreater(max(map(len, options.splitlines())), columns - 30)

    @unittest.skipUnless(shutil.which("man"), "no man: scripts/setup.sh --lint")
    def test_the_manual_is_shown_as_a_page(self):
        self.assertRegex(self.shown("manual", MANPAGER="cat").text, r"EXIT STATUS")


class Help(harness.FaninTest):
    def test_help_names_values_ranges_and_defaults(self):
        text = re.sub(r"\s+", " ", self.run_fanin("trace", "--help").out)
        self.assert_names(
            text, "Usage: fanin trace MODE SIGNALS... [OPTIONS]", "--format tree|json|dot|text", "(default: tree)",
            "--cycles N", "(1 to 1000)", "--design DESIGN",
        )  # fmt: skip
        self.assertIn("--wave FILE Values over time (VCD or FST) (with --at)", re.sub(r"\s+", " ", self.run_fanin("context", "debug", "--help").out))

    @unittest.skipUnless(shutil.which("groff"), "no groff: scripts/setup.sh --lint")
    def test_the_manual_has_every_command_and_flag(self):
        page = self.run_fanin("manual").out
        checked = subprocess.run(
            ["groff", "-man", "-Tutf8", "-ww", "-P-c"], input=page, capture_output=True, text=True, timeout=harness.COMMAND_SECONDS
        )
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))
        text = re.sub(".\x08", "", checked.stdout)
        commands = self.commands()
        self.assertIn(("context", "debug"), commands)
        for command in commands:
            self.assertIn(" ".join(["fanin", *command]), text)
            for flag in re.findall(r"^  (?:-\w,)?(--[a-z-]+)", self.run_fanin(*command, "--help").out, re.MULTILINE):
                self.assertIn(flag, text)

    def commands(self, *above):
        """Every command that has no commands below it."""
        offered = self.run_fanin("__complete", *above, "").out.splitlines()[:-1]
        found = []
        for name in (line.split("\t")[0] for line in offered):
            command = (*above, name)
            if name in ("mcp", "proxy"):
                continue
            below = "Subcommands:" in self.run_fanin(*command, "--help").out
            found += self.commands(*command) if below else [command]
        return found


class Suggestions(harness.FaninTest):
    def test_a_misspelt_command_flag_or_value(self):
        self.assertIn("Did you mean search?", self.run_fanin("saerch", "x", code=harness.USAGE).err)
        self.assertIn("Did you mean --limit?", self.run_fanin("search", "x", "--limt=3", code=harness.USAGE).err)
        self.assertIn("Did you mean complete?", self.run_fanin("context", "complet", "a:1", code=harness.USAGE).err)
        self.assertNotIn("Did you mean", self.run_fanin("qqqqqqqq", code=harness.USAGE).err)

    def test_a_misspelt_name(self):
        self.index("--quiet")
        self.assertIn("wr_ptr_gray", self.run_fanin("trace", "fanin", "gray_fifo.wr_ptr_grey", code=harness.NOTHING_FOUND).err)
        self.assertIn("gray_fifo", self.run_fanin("tree", "gray_fifi", code=harness.NOTHING_FOUND).err)
        self.assertIn("mailbox", self.run_fanin("search", "x", "--repo", "malbox", code=harness.BAD_DATA).err)


class OtherPrograms(harness.FaninTest):
    """`fanin mcp` and `fanin proxy` become the programs of the Python package."""

    def setUp(self):
        super().setUp()
        self.programs = self.folder / "bin"
        self.programs.mkdir()
        for name in ("fanin-mcp", "fanin-proxy"):
            program = self.programs / name
            program.write_text('#!/bin/sh\necho "${0##*/}" "$@"\nexit 7\n')
            program.chmod(0o755)
        self.path = {"PATH": f"{self.programs}:{os.environ['PATH']}"}

    def test_all_that_follows_is_theirs(self):
        outcome = self.run_fanin("mcp", "--help", "--server", "a:1", "--new=x", code=7, env=self.path)
        self.assertEqual(outcome.out, "fanin-mcp --help --server a:1 --new=x\n")

    def test_what_is_before_the_name_is_passed_on(self):
        outcome = self.run_fanin("--repo", "soc", "--server", "b:2", "proxy", "--upstream", "u", code=7, env=self.path)
        self.assertEqual(outcome.out, "fanin-proxy --repo soc --server b:2 --upstream u\n")

    def test_without_the_package_it_says_how_to_get_it(self):
        outcome = self.run_fanin("mcp", code=harness.BAD_DATA, env={"PATH": str(self.folder)})
        self.assertIn("pip install", outcome.err)


class Json(harness.FaninTest):
    def test_every_command_that_answers_does_so_in_json(self):
        self.index("--quiet")
        for command in (
            ["search", "gray"], ["query", "MATCH (m:Module) RETURN m"], ["trace", "fanin", "gray_fifo.full"],
            ["trace", "path", "gray_fifo.wr_ptr", "gray_fifo.full"], ["trace", "common", "gray_fifo.full", "gray_fifo.empty"],
            ["tree"], ["tree", "--modules"], ["tree", "--instances-of", "gray_fifo"], ["show", "gray_fifo"], ["show", "gray_fifo", "--flow"],
            ["context", "complete", "rtl/mailbox.sv:45"], ["context", "debug", "--signal", "gray_fifo.full"],
            ["context", "question", "how is the pointer coded"], ["status"], ["doctor"], ["repo", "list"],
            ["index", self.rtl, "--no-embed"], ["repo", "delete", "mailbox"],
        ):  # fmt: skip
            with self.subTest(command=command):
                outcome = self.run_fanin(*command, "--json", cwd=self.rtl)
                self.assertIsInstance(json.loads(outcome.out), dict)

    def test_what_has_no_elements_is_json_too(self):
        self.index("--quiet")
        self.assertEqual(json.loads(self.run_fanin("fsm", "--json", code=harness.NOTHING_FOUND).out)["fsms"], [])


if __name__ == "__main__":
    unittest.main()
