"""The HTTP side: requests of the API go upstream, two of them with context; answers come back as they are streamed."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from fanin.loopback import is_allowed_origin
from fanin.proxy.context import ContextSource

_log = logging.getLogger("fanin.proxy")

WITH_CONTEXT = ("/v1/completions", "/v1/chat/completions")
# Says what was added, or why nothing was.
HEADER = "x-fanin-context"
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
# Of one connection, not of the message (RFC 9110, section 7.6.1).
_HOP_BY_HOP = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization te trailer transfer-encoding upgrade".split()
)
# Models think for long; only a connection is made at once.
_TIMEOUT = httpx2.Timeout(None, connect=10.0)


def make_app(upstream: str, source: Callable[[], ContextSource], origins: list[str]) -> Starlette:
    """`upstream`: the other endpoint without /v1. `source` is asked for once the loop runs."""
    base = upstream.rstrip("/").removesuffix("/v1")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, Any]]:
        async with httpx2.AsyncClient(timeout=_TIMEOUT, follow_redirects=False) as client:
            yield {"client": client, "source": source()}

    async def forward(request: Request) -> Response:
        if not is_allowed_origin(request.headers.get("origin"), origins):
            return _error(403, "requests of this origin are not allowed; see --allow-origin")
        body = await request.body()
        said = ""
        if request.method == "POST" and request.url.path in WITH_CONTEXT:
            body, said = await _with_context(request.state.source, request.url.path, body)
        # The host is another, the body may be longer.
        ours = _HOP_BY_HOP | {b"host", b"content-length"}
        headers = [(name, value) for name, value in request.headers.raw if name.lower() not in ours]
        query = f"?{request.url.query}" if request.url.query else ""
        # Not of the client, which would add headers of its own.
        outgoing = httpx2.Request(request.method, base + request.url.path + query, headers=headers, content=body)
        try:
            answer = await request.state.client.send(outgoing, stream=True)
        except httpx2.TransportError as error:
            return _error(502, f"no answer from {base}: {error}")

        async def chunks() -> AsyncIterator[bytes]:
            try:
                async for chunk in answer.aiter_raw():
                    yield chunk
            finally:
                await answer.aclose()

        response = StreamingResponse(chunks(), status_code=answer.status_code)
        kept = [(name, value) for name, value in answer.headers.raw if name.lower() not in _HOP_BY_HOP]
        response.raw_headers = kept + ([(HEADER.encode(), said.encode("latin-1", "replace"))] if said else [])
        return response

    return Starlette(routes=[Route("/{path:path}", forward, methods=_METHODS)], lifespan=lifespan)


async def _with_context(source: ContextSource, path: str, body: bytes) -> tuple[bytes, str]:
    """The body with context, or the same bytes; and what is to be said of it."""
    try:
        parsed = json.loads(body)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        # The upstream knows best how to refuse it.
        return body, "none: the request is no JSON object"
    outcome = await source.add(path, parsed)
    said = " ".join(outcome.said.split())
    _log.info("path=%s context=%r", path, said)
    return (body if outcome.body is None else json.dumps(outcome.body).encode()), said


def _error(status: int, message: str) -> JSONResponse:
    """As the API tells errors."""
    return JSONResponse({"error": {"message": message, "type": "fanin_proxy", "code": status}}, status_code=status)
