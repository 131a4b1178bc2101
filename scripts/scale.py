#!/usr/bin/env python3
"""How the time, memory and disk of indexing grow with the code. Prints Markdown.

    scripts/scale.py [--rounds N] FOLDER [FOLDER ...]       after scripts/test.sh

Indexes each folder afresh, without vectors, on one core and on all; the median of the rounds. Beside it slang's own parse
of the same files on one core (build/release/slang_parse_baseline, the best of its rounds), from the same minute: ratios
hold on a machine that is shared, seconds do not. Cores are set with taskset.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BUILD = Path(__file__).resolve().parent.parent / "build" / "release"


def run(*command, one_core):
    """Output, wall seconds and peak resident bytes."""
    words = [str(word) for word in (["taskset", "-c", "0"] if one_core else []) + list(command)]
    start = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output = process.stdout.read()
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{words}: exit code {process.returncode}\n{errors.decode()}")
    return output.decode(), time.perf_counter() - start, usage.ru_maxrss * 1024


def index(folder, one_core):
    with tempfile.TemporaryDirectory() as data:
        command = (BUILD / "fanin", "index", folder, "--name", "scale", "--no-embed", "--quiet", "--json", "--data-dir", data)
        output, _, peak = run(*command, one_core=one_core)
        disk = sum(path.stat().st_size for path in Path(data).rglob("*") if path.is_file())
    return json.loads(output)["job"]["summary"], peak, disk


def measure(folder, rounds):
    one, two, peaks, disks, slang = [], [], [], [], []
    for _ in range(rounds):
        output, _, _ = run(BUILD / "slang_parse_baseline", folder, "1", one_core=True)
        slang.append(float(re.search(r"seconds ([0-9.]+)", output).group(1)))
        summary, _, _ = index(folder, one_core=True)
        one.append(summary["totalSeconds"])
        summary, peak, disk = index(folder, one_core=False)
        two.append(summary["totalSeconds"])
        peaks.append(peak)
        disks.append(disk)
    lines = summary["lines"]
    cells = (folder.name, f"{lines:,}", f"{min(slang):.2f}", f"{statistics.median(one):.2f}",
             f"{statistics.median(one) / min(slang):.1f}", f"{statistics.median(two):.2f}",
             f"{statistics.median(one) / statistics.median(two):.2f}", f"{1e6 * statistics.median(two) / lines:.1f}",
             f"{max(peaks) / 1e6:,.0f}", f"{max(disks) / 1e6:,.0f}", f"{max(disks) / lines:.0f}")
    print("| " + " | ".join(cells) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    names = ("folder", "lines", "slang, s", "one core, s", "times slang", f"{os.cpu_count()} cores, s", "faster", "µs/line",
             "peak MB", "disk MB", "bytes/line")
    print("| " + " | ".join(names) + " |\n" + "|---" * len(names) + "|")
    for folder in arguments.folders:
        measure(folder.absolute(), arguments.rounds)


if __name__ == "__main__":
    main()
