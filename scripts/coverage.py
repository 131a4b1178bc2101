#!/usr/bin/env python3
"""Compares the definitions that Fanin has of an indexed repository with those that universal-ctags finds.

    FANIN_DATA_DIR=... scripts/coverage.py NAME FOLDER [NAME FOLDER ...]

For each repository: distinct names by kind, what only one side has, and whether each instance's module is linked or listed
as external. Exit code 1 when ctags finds a module, interface, package, class or program that Fanin does not have.
"""
import json
import pathlib
import subprocess
import sys

FANIN = pathlib.Path(__file__).resolve().parent.parent / "build" / "release" / "fanin"
KINDS = ("module", "interface", "package", "class", "program")
LANGUAGES = "SystemVerilog,Verilog"
MAX_ROWS = 10000


def ctags_names(folder: str) -> dict[str, set[str]]:
    """Names by kind, over the files that Fanin reads too."""
    command = ["ctags", "-R", f"--languages={LANGUAGES}", "--map-SystemVerilog=+.svh", "--map-Verilog=+.vh",
               "--output-format=json", "--fields=K", "-f", "-", "--exclude=.git", "."]
    output = subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout
    names = {kind: set() for kind in KINDS}
    for line in output.decode(errors="replace").splitlines():
        tag = json.loads(line)
        if tag.get("kind") in names:
            names[tag["kind"]].add(tag["name"])
    return names


def query(repository: str, cypher: str) -> list[list]:
    """Rows of one query; a value is what its kind holds."""
    rows = []
    command = [str(FANIN), "query", cypher, "--repo", repository, "--json", "--limit", str(MAX_ROWS)]
    result = subprocess.run(command, check=False, capture_output=True)
    if result.returncode not in (0, 1):
        sys.exit(result.stderr.decode())
    answer = json.loads(result.stdout)
    if answer.get("truncated"):
        sys.exit(f"more than {MAX_ROWS} rows: {cypher}")
    for row in answer.get("rows", []):
        rows.append([next(iter(value.values()), None) for value in row["values"]])
    return rows


def compare(repository: str, folder: str) -> bool:
    expected = ctags_names(folder)
    lost = False
    print(f"## {repository}\n\n| kind | ctags | Fanin | only ctags | only Fanin |\n|---|---|---|---|---|")
    for kind in KINDS:
        found = {row[0] for row in query(repository, f"MATCH (n:{kind.capitalize()}) RETURN DISTINCT n.name")}
        missing = sorted(expected[kind] - found)
        extra = sorted(found - expected[kind])
        lost = lost or bool(missing)
        print(f"| {kind} | {len(expected[kind])} | {len(found)} | {len(missing)} {' '.join(missing[:5])} "
              f"| {len(extra)} {' '.join(extra[:5])} |")
    total = query(repository, "MATCH (i:Instance) RETURN count(i)")[0][0]
    linked = query(repository, "MATCH (i:Instance)-[:INSTANTIATES]->() RETURN count(DISTINCT i)")[0][0]
    print(f"\n{total} instances, {linked} linked to a definition in the repository\n")
    return not lost


def main() -> None:
    arguments = sys.argv[1:]
    if not arguments or len(arguments) % 2:
        sys.exit(__doc__)
    complete = [compare(name, folder) for name, folder in zip(arguments[::2], arguments[1::2])]
    sys.exit(0 if all(complete) else 1)


if __name__ == "__main__":
    main()
