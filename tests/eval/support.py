"""What the tests of fanin.eval share. The package is the installed wheel (tests/clients), the program FANIN_BINARY."""

import subprocess
from pathlib import Path

CORPORA = Path(__file__).resolve().parents[1] / "corpora"


class GitRepository:
    """A checkout that a test writes, in an empty folder."""

    def __init__(self, path):
        self.path = path
        path.mkdir()
        self._git("init", "-q")

    def _git(self, *arguments):
        identity = ["-c", "user.name=t", "-c", "user.email=t@t", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", "-C", self.path, *identity, *arguments], check=True, capture_output=True)

    def commit(self, message, files):
        """Writes the files, by name, and commits all."""
        for name, text in files.items():
            (self.path / name).write_text(text)
        self._git("add", ".")
        self._git("commit", "-qm", message)
