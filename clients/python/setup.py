"""Generates the stubs of the contract into the wheel; all else is in pyproject.toml."""

import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

sys.path.insert(0, str(Path(__file__).resolve().parent))

from build_stubs import build_stubs


class BuildWithStubs(build_py):
    def run(self):
        super().run()
        if not self.editable_mode and build_stubs(Path(self.build_lib)) != 0:
            raise SystemExit("protoc failed")


setup(cmdclass={"build_py": BuildWithStubs})
