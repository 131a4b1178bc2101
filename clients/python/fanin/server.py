"""A server of one's own: `fanin serve` as a child process, on a free port of the loopback interface."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import weakref
from pathlib import Path

from fanin.errors import FaninError, UnavailableError

_START_SECONDS = 60
_STOP_SECONDS = 20
_LISTENING = "listening on "


def find_binary() -> str:
    """The program `fanin`: FANIN_BINARY, else from PATH."""
    binary = os.environ.get("FANIN_BINARY") or shutil.which("fanin")
    if not binary:
        raise FaninError("the program fanin is not on PATH; build it, and set FANIN_BINARY to its path")
    return binary


class PrivateServer:
    """Serves `data_dir`, or an empty folder of its own that is removed with it.

    Ends with close(), with this object, or with the interpreter.
    """

    def __init__(self, data_dir: str | os.PathLike[str] | None = None):
        binary = find_binary()
        own = Path(tempfile.mkdtemp(prefix="fanin_"))
        self.log = own / "server.log"
        command = [binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", str(data_dir or own / "data")]
        with self.log.open("wb") as log:
            try:
                process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)
            except OSError as error:
                shutil.rmtree(own, ignore_errors=True)
                raise FaninError(f"cannot run {binary}: {error.strerror}") from error
        self._close = weakref.finalize(self, _stop, process, own)
        try:
            self.address = self._read_address(process)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Ends the server; a second call does nothing."""
        self._close()

    def _read_address(self, process: subprocess.Popen[bytes]) -> str:
        assert process.stdout
        ready, _, _ = select.select([process.stdout], [], [], _START_SECONDS)
        line = process.stdout.readline().decode() if ready else ""
        if not line.startswith(_LISTENING):
            if ready:
                process.wait(_STOP_SECONDS)
            raise UnavailableError(f"the private server did not start: {self.log.read_text(errors='replace').strip()}")
        return line.removeprefix(_LISTENING).strip()


def end_on_sigterm() -> None:
    """Lets SIGTERM end the program as an exit does: private servers end with it. For programs, in their main thread."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def _stop(process: subprocess.Popen[bytes], own: Path) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()
    shutil.rmtree(own, ignore_errors=True)
