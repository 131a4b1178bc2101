"""The client that waits for its answers. Its questions are those of fanin.calls."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import grpc

from fanin import base, calls
from fanin import results as r
from fanin.channel import DEFAULT_SERVER, DEFAULT_TIMEOUT_SECONDS, Methods, open_channel
from fanin.errors import NotFoundError, from_rpc
from fanin.server import PrivateServer

P = ParamSpec("P")
T = TypeVar("T")


def _method(make: Callable[P, calls.Call[T]]) -> Callable[Concatenate[Fanin, P], T]:
    @functools.wraps(make)
    def method(self: Fanin, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._run(make(*args, **kwargs))

    method.__signature__ = base.signature_of_method(make)  # type: ignore[attr-defined]
    return method


def _iterator(make: Callable[P, calls.PagedCall[T]]) -> Callable[Concatenate[Fanin, P], Iterator[T]]:
    @functools.wraps(make)
    def method(self: Fanin, /, *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        return self._iterate(make(*args, **kwargs))

    method.__signature__ = base.signature_of_method(make)  # type: ignore[attr-defined]
    return method


class Fanin(base.Defaults):
    """A connection to a server. Safe to share between threads. Close it, or use it in a `with` statement.

    `server` is host:port. `repository` is what calls mean that name none. `timeout` is the deadline of calls that say
    no other, in seconds. Questions that find the server unavailable are asked again up to three times, with growing
    pauses, within the deadline. Failures are FaninError.

    FANIN_TOKEN or FANIN_TOKEN_FILE show a server who calls; FANIN_TLS_CA (a file, or "system"), FANIN_TLS_CERT and
    FANIN_TLS_KEY ask it over TLS.
    """

    def __init__(
        self,
        server: str = DEFAULT_SERVER,
        *,
        repository: str | None = None,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
        _private: PrivateServer | None = None,
    ):
        super().__init__(repository, timeout)
        self.server = server
        self._private = _private
        self._channel = open_channel(server, private=_private is not None)
        self._methods = Methods(self._channel)

    @classmethod
    def local(
        cls,
        path: str | os.PathLike[str],
        *,
        name: str | None = None,
        data_dir: str | os.PathLike[str] | None = None,
        file_lists: Iterable[str] = (),
        include_dirs: Iterable[str] = (),
        defines: Iterable[str] = (),
        tops: Iterable[str] = (),
        embed: bool = True,
        on_progress: base.OnProgress | None = None,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
    ) -> Fanin:
        """Starts a private server, indexes the folder, and returns a client of it whose repository is that folder.

        The program is $FANIN_BINARY, else `fanin` from PATH. The index is thrown away with the client unless `data_dir`
        says where to keep it. Without `embed` indexing is quicker, and nothing is found by meaning alone.
        """
        name = name or base.name_of_folder(path)
        private = PrivateServer(data_dir)
        client = cls(private.address, repository=name, timeout=timeout, _private=private)
        try:
            client.index(
                path,
                name=name,
                file_lists=file_lists,
                include_dirs=include_dirs,
                defines=defines,
                tops=tops,
                embed=embed,
                on_progress=on_progress,
            )
        except BaseException:
            client.close()
            raise
        return client

    def __enter__(self) -> Fanin:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection, and ends the server that local() started."""
        self._channel.close()
        if self._private:
            self._private.close()

    search = _method(calls.search)
    iter_search = _iterator(calls.iter_search)
    query = _method(calls.query)
    iter_query = _iterator(calls.iter_query)
    trace = _method(calls.trace)
    tree = _method(calls.tree)
    show = _method(calls.show)
    source = _method(calls.source)
    fsms = _method(calls.fsms)
    complete = _method(calls.complete)
    repositories = _iterator(calls.repositories)
    repository = _method(calls.repository)
    delete_repository = _method(calls.delete_repository)
    snapshots = _iterator(calls.snapshots)
    diff = _method(calls.diff)
    status = _method(calls.status)

    def index(
        self,
        path: str | os.PathLike[str],
        *,
        name: str | None = None,
        file_lists: Iterable[str] = (),
        include_dirs: Iterable[str] = (),
        defines: Iterable[str] = (),
        tops: Iterable[str] = (),
        revision: str = "",
        embed: bool = True,
        on_progress: base.OnProgress | None = None,
        timeout: float | None = None,
    ) -> r.IndexSummary:
        """Indexes a folder of the server's machine, or brings its index up to date.

        Without `name` the repository is named after the folder. `tops` are modules to elaborate, `revision` a commit of
        the folder's git checkout to index instead, without checking it out. There is no deadline unless `timeout` says
        one; a call that ends early ends the run.
        """
        root, name = str(Path(path).resolve()), name or base.name_of_folder(path)
        try:
            base.refuse_other_root(self.repository(name), root)
        except NotFoundError:
            self._ask("CreateRepository", base.create_request(name, root), None)
        request = base.index_request(name, file_lists, include_dirs, defines, tops, revision, embed)
        run = base.Run(on_progress)
        stream = self._methods["IndexRepository"](request, timeout=timeout)
        try:
            for message in stream:
                run.follow(message)
        except grpc.RpcError as error:
            raise from_rpc(error) from None
        finally:
            stream.cancel()
        return run.summary()

    def watch(
        self, repository: str | None = None, *, interval: float = 1.0, timeout: float | None = None
    ) -> Iterator[r.Snapshot]:
        """The newest snapshot of a repository, and each that takes its place, for as long as it is iterated.

        The server is asked every `interval` seconds; `timeout` holds for each time. It indexes nothing: `fanin watch`
        or index() does.
        """
        seen = ""
        name = repository or self._repository or base.only(list(self.repositories(timeout=timeout)))
        while True:
            snapshot = self.repository(calls.snapshot_of(calls.resource(name), ""), timeout=timeout).latest_snapshot
            if snapshot and snapshot.id != seen:
                seen = snapshot.id
                yield snapshot
            else:
                time.sleep(interval)

    def _run(self, call: calls.Call[T]) -> T:
        request: Any = call.request
        if not self._complete(request):
            self._complete(request, base.only(list(self.repositories(timeout=call.timeout))))
        return call.convert(self._ask(call.method, request, call.timeout))

    def _iterate(self, call: calls.PagedCall[T]) -> Iterator[T]:
        request: Any = call.request
        self._complete(request)
        while True:
            page = self._ask(call.method, request, call.timeout)
            yield from call.items(page)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def _ask(self, method: str, request: Any, timeout: float | None) -> Any:
        try:
            return self._methods[method](request, timeout=self._deadline(timeout))
        except grpc.RpcError as error:
            raise from_rpc(error) from None
