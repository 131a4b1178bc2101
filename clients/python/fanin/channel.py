"""How the clients reach a server: gRPC's own retries, and the stub methods by name."""

from __future__ import annotations

import functools
import json
import os
from pathlib import Path
from typing import Any

import grpc

from fanin.v1 import repository_service_pb2_grpc, retrieval_service_pb2_grpc

DEFAULT_SERVER = "127.0.0.1:7411"
# Of a call that says no other.
DEFAULT_TIMEOUT_SECONDS = 30.0

# Calls that may be made twice: all questions, and what only reads of repositories.
_IDEMPOTENT = [
    {"service": "fanin.v1.RetrievalService"},
    *(
        {"service": "fanin.v1.RepositoryService", "method": method}
        for method in ("GetRepository", "ListRepositories", "ListSnapshots", "GetJob", "GetStatus")
    ),
]
_SERVICE_CONFIG = {
    "methodConfig": [
        {
            "name": _IDEMPOTENT,
            "retryPolicy": {
                "maxAttempts": 4,
                "initialBackoff": "0.1s",
                "maxBackoff": "1s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ]
}

OPTIONS: list[tuple[str, Any]] = [
    ("grpc.service_config", json.dumps(_SERVICE_CONFIG)),
    ("grpc.max_receive_message_length", 256 << 20),
    # A server that was started again is found within the retries.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
]


def token() -> str:
    """What shows who calls: $FANIN_TOKEN, else the text of the file $FANIN_TOKEN_FILE; "" where there is none."""
    if file := os.environ.get("FANIN_TOKEN_FILE"):
        return Path(file).read_text(encoding="utf-8").strip()
    return os.environ.get("FANIN_TOKEN", "")


def credentials() -> grpc.ChannelCredentials | None:
    """TLS as the environment asks for it: FANIN_TLS_CA (a file, or "system"), FANIN_TLS_CERT, FANIN_TLS_KEY."""
    authorities = os.environ.get("FANIN_TLS_CA")
    if not authorities:
        return None

    def read(name: str) -> bytes | None:
        file = os.environ.get(name)
        return Path(file).read_bytes() if file else None

    return grpc.ssl_channel_credentials(
        root_certificates=None if authorities == "system" else Path(authorities).read_bytes(),
        private_key=read("FANIN_TLS_KEY"),
        certificate_chain=read("FANIN_TLS_CERT"),
    )


def open_channel(server: str, *, private: bool = False) -> grpc.Channel:
    """`private`: to a server of this process, which has no TLS."""
    secure = None if private else credentials()
    check_token_is_safe(server, secure is not None)
    return grpc.secure_channel(server, secure, OPTIONS) if secure else grpc.insecure_channel(server, OPTIONS)


def open_async_channel(server: str) -> grpc.aio.Channel:
    secure = credentials()
    check_token_is_safe(server, secure is not None)
    return grpc.aio.secure_channel(server, secure, OPTIONS) if secure else grpc.aio.insecure_channel(server, OPTIONS)


def check_token_is_safe(server: str, is_secure: bool) -> None:
    """A token goes to another machine over TLS only."""
    host = server.rpartition(":")[0].strip("[]")
    is_local = server.startswith("unix:") or host in ("localhost", "::1") or host.startswith("127.")
    if token() and not is_secure and not is_local:
        raise ValueError(f"the token would go to {server} for everybody to read; set FANIN_TLS_CA")


class Methods:
    """Both services' methods over one channel."""

    def __init__(self, channel: grpc.Channel | grpc.aio.Channel):
        shown = token()
        self._metadata = (("authorization", f"Bearer {shown}"),) if shown else None
        self._stubs = (
            retrieval_service_pb2_grpc.RetrievalServiceStub(channel),
            repository_service_pb2_grpc.RepositoryServiceStub(channel),
        )

    def __getitem__(self, name: str) -> Any:
        """The multi-callable of a method."""
        method = next(getattr(stub, name) for stub in self._stubs if hasattr(stub, name))
        return functools.partial(method, metadata=self._metadata) if self._metadata else method
