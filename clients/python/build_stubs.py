#!/usr/bin/env python3
"""Makes the Python stubs of proto/fanin/v1: modules fanin.v1.*_pb2 and *_pb2_grpc below OUT.

Usage: build_stubs.py [OUT]      OUT: the folder to put on PYTHONPATH; default: clients/python

Needs grpcio-tools, which scripts/setup.sh installs in the environment of the cache folder.
"""

import sys
from importlib import resources
from pathlib import Path

from grpc_tools import protoc

PYTHON_FOLDER = Path(__file__).resolve().parent
PROTO_FOLDER = PYTHON_FOLDER.parent.parent / "proto"


def build_stubs(out):
    """Returns protoc's exit code."""
    out.mkdir(parents=True, exist_ok=True)
    protos = sorted(str(path.relative_to(PROTO_FOLDER)) for path in (PROTO_FOLDER / "fanin").rglob("*.proto"))
    well_known = resources.files("grpc_tools") / "_proto"
    return protoc.main(
        ["protoc", f"--proto_path={PROTO_FOLDER}", f"--proto_path={well_known}"]
        + [f"--{kind}_out={out}" for kind in ("python", "pyi", "grpc_python")]
        + protos
    )


if __name__ == "__main__":
    sys.exit(build_stubs(Path(sys.argv[1]) if len(sys.argv) > 1 else PYTHON_FOLDER))
