#!/usr/bin/env python3
"""Checks the architecture's include rules: which folder may include which, and where third-party code may appear.

Usage: check_layering.py [ROOT]. Prints one line per violation, `file:line: what`; exit code 1 when there is one.
A test obeys the rules of the folder it tests: tests/graph/ those of graph/, and so on.
"""

import fnmatch
import re
import sys
from pathlib import Path

# folder -> the folders of the project that it may include, besides itself. `base` holds the vocabulary (errors), so it
# is open to all; the graph is the narrow waist between the indexer and the retriever, which never meet.
MAY_INCLUDE = {
    "base": [],
    "proto": [],
    "graph": ["base"],
    "indexer": ["base", "graph"],
    "retriever": ["base", "graph"],
    "service": ["base", "graph", "indexer", "retriever", "proto"],
    "clients": ["base", "service", "proto"],
}

# pattern of an #include's path -> the files that may have it. Every library here would otherwise shape the code around it.
CONFINED = {
    r"(slang|fmt)/": ["indexer/*"],
    r"faiss/": ["retriever/vector_index*"],
    r"rocksdb/": ["graph/rocks_*"],
    r"(grpc|grpcpp|google/protobuf)/|.*\.pb\.h$": ["service/*", "clients/*"],
    r"openvino/|cblas\.h$": ["retriever/embed*"],
}

INCLUDE = re.compile(r'\s*#\s*include\s*["<]([^">]+)[">]')
CMAKE_TARGET = re.compile(r"\bfanin_([a-z]+)\b")


def tested(path):
    """The path whose rules hold for a file: a test's is that of what it tests."""
    return path.removeprefix("tests/")


def folder_of(include):
    """The project's folder that an include names, or None. Generated messages live under fanin/."""
    first = include.split("/")[0] if "/" in include else None
    if first == "fanin":
        return "proto"
    return first if first in MAY_INCLUDE else None


def include_violations(path, text):
    place = tested(path)
    folder = place.split("/")[0]
    if folder not in MAY_INCLUDE:
        return
    allowed = [folder, *MAY_INCLUDE[folder]]
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        include = match.group(1)
        target = folder_of(include)
        if target and target not in allowed:
            yield f"{path}:{number}: {folder}/ may not include {target}/ ({include})"
        for pattern, places in CONFINED.items():
            if re.match(pattern, include) and not any(fnmatch.fnmatch(place, allowed_place) for allowed_place in places):
                yield f"{path}:{number}: {include} belongs in {' and '.join(places)} only"


def link_violations(path, text):
    """A folder's CMakeLists.txt may link only what its sources may include."""
    folder = path.split("/")[0]
    if folder not in MAY_INCLUDE:
        return
    allowed = [folder, *MAY_INCLUDE[folder]]
    for number, line in enumerate(text.splitlines(), 1):
        for target in CMAKE_TARGET.findall(line.split("#")[0]):
            if target in MAY_INCLUDE and target not in allowed:
                yield f"{path}:{number}: {folder}/ may not link fanin_{target}"


def violations(root):
    root = Path(root)
    for top in [*MAY_INCLUDE, "tests"]:
        for file in sorted((root / top).rglob("*")):
            path = file.relative_to(root).as_posix()
            if file.suffix in (".h", ".cc"):
                yield from include_violations(path, file.read_text(encoding="utf-8"))
            elif file.name == "CMakeLists.txt":
                yield from link_violations(path, file.read_text(encoding="utf-8"))


def main():
    found = list(violations(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent))
    print("\n".join(found) if found else "layering: every include is allowed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
