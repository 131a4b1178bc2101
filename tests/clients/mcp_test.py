"""fanin-mcp as agents use it: the SDK's client, and bare JSON-RPC, against the program in a process of its own."""

import asyncio
import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import asynccontextmanager
from typing import ClassVar

import harness
from harness import Server
from mcp import Client, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

PROGRAM = (sys.executable, "-m", "fanin.mcp")
TOOLS = {"search", "trace", "tree", "show", "context", "query"}


class Fixture(harness.FaninTest):
    """The indexed fixture and a server of it, made once for a class of tests."""

    def runTest(self):
        """Nothing: it is set up only."""

    def start(self, texts):
        self.setUp()
        for path, text in texts.items():
            self.write(path, text)
        self.index("--quiet")
        self.address = self.enterContext(Server(self)).address


class McpTest(harness.FaninTest):
    # Files to add to the fixture.
    TEXTS: ClassVar = {}

    @classmethod
    def setUpClass(cls):
        cls.fixture = Fixture()
        cls.addClassCleanup(cls.fixture.doCleanups)
        cls.fixture.start(cls.TEXTS)

    def command(self):
        return (*PROGRAM, "--server", self.fixture.address)

    @asynccontextmanager
    async def stdio(self, mode="auto"):
        command, *arguments = self.command()
        parameters = StdioServerParameters(command=command, args=arguments, env=self.environment())
        async with Client(stdio_client(parameters), mode=mode) as client:
            yield client

    def ask(self, tool, **arguments):
        """The result of one call over standard input and output."""

        async def call():
            async with self.stdio() as client:
                return await client.call_tool(tool, arguments)

        return asyncio.run(call())

    def answer(self, tool, **arguments):
        """Text and structured content of a call that succeeds."""
        result = self.ask(tool, **arguments)
        self.assertFalse(result.is_error, result.content)
        return result.content[0].text, result.structured_content

    def error(self, tool, **arguments):
        result = self.ask(tool, **arguments)
        self.assertTrue(result.is_error)
        return result.content[0].text


class HttpServer:
    """fanin-mcp over HTTP, for a `with` statement; `url` is where it answers."""

    def __init__(self, command, *flags):
        self.command = (*command, "--http", "0", *flags)

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        match = re.fullmatch(r"listening on (http://127\.0\.0\.1:\d+/mcp)\n", line)
        if not match:
            self.process.kill()
            raise AssertionError(f"fanin-mcp said {line!r}: {self.process.communicate()}")
        self.url = match.group(1)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=harness.COMMAND_SECONDS)


class Protocol(McpTest):
    def test_both_protocol_generations_list_the_same_tools(self):
        async def connect(mode):
            async with self.stdio(mode) as client:
                tools = (await client.list_tools()).tools
                return client.protocol_version, {tool.name: tool for tool in tools}

        modern, tools = asyncio.run(connect("2026-07-28"))
        legacy, same = asyncio.run(connect("legacy"))
        self.assertEqual((modern, legacy), ("2026-07-28", "2025-11-25"))
        self.assertEqual(set(tools), TOOLS)
        self.assertEqual(set(same), TOOLS)
        for tool in tools.values():
            self.assertTrue(tool.description)
            self.assertEqual(tool.output_schema["type"], "object")
            self.assertTrue(tool.annotations.read_only_hint)
            for name, schema in tool.input_schema["properties"].items():
                self.assertTrue(schema.get("description"), f"{tool.name}.{name}")

    def test_bare_json_rpc_of_2025_11_25(self):
        command = self.command()
        process = self.enterContext(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))

        def send(method, params, number=None):
            message = {"jsonrpc": "2.0", "method": method, "params": params}
            if number is not None:
                message["id"] = number
            process.stdin.write(json.dumps(message) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline()) if number is not None else None

        client = {"name": "test", "version": "1"}
        hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client}
        result = send("initialize", hello, 1)["result"]
        self.assertEqual(result["protocolVersion"], "2025-11-25")
        self.assertEqual(result["serverInfo"]["name"], "fanin")
        send("notifications/initialized", {})
        call = {"name": "trace", "arguments": {"signals": ["gray_fifo.full"], "depth": 1}}
        result = send("tools/call", call, 2)["result"]
        self.assertIn("rtl/gray_fifo.v:75", result["content"][0]["text"])
        self.assertEqual(result["structuredContent"]["steps"][0]["signal"], "gray_fifo.full")

    def test_streamable_http_answers_the_same(self):
        async def ask(url):
            async with Client(streamable_http_client(url)) as client:
                return await client.call_tool("tree", {"top": "mailbox", "depth": 1})

        with HttpServer(self.command()) as http:
            over_http = asyncio.run(ask(http.url))
        self.assertEqual(over_http.content, self.ask("tree", top="mailbox", depth=1).content)


class Http(McpTest):
    def post(self, url, **headers):
        """The status of a request with these headers."""
        hello = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "initialize",
            "params": {
                "protocolVersion": "2025-11-25",
                "capabilities": {},
                "clientInfo": {"name": "test", "version": "1"},
            },
        }
        accept = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        request = urllib.request.Request(url, json.dumps(hello).encode(), {**accept, **headers})
        try:
            with urllib.request.urlopen(request, timeout=harness.COMMAND_SECONDS) as response:
                return response.status
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    def test_pages_of_other_origins_are_refused(self):
        with HttpServer(self.command()) as http:
            self.assertEqual(self.post(http.url), 200)
            self.assertEqual(self.post(http.url, Origin="http://localhost:3000"), 200)
            self.assertEqual(self.post(http.url, Origin="https://example.org"), 403)
            self.assertEqual(self.post(http.url, Host="example.org"), 421)

    def test_an_origin_can_be_allowed(self):
        with HttpServer(self.command(), "--allow-origin", "https://example.org") as http:
            self.assertEqual(self.post(http.url, Origin="https://example.org"), 200)
            self.assertEqual(self.post(http.url, Origin="https://example.com"), 403)


class Answers(McpTest):
    """All over one HTTP server."""

    MODULES = 130
    TEXTS: ClassVar = {
        "rtl/units.v": "\n".join(f"module unit_{number}(input wire a); endmodule\n" for number in range(MODULES)),
        "rtl/twice.v": "module first; wire shared; endmodule\nmodule second; wire shared; endmodule\n",
        "rtl/long.v": "module long_one;\n" + "  wire w;\n" * 2000 + "endmodule\n",
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.http = cls.enterClassContext(HttpServer((*PROGRAM, "--server", cls.fixture.address)))

    def ask(self, tool, **arguments):
        async def call():
            async with Client(streamable_http_client(self.http.url)) as client:
                return await client.call_tool(tool, arguments)

        return asyncio.run(call())

    def test_search_has_place_reason_and_code(self):
        text, answer = self.answer("search", query="kind:always drives:wr_ptr_gray")
        self.assert_names(text, "rtl/gray_fifo.v:34", "gray_fifo", "drives wr_ptr_gray", "41  ")
        (result,) = answer["results"]
        self.assertEqual(result["location"], "rtl/gray_fifo.v:34")
        self.assertIsNone(answer["next_cursor"])
        text, answer = self.answer("show", target=result["id"])
        self.assertEqual(answer["kind"], "always")

    def test_search_pages_hold_to_the_budget_and_lose_nothing(self):
        names, cursor, pages = [], None, 0
        while pages == 0 or cursor:
            text, answer = self.answer("search", query="kind:module name:unit_*", budget=900, cursor=cursor)
            names += [found["name"] for found in answer["results"]]
            # Three characters a token are few for RTL: this would notice a page of twice its budget.
            self.assertLess(len(text), 900 * 3)
            pages, cursor = pages + 1, answer["next_cursor"]
        self.assertGreater(pages, 3)
        self.assertEqual(sorted(names), sorted(f"unit_{number}" for number in range(self.MODULES)))

    def test_trace_says_how_and_when(self):
        text, answer = self.answer("trace", signals=["gray_fifo.full"], depth=2)
        self.assert_names(text, "gray_fifo.wr_ptr_next", "[register", "when wr_rst_n", "rtl/gray_fifo.v:41")
        step = next(step for step in answer["steps"] if step["flow"] == "register")
        self.assertEqual((step["when"], step["location"]), ("wr_rst_n", "rtl/gray_fifo.v:41"))
        text, answer = self.answer("trace", signals=["gray_fifo.wr_en"], direction="fanout", targets=["gray_fifo.full"])
        self.assertEqual(answer["steps"][-1]["signal"], "gray_fifo.full")

    def test_tree_shows_instances_and_what_is_external(self):
        text, answer = self.answer("tree", top="mailbox", parameters=True)
        self.assert_names(text, "u_a_to_b: gray_fifo", "tech_clock_gate", "not defined in the repository")
        text, answer = self.answer("tree", instances_of="gray_fifo")
        self.assertEqual([entry["path"] for entry in answer["instances"]], ["mailbox.u_a_to_b", "mailbox.u_b_to_a"])

    def test_show_takes_names_and_places_and_pages_over_long_source(self):
        text, answer = self.answer("show", target="gray_fifo.wr_ptr_gray")
        self.assert_names(text, "mailbox.u_a_to_b.wr_ptr_gray", "<- drives", "rtl/gray_fifo.v:")
        self.assertEqual(self.answer("show", target="rtl/gray_fifo.v:35")[1]["kind"], "always")
        text, answer = self.answer("show", target="long_one", budget=500)
        self.assertTrue(answer["next_cursor"])
        text, answer = self.answer("show", target="long_one", budget=500, cursor=answer["next_cursor"])
        self.assertNotIn("1  module long_one", answer["source"])
        self.assertIn("wire w", answer["source"])

    def test_context_fits_and_takes_unsaved_text(self):
        text, answer = self.answer("context", path="rtl/probe.sv", line=3, text="module probe;\n  gray_fifo u_p (\n")
        self.assert_names(text, "gray_fifo is being instantiated", "rtl/gray_fifo.v")
        self.assertLessEqual(answer["tokens"], 1000)
        text, answer = self.answer("context", path="rtl/mailbox.sv", line=45, budget=200)
        self.assertLessEqual(answer["tokens"], 200)

    def test_query_has_rows_and_pages(self):
        cypher = "MATCH (b:Always)-[:DRIVES]->(s:Signal {name: $name}) RETURN b.path, b.line"
        text, answer = self.answer("query", cypher=cypher, parameters={"name": "wr_ptr"})
        self.assertEqual(answer["rows"], [["rtl/gray_fifo.v", 35]])
        text, answer = self.answer("query", cypher="MATCH (n:Module) RETURN n", budget=300)
        self.assert_names(text, "ask again with cursor")
        self.assertEqual(answer["rows"][0][0]["kind"], "module")

    def test_errors_say_what_to_do(self):
        self.assert_names(self.error("search", query="kind:"), "INVALID_ARGUMENT", "no value after 'kind:'")
        self.assert_names(self.error("trace", signals=["shared"]), "first.shared", "second.shared", "id repositories/")
        self.assert_names(self.error("trace", signals=["gray_fifo.nothing"]), "NOT_FOUND")
        self.assert_names(self.error("search", query="x", cursor="abc"), "no cursor")
        self.error("search", query="x", budget=1)


class Down(harness.FaninTest):
    ask, error, stdio = McpTest.ask, McpTest.error, McpTest.stdio

    def command(self):
        return (*PROGRAM, "--server", "127.0.0.1:1")

    def test_a_server_that_is_down_is_an_answer_with_its_remedy(self):
        self.assert_names(self.error("search", query="x"), "fanin serve")


class DataDirectory(harness.FaninTest):
    ask, answer, stdio = McpTest.ask, McpTest.answer, McpTest.stdio

    def command(self):
        return (*PROGRAM, "--data-dir", str(self.data))

    def test_is_served_by_a_server_of_its_own(self):
        self.index("--quiet")
        text, _ = self.answer("tree")
        self.assert_names(text, "mailbox: mailbox")
        with HttpServer(self.command()):
            self.run_fanin("search", "name:gray_fifo", code=harness.BAD_DATA)
        # Its server has ended, or this would find the data directory in use.
        self.run_fanin("search", "name:gray_fifo")


if __name__ == "__main__":
    harness.main()
