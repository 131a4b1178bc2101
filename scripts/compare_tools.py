#!/usr/bin/env python3
"""Times Fanin, hdl-kgraph, naja-scope and universal-ctags on a checkout of lowRISC/ibex, one after the other. Prints Markdown.

    python3 -m venv TOOLS && TOOLS/bin/pip install hdl-kgraph==2.5.0 naja-scope==0.1.20
    scripts/compare_tools.py --tools TOOLS [--rounds N] IBEX          after scripts/test.sh

Every tool works on the same copy of the checkout, which has the same line changed before each update. Figures are medians
of the rounds, wall time, a process of its own each, but where it says "in a server" (`fanin serve`, told to index by a
client) or "in process" (naja-scope, which has no store: an update is to load all again, and its questions are asked of
what is loaded). naja-scope elaborates ibex_core from a list of files, packages and include folders that this script
gives it; Fanin, hdl-kgraph and ctags take the whole folder as it is.
"""

import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FANIN = Path(__file__).resolve().parent.parent / "build" / "release" / "fanin"
TOP, SIGNAL, CHANGED = "ibex_core", "instr_req_o", "rtl/ibex_alu.sv"
PRIM = "vendor/lowrisc_ip/ip/prim/rtl"
PACKAGES = [f"{PRIM}/{name}.sv" for name in ("prim_util_pkg", "prim_mubi_pkg", "prim_secded_pkg", "prim_count_pkg",
                                             "prim_cipher_pkg")] + ["rtl/ibex_pkg.sv", "rtl/ibex_cheriot_pkg.sv"]
INCLUDES = (PRIM, "vendor/lowrisc_ip/dv/sv/dv_utils", "rtl")
LEFT_OUT = re.compile(r"_pkg\.sv|tracing|tracer|lockstep|latch|fpga|ibex_top")

NAJA = """
import json, sys, time
from naja_scope import api
def timed(call):
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result
load, _ = timed(lambda: api.load_systemverilog(files=None, flist=sys.argv[1], top=sys.argv[2], allow_unknown_designs=True))
drivers, found = timed(lambda: api.get_drivers(sys.argv[3]))
cone, walked = timed(lambda: api.trace_cone(sys.argv[3], "fanin"))
print(json.dumps({"load": load, "drivers": drivers, "cone": cone}))
"""


def seconds_of(*command, cwd=None, codes=(0,)):
    start = time.perf_counter()
    process = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True)
    elapsed = time.perf_counter() - start
    if process.returncode not in codes:
        sys.exit(f"{command}: exit code {process.returncode}\n{process.stdout}{process.stderr}")
    return elapsed, process.stdout


class Checkout:
    """A copy of the folder whose one line changes."""

    def __init__(self, source, folder):
        self.root = folder / "ibex"
        shutil.copytree(source, self.root, symlinks=True)
        # git's notes of the copied files are made now, not while something is timed.
        subprocess.run(["git", "status", "--porcelain"], cwd=self.root, capture_output=True)
        self.changes = 0
        self.pristine = (self.root / CHANGED).read_text()

    def change(self):
        """Turns an assignment into another one: another line, and other edges."""
        self.changes += 1
        old = "assign adder_result_o"
        if old not in self.pristine:
            sys.exit(f"{CHANGED} has no '{old}'")
        new = f"wire changed_{self.changes}; assign changed_{self.changes} = operator_i[0]; {old}"
        (self.root / CHANGED).write_text(self.pristine.replace(old, new, 1))


def job_seconds(output):
    return json.loads(output)["job"]["summary"]["totalSeconds"]


def measure_fanin(checkout, folder, rounds):
    row = {"index": [], "update": [], "update in a server": [], "drivers": [], "cone": []}
    data = folder / "fanin"
    common = ("--data-dir", data, "--repo", "ibex")
    index = (FANIN, "index", checkout.root, "--name", "ibex", "--no-embed", "--quiet", "--json")
    for _ in range(rounds):
        shutil.rmtree(data, ignore_errors=True)
        row["index"].append(seconds_of(*index, "--data-dir", data)[0])
    for _ in range(rounds):
        checkout.change()
        row["update"].append(seconds_of(*index, "--data-dir", data)[0])
        name = f"{TOP}.{SIGNAL}"
        row["drivers"].append(seconds_of(FANIN, "trace", "fanin", name, "--depth", "1", *common)[0])
        row["cone"].append(seconds_of(FANIN, "trace", "fanin", name, "--depth", "64", *common)[0])
    server = subprocess.Popen([FANIN, "serve", "--listen", "127.0.0.1:0", "--data-dir", data], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)
    try:
        address = server.stdout.readline().split()[-1]
        seconds_of(*index, "--server", address)
        for _ in range(max(rounds, 9)):
            checkout.change()
            row["update in a server"].append(job_seconds(seconds_of(*index, "--server", address)[1]))
    finally:
        server.terminate()
        server.wait()
    return row


def measure_hdl_kgraph(checkout, folder, rounds, tools):
    row = {"index": [], "update": [], "drivers": []}
    program, db = tools / "bin" / "hdl-kgraph", folder / "kgraph.db"
    for _ in range(rounds):
        db.unlink(missing_ok=True)
        row["index"].append(seconds_of(program, "build", "--db", db, checkout.root)[0])
    for _ in range(rounds):
        checkout.change()
        row["update"].append(seconds_of(program, "update", "--db", db, checkout.root)[0])
        row["drivers"].append(seconds_of(program, "query", "drivers", "--db", db, SIGNAL, codes=(0, 1))[0])
    return row


def measure_naja_scope(checkout, folder, rounds, tools):
    root = checkout.root
    names = [root / name for name in PACKAGES]
    names += sorted(path for path in (root / "rtl").glob("*.sv") if not LEFT_OUT.search(path.name))
    lines = ["+define+SYNTHESIS", *(f"+incdir+{root / name}" for name in INCLUDES), *map(str, names)]
    file_list = folder / "naja.f"
    file_list.write_text("\n".join(lines) + "\n")
    row = {"index": [], "update": [], "drivers in process": [], "cone in process": []}
    for _ in range(rounds):
        checkout.change()
        _, output = seconds_of(tools / "bin" / "python", "-c", NAJA, file_list, TOP, SIGNAL)
        times = json.loads(output.splitlines()[-1])
        row["index"].append(times["load"])
        row["update"].append(times["load"])
        row["drivers in process"].append(times["drivers"])
        row["cone in process"].append(times["cone"])
    return row


def measure_ctags(checkout, folder, rounds):
    command = ("ctags", "-R", "--languages=SystemVerilog,Verilog", "--map-SystemVerilog=+.svh", "--map-Verilog=+.vh", "-f",
               folder / "tags", "--exclude=.git", checkout.root)
    times = [seconds_of(*command)[0] for _ in range(rounds)]
    return {"index": times, "update": times}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="a checkout of lowRISC/ibex")
    parser.add_argument("--tools", type=Path, required=True, help="a virtual environment with hdl-kgraph and naja-scope")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    tools = arguments.tools.absolute()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        checkout = Checkout(arguments.folder, folder)
        rows = {
            "Fanin": measure_fanin(checkout, folder, arguments.rounds),
            "hdl-kgraph": measure_hdl_kgraph(checkout, folder, arguments.rounds, tools),
            "naja-scope": measure_naja_scope(checkout, folder, arguments.rounds, tools),
            "universal-ctags": measure_ctags(checkout, folder, arguments.rounds),
        }
    print("| tool | what | seconds, median | least | most |\n|---|---|---|---|---|")
    for tool, row in rows.items():
        for what, times in row.items():
            print(f"| {tool} | {what} | {statistics.median(times):.3f} | {min(times):.3f} | {max(times):.3f} |")


if __name__ == "__main__":
    main()
