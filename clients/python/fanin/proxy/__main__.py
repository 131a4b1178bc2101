"""The program fanin-proxy."""

from __future__ import annotations

import argparse
import logging
import sys

import uvicorn

from fanin import AsyncFanin, FaninError
from fanin.channel import DEFAULT_SERVER
from fanin.loopback import listen
from fanin.proxy.app import make_app
from fanin.proxy.context import ContextSource
from fanin.server import PrivateServer, end_on_sigterm


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="fanin-proxy",
        description="An OpenAI-compatible endpoint that adds Fanin's context to requests, and passes them on "
        "(docs/proxy.md).",
    )
    parser.add_argument("--upstream", required=True, metavar="URL", help="the endpoint that answers, without /v1")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--server", default=DEFAULT_SERVER, help="host:port of `fanin serve`; default: %(default)s")
    source.add_argument("--data-dir", help="serve this data directory by a private server instead")
    parser.add_argument("--repo", help="the repository to ask; default: all")
    parser.add_argument(
        "--listen", default="7413", metavar="[HOST:]PORT", help="default: 127.0.0.1:7413; 0: a free port"
    )
    parser.add_argument("--budget", type=int, default=1000, help="tokens to add at most; default: %(default)s")
    parser.add_argument(
        "--deadline-ms", type=int, default=150, help="pass the request on as it is after so long; default: %(default)s"
    )
    parser.add_argument(
        "--allow-origin", action="append", default=[], metavar="ORIGIN", help="a web page that may ask; may be repeated"
    )
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    flags = parse(arguments)
    end_on_sigterm()
    logging.basicConfig(level=logging.INFO, format="%(name)s %(message)s", stream=sys.stderr)
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    try:
        private = PrivateServer(flags.data_dir) if flags.data_dir else None
        address = private.address if private else flags.server

        def source() -> ContextSource:
            return ContextSource(AsyncFanin(address), flags.repo, flags.budget, flags.deadline_ms / 1000)

        try:
            listener, bound = listen(flags.listen)
            with listener:
                print(f"listening on http://{bound}", flush=True)
                app = make_app(flags.upstream, source, flags.allow_origin)
                # The upstream's own go through.
                config = uvicorn.Config(app, log_level="warning", server_header=False, date_header=False)
                uvicorn.Server(config).run(sockets=[listener])
        finally:
            if private:
                private.close()
    except KeyboardInterrupt:
        pass
    except (FaninError, OSError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
