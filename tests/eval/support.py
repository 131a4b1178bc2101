"""What the tests of fanin.eval share: the package and freshly made stubs on the path, and the program."""

import atexit
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / "clients" / "python"
CORPORA = ROOT / "tests" / "corpora"
BINARY = Path(os.environ["FANIN_BINARY"])

_STUBS = tempfile.mkdtemp(prefix="fanin_eval_stubs_")
atexit.register(shutil.rmtree, _STUBS, ignore_errors=True)
subprocess.run([sys.executable, PYTHON / "build_stubs.py", _STUBS], check=True)
sys.path[:0] = [str(PYTHON), _STUBS]
_package = importlib.import_module("fanin")
_package.__path__.append(f"{_STUBS}/fanin")
