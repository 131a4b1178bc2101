"""The examples of docs/flow_text.md are what the program prints."""

import re
import shlex
from pathlib import Path

import harness

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "flow_text.md"


class FlowText(harness.FaninTest):
    def test_examples_are_what_the_program_prints(self):
        text = DOCUMENT.read_text()
        design = re.search(r"```sv\n(.*?)```", text, re.DOTALL).group(1)
        root = self.folder / "link"
        (root / "rtl").mkdir(parents=True)
        (root / "rtl/link.sv").write_text(design)
        self.run_fanin("index", root, "--name", "link", "--no-embed", "--quiet")
        examples = re.findall(r"```\n\$ fanin (.*?)\n(.*?)```", text, re.DOTALL)
        self.assertGreater(len(examples), 4)
        for command, expected in examples:
            with self.subTest(command=command):
                self.assertEqual(self.run_fanin(*shlex.split(command)).out, expected)


if __name__ == "__main__":
    harness.main()
