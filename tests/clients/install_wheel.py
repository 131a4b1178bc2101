"""Builds the wheel of clients/python and installs it into a folder. Usage: install_wheel.py FOLDER

The wheel is built from a copy, so that nothing is written into the source tree; nothing is downloaded.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input")


def install_wheel(folder):
    with tempfile.TemporaryDirectory(prefix="fanin_wheel_") as temporary:
        copy = Path(temporary)
        made = shutil.ignore_patterns("__pycache__", "v1", "build", "*.egg-info")
        shutil.copytree(ROOT / "clients/python", copy / "clients/python", ignore=made)
        shutil.copytree(ROOT / "proto", copy / "proto")
        build = (*PIP, "wheel", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", copy / "dist")
        subprocess.run([*build, copy / "clients/python"], check=True)
        (wheel,) = (copy / "dist").iterdir()
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([*PIP, "install", "--no-deps", "--no-index", "--target", folder, wheel], check=True)
        print(f"{wheel.name}: {wheel.stat().st_size} bytes")


if __name__ == "__main__":
    install_wheel(Path(sys.argv[1]))
