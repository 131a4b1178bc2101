#!/usr/bin/env python3
"""How the time, memory and disk of indexing grow with the code. Prints Markdown.

    scripts/scale.py [--rounds N] FOLDER [FOLDER ...]       after scripts/test.sh; smallest folder first

Indexes each folder afresh, without vectors, on one core and on all. Beside it slang's own parse of the same files on one
core (build/release/slang_parse_baseline), from the same minute. Seconds are processor time, the least of the rounds, as
wall time says nothing on a machine that is shared; the last columns are the exponents of growth from the row above in
time and in bytes on disk: 1 is linear. Cores are set with taskset.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

BUILD = Path(__file__).resolve().parent.parent / "build" / "release"


def run(*command, one_core):
    """Output, processor seconds and peak resident bytes."""
    words = [str(word) for word in (["taskset", "-c", "0"] if one_core else []) + list(command)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output = process.stdout.read()
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{words}: exit code {process.returncode}\n{errors.decode()}")
    return output.decode(), usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def index(folder, one_core):
    with tempfile.TemporaryDirectory() as data:
        command = (BUILD / "fanin", "index", folder, "--name", "scale", "--no-embed", "--quiet", "--json", "--data-dir", data)
        output, seconds, peak = run(*command, one_core=one_core)
        disk = sum(path.stat().st_size for path in Path(data).rglob("*") if path.is_file())
    return json.loads(output)["job"]["summary"]["lines"], seconds, peak, disk


def measure(folder, rounds, before):
    """Prints the row of a folder; its lines, seconds and bytes, which the next row is compared with."""
    one, all_cores, peaks, slang = [], [], [], []
    for _ in range(rounds):
        slang.append(run(BUILD / "slang_parse_baseline", folder, "1", one_core=True)[1])
        lines, seconds, _, disk = index(folder, one_core=True)
        one.append(seconds)
        _, seconds, peak, _ = index(folder, one_core=False)
        all_cores.append(seconds)
        peaks.append(peak)
    growth = [f"{math.log(now / then) / math.log(lines / before[0]):.2f}" for now, then in ((min(one), before[1]), (disk, before[2]))] if before else ["", ""]
    cells = (folder.name, f"{lines:,}", f"{min(slang):.2f}", f"{min(one):.2f}", f"{min(one) / min(slang):.1f}", f"{min(all_cores):.2f}",
             f"{1e6 * min(one) / lines:.1f}", f"{max(peaks) / 1e6:,.0f}", f"{disk / 1e6:,.0f}", f"{disk / lines:.0f}", *growth)
    print("| " + " | ".join(cells) + " |", flush=True)
    return lines, min(one), disk


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    names = ("folder", "lines", "slang, s", "one core, s", "times slang", f"{os.cpu_count()} cores, s", "µs/line", "peak MB", "disk MB",
             "bytes/line", "growth, time", "growth, bytes")
    print("| " + " | ".join(names) + " |\n" + "|---" * len(names) + "|")
    before = None
    for folder in arguments.folders:
        before = measure(folder.absolute(), arguments.rounds, before)


if __name__ == "__main__":
    main()
