"""Completion of command lines: what the program offers, and what bash, zsh and fish make of it."""

import os
import re
import shutil
import subprocess
import unittest
from pathlib import Path

import harness
from terminal import Terminal


class Offers(harness.FaninTest):
    def offers(self, *words):
        """Texts that are offered for the last word, and what the shell is to add."""
        *lines, also = self.run_fanin("__complete", *words).out.splitlines()
        return [line.split("\t")[0] for line in lines], also

    def test_commands_and_their_commands(self):
        self.assertEqual(self.offers("doc"), (["doctor"], ":"))
        self.assertIn("search", self.offers("")[0])
        self.assertEqual(self.offers("context", "")[0], ["complete", "debug", "question"])
        self.assertEqual(self.offers("--quiet", "repo", "l")[0], ["list"])

    def test_every_command_and_flag_of_the_help_is_offered(self):
        for command in ([], ["search"], ["trace"], ["context", "debug"]):
            text = self.run_fanin(*command, "--help").out
            flags = set(re.findall(r"^  (?:-\w,)?(--[a-z-]+)", text, re.MULTILINE))
            offered = set(self.offers(*command, "--")[0])
            self.assertGreater(len(flags), 3)
            self.assertLessEqual(flags, offered, command)

    def test_flags_of_the_command_and_of_all_commands(self):
        flags, _ = self.offers("search", "--")
        self.assertLess({"--limit", "--explain", "--repo", "--json"}, set(flags))
        self.assertNotIn("--debounce", flags)
        self.assertIn("--signal", self.offers("context", "debug", "--s")[0])

    def test_values_of_flags_and_arguments(self):
        self.assertEqual(self.offers("trace", ""), (["fanin", "fanout", "path", "common"], ":"))
        self.assertEqual(self.offers("trace", "fanin", "x", "--format", "t")[0], ["tree", "text"])
        self.assertEqual(self.offers("fsm", "--format=d")[0], ["--format=dot"])
        self.assertEqual(self.offers("completion", "")[0], ["bash", "fish", "zsh"])

    def test_files_and_folders_are_left_to_the_shell(self):
        self.assertEqual(self.offers("index", ""), ([], ":folders"))
        self.assertEqual(self.offers("context", "complete", ""), ([], ":files"))
        self.assertEqual(self.offers("context", "debug", "--log", "")[1], ":files")
        self.assertEqual(self.offers("mcp", ""), ([], ":files"))

    def test_names_of_the_index(self):
        self.assertEqual(self.offers("tree", "gray"), ([], ":"))
        self.index("--quiet")
        self.assertEqual(self.offers("tree", "gray")[0], ["gray_fifo"])
        self.assertEqual(self.offers("search", "--repo", "")[0], ["mailbox"])
        self.assertEqual(self.offers("search", "--snapshot", "")[0], ["1"])
        self.assertIn("wr_ptr_gray", self.offers("show", "wr_p")[0])
        self.assertIn("gray_fifo.wr_ptr_gray", self.offers("trace", "fanin", "gray_fifo.wr_p")[0])
        self.assertIn("mailbox_pkg::msg_t", self.offers("show", "mailbox_pkg::m")[0])
        self.assertEqual(self.offers("tree", "--repo", "none", "gray")[0], [])

    def test_a_server_is_asked_where_the_words_name_one(self):
        self.index("--quiet")
        with harness.Server(self) as server:
            words = ("tree", "--server", server.address, "--data-dir", self.folder / "none", "gray")
            self.assertEqual(self.offers(*words)[0], ["gray_fifo"])

    def test_what_cannot_be_completed_offers_nothing_and_does_not_fail(self):
        self.assertEqual(self.offers("nothing", "x"), ([], ":"))
        self.assertEqual(self.offers("search", "--nothing=x"), ([], ":"))
        self.assertEqual(self.offers("tree", "--server", "127.0.0.1:1", "x"), ([], ":"))


class Shells(harness.FaninTest):
    """Each shell on a terminal: what a line is after Tab, told by running it as arguments of `echo`."""

    # Shell, how it starts without anybody's settings.
    START = {"bash": ["--norc", "--noprofile", "-i"], "zsh": ["-f", "-i"]}

    def setUp(self):
        super().setUp()
        self.index("--quiet")
        self.programs = self.folder / "bin"
        self.programs.mkdir()
        (self.programs / "fanin").symlink_to(Path(harness.BINARY).resolve())
        (self.folder / "logs").mkdir()
        (self.folder / "logs" / "run.log").write_text("")

    def completed(self, shell, *lines):
        """Each line as it is after Tab."""
        if shutil.which(shell) is None:
            self.skipTest(f"no {shell}: scripts/setup.sh --lint")
        script = self.folder / f"completion.{shell}"
        script.write_text(self.run_fanin("completion", shell).out)
        environment = self.environment(
            PATH=f"{self.programs}:{os.environ['PATH']}", HOME=str(self.folder), TERM="xterm", PS1="> ", LC_ALL="C.UTF-8"
        )
        found = []
        with Terminal([shell, *self.START[shell]], environment, self.folder, columns=200) as terminal:
            if shell == "zsh":
                terminal.type("autoload -Uz compinit && compinit -u -D\n")
            terminal.type(f"source {script}; echo re''ady\n")
            terminal.wait_for("ready")
            for line in lines:
                # The start of the line is left for the end, as completion asks for a line of fanin.
                terminal.type(f"{line}\t")
                terminal.type("\x01echo '<'\x05'>'\n")
                found.append(terminal.wait_for(r"\n<\s*(fanin [^>]*?)\s*>").group(1))
        return found

    def check(self, shell):
        self.assertEqual(
            self.completed(
                shell, "fanin doc", "fanin trace fanin gray_fifo.wr_ptr_gr", "fanin show mailbox_pkg::Word", "fanin fsm --for",
                "fanin context debug --log logs/r", "fanin --repo mail",
            ),
            [
                "fanin doctor", "fanin trace fanin gray_fifo.wr_ptr_gray", "fanin show mailbox_pkg::WordWidth", "fanin fsm --format",
                "fanin context debug --log logs/run.log", "fanin --repo mailbox",
            ],
        )  # fmt: skip

    def test_bash(self):
        self.check("bash")

    def test_zsh(self):
        self.check("zsh")

    def test_fish(self):
        if shutil.which("fish") is None:
            self.skipTest("no fish: scripts/setup.sh --lint")
        script = self.folder / "completion.fish"
        script.write_text(self.run_fanin("completion", "fish").out)
        environment = self.environment(PATH=f"{self.programs}:{os.environ['PATH']}", HOME=str(self.folder))

        def offered(line):
            # fish has a command for what Tab offers.
            answer = subprocess.run(
                ["fish", "--no-config", "-c", f"source {script}; complete -C '{line}'"],
                capture_output=True, text=True, env=environment, cwd=self.folder, timeout=harness.COMMAND_SECONDS,
            )  # fmt: skip
            self.assertEqual((answer.returncode, answer.stderr), (0, ""))
            return [each.split("\t")[0] for each in answer.stdout.splitlines()]

        self.assertEqual(offered("fanin doc"), ["doctor"])
        self.assertEqual(offered("fanin fsm --for"), ["--format"])
        self.assertIn("gray_fifo.wr_ptr_gray", offered("fanin trace fanin gray_fifo.wr_ptr_gr"))
        self.assertEqual(offered("fanin context debug --log logs/r"), ["logs/run.log"])
        self.assertEqual(offered("fanin --repo mail"), ["mailbox"])


if __name__ == "__main__":
    unittest.main()
