"""JSON over HTTP (docs/http.md), as a client of any language sees it: every method, errors, streams, and what is refused."""

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import unittest
from pathlib import Path
from urllib.parse import quote

import harness
from harness import BINARY

ROOT = Path(__file__).resolve().parents[2]
JSON = {"Content-Type": "application/json"}


class HttpServer:
    """`fanin serve --http` on free ports, for a `with` statement."""

    def __init__(self, test, *flags):
        self.test = test
        self.flags = flags

    def __enter__(self):
        self.process = subprocess.Popen(
            [BINARY, "serve", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", *self.flags],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.test.environment(),
        )
        self.process.stdout.readline()
        match = re.fullmatch(r"open http://127\.0\.0\.1:(\d+)/\n", self.process.stdout.readline())
        if not match:
            self.process.kill()
            self.test.fail(f"serve said no address: {self.process.communicate()}")
        self.port = int(match.group(1))
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        _, self.log = self.process.communicate(timeout=harness.COMMAND_SECONDS)
        self.test.assertEqual(self.process.returncode, 0, self.log)

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=harness.COMMAND_SECONDS)

    def ask(self, method, path, body=None, headers=None):
        """Status, headers, text."""
        connection = self.connect()
        text = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
        connection.request(method, path, text, {**(JSON if body is not None else {}), **(headers or {})})
        response = connection.getresponse()
        answer = response.status, dict(response.getheaders()), response.read().decode()
        connection.close()
        return answer

    def get(self, path):
        status, _, text = self.ask("GET", path)
        self.test.assertEqual(status, 200, text)
        return json.loads(text)

    def post(self, path, body):
        status, _, text = self.ask("POST", path, body)
        self.test.assertEqual(status, 200, text)
        return json.loads(text)


class HttpTest(harness.FaninTest):
    def setUp(self):
        super().setUp()
        self.index("--quiet")
        self.server = self.enterContext(HttpServer(self))

    def fails(self, http_status, code, method, path, body=None, headers=None):
        """The google.rpc.Status of a request that fails."""
        status, _, text = self.server.ask(method, path, body, headers)
        self.assertEqual(status, http_status, text)
        error = json.loads(text)
        self.assertEqual(error["code"], code, text)
        return error


class Methods(HttpTest):
    def test_every_method_of_the_document_answers_as_it_says(self):
        document = self.server.get("/openapi.json")
        node = self.server.post("/v1/repositories/mailbox:getNode", {"qualifiedName": "gray_fifo"})["node"]["resourceName"]
        values = {"repository": "mailbox", "snapshot": "1", "node": node.split("/")[-1], "path": "rtl/mailbox.sv", "job": "none"}
        bodies = {
            "Search": {"query": "gray"},
            "Query": {"cypher": "MATCH (m:Module) RETURN m.name"},
            "Trace": {"signals": ["gray_fifo.full"], "direction": "TRACE_DIRECTION_FANIN"},
            "GetNode": {"qualifiedName": "gray_fifo"},
            "AssembleContext": {"budgetTokens": 100, "completion": {"cursor": {"path": "rtl/mailbox.sv", "line": 45}}},
            "CreateRepository": {"root": str(self.rtl)},
            "IndexRepository": {"skipEmbeddings": True},
            "CancelJob": {},
            "CheckData": {},
        }
        queries = {
            "Search": "?query=gray",
            "CreateRepository": "?repositoryId=second",
            "ExportGraph": "?format=GRAPH_FORMAT_GRAPHML",
            "CompareSnapshots": "?to=repositories/mailbox",
        }
        answered = set()
        # What takes a repository away comes last.
        operations = [(path, verb, operation) for path, verbs in document["paths"].items() for verb, operation in verbs.items()]
        for path, verb, operation in sorted(operations, key=lambda each: each[1] == "delete"):
            method = operation["operationId"].split("_")[0]
            url = re.sub(r"\{(\w+)\}", lambda match: values[match.group(1)], path)
            body = bodies[method] if "requestBody" in operation else None
            query = "" if method == "Search" and body else queries.get(method, "")
            status, headers, text = self.server.ask(verb.upper(), url + query, body)
            with self.subTest(operation["operationId"]):
                # There is no such job; the method was found all the same.
                self.assertEqual(status, 404 if "Job" in method else 200, text)
                kind = "application/json" if "Job" in method else next(iter(operation["responses"]["200"]["content"]))
                self.assertEqual(headers["Content-Type"], kind)
            answered.add(method)
        protos = "".join(path.read_text() for path in (ROOT / "proto/fanin/v1").glob("*_service.proto"))
        self.assertEqual(answered, set(re.findall(r"^  rpc (\w+)\((?!stream)", protos, re.MULTILINE)))

    def test_an_answer_has_all_fields(self):
        answer = self.server.post("/v1:query", {"cypher": "MATCH (m:Module) RETURN m.name ORDER BY m.name"})
        self.assertIn("gray_fifo", [row["values"][0]["stringValue"] for row in answer["rows"]])
        self.assertEqual(answer["columns"], ["m.name"])
        self.assertIs(answer["truncated"], False)

    def test_query_parameters_fill_fields_by_either_spelling(self):
        for name in ("startLine", "start_line"):
            answer = self.server.get(f"/v1/repositories/mailbox/files/rtl/mailbox.sv?{name}=2&endLine=3")
            self.assertEqual(answer["source"]["range"]["startLine"], 2)
        tree = self.server.get("/v1/repositories/mailbox:getHierarchy?top=mailbox&counts=true&maxDepth=1")
        self.assertTrue(tree["modules"])

    def test_a_stream_is_a_line_for_each_message(self):
        status, headers, text = self.server.ask("POST", "/v1/repositories/mailbox:index", {"skipEmbeddings": True})
        self.assertEqual(status, 200, text)
        self.assertEqual(headers["Content-Type"], "application/x-ndjson")
        jobs = [json.loads(line)["result"]["job"] for line in text.splitlines()]
        self.assertGreaterEqual(len(jobs), 2)
        self.assertEqual(jobs[-1]["state"], "STATE_SUCCEEDED")

    def test_a_connection_serves_many_requests(self):
        connection = self.server.connect()
        for _ in range(20):
            connection.request("GET", "/v1/status")
            self.assertIn("version", json.loads(connection.getresponse().read()))
        connection.close()


class Errors(HttpTest):
    def test_wrong_fields_are_named(self):
        error = self.fails(400, 3, "POST", "/v1/repositories/mailbox:trace", {})
        (details,) = error["details"]
        self.assertEqual(details["@type"], "type.googleapis.com/google.rpc.BadRequest")
        self.assertEqual([each["field"] for each in details["fieldViolations"]], ["signals", "direction"])

    def test_what_cannot_be_read_is_said(self):
        self.assertIn("no such parameter: tpo", self.fails(400, 3, "GET", "/v1/repositories/mailbox:getHierarchy?tpo=x")["message"])
        self.assertIn("max_depth", self.fails(400, 3, "GET", "/v1/repositories/mailbox:getHierarchy?maxDepth=x")["message"])
        self.assertIn("body", self.fails(400, 3, "POST", "/v1:search", "{")["message"])
        self.assertIn("nothing", self.fails(400, 3, "POST", "/v1:search", {"nothing": 1})["message"])
        self.fails(400, 3, "POST", "/v1:search", "[" * 100000)
        self.fails(400, 3, "DELETE", "/v1/repositories/mailbox", {})

    def test_what_is_not_there_is_not_found(self):
        self.assertIn("mailbox", self.fails(404, 5, "GET", "/v1/repositories/none")["message"])
        self.fails(404, 5, "GET", "/v1/nothing/here")
        self.fails(404, 5, "GET", "/v1/repositories/mailbox/files/none.v")
        self.fails(405, 12, "DELETE", "/v1:search")
        self.fails(400, 11, "GET", "/v1/repositories/mailbox/files/rtl/mailbox.sv?startLine=99999")

    def test_a_stream_that_fails_at_once_has_the_code_of_its_error(self):
        self.fails(404, 5, "POST", "/v1/repositories/none:index", {})

    def test_a_deadline_is_kept(self):
        status, _, text = self.server.ask("POST", "/v1:search", {"query": "gray"}, {"Grpc-Timeout": "1n"})
        self.assertEqual(status, 200, text)
        self.assertTrue(json.loads(text)["partial"])
        self.assertIn("Grpc-Timeout", self.fails(400, 3, "GET", "/v1/status", None, {"Grpc-Timeout": "soon"})["message"])


class Refusals(HttpTest):
    def test_a_name_that_may_be_a_strangers_is_refused(self):
        self.assertIn("--http-host", self.fails(403, 7, "GET", "/v1/status", None, {"Host": "rebound.example"})["message"])
        for host in ("localhost", f"127.0.0.1:{self.server.port}", "[::1]:80"):
            self.assertEqual(self.server.ask("GET", "/v1/status", None, {"Host": host})[0], 200)

    def test_a_page_of_another_origin_is_refused(self):
        own = f"http://127.0.0.1:{self.server.port}"
        self.fails(403, 7, "POST", "/v1:search", {"query": "x"}, {"Origin": "http://elsewhere.example"})
        self.fails(403, 7, "POST", "/v1:search", {"query": "x"}, {"Origin": "null"})
        self.assertEqual(self.server.ask("POST", "/v1:search", {"query": "x"}, {"Origin": own})[0], 200)

    def test_bodies_are_bounded_and_json(self):
        self.assertIn("16777216", self.fails(413, 3, "POST", "/v1:search", None, {**JSON, "Content-Length": "16777217"})["message"])
        self.fails(415, 3, "POST", "/v1:search", "query=x", {"Content-Type": "application/x-www-form-urlencoded"})
        self.fails(415, 3, "POST", "/v1:search", b"x", {"Content-Encoding": "gzip"})
        self.fails(411, 3, "POST", "/v1:search", None, {**JSON, "Transfer-Encoding": "chunked"})

    def test_garbage_gets_an_answer_or_the_door(self):
        for garbage in (b"\0\xff\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"POST /v1:search HTTP/1.1\r\n" + b"A" * 100000):
            with socket.create_connection(("127.0.0.1", self.server.port), timeout=harness.COMMAND_SECONDS) as connection:
                try:
                    connection.sendall(garbage)
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(65536):
                        pass
                except ConnectionError:
                    pass
        self.server.get("/v1/status")

    def test_more_connections_than_it_holds_are_told_so(self):
        # Half a request keeps a thread, for as long as the server waits for the rest: a slow machine may need more tries.
        told = []
        while len(told) < 5 and not any(told):
            connections = []
            for _ in range(100):
                connection = socket.create_connection(("127.0.0.1", self.server.port), timeout=harness.COMMAND_SECONDS)
                self.addCleanup(connection.close)
                connection.sendall(b"GET /v1/status HTTP/1.1\r\n")
                connections.append(connection)
            told.append(any(b" 503 " in connection.recv(4096) for connection in connections[90:]))
            for connection in connections:
                connection.close()
        self.assertTrue(any(told))
        self.server.get("/v1/status")



class Pages(HttpTest):
    def test_without_the_web_interface_a_page_says_how_to_build_it(self):
        with HttpServerAlone(self, "--web", str(self.folder / "none")) as server:
            status, _, text = server.ask("GET", "/")
        self.assertEqual(status, 200)
        self.assertIn("scripts/web.sh", text)

    def test_files_of_the_web_interface_and_nothing_else(self):
        web = self.folder / "web"
        (web / "assets").mkdir(parents=True)
        (web / "index.html").write_text("<title>hello</title>")
        (web / "assets/a.js").write_text("1")
        (self.folder / "secret.js").write_text("secret")
        with HttpServerAlone(self, "--web", str(web)) as server:
            for page in ("/", "/search?q=x", f"/r/mailbox/file/{quote('rtl/a b.v')}"):
                status, headers, text = server.ask("GET", page)
                self.assertEqual((status, text), (200, "<title>hello</title>"))
                self.assertIn("default-src 'self'", headers["Content-Security-Policy"])
            status, headers, text = server.ask("GET", "/assets/a.js")
            self.assertEqual((status, text), (200, "1"))
            self.assertIn("immutable", headers["Cache-Control"])
            for path in ("/assets/../../secret.js", "/assets/%2e%2e/%2e%2e/secret.js", "/assets/none.js", "/../secret.js"):
                self.assertNotIn("secret", server.ask("GET", path)[2].replace("secret.js", ""))


class HttpServerAlone(HttpServer):
    """A server of its own, of an empty data directory."""

    def __init__(self, test, *flags):
        super().__init__(test, "--data-dir", str(test.folder / "alone"), *flags)


class OpenApi(unittest.TestCase):
    def test_the_document_is_current(self):
        process = subprocess.run(
            [sys.executable, ROOT / "proto/make_openapi.py", "--check"], capture_output=True, text=True
        )
        self.assertEqual(process.returncode, 0, process.stderr)


if __name__ == "__main__":
    harness.main()
