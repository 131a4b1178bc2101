"""Fanin: retrieval over RTL repositories. Fanin and AsyncFanin are clients of a server; docs/python.md has examples."""

from fanin.async_client import AsyncFanin
from fanin.client import Fanin
from fanin.errors import (
    AbortedError,
    AlreadyExistsError,
    AmbiguousNameError,
    CancelledError,
    DataLossError,
    DeadlineExceededError,
    FailedPreconditionError,
    FaninError,
    FieldViolation,
    InvalidArgumentError,
    NotFoundError,
    OutOfRangeError,
    PermissionDeniedError,
    ResourceExhaustedError,
    UnavailableError,
    UnimplementedError,
)

__all__ = [
    "AbortedError",
    "AlreadyExistsError",
    "AmbiguousNameError",
    "AsyncFanin",
    "CancelledError",
    "DataLossError",
    "DeadlineExceededError",
    "FailedPreconditionError",
    "Fanin",
    "FaninError",
    "FieldViolation",
    "InvalidArgumentError",
    "NotFoundError",
    "OutOfRangeError",
    "PermissionDeniedError",
    "ResourceExhaustedError",
    "UnavailableError",
    "UnimplementedError",
]
