"""What both clients share: the defaults that complete a request, and the requests of an indexing run."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from fanin import calls, convert_repositories
from fanin import results as r
from fanin.errors import AlreadyExistsError, FaninError, InvalidArgumentError
from fanin.v1 import diff_pb2, repository_pb2, repository_service_pb2

OnProgress = Callable[[r.Progress], object]


class Defaults:
    """The client's own repository and deadline."""

    def __init__(self, repository: str | None, timeout: float):
        self._repository = calls.resource(repository)
        self._timeout = timeout

    def _deadline(self, timeout: float | None) -> float:
        return self._timeout if timeout is None else timeout

    def _complete(self, request: Any, repository: str = "") -> bool:
        """Puts a repository where the request names none: this, else the client's. False: it lacks one."""
        fields = request.DESCRIPTOR.fields_by_name
        chosen = repository or self._repository
        if isinstance(request, diff_pb2.CompareSnapshotsRequest):
            return _complete_comparison(request, chosen)
        if "repositories" in fields and not request.repositories and self._repository:
            request.repositories.append(self._repository)
        if "repository" not in fields or request.repository or getattr(request, "node", ""):
            return True
        request.repository = chosen
        return bool(chosen)


def _complete_comparison(request: Any, repository: str) -> bool:
    for field in ("from", "to"):
        name = getattr(request, field)
        if name.startswith("repositories/"):
            # Without a newer one: the newest of the same repository.
            repository = name
        elif repository:
            setattr(request, field, calls.snapshot_of(repository, name))
        else:
            return False
    return True


def only(repositories: Sequence[r.Repository]) -> str:
    """Resource name of the one repository there is; InvalidArgumentError if there is another number of them."""
    if len(repositories) == 1:
        return calls.resource(repositories[0].name)
    names = ", ".join(item.name for item in repositories)
    raise InvalidArgumentError(f"say which repository: {names}" if names else "nothing is indexed yet")


def name_of_folder(path: str | os.PathLike[str]) -> str:
    """A repository's name made from a folder's, as `fanin index` makes it."""
    return re.sub(r"[^a-z0-9._-]", "-", Path(path).resolve().name.lower()).strip("-._")


def create_request(name: str, root: str) -> repository_service_pb2.CreateRepositoryRequest:
    repository = repository_pb2.Repository(root=root)
    return repository_service_pb2.CreateRepositoryRequest(repository_id=name, repository=repository)


def refuse_other_root(existing: r.Repository, root: str) -> None:
    if existing.root != root:
        raise AlreadyExistsError(f"repository {existing.name} is that of {existing.root}; choose another name")


def index_request(
    name: str,
    file_lists: Iterable[str],
    include_dirs: Iterable[str],
    defines: Iterable[str],
    tops: Iterable[str],
    revision: str,
    embed: bool,
) -> repository_service_pb2.IndexRepositoryRequest:
    options = repository_pb2.IndexOptions(file_lists=file_lists, include_dirs=include_dirs, defines=defines, tops=tops)
    return repository_service_pb2.IndexRepositoryRequest(
        name=calls.resource(name),
        options=options if options != repository_pb2.IndexOptions() else None,
        skip_embeddings=not embed,
        revision=revision,
        cancel_on_disconnect=True,
    )


class Run:
    """Follows the messages of an indexing run."""

    def __init__(self, on_progress: OnProgress | None):
        self._on_progress = on_progress
        self._job = repository_pb2.Job()

    def follow(self, message: repository_service_pb2.IndexRepositoryResponse) -> None:
        self._job = message.job
        if self._on_progress and self._job.HasField("progress"):
            self._on_progress(convert_repositories.progress(self._job.progress))

    def summary(self) -> r.IndexSummary:
        if self._job.state != repository_pb2.Job.STATE_SUCCEEDED:
            raise FaninError(f"the indexing run ended early: {self._job.error_message or 'no reason given'}")
        return convert_repositories.index_summary(self._job.summary)


def signature_of_method(make: Callable[..., object]) -> inspect.Signature:
    """The signature of a call's maker as that of a method, for help() and completion."""
    signature = inspect.signature(make)
    me = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    # The maker returns a call, the method its answer.
    return signature.replace(parameters=[me, *signature.parameters.values()], return_annotation=inspect.Signature.empty)
