#!/usr/bin/env python3
"""Measures what fanin-proxy adds to completions, and how long it takes for it, at lines of a checkout.

Usage: measure_proxy.py CHECKOUT [REQUESTS]

Needs the package (clients/python[proxy]) and FANIN_BINARY. Each request holds what an editor sends: 4,000 characters
before a line and 1,000 behind it, in the marks of Qwen. The upstream answers at once; a request straight to it is the
baseline.
"""

import http.client
import http.server
import json
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from fanin import Fanin

BEFORE, BEHIND = 4000, 1000
SEED = 1


class Upstream(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # As servers of models do; else the answer's body waits 40 ms for the acknowledgement of its head.
    disable_nagle_algorithm = True

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        """Nothing: it would be in the way of the figures."""


def prompts(checkout, count):
    """At lines that stand in a module, drawn with a fixed seed."""
    files = sorted(path for path in checkout.rglob("*.sv") if path.stat().st_size < 1 << 20)
    draw = random.Random(SEED)
    for _ in range(count):
        path = draw.choice(files)
        text = path.read_text(errors="replace")
        cut = text.find("\n", draw.randrange(len(text) // 4, max(len(text), 2))) + 1
        head, tail = text[max(0, cut - BEFORE) : cut], text[cut : cut + BEHIND]
        yield f"<|fim_prefix|>{head}<|fim_suffix|>{tail}<|fim_middle|>"


def ask(address, prompt):
    """Milliseconds, and what the proxy says."""
    connection = http.client.HTTPConnection(address, timeout=60)
    begin = time.monotonic()
    body = json.dumps({"prompt": prompt})
    connection.request("POST", "/v1/completions", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    response.read()
    took = (time.monotonic() - begin) * 1000
    connection.close()
    return took, response.headers.get("x-fanin-context", "")


def quantiles(values):
    return f"p50 {statistics.median(values):.1f} ms, p95 {statistics.quantiles(values, n=20)[-1]:.1f} ms"


def main(checkout, count):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    upstream = f"127.0.0.1:{server.server_address[1]}"
    with tempfile.TemporaryDirectory() as data, Fanin.local(checkout, data_dir=data, embed=False) as client:
        command = (sys.executable, "-m", "fanin.proxy", "--upstream", f"http://{upstream}", "--listen", "0")
        proxy = subprocess.Popen(
            (*command, "--server", client.server), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        address = proxy.stdout.readline().rpartition("/")[2].strip()
        asked = list(prompts(checkout, count))
        ask(address, asked[0])
        straight = [ask(upstream, prompt)[0] for prompt in asked]
        through = [ask(address, prompt) for prompt in asked]
        proxy.terminate()
        proxy.wait()
    said = [text for _, text in through]
    tokens = [int(match[1]) for text in said if (match := re.search(r"(\d+) tokens", text))]
    print(f"{count} requests; context for {len(tokens)}, {statistics.mean(tokens):.0f} tokens on average")
    print(
        f"late {sum('longer than' in text for text in said)}, no file {sum('no indexed file' in text for text in said)}"
    )
    print(f"straight to the upstream: {quantiles(straight)}")
    print(f"through the proxy: {quantiles([took for took, _ in through])}")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 200)
