"""Sources at a pinned commit, as plain folders of the evaluation's own."""

import io
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

# What Fanin reads. Archives, waves and pictures stay behind: a partial clone may not even have them.
_KEPT = {".v", ".sv", ".svh", ".vh", ".h", ".inc", ".md", ".rst", ".hjson", ".rdl", ".f", ".core", ".yml", ".vlt"}


@dataclass(frozen=True)
class Source:
    """NAME=PATH[@COMMIT]. Without a commit: the folder as it is, for sources that are no git checkout."""

    name: str
    path: Path
    commit: str = ""

    @staticmethod
    def parse(text: str) -> "Source":
        name, separator, place = text.partition("=")
        path, _, commit = place.partition("@")
        if not separator or not name.isidentifier() and not name.replace("-", "_").isidentifier() or not path:
            raise ValueError(f"{text!r} is not NAME=PATH[@COMMIT]")
        return Source(name, Path(path).expanduser().resolve(), commit)

    def git(self, *arguments: str) -> bytes:
        """What a git command in the checkout prints; raises CalledProcessError."""
        return subprocess.run(["git", "-C", str(self.path), *arguments], check=True, capture_output=True).stdout

    def extract(self, target: Path, commit: str = "") -> None:
        """Makes `target` hold exactly the sources of a commit (default: the pinned one)."""
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        revision = commit or self.commit
        if not revision:
            shutil.copytree(self.path, target, dirs_exist_ok=True, symlinks=True, ignore=shutil.ignore_patterns(".git"))
            return
        names = self.git("ls-tree", "-r", "-z", "--name-only", revision).decode(errors="replace").split("\0")
        kept = sorted({PurePosixPath(name).suffix for name in names} & _KEPT)
        patterns = [f":(glob)**/*{suffix}" for suffix in kept]
        with tarfile.open(fileobj=io.BytesIO(self.git("archive", "--format=tar", revision, *patterns))) as archive:
            for member in archive:
                data = archive.extractfile(member) if member.isfile() else None
                if data is not None:
                    file = target / member.name
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(data.read())

    def full_commit(self) -> str:
        return self.git("rev-parse", self.commit).decode().strip() if self.commit else ""
