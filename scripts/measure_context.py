#!/usr/bin/env python3
"""Measures completion contexts of a dirty buffer, warm: latency of one client and of eight, processor time of the server.

    scripts/measure_context.py FOLDER [FOLDER ...]          after scripts/test.sh; prints Markdown

Each request lays a buffer of up to 1,000 lines over its file, cut within a line as if somebody typed there, and no two are of
equal text. Files and cursors are drawn with a fixed seed; the first round, not measured, visits the same files at other
cursors. Without vectors: a completion asks for none.
"""

import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import grpc

ROOT = Path(__file__).resolve().parent.parent
FANIN = Path(os.environ.get("FANIN_BINARY", ROOT / "build" / "release" / "fanin"))
LINES = 1000
FILES = 20
REQUESTS = 200
CLIENTS = 8
BUDGET = 2048

STUBS = tempfile.TemporaryDirectory(prefix="fanin_stubs_")
subprocess.run([sys.executable, ROOT / "clients/python/build_stubs.py", STUBS.name], check=True)
sys.path.append(STUBS.name)

from fanin.v1 import context_pb2, node_pb2, overlay_pb2, retrieval_service_pb2_grpc  # noqa: E402


def read_buffers(folder):
    """Paths and first lines of the longest files of RTL, those near 1,000 lines first."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".v", ".sv") and path.is_file() and not path.is_symlink():
            lines = path.read_text(errors="replace").splitlines(keepends=True)
            found.append((min(len(lines), LINES), path.relative_to(folder).as_posix(), lines[:LINES]))
    found.sort(key=lambda one: (-one[0], one[1]))
    return [(path, lines) for _, path, lines in found[:FILES]]


def make_requests(repository, buffers, source, count):
    """Cursors in the second half of the buffers, after the first letters of a line."""
    requests = []
    while len(requests) < count:
        path, lines = source.choice(buffers)
        line = source.randrange(len(lines) // 2, len(lines)) + 1
        typed = lines[line - 1].rstrip("\n")[: source.randrange(1, 12)] + f" t{len(requests)}"
        text = "".join(lines[: line - 1]) + typed + "\n" + "".join(lines[line:])
        position = node_pb2.SourcePosition(path=path, line=line, column=len(typed.encode()) + 1)
        requests.append(
            context_pb2.AssembleContextRequest(
                repository=f"repositories/{repository}",
                budget_tokens=BUDGET,
                overlays=[overlay_pb2.Overlay(path=path, text=text)],
                completion=context_pb2.CompletionTask(cursor=position),
            )
        )
    return requests


def ask_all(address, requests):
    times = []
    with grpc.insecure_channel(address) as channel:
        stub = retrieval_service_pb2_grpc.RetrievalServiceStub(channel)
        for request in requests:
            begin = time.monotonic()
            stub.AssembleContext(request, timeout=60)
            times.append(1000 * (time.monotonic() - begin))
    return times


def ask_at_once(address, requests):
    times = []
    threads = []
    for client in range(CLIENTS):
        part = requests[client::CLIENTS]
        threads.append(threading.Thread(target=lambda part=part: times.extend(ask_all(address, part))))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def cpu_ms(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def percentiles(times):
    ordered = sorted(times)
    return f"{statistics.median(ordered):.1f} / {ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]:.1f} ms"


def measure(folder):
    name = re.sub(r"\W", "_", folder.name)
    with tempfile.TemporaryDirectory(prefix="fanin_context_") as data:
        environment = {**os.environ, "FANIN_DATA_DIR": data}
        index = [FANIN, "index", folder, "--name", name, "--no-embed", "--quiet"]
        subprocess.run(index, env=environment, check=True, stdout=subprocess.DEVNULL)
        buffers = read_buffers(folder)
        server = subprocess.Popen(
            [FANIN, "serve", "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        try:
            address = server.stdout.readline().split()[-1]
            ask_all(address, make_requests(name, buffers, random.Random(1), REQUESTS))
            before = cpu_ms(server.pid)
            alone = ask_all(address, make_requests(name, buffers, random.Random(2), REQUESTS))
            spent = (cpu_ms(server.pid) - before) / REQUESTS
            together = ask_at_once(address, make_requests(name, buffers, random.Random(3), 2 * REQUESTS))
        finally:
            server.terminate()
            server.wait()
    lines = sum(len(lines) for _, lines in buffers) / len(buffers)
    print(f"### {folder.name}\n\n| | p50 / p95 |\n|---|---|")
    print(f"| one client, {REQUESTS} requests, buffers of {lines:.0f} lines on average | {percentiles(alone)} |")
    print(f"| {CLIENTS} clients at once, {2 * REQUESTS} requests | {percentiles(together)} |")
    print(f"| processor time of the server for one | {spent:.1f} ms on average |\n", flush=True)


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        measure(Path(argument).resolve())
