"""An asynchronous client that can be driven like its sync twin, so that one test text holds for both colours."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from typing import Any

from interactor._conversations._chat import AsyncChat
from tandem import AsyncClient, AsyncPage, AsyncPager, AsyncResource, AsyncStream
from tandem._auth import AsyncAuth
from tandem._live._channels import AsyncLiveChannel
from tandem._live._watches import AsyncWatch

_DRIVEN = (
    AsyncAuth,
    AsyncChat,
    AsyncClient,
    AsyncLiveChannel,
    AsyncPage,
    AsyncPager,
    AsyncResource,
    AsyncStream,
    AsyncWatch,
)
_NAMES = {"close": "aclose"}


class Blocking:
    """Drives an asynchronous object on its own event loop; what it returns is driven in turn."""

    def __init__(self, target: Any, runner: asyncio.Runner) -> None:
        self._target = target
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, _NAMES.get(name, name))
        if not inspect.isroutine(value):
            return self._driven(value)

        def call(*args: Any, **kwargs: Any) -> Any:
            return self._settled(value(*args, **kwargs))

        return call

    def __iter__(self) -> Iterator[Any]:
        if hasattr(self._target, "__iter__"):
            yield from self._target
        else:
            yield from self._walk(self._target)

    def __next__(self) -> Any:
        end = object()
        item = self._runner.run(_next(self._target, end))
        if item is end:
            raise StopIteration
        return self._driven(item)

    def __enter__(self) -> Any:
        return self._settled(self._target.__aenter__())

    def __exit__(self, *error: Any) -> Any:
        return self._settled(self._target.__aexit__(*error))

    def __repr__(self) -> str:
        return repr(self._target)

    def _settled(self, value: Any) -> Any:
        if inspect.isawaitable(value):
            value = self._runner.run(_wait(value))
        if hasattr(value, "__anext__") and not isinstance(value, _DRIVEN):
            return self._walk(value)
        return self._driven(value)

    def _driven(self, value: Any) -> Any:
        return Blocking(value, self._runner) if isinstance(value, _DRIVEN) else value

    def _walk(self, iterable: Any) -> Iterator[Any]:
        iterator = aiter(iterable)
        end = object()
        while (item := self._runner.run(_next(iterator, end))) is not end:
            yield self._driven(item)


async def _wait(awaitable: Any) -> Any:
    return await awaitable


async def _next(iterator: Any, end: object) -> Any:
    return await anext(iterator, end)
