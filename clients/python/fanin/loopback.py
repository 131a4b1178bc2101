"""What servers for programs on this machine share: where they listen, and which web pages may ask."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def is_allowed_origin(origin: str | None, allowed: Iterable[str]) -> bool:
    """Programs send no Origin; a web page may ask when it is of loopback or `allowed`."""
    if origin is None or origin in allowed:
        return True
    parts = urlsplit(origin)
    return parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")


def listen(address: str) -> tuple[socket.socket, str]:
    """A listening socket, and its host:port. `address` is [HOST:]PORT; HOST is 127.0.0.1 by default, PORT 0: any."""
    host, _, port = address.rpartition(":")
    host = host or "127.0.0.1"
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host.strip("[]"), int(port)))
        listener.listen()
    except BaseException:
        listener.close()
        raise
    return listener, f"{host}:{listener.getsockname()[1]}"
