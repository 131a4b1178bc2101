"""fanin-proxy between a client and an upstream of the tests: what is added, what passes unchanged, what is streamed."""

import http.client
import http.server
import json
import re
import socket
import subprocess
import sys
import threading
import urllib.parse
from pathlib import Path

import harness
import tomllib
from harness import Server

PROGRAM = (sys.executable, "-m", "fanin.proxy")
DOCUMENT = Path(__file__).resolve().parents[2] / "docs/proxy.md"
DEFAULT_ADDRESS = "127.0.0.1:7413"
CHUNKS = [f'data: {{"choices": [{{"text": "{number}"}}]}}\n\n'.encode() for number in range(3)]


class Upstream:
    """Records what it is asked, for a `with` statement. Asked to stream, sends a chunk at each release of `go`."""

    def __enter__(self):
        upstream = self
        self.requests = []
        self.go = threading.Semaphore(0)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                upstream.requests.append((self.path, self.headers, body))
                if b'"stream": true' in body:
                    self.stream()
                else:
                    self.answer(b'{"choices": [{"text": "done"}]}')

            def do_GET(self):
                upstream.requests.append((self.path, self.headers, b""))
                self.answer(b'{"data": []}')

            def answer(self, text):
                self.send_response(418 if "refused" in self.path else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("X-Upstream", "yes")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def stream(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                for chunk in CHUNKS:
                    upstream.go.acquire()
                    self.wfile.write(chunk)
                    self.wfile.flush()

            def log_message(self, *_):
                """Nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    @property
    def body(self):
        """Of the last request."""
        return self.requests[-1][2]


class Proxy:
    """fanin-proxy in front of an upstream, for a `with` statement."""

    def __init__(self, upstream, fanin, *flags):
        # A deadline that a loaded machine keeps.
        defaults = ("--upstream", upstream, "--server", fanin, "--listen", "0", "--deadline-ms", "20000")
        self.command = (*PROGRAM, *defaults, *flags)
        self.connections = []

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        match = re.fullmatch(r"listening on http://(127\.0\.0\.1:\d+)\n", line)
        if not match:
            self.process.kill()
            raise AssertionError(f"fanin-proxy said {line!r}")
        self.address = match.group(1)
        return self

    def __exit__(self, *_):
        for connection in self.connections:
            connection.close()
        self.process.terminate()
        self.process.communicate(timeout=harness.COMMAND_SECONDS)

    def open(self, path, body=b"", method="POST", **headers):
        """The response, to be read."""
        connection = http.client.HTTPConnection(self.address, timeout=harness.COMMAND_SECONDS)
        self.connections.append(connection)
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, {"Content-Type": "application/json", **names})
        return connection.getresponse()

    def ask(self, path, body=b"", method="POST", **headers):
        """Status, headers and body."""
        response = self.open(path, body, method, **headers)
        with response:
            return response.status, response.headers, response.read()


class ProxyTest(harness.FaninTest):
    FLAGS = ()

    def setUp(self):
        super().setUp()
        self.index("--quiet")
        self.server = self.enterContext(Server(self))
        self.upstream = self.enterContext(Upstream())
        self.proxy = self.enterContext(Proxy(self.upstream.url, self.server.address, *self.FLAGS))

    def halves(self, path, line):
        """The text of a fixture's file before and from a line."""
        lines = (self.rtl / path).read_text().splitlines(True)
        return "".join(lines[: line - 1]), "".join(lines[line - 1 :])

    def sent(self):
        return json.loads(self.upstream.body)


class Completions(ProxyTest):
    def test_context_goes_before_the_text_as_comments(self):
        before = "module probe;\n  gray_fifo u_probe (\n"
        body = {"model": "m", "prompt": before, "max_tokens": 5}
        status, headers, answer = self.proxy.ask("/v1/completions", body)
        self.assertEqual((status, json.loads(answer)["choices"][0]["text"]), (200, "done"))
        self.assert_names(headers["x-fanin-context"], "snippets", "tokens for probe.sv")
        sent = self.sent()
        self.assertTrue(sent["prompt"].endswith(before))
        added = sent["prompt"].removesuffix(before)
        self.assert_names(added, "// rtl/gray_fifo.v:", "gray_fifo is being instantiated", "wr_rst_n")
        for line in added.splitlines():
            self.assertTrue(line.startswith("//"), line)
        self.assertEqual({**sent, "prompt": before}, body)

    def test_every_family_gets_it_after_the_mark_of_the_prefix(self):
        prefix, suffix = "module probe;\n  gray_fifo u_probe (\n", "\n  );\nendmodule\n"
        for prompt, mark in (
            (f"<|fim_prefix|>{prefix}<|fim_suffix|>{suffix}<|fim_middle|>", "<|fim_prefix|>"),
            (f"<fim_prefix>{prefix}<fim_suffix>{suffix}<fim_middle>", "<fim_prefix>"),
            (f"<｜fim▁begin｜>{prefix}<｜fim▁hole｜>{suffix}<｜fim▁end｜>", "<｜fim▁begin｜>"),  # noqa: RUF001
            (f"<PRE> {prefix} <SUF>{suffix} <MID>", "<PRE>"),
            (f"[SUFFIX]{suffix}[PREFIX]{prefix}", "[PREFIX]"),
        ):
            self.proxy.ask("/v1/completions", {"prompt": prompt})
            head, tail = prompt.split(mark)
            sent = self.sent()["prompt"]
            self.assertTrue(sent.startswith(head + mark + "//"), sent)
            self.assertTrue(sent.endswith(tail), sent)
            self.assertIn("gray_fifo is being instantiated", sent)

    def test_the_file_under_the_cursor_is_found_and_gives_nothing_away(self):
        prefix, suffix = self.halves("rtl/mailbox.sv", 33)
        # An editor's window holds part of the file only.
        window = {"prompt": prefix, "suffix": suffix[:40]}
        _, headers, _ = self.proxy.ask("/v1/completions", window)
        self.assert_names(headers["x-fanin-context"], "for rtl/mailbox.sv")
        added = self.sent()["prompt"].removesuffix(prefix)
        self.assertNotIn("rtl/mailbox.sv", added)

    def test_a_window_without_the_head_of_the_module_is_found_by_its_lines(self):
        prefix, suffix = self.halves("rtl/gray_fifo.v", 44)
        window = prefix.partition("always @(posedge wr_clk")[1] + prefix.partition("always @(posedge wr_clk")[2]
        _, headers, _ = self.proxy.ask("/v1/completions", {"prompt": window, "suffix": suffix})
        self.assert_names(headers["x-fanin-context"], "rtl/gray_fifo.v")

    def test_what_is_no_indexed_rtl_passes_unchanged(self):
        for body in (
            b'{"prompt":   "def main():\\n    return compute_everything_twice(1)\\n"}',
            b'{"prompt": [1, 2, 3]}',
            b'{"prompt": ["module a;", "module b;"]}',
            b"no json",
            b"[]",
        ):
            status, headers, _ = self.proxy.ask("/v1/completions", body)
            self.assertEqual((status, self.upstream.body), (200, body))
            self.assertTrue(headers["x-fanin-context"].startswith("none"), headers["x-fanin-context"])

    def test_commented_code_of_other_files_is_not_taken_for_the_file(self):
        prompt = "// Path: rtl/other.v\n// module gray_fifo;\n//   wire x;\nmodule probe;\n  mailbox u_m (\n"
        _, headers, _ = self.proxy.ask("/v1/completions", {"prompt": prompt})
        self.assert_names(headers["x-fanin-context"], "for probe.sv")


class Manual(ProxyTest):
    """The configurations of docs/proxy.md, as Continue and Tabby use them."""

    PREFIX, SUFFIX = "module probe;\n  gray_fifo u_probe (\n", "\n  );\nendmodule\n"

    def block(self, language):
        return re.search(rf"```{language}\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)[1]

    def assert_adds_context(self, base, template):
        url = urllib.parse.urlsplit(base)
        self.assertEqual(url.netloc, DEFAULT_ADDRESS)
        prompt = template.replace("PREFIX", self.PREFIX).replace("SUFFIX", self.SUFFIX)
        self.proxy.ask(f"{url.path}/completions", {"prompt": prompt})
        self.assert_names(self.sent()["prompt"], "gray_fifo is being instantiated", self.PREFIX, self.SUFFIX)

    def test_continue(self):
        text = self.block("yaml")
        template = re.search(r'autocomplete: "(.*)"', text)[1]
        filled = template.replace("{{{prefix}}}", "PREFIX").replace("{{{suffix}}}", "SUFFIX")
        self.assert_adds_context(re.search("apiBase: (.*)", text)[1], filled)

    def test_tabby(self):
        models = tomllib.loads(self.block("toml"))["model"]
        completion = models["completion"]["http"]
        filled = completion["prompt_template"].format(prefix="PREFIX", suffix="SUFFIX")
        self.assert_adds_context(completion["api_endpoint"], filled)
        self.assertEqual(models["chat"]["http"]["api_endpoint"], completion["api_endpoint"])

    def test_its_flags_are_those_of_the_program(self):
        named = set(re.findall(r"`(--[a-z-]+)", DOCUMENT.read_text()))
        out = subprocess.run((*PROGRAM, "--help"), capture_output=True, text=True, check=True).stdout
        self.assertEqual(named, set(re.findall(r"--[a-z-]+", out)) - {"--help"})


class Budget(ProxyTest):
    FLAGS = ("--budget", "120")

    def test_is_kept(self):
        prefix, suffix = self.halves("rtl/mailbox.sv", 45)
        _, headers, _ = self.proxy.ask("/v1/completions", {"prompt": prefix, "suffix": suffix})
        tokens = int(re.search(r"(\d+) tokens", headers["x-fanin-context"])[1])
        self.assertLessEqual(tokens, 120)
        # Marks and places of the comments count: so short a text takes no more.
        added = self.sent()["prompt"].removesuffix(prefix)
        self.assertTrue(added)
        self.assertLess(len(added), 120 * 5)


class Chat(ProxyTest):
    def test_passages_go_before_the_last_question(self):
        question = "Where is the write pointer (wr_ptr_gray) computed? key:value OR -x"
        messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": question}]
        _, headers, _ = self.proxy.ask("/v1/chat/completions", {"model": "m", "messages": messages})
        self.assert_names(headers["x-fanin-context"], "passages")
        sent = self.sent()["messages"]
        self.assertEqual(sent[0], messages[0])
        self.assertTrue(sent[1]["content"].endswith(question))
        self.assert_names(sent[1]["content"], "rtl/gray_fifo.v:", "wr_ptr_gray <=")

    def test_parts_of_a_message_stay_as_they_are(self):
        parts = [{"type": "text", "text": "explain wr_ptr_gray"}, {"type": "image_url", "image_url": {"url": "data:,"}}]
        self.proxy.ask("/v1/chat/completions", {"messages": [{"role": "user", "content": parts}]})
        content = self.sent()["messages"][0]["content"]
        self.assertEqual(content[1:], parts)
        self.assert_names(content[0]["text"], "wr_ptr_gray")

    def test_an_answer_of_a_tool_is_no_question(self):
        body = json.dumps({"messages": [{"role": "tool", "tool_call_id": "1", "content": "wr_ptr_gray"}]}).encode()
        self.proxy.ask("/v1/chat/completions", body)
        self.assertEqual(self.upstream.body, body)


class Passing(ProxyTest):
    def test_chunks_of_a_stream_arrive_one_by_one(self):
        response = self.proxy.open("/v1/completions", {"prompt": "module probe;\n  gray_fifo u (\n", "stream": True})
        self.assertEqual(response.headers["Content-Type"], "text/event-stream")
        for chunk in CHUNKS:
            # The next one is not written before this one was read.
            self.upstream.go.release()
            self.assertEqual(response.read(len(chunk)), chunk)
        self.assertEqual(response.read(), b"")

    def test_other_paths_headers_and_statuses_pass(self):
        status, headers, body = self.proxy.ask("/v1/models?limit=3", method="GET", Authorization="Bearer secret")
        self.assertEqual((status, body, headers["X-Upstream"]), (200, b'{"data": []}', "yes"))
        path, sent, _ = self.upstream.requests[-1]
        self.assertEqual((path, sent["Authorization"]), ("/v1/models?limit=3", "Bearer secret"))
        # What the client did not say, the proxy does not say for it; what the upstream says comes once.
        self.assertEqual((sent["Accept-Encoding"], sent["User-Agent"]), ("identity", None))
        self.assertEqual([len(headers.get_all(name)) for name in ("Server", "Date", "Content-Length")], [1, 1, 1])
        self.assertEqual(self.proxy.ask("/v1/refused", {})[0], 418)

    def test_web_pages_of_other_origins_are_refused(self):
        body = {"prompt": "module probe;"}
        self.assertEqual(self.proxy.ask("/v1/completions", body, Origin="https://example.org")[0], 403)
        self.assertEqual(self.upstream.requests, [])
        self.assertEqual(self.proxy.ask("/v1/completions", body, Origin="http://localhost:3000")[0], 200)

    def test_a_missing_upstream_is_a_bad_gateway(self):
        with Proxy("http://127.0.0.1:1", self.server.address) as proxy:
            status, _, body = proxy.ask("/v1/completions", {"prompt": "module probe;"})
        self.assertEqual(status, 502)
        self.assert_names(json.loads(body)["error"]["message"], "http://127.0.0.1:1")


class Without(harness.FaninTest):
    """Fanin is down or late."""

    BODY = b'{ "prompt":"module probe;\\n  gray_fifo u_probe (\\n" }'

    def setUp(self):
        super().setUp()
        self.upstream = self.enterContext(Upstream())

    def assert_unchanged(self, proxy, reason):
        for path in ("/v1/completions", "/v1/chat/completions"):
            status, headers, _ = proxy.ask(path, self.BODY)
            self.assertEqual((status, self.upstream.body), (200, self.BODY))
            if path == "/v1/completions":
                self.assert_names(headers["x-fanin-context"], reason)

    def test_a_server_that_is_down_changes_nothing(self):
        with Proxy(self.upstream.url, "127.0.0.1:1") as proxy:
            self.assert_unchanged(proxy, "unavailable")

    def test_a_server_that_never_answers_costs_the_deadline_only(self):
        # It takes connections and says nothing.
        with socket.create_server(("127.0.0.1", 0)) as mute:
            address = f"127.0.0.1:{mute.getsockname()[1]}"
            with Proxy(self.upstream.url, address, "--deadline-ms", "100") as proxy:
                self.assert_unchanged(proxy, "longer than 100 ms")

    def test_a_server_with_nothing_indexed_changes_nothing(self):
        with Server(self) as server, Proxy(self.upstream.url, server.address) as proxy:
            status, headers, _ = proxy.ask("/v1/completions", self.BODY)
            self.assertEqual((status, self.upstream.body), (200, self.BODY))
            self.assertTrue(headers["x-fanin-context"].startswith("none"))


class DataDirectory(harness.FaninTest):
    def test_is_served_by_a_server_of_its_own(self):
        self.index("--quiet")
        with Upstream() as upstream:
            command = (*PROGRAM, "--upstream", upstream.url + "/v1", "--data-dir", str(self.data), "--listen", "0")
            proxy = Proxy("", "")
            proxy.command = (*command, "--deadline-ms", "20000")
            with proxy:
                proxy.ask("/v1/completions", Without.BODY)
            self.assert_names(json.loads(upstream.body)["prompt"], "gray_fifo is being instantiated")
        # That server has ended, or this would find the data directory in use.
        self.run_fanin("search", "name:gray_fifo")


if __name__ == "__main__":
    harness.main()
