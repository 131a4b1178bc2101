"""A program on a terminal of its own: what is typed, what is shown."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

import harness

ESCAPES = re.compile(r"\x1b(\[[0-9;?<>=]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[()][A-Z0-9]|[=>78cDEHMNOZ])")


class Terminal:
    """For a `with` statement. `shown` is all that the program has written."""

    def __init__(self, arguments, environment, cwd, columns=120):
        self.arguments = list(map(str, arguments))
        self.environment = environment
        self.cwd = cwd
        self.columns = columns
        self.shown = ""

    def __enter__(self):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, self.columns, 0, 0))
        self.process = subprocess.Popen(
            self.arguments, stdin=slave, stdout=slave, stderr=slave, env=self.environment, cwd=self.cwd,
            start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(slave)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.master)

    def type(self, keys):
        os.write(self.master, keys.encode())

    def _read(self, deadline):
        """False: the program has closed the terminal, or the time is over."""
        ready, _, _ = select.select([self.master], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:  # EIO: nobody holds the other end
            return False
        self.shown += data.decode(errors="replace")
        return bool(data)

    @property
    def text(self):
        """What was shown, without colours, other escapes and overprinting."""
        return re.sub(".\x08", "", ESCAPES.sub("", self.shown).replace("\r", ""))

    def wait_for(self, pattern):
        """The match of a pattern in the text since the last one found; fails when it does not come."""
        deadline = time.monotonic() + harness.COMMAND_SECONDS
        while True:
            if match := re.search(pattern, self.text):
                self.shown = self.text[match.end() :]
                return match
            if not self._read(deadline):
                raise AssertionError(f"{pattern!r} was not shown: {self.text!r}")

    def wait(self):
        """The exit code, after all was read."""
        deadline = time.monotonic() + harness.COMMAND_SECONDS
        while self._read(deadline):
            pass
        return self.process.wait(timeout=harness.COMMAND_SECONDS)
