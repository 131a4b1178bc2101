"""The worked debug examples of docs/examples are what the program prints.

A page names its design (a folder of this tree or a corpus that scripts/setup.sh fetched), makes a bug in it by a diff, may
hold files (the word after a block's language is the name), and shows commands with what they print.
"""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import harness

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```", re.DOTALL | re.MULTILINE)


def folder_of(design):
    return ROOT / design if "/" in design else Path(os.environ["FANIN_TEST_CORPORA"]) / design


class DebugExamples(harness.FaninTest):
    def run_page(self, page):
        text = page.read_text()
        design = re.search(r"^Design: `(.+)`", text, re.MULTILINE).group(1)
        self.assertTrue(folder_of(design).is_dir(), f"{design}: run scripts/setup.sh")
        root = self.folder / page.stem / Path(design).name
        shutil.copytree(folder_of(design), root)
        commands = 0
        for language, name, body in _BLOCK.findall(text):
            if language == "diff" and not name:
                subprocess.run(["git", "apply", "-"], input=body, text=True, cwd=root, check=True)
            elif name:
                (root / name).write_text(body)
        for wave in EXAMPLES.glob("*.vcd"):
            shutil.copy(wave, root)
        self.data = self.folder / f"data-{page.stem}"
        self.run_fanin("index", root, "--name", Path(design).name, "--no-embed", "--quiet")
        for language, _, body in _BLOCK.findall(text):
            if language != "console":
                continue
            command, expected = re.fullmatch(r"\$ fanin (.*?)\n(.*)", body, re.DOTALL).groups()
            self.assertEqual(self.run_fanin(*shlex.split(command), cwd=root).out, expected, f"{page.name}: {command}")
            commands += 1
        self.assertGreater(commands, 0, page.name)

    def test_pages_show_what_the_program_prints(self):
        pages = sorted(EXAMPLES.glob("debug_*.md"))
        self.assertGreaterEqual(len(pages), 5)
        for page in pages:
            with self.subTest(page=page.name):
                self.run_page(page)


if __name__ == "__main__":
    harness.main()
