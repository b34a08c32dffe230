"""Live channels and watches of a scripted platform, in both colours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from tandem import AsyncHttpxTransport, Call, CallSettings, Core, HttpxTransport, RetryPolicy
from tandem._live._channels import AsyncLiveChannel, LiveChannel
from tandem._live._watches import AsyncWatch, Watch
from tandem.models import Model, is_object
from tests.blocking import Blocking
from tests.tandem import acme
from tests.tandem.conftest import PlainAsyncClient, PlainClient

from .server import LIVE, LOOK, LiveServer

CONVENTIONS = replace(acme.CONVENTIONS, meanings={"NOT_FOUND": 404})
QUICK = RetryPolicy(base=0.001, cap=0.01)
GREETING = [{"type": "subscribe", "channel": "things"}]


class Things:
    """Updates of one thing: each version once, until it is done."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._last: dict[str, Any] = {}

    @property
    def done(self) -> bool:
        return self._last.get("state") == "done"

    def told(self, message: Any) -> dict[str, Any] | None:
        return self._new(message) if is_object(message) and message.get("id") == self._name else None

    def found(self, state: Model) -> dict[str, Any] | None:
        return self._new(state.to_dict())

    def _new(self, state: dict[str, Any]) -> dict[str, Any] | None:
        if state["version"] <= self._last.get("version", 0):
            return None
        self._last = {name: value for name, value in state.items() if name != "type"}
        return self._last


class Live:
    """A client of one colour, and what can be opened with it."""

    def __init__(self, colour: str, url: str, stack: ExitStack, settings: dict[str, Any]) -> None:
        self.colour = colour
        self._runner = None if colour == "sync" else stack.enter_context(asyncio.Runner())
        transport = settings.pop("transport", HttpxTransport if colour == "sync" else AsyncHttpxTransport)
        core: Core[Any, Any] = Core(CONVENTIONS, {"core": url}, transport)
        make = PlainClient if colour == "sync" else PlainAsyncClient
        settings.setdefault("retry", QUICK)
        self.target: Any = make(core, CallSettings(**settings))
        self.client: Any = stack.enter_context(self._driven(self.target))

    def channel(self, *greeting: Any, **options: Any) -> Any:
        make: Any = LiveChannel if self._runner is None else AsyncLiveChannel
        call: Call[Any] = Call(LIVE, options=options or None)  # type: ignore[arg-type]  # a dict of any
        return self._driven(make(self.target, call, greeting or GREETING))

    def watch(self, name: str = "t1", *, interval: float = 0.01, **options: Any) -> Any:
        make: Any = Watch if self._runner is None else AsyncWatch
        look: Call[Any] = Call(LOOK, (name,), options=options or None)  # type: ignore[arg-type]  # a dict of any
        tracker = Things(name)
        made = make(self.target, look, Call(LIVE), greeting=GREETING, tracker=tracker, interval=interval)
        return self._driven(made)

    def _driven(self, target: Any) -> Any:
        return target if self._runner is None else Blocking(target, self._runner)


@pytest.fixture
def server() -> Iterator[LiveServer]:
    with LiveServer() as running:
        yield running


@pytest.fixture
def connect(colour: str, server: LiveServer) -> Iterator[Callable[..., Live]]:
    """Makes clients of the server, of one colour."""
    with ExitStack() as stack:

        def made(**settings: Any) -> Live:
            return Live(colour, server.url, stack, settings)

        yield made


@pytest.fixture
def live(connect: Callable[..., Live]) -> Live:
    return connect()
