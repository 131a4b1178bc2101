#!/usr/bin/env python3
"""Measures Fanin on folders of RTL, in one run: index time beside slang's own parse, memory, disk, latency.

    scripts/measure.py FOLDER [FOLDER ...]          after scripts/test.sh; prints Markdown

Indexing is pinned to one core for the ratio to slang's parse on one thread, then run on all. The ratio is one of
processor seconds (user and system), the least of three runs, so that other work on the machine does not decide it. Queries and cursors are
drawn from the repository by a fixed seed and sent through the generated Python stubs to `fanin serve`; times are the
client's, after one unmeasured round. Vectors are left out unless FANIN_MEASURE_EMBED=1, which also gives passages per
second: at tens of passages a second a large repository takes long.
"""

import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
import typing
from pathlib import Path

import grpc

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release"
FANIN = BUILD / "fanin"
QUESTIONS = 200
EMBED = os.environ.get("FANIN_MEASURE_EMBED") == "1"

STUBS = tempfile.TemporaryDirectory(prefix="fanin_stubs_")
subprocess.run([sys.executable, ROOT / "clients/python/build_stubs.py", STUBS.name], check=True)
sys.path.append(STUBS.name)

from fanin.v1 import context_pb2, node_pb2, retrieval_service_pb2_grpc, search_pb2  # noqa: E402


class Run(typing.NamedTuple):
    output: str
    seconds: float  # wall
    cpu_seconds: float
    peak_mb: float  # resident


def run(command, data=None):
    """What a command that must succeed printed and took."""
    environment = {**os.environ, **({"FANIN_DATA_DIR": str(data)} if data else {})}
    begin = time.monotonic()
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, env=environment)
    output = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begin
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"failed: {command}")
    return Run(output, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def best(command, data=None, before=lambda: None):
    """The round of three with the least processor time."""
    rounds = []
    for _ in range(3):
        before()
        rounds.append(run(command, data))
    return min(rounds, key=lambda one: one.cpu_seconds)


def bytes_in(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, round(share * len(values)))]


def queries_of(folder, random_source):
    """Words of comments, identifiers, regexes and structure atoms that the repository can answer."""
    texts = [path.read_text(errors="replace") for path in sorted(folder.rglob("*.*v*")) if path.suffix in (".v", ".sv", ".svh")]
    everything = "\n".join(texts)
    comments = [words for line in re.findall(r"//(.*)", everything) if len(words := re.findall(r"[a-zA-Z]{4,}", line)) >= 4]
    signals = sorted(set(re.findall(r"\b[a-z]+_[a-z_]+\b", everything)))
    modules = sorted(set(re.findall(r"^\s*module\s+(\w+)", everything, re.MULTILINE)))
    makers = (
        lambda: " ".join(random_source.choice(comments)[:6]),
        lambda: random_source.choice(signals),
        lambda: f"{random_source.choice(random_source.choice(comments))} kind:always",
        lambda: f"drives:{random_source.choice(signals)}",
        lambda: f"kind:module name:{random_source.choice(modules)[:4]}*",
        lambda: f"/{random_source.choice(signals)}\\s*<=/",
        lambda: f"{' '.join(random_source.choice(comments)[:3])} in:{random_source.choice(modules)}",
        lambda: f'"{random_source.choice(signals)}" -file:dv/',
    )
    return [makers[i % len(makers)]() for i in range(QUESTIONS)]


def cursors_of(folder, random_source):
    files = [path for path in sorted(folder.rglob("*")) if path.suffix in (".v", ".sv") and path.is_file()]
    cursors = []
    while len(cursors) < QUESTIONS:
        path = random_source.choice(files)
        lines = path.read_text(errors="replace").splitlines()
        if lines:
            cursors.append((str(path.relative_to(folder)), random_source.randrange(len(lines)) + 1))
    return cursors


def latencies(ask, questions):
    """Milliseconds of each, after one unmeasured round."""
    for question in questions:
        ask(question)
    times = []
    for question in questions:
        begin = time.monotonic()
        ask(question)
        times.append(1000 * (time.monotonic() - begin))
    return times


def measure_server(folder, name, data):
    server = subprocess.Popen(
        [FANIN, "serve", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, "FANIN_DATA_DIR": str(data)},
    )
    try:
        address = server.stdout.readline().split()[-1]
        random_source = random.Random(1)
        with grpc.insecure_channel(address) as channel:
            stub = retrieval_service_pb2_grpc.RetrievalServiceStub(channel)
            repository = f"repositories/{name}"
            found = []

            def search(query):
                request = search_pb2.SearchRequest(repositories=[repository], query=query, page_size=10)
                found.append(len(stub.Search(request, timeout=60).results))

            def context(cursor):
                position = node_pb2.SourcePosition(path=cursor[0], line=cursor[1])
                task = context_pb2.CompletionTask(cursor=position)
                request = context_pb2.AssembleContextRequest(repository=repository, budget_tokens=1000, completion=task)
                stub.AssembleContext(request, timeout=60)

            searches = latencies(search, queries_of(folder, random_source))
            contexts = latencies(context, cursors_of(folder, random_source))
        status = Path(f"/proc/{server.pid}/status").read_text()
        resident_mb = int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) / 1024
    finally:
        server.terminate()
        server.wait()
    print(f"| search, p50 / p95 of {QUESTIONS} | {statistics.median(searches):.1f} / {percentile(searches, 0.95):.1f} ms "
          f"({sum(1 for count in found[QUESTIONS:] if count)} found something) |")
    print(f"| completion context, p50 / p95 of {QUESTIONS} | {statistics.median(contexts):.1f} / {percentile(contexts, 0.95):.1f} ms |")
    print(f"| server's peak memory | {resident_mb:.0f} MB |")


def measure(folder):
    name = folder.name
    with tempfile.TemporaryDirectory(prefix="fanin_measure_") as scratch:
        data = Path(scratch) / "data"
        index = [FANIN, "index", folder, "--name", name, "--quiet", "--json", "--no-embed"]

        def fresh():
            subprocess.run(["rm", "-rf", data], check=True)

        parse = best(["taskset", "-c", "0", BUILD / "slang_parse_baseline", folder, "1"])
        one_core = best(["taskset", "-c", "0", *index], data, fresh)
        all_cores = best(index, data, fresh)
        summary = json.loads(all_cores.output)["job"]["summary"]
        again = best(index, data)
        lines = summary["lines"]
        disk = bytes_in(data)
        revision = subprocess.run(["git", "-C", folder, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True)
        print(f"\n### {name}" + (f" at {revision.stdout.strip()}" if revision.returncode == 0 else "") + "\n\n| | |\n|---|---|")
        print(f"| files, lines | {summary['files']}, {lines} |")
        print(f"| slang's parse, one thread | {parse.cpu_seconds:.2f} s of CPU |")
        print(f"| index without vectors, one core | {one_core.cpu_seconds:.2f} s of CPU, "
              f"{one_core.cpu_seconds / parse.cpu_seconds:.1f}x slang's parse; {one_core.seconds:.2f} s of wall time |")
        print(f"| on {os.cpu_count()} cores | {all_cores.cpu_seconds:.2f} s of CPU, {all_cores.seconds:.2f} s of wall time; "
              f"peak memory {all_cores.peak_mb:.0f} MB |")
        print(f"| again, nothing changed | {again.cpu_seconds:.2f} s of CPU, {again.seconds:.2f} s of wall time |")
        print(f"| on disk | {disk / 1e6:.1f} MB, {disk / lines:.0f} bytes a line |")
        if EMBED:
            embedding = run([word for word in index if word != "--no-embed"], data)
            passages = json.loads(embedding.output)["job"]["summary"]["chunksEmbedded"]
            print(f"| vectors | {passages} passages in {embedding.seconds:.0f} s of wall and {embedding.cpu_seconds:.0f} s of CPU time, "
                  f"{passages / embedding.seconds:.0f} a second; peak memory {embedding.peak_mb:.0f} MB |")
        measure_server(folder, name, data)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start")
    for folder in sys.argv[1:]:
        measure(Path(folder).resolve())


if __name__ == "__main__":
    main()
