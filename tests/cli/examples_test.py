"""The worked completion examples of docs/examples give what they say.

Each has one block of console text: a command, then its output. They ask the wheels that scripts/setup.sh fetches; with
FANIN_UPDATE_EXAMPLES=1 the outputs are written anew instead.
"""

import os
import re
import shlex
import unittest
from pathlib import Path

import harness

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
WHEELS = Path(os.environ["FANIN_TEST_CORPORA"])
BLOCK = re.compile(r"```console\n\$ fanin (?P<command>[^\n]+)\n(?P<output>.*?)```", re.DOTALL)


class Examples(harness.FaninTest):
    maxDiff = None

    def test_every_example_gives_what_it_says(self):
        examples = sorted(EXAMPLES.glob("complete_*.md"))
        self.assertEqual(len(examples), 5)
        for wheel in ("umi", "lambdalib"):
            self.run_fanin("index", WHEELS / wheel, "--name", wheel, "--no-embed", "--quiet")
        for example in examples:
            with self.subTest(example.name):
                self.check(example)

    def check(self, example):
        text = example.read_text(encoding="utf-8")
        (block,) = BLOCK.finditer(text)
        outcome = self.run_fanin(*shlex.split(block["command"]), cwd=WHEELS)
        output = re.sub(r"[ \t]+$", "", outcome.out.rstrip("\n"), flags=re.MULTILINE) + "\n"
        if os.environ.get("FANIN_UPDATE_EXAMPLES"):
            example.write_text(text[: block.start("output")] + output + text[block.end("output") :], encoding="utf-8")
        else:
            self.assertEqual(output, block["output"])


if __name__ == "__main__":
    unittest.main()
