"""What can go wrong: one class per status code of docs/api.md, all of them FaninError."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import grpc
from google.rpc import error_details_pb2, status_pb2

if TYPE_CHECKING:
    from fanin.results import Node

_DETAILS = "grpc-status-details-bin"


@dataclass(frozen=True)
class FieldViolation:
    """A field of the request that is wrong, and what is wrong with it."""

    field: str
    description: str


class FaninError(Exception):
    """A call that failed. `code` names its status code, `fields` are those of the request that are to blame."""

    code = "UNKNOWN"

    def __init__(self, message: str, fields: tuple[FieldViolation, ...] = (), code: str | None = None):
        super().__init__(message)
        self.message = message
        self.fields = fields
        self.code = code or type(self).code


class InvalidArgumentError(FaninError):
    code = "INVALID_ARGUMENT"


class NotFoundError(FaninError):
    code = "NOT_FOUND"


class AlreadyExistsError(FaninError):
    code = "ALREADY_EXISTS"


class FailedPreconditionError(FaninError):
    code = "FAILED_PRECONDITION"


class AbortedError(FaninError):
    """The repository was indexed anew between two pages: begin again."""

    code = "ABORTED"


class OutOfRangeError(FaninError):
    code = "OUT_OF_RANGE"


class UnimplementedError(FaninError):
    code = "UNIMPLEMENTED"


class CancelledError(FaninError):
    code = "CANCELLED"


class ResourceExhaustedError(FaninError):
    code = "RESOURCE_EXHAUSTED"


class PermissionDeniedError(FaninError):
    code = "PERMISSION_DENIED"


class UnavailableError(FaninError):
    """No server answers there, also after the retries."""

    code = "UNAVAILABLE"


class DeadlineExceededError(FaninError):
    code = "DEADLINE_EXCEEDED"


class DataLossError(FaninError):
    code = "DATA_LOSS"


class AmbiguousNameError(FaninError):
    """A name fits several elements; `candidates` are some. Ask again with the `id` of one."""

    code = "INVALID_ARGUMENT"

    def __init__(self, name: str, candidates: tuple[Node, ...]):
        places = ", ".join(f"{node.qualified_name} ({node.path}:{node.start_line})" for node in candidates[:5])
        more = f" and {len(candidates) - 5} more" if len(candidates) > 5 else ""
        super().__init__(f"{name!r} fits several elements: {places}{more}; ask with the id of one")
        self.name = name
        self.candidates = candidates


_BY_CODE: dict[str, type[FaninError]] = {
    error.code: error
    for error in (
        InvalidArgumentError, NotFoundError, AlreadyExistsError, FailedPreconditionError, AbortedError, OutOfRangeError,
        UnimplementedError, CancelledError, ResourceExhaustedError, PermissionDeniedError, UnavailableError,
        DeadlineExceededError, DataLossError,
    )
}  # fmt: skip


def from_rpc(error: grpc.RpcError) -> FaninError:
    """The same failure as one of the classes above."""
    code = error.code().name
    fields: list[FieldViolation] = []
    metadata: Iterable[tuple[str, bytes]] = error.trailing_metadata() or ()  # type: ignore[assignment]
    for key, value in metadata:
        if key == _DETAILS:
            for detail in status_pb2.Status.FromString(value).details:
                bad_request = error_details_pb2.BadRequest()
                if detail.Unpack(bad_request):
                    fields += [FieldViolation(item.field, item.description) for item in bad_request.field_violations]
    return _BY_CODE.get(code, FaninError)(error.details() or code, tuple(fields), code)
