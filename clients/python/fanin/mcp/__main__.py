"""The program fanin-mcp: the tools over standard input and output, or over HTTP."""

from __future__ import annotations

import argparse
import sys
from functools import cache
from importlib.metadata import version

import uvicorn
from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette

from fanin import AsyncFanin, FaninError
from fanin.channel import DEFAULT_SERVER
from fanin.loopback import LOOPBACK, listen
from fanin.mcp.tools import INSTRUCTIONS, add_tools
from fanin.server import PrivateServer, end_on_sigterm


def make_server(address: str, repository: str | None) -> MCPServer[None]:
    """The MCP server in front of a Fanin server; it connects when it is first asked."""

    @cache
    def fanin() -> AsyncFanin:
        return AsyncFanin(address, repository=repository)

    server: MCPServer[None] = MCPServer(
        "fanin", title="Fanin", instructions=INSTRUCTIONS, version=version("fanin"), log_level="WARNING"
    )
    add_tools(server, fanin)
    return server


def http_app(server: MCPServer[None], bound: str, origins: list[str]) -> Starlette:
    """Streamable HTTP at /mcp. A web page may ask from loopback or from `origins` only, and only by a name that this
    server has, which keeps DNS rebinding out."""
    security = TransportSecuritySettings(
        allowed_hosts=[f"{name}:*" for name in LOOPBACK] + [bound],
        allowed_origins=[f"http://{name}:*" for name in LOOPBACK] + origins,
    )
    return server.streamable_http_app(stateless_http=True, json_response=True, transport_security=security)


def serve_http(server: MCPServer[None], address: str, origins: list[str]) -> None:
    listener, bound = listen(address)
    with listener:
        print(f"listening on http://{bound}/mcp", flush=True)
        app = http_app(server, bound, origins)
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="fanin-mcp", description="Fanin's questions as tools of the Model Context Protocol (docs/mcp.md)."
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--server", default=DEFAULT_SERVER, help="host:port of `fanin serve`; default: %(default)s")
    source.add_argument("--data-dir", help="serve this data directory by a private server instead")
    parser.add_argument("--repo", help="what tools ask that are given no repository")
    parser.add_argument(
        "--http",
        metavar="[HOST:]PORT",
        help="streamable HTTP instead of standard input and output; HOST is 127.0.0.1 by default, PORT 0: a free one",
    )
    parser.add_argument(
        "--allow-origin", action="append", default=[], metavar="ORIGIN", help="a web page that may ask; may be repeated"
    )
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    flags = parse(arguments)
    end_on_sigterm()
    try:
        private = PrivateServer(flags.data_dir) if flags.data_dir else None
        server = make_server(private.address if private else flags.server, flags.repo)
        try:
            if flags.http:
                serve_http(server, flags.http, flags.allow_origin)
            else:
                server.run("stdio")
        except KeyboardInterrupt:
            pass
        finally:
            if private:
                private.close()
    except (FaninError, OSError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
