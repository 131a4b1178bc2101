"""Where the examples of a page run: one shell in a home of its own, as a new user has it.

The home has what scripts/setup.sh leaves in the cache, `fanin` and the Python package's programs are on PATH, and the
shell begins in a folder with copies of the two corpora, `umi` and `lambdalib`. Ports that a page writes down (74xx) are
free ones here. Nothing of the real home is seen or changed.
"""

import contextlib
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pages

# A command that hangs fails its test. Examples take about a second.
COMMAND_SECONDS = 120
_MARK = "=== end of command"
_PORT = re.compile(r"\b74\d\d\b")


class ExampleError(AssertionError):
    """A command that does not do what its page says."""


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


class Sandbox:
    """For a `with` statement. `binary`: the program; `package`: where the Python package is installed."""

    def __init__(self, binary, cache, package):
        self._folder = Path(tempfile.mkdtemp(prefix="fanin_docs_")).resolve()
        self._binary = Path(binary)
        self._cache = Path(cache)
        self._package = Path(package)
        self._ports = {}

    def __enter__(self):
        self.work = self._folder / "work"
        (self._folder / ".cache").mkdir()
        (self._folder / ".cache" / "fanin").symlink_to(self._cache)
        (self._folder / ".gitconfig").write_text("[user]\n  name = A Reader\n  email = reader@example.org\n")
        for corpus in ("umi", "lambdalib"):
            shutil.copytree(self._cache / "corpora" / corpus, self.work / corpus)
        self._install_programs()
        self._errors = open(self._folder / "stderr", "w+b")
        self._shell = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=self.work,
            env=self.environment(),
            start_new_session=True,
        )
        self._unread = b""
        return self

    def __exit__(self, *_):
        # The shell's session is ours: what a page left running in the background ends with it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._shell.pid, signal.SIGTERM)
        self._shell.communicate()
        self._errors.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def environment(self):
        keep = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TMPDIR") if name in os.environ}
        return {
            **keep,
            "HOME": str(self._folder),
            "PATH": f"{self._folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(self._package),
            "PYTHONDONTWRITEBYTECODE": "1",
            "NO_COLOR": "1",
        }

    def _install_programs(self):
        folder = self._folder / "bin"
        folder.mkdir()
        (folder / "fanin").symlink_to(self._binary)
        (folder / "python").symlink_to(sys.executable)
        for program in (self._package / "bin").iterdir():
            (folder / program.name).symlink_to(program)

    def with_ports(self, text):
        """The text with free ports in place of the documented ones."""
        return _PORT.sub(lambda match: self._ports.setdefault(match.group(), _free_port()), text)

    def _as_documented(self, text):
        for documented, port in self._ports.items():
            text = re.sub(rf"\b{port}\b", documented, text)
        return text

    def run(self, command):
        """Runs a pages.Command and checks its exit code, 0, and what it prints to standard output."""
        self._shell.stdin.write(
            f"{{ {self.with_ports(command.text)}\n}} </dev/null\nprintf '%s %d\\n' '{_MARK}' $?\n".encode()
        )
        self._shell.stdin.flush()
        text, status = self._read_until(command, rf"(?s)(.*?){_MARK} (\d+)\n")
        printed = text.splitlines()
        # A program that was started in the background: what it shows may come after the shell has gone on.
        while command.text.rstrip().endswith("&") and not pages.fits(command.output, printed):
            printed.append(self._read_until(command, r"([^\n]*)\n")[0])
        if status != "0":
            raise self._error(command, f"exit code {status}", printed)
        if not pages.fits(command.output, printed):
            raise self._error(command, "prints something else", printed)

    def _read_until(self, command, pattern):
        deadline = time.monotonic() + COMMAND_SECONDS
        while not (match := re.match(pattern.encode(), self._unread)):
            ready, _, _ = select.select([self._shell.stdout], [], [], max(0, deadline - time.monotonic()))
            more = os.read(self._shell.stdout.fileno(), 1 << 16) if ready else b""
            if not more:
                raise self._error(command, "does not end", self._unread.decode(errors="replace").splitlines())
            self._unread += more
        self._unread = self._unread[match.end() :]
        return [self._as_documented(group.decode()) for group in match.groups()]

    def _error(self, command, what, printed):
        self._errors.seek(0)
        errors = self._errors.read().decode(errors="replace")[-2000:]
        shown = "\n".join(command.output)
        return ExampleError(
            f"line {command.line}: $ {command.text}\n{what}\n--- on the page\n{shown}\n--- printed\n"
            + "\n".join(printed)
            + f"\n--- standard error so far\n{errors}"
        )
