#!/usr/bin/env python3
"""Compares what Fanin has of repositories with what other tools find in the same files. Prints Markdown.

    scripts/coverage.py [--list KIND] FOLDER [FOLDER ...]                     after scripts/test.sh
    scripts/coverage.py [--list KIND] --slang LIST.f [--python P] FOLDER

Each folder is indexed afresh, without a file list and without vectors; `--list` prints the differences of one kind.

The first form asks universal-ctags; an element is (file, kind, name). Exit code 1 when ctags finds a module, interface,
package, class or program that Fanin does not have, when a file is lost, or when an instance is neither linked to a
definition nor listed as external.

The second asks slang, which is given what Fanin is not, a good file list, and follows its includes
(scripts/slang_elements.py; P is a Python with pyslang==11.0.0). An element is (file, definition, name), of files of the
list that are in the folder. Exit code 1 when slang has a definition that Fanin has not.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

FANIN = Path(__file__).resolve().parent.parent / "build" / "release" / "fanin"
DEFINITIONS = ("module", "interface", "package", "class", "program")
KINDS = (*DEFINITIONS, "port", "instance")
LABELS = {kind: kind.capitalize() for kind in KINDS}
# IEEE 1800-2017, table 28-1.
GATES = set("and nand or nor xor xnor buf not bufif0 bufif1 notif0 notif1 nmos pmos cmos rnmos rpmos rcmos "
            "tran tranif0 tranif1 rtran rtranif0 rtranif1 pullup pulldown".split())
MAX_ROWS = 10000
SHOWN = 3


def ctags_elements(folder):
    """Of each kind, {(file, name)}."""
    command = ["ctags", "-R", "--languages=SystemVerilog,Verilog", "--map-SystemVerilog=+.svh", "--map-Verilog=+.vh",
               "--output-format=json", "--fields=NFK", "-f", "-", "--exclude=.git", "."]
    output = subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout
    elements = {kind: set() for kind in KINDS}
    for line in output.decode(errors="replace").splitlines():
        tag = json.loads(line)
        if tag.get("kind") in elements:
            elements[tag["kind"]].add((tag["path"].removeprefix("./"), tag["name"]))
    return elements


class TooManyRows(Exception):
    """An answer was cut."""


class Repository:
    def __init__(self, folder, data):
        self.name = "measured"
        self.data = data
        self.summary = self.run("index", folder, "--name", self.name, "--no-embed", "--quiet")["job"]["summary"]

    def external_definitions(self):
        return self.run("status")["repositories"][0]["latestSnapshot"]["externalDefinitions"]

    def run(self, *arguments):
        command = [str(word) for word in (FANIN, "--data-dir", self.data, *arguments, "--json")]
        process = subprocess.run(command, capture_output=True)
        if process.returncode not in (0, 1):
            sys.exit(process.stderr.decode())
        return json.loads(process.stdout)

    def rows(self, cypher):
        answer = self.run("query", cypher, "--limit", MAX_ROWS)
        if answer.get("truncated"):
            raise TooManyRows(cypher)
        return [[next(iter(value.values()), "") for value in row["values"]] for row in answer.get("rows", [])]

    def rows_by_file(self, pattern, condition, columns, files):
        """Rows of all files; an answer that is cut is asked again in halves."""
        if not files:
            return []
        cypher = f"MATCH {pattern} WHERE {condition}.path >= '{files[0]}' AND {condition}.path <= '{files[-1]}' RETURN DISTINCT {columns}"
        try:
            return self.rows(cypher)
        except TooManyRows:
            if len(files) == 1:
                raise
            half = len(files) // 2
            return [row for part in (files[:half], files[half:]) for row in self.rows_by_file(pattern, condition, columns, part)]


def difference(name, only):
    shown = ", ".join(f"{element} in {file}" for file, element in sorted(only)[:SHOWN])
    return f"{len(only)}" + (f" ({shown}{', ...' if len(only) > SHOWN else ''})" if only else "")


def compare(folder, listed):
    with tempfile.TemporaryDirectory(prefix="fanin_coverage_") as scratch:
        repository = Repository(folder, scratch)
        expected = ctags_elements(folder)
        summary = repository.summary
        lost = summary["lostFiles"]
        print(f"\n### {folder.name}\n\n{summary['files']} files, {summary['lines']} lines; {len(lost)} lost, "
              f"{summary['filesWithErrors']} with parse errors\n")
        print("| kind | ctags | Fanin | only ctags | only Fanin |\n|---|---|---|---|---|")
        complete = not lost
        files = sorted(row[0] for row in repository.rows("MATCH (f:File) RETURN f.path"))
        for kind in KINDS:
            found = {tuple(row) for row in repository.rows_by_file(f"(n:{LABELS[kind]})", "n", "n.path, n.name", files)}
            missing, extra = expected[kind] - found, found - expected[kind]
            complete = complete and not (kind in DEFINITIONS and missing)
            print(f"| {kind} | {len(expected[kind])} | {len(found)} | {difference(kind, missing)} | {difference(kind, extra)} |")
            if kind == listed:
                for mark, elements in (("<", missing), (">", extra)):
                    for file, name in sorted(elements):
                        print(mark, file, name)
        modules = {name for _, name in expected["module"]}
        columns = "i.qualified_name, i.path, i.line, i.value"
        instances = {tuple(row) for row in repository.rows_by_file("(i:Instance)", "i", columns, files)}
        linked = {tuple(row) for row in repository.rows_by_file("(i:Instance)-[:INSTANTIATES]->(m)", "i", columns, files)}
        external = set(repository.external_definitions())
        of_external = {row for row in instances - linked if row[-1] in external}
        gates = {row for row in instances - linked if row[-1] in GATES}
        unsaid = instances - linked - of_external - gates
        complete = complete and not unsaid
        print(f"\n{len(modules)} distinct module names by ctags. {len(instances)} instances: {len(linked)} linked to a definition, "
              f"{len(of_external)} of modules listed as external, {len(gates)} gates and switches of the language, {len(unsaid)} neither{': ' if unsaid else ''}"
              + "; ".join(f"{path} of {module} in {file}:{line}" for path, file, line, module in sorted(unsaid)[:SHOWN]))
        return complete


def compare_with_slang(folder, file_list, python, listed):
    script = Path(__file__).with_name("slang_elements.py")
    elements = json.loads(subprocess.run([python, script, file_list], check=True, stdout=subprocess.PIPE).stdout)

    def within(rows, at):
        inside = [(*row[:at], str(Path(row[at]).relative_to(folder)), *row[at + 1:]) for row in rows if Path(row[at]).is_relative_to(folder)]
        return set(inside)

    expected = {"definition": {row[1:] for row in within(elements["definitions"], 1)}, "port": within(elements["ports"], 0),
                "instance": within(elements["instances"], 0)}
    with tempfile.TemporaryDirectory(prefix="fanin_coverage_") as scratch:
        repository = Repository(folder, scratch)
        files = sorted({row[0] for rows in expected.values() for row in rows})

        def found(label):
            rows = repository.rows_by_file(f"(n:{label})", "n", "n.path, n.qualified_name, n.name", files)
            return {(path, qualified.split(".")[0], name) for path, qualified, name in rows if path in files}

        # A definition's own ports: functions have some, too.
        own = repository.rows_by_file("(d:Definition)-[:CONTAINS]->(n:Port)", "n", "n.path, d.name, n.name", files)
        actual = {"definition": {(path, name) for label in ("Definition", "Package") for path, _, name in found(label)},
                  "port": {tuple(row) for row in own if row[0] in files}, "instance": found("Instance")}
    print(f"\n### {folder.name}, {file_list.name}\n\n{len(files)} files of the list; slang reports {elements['errors']} errors; "
          f"{elements['bySyntax']} definitions that it does not elaborate count by its syntax\n")
    print("| kind | slang | Fanin | only slang | only Fanin |\n|---|---|---|---|---|")
    for kind, rows in expected.items():
        missing, extra = rows - actual[kind], actual[kind] - rows
        shown = [{(row[0], ".".join(row[1:])) for row in only} for only in (missing, extra)]
        print(f"| {kind} | {len(rows)} | {len(actual[kind])} | {difference(kind, shown[0])} | {difference(kind, shown[1])} |")
        if kind == listed:
            for mark, only in zip("<>", shown):
                for file, name in sorted(only):
                    print(mark, file, name)
    return not expected["definition"] - actual["definition"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", choices=("definition", *KINDS))
    parser.add_argument("--slang", type=Path, metavar="LIST.f")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("folders", nargs="+", type=Path)
    arguments = parser.parse_args()
    if arguments.slang:
        if len(arguments.folders) != 1:
            parser.error("--slang takes one folder")
        sys.exit(0 if compare_with_slang(arguments.folders[0].resolve(), arguments.slang, arguments.python, arguments.list) else 1)
    complete = [compare(folder.resolve(), arguments.list) for folder in arguments.folders]
    sys.exit(0 if all(complete) else 1)


if __name__ == "__main__":
    main()
