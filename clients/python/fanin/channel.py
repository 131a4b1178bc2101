"""How the clients reach a server: gRPC's own retries, and the stub methods by name."""

from __future__ import annotations

import json
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


class Methods:
    """Both services' methods over one channel."""

    def __init__(self, channel: grpc.Channel | grpc.aio.Channel):
        self._stubs = (
            retrieval_service_pb2_grpc.RetrievalServiceStub(channel),
            repository_service_pb2_grpc.RepositoryServiceStub(channel),
        )

    def __getitem__(self, name: str) -> Any:
        """The multi-callable of a method."""
        return next(getattr(stub, name) for stub in self._stubs if hasattr(stub, name))
