"""The client for asyncio: the methods of fanin.client.Fanin, to await, or to iterate with `async for`."""

from __future__ import annotations

import asyncio
import functools
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import grpc

from fanin import base, calls
from fanin import results as r
from fanin.channel import DEFAULT_SERVER, DEFAULT_TIMEOUT_SECONDS, Methods, open_async_channel
from fanin.errors import NotFoundError, from_rpc

P = ParamSpec("P")
T = TypeVar("T")


def _method(make: Callable[P, calls.Call[T]]) -> Callable[Concatenate[AsyncFanin, P], Coroutine[Any, Any, T]]:
    @functools.wraps(make)
    async def method(self: AsyncFanin, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._run(make(*args, **kwargs))

    method.__signature__ = base.signature_of_method(make)  # type: ignore[attr-defined]
    return method


def _iterator(make: Callable[P, calls.PagedCall[T]]) -> Callable[Concatenate[AsyncFanin, P], AsyncIterator[T]]:
    @functools.wraps(make)
    def method(self: AsyncFanin, /, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[T]:
        return self._iterate(make(*args, **kwargs))

    method.__signature__ = base.signature_of_method(make)  # type: ignore[attr-defined]
    return method


class AsyncFanin(base.Defaults):
    """A connection to a server, for one event loop. Arguments, retries and failures are those of Fanin."""

    def __init__(
        self,
        server: str = DEFAULT_SERVER,
        *,
        repository: str | None = None,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
    ):
        super().__init__(repository, timeout)
        self.server = server
        self._channel = open_async_channel(server)
        self._methods = Methods(self._channel)

    async def __aenter__(self) -> AsyncFanin:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connection."""
        await self._channel.close()

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

    async def index(
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
        """As Fanin.index()."""
        root, name = str(Path(path).resolve()), name or base.name_of_folder(path)
        try:
            base.refuse_other_root(await self.repository(name), root)
        except NotFoundError:
            await self._ask("CreateRepository", base.create_request(name, root), None)
        request = base.index_request(name, file_lists, include_dirs, defines, tops, revision, embed)
        run = base.Run(on_progress)
        stream = self._methods["IndexRepository"](request, timeout=timeout)
        try:
            async for message in stream:
                run.follow(message)
        except grpc.RpcError as error:
            raise from_rpc(error) from None
        finally:
            stream.cancel()
        return run.summary()

    async def watch(
        self, repository: str | None = None, *, interval: float = 1.0, timeout: float | None = None
    ) -> AsyncIterator[r.Snapshot]:
        """As Fanin.watch()."""
        seen = ""
        name = repository or self._repository
        if not name:
            name = base.only([item async for item in self.repositories(timeout=timeout)])
        while True:
            found = await self.repository(calls.snapshot_of(calls.resource(name), ""), timeout=timeout)
            snapshot = found.latest_snapshot
            if snapshot and snapshot.id != seen:
                seen = snapshot.id
                yield snapshot
            else:
                await asyncio.sleep(interval)

    async def _run(self, call: calls.Call[T]) -> T:
        request: Any = call.request
        if not self._complete(request):
            self._complete(request, base.only([item async for item in self.repositories(timeout=call.timeout)]))
        return call.convert(await self._ask(call.method, request, call.timeout))

    async def _iterate(self, call: calls.PagedCall[T]) -> AsyncIterator[T]:
        request: Any = call.request
        self._complete(request)
        while True:
            page = await self._ask(call.method, request, call.timeout)
            for item in call.items(page):
                yield item
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    async def _ask(self, method: str, request: Any, timeout: float | None) -> Any:
        try:
            return await self._methods[method](request, timeout=self._deadline(timeout))
        except grpc.RpcError as error:
            raise from_rpc(error) from None
