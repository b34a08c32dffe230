"""Each event goes to its handlers, once. What holds for `handle` holds for `ahandle`."""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import anyio
import pytest
import trio

from interactor import ConfigurationError, InvalidRequestError, models
from interactor.webhooks import (
    AsyncRedisStore,
    Claim,
    CredentialError,
    MemoryStore,
    RoomMessageCreated,
    UnknownEvent,
    WebhookEvent,
    WebhookReply,
    WebhookRouter,
    WebhookVerifier,
)

from .conftest import Clock
from .deliveries import body_of, headers_of, verifier

Deliver = Callable[..., WebhookReply]
MakeDeliver = Callable[[WebhookRouter], Deliver]
TAKEN = WebhookReply(200, b'{"received":true}')
REPEATED = WebhookReply(200, b'{"received":true,"repeated":true}')


@pytest.fixture(params=["sync", "async"])
def deliver(request: pytest.FixtureRequest) -> Iterator[MakeDeliver]:
    """Brings deliveries to a router of either colour."""
    with asyncio.Runner() as runner:

        def make(router: WebhookRouter) -> Deliver:
            def send(body: bytes | None = None, **headers: Any) -> WebhookReply:
                body = body_of() if body is None else body
                if request.param == "sync":
                    return router.handle(body, headers_of(body, **headers))
                return runner.run(router.ahandle(body, headers_of(body, **headers)))

            return send

        yield make


def router_of(**settings: Any) -> WebhookRouter:
    return WebhookRouter(verifier(), **settings)


def test_a_handler_gets_the_typed_event(deliver: MakeDeliver) -> None:
    router, seen = router_of(), list[RoomMessageCreated]()

    @router.on(RoomMessageCreated)
    def handle(event: RoomMessageCreated) -> None:
        seen.append(event)

    assert deliver(router)() == TAKEN
    assert [event.data.content for event in seen] == ["How can I help you?"]


def test_an_asynchronous_handler_runs_too(deliver: MakeDeliver) -> None:
    router, seen = router_of(), list[str]()

    @router.on(RoomMessageCreated)
    async def handle(event: RoomMessageCreated) -> None:
        await anyio.sleep(0)
        seen.append(event.type)

    assert deliver(router)() == TAKEN
    assert seen == ["room.message.created"]


class Callable_:
    """Handlers in other forms than functions."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def __call__(self, event: WebhookEvent) -> None:
        self.seen.append("object")

    async def method(self, event: WebhookEvent) -> None:
        self.seen.append("method")

    def returns_an_awaitable(self, event: WebhookEvent) -> Any:
        return self.method(event)

    async def with_name(self, name: str, event: WebhookEvent) -> None:
        self.seen.append(name)


def test_handlers_of_any_form_run(deliver: MakeDeliver) -> None:
    router, handlers = router_of(), Callable_()
    router.on()(handlers)
    router.on()(handlers.method)
    router.on()(functools.partial(handlers.with_name, "partial"))
    router.on()(handlers.returns_an_awaitable)

    assert deliver(router)() == TAKEN
    assert handlers.seen == ["object", "method", "partial", "method"]


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (("room.message.created",), True),
        (("room.*",), True),
        (("*",), True),
        ((), True),
        (("room.message.*", "credential.*"), True),
        ((RoomMessageCreated, CredentialError), True),
        ((CredentialError, "room.*"), True),
        ((models.RoomMessageCreated,), True),
        ((WebhookEvent,), True),
        (("room.message",), False),
        (("room.message.create",), False),
        (("ROOM.*",), False),
        (("workflow.instance.*",), False),
        ((CredentialError,), False),
        ((UnknownEvent,), False),
    ],
)
def test_events_are_wanted_by_class_or_by_pattern(deliver: MakeDeliver, wanted: Any, fits: bool) -> None:
    router, seen = router_of(), list[str]()

    @router.on(*wanted)
    def handle(event: WebhookEvent) -> None:
        seen.append(event.type)

    assert deliver(router)() == TAKEN
    assert bool(seen) is fits


def test_unknown_events_can_be_wanted(deliver: MakeDeliver) -> None:
    router, seen = router_of(), list[str]()

    @router.on(UnknownEvent)
    def handle(event: UnknownEvent) -> None:
        seen.append(event.type)

    assert deliver(router)(b'{"event": "room.closed"}') == TAKEN
    assert seen == ["room.closed"]


def test_handlers_of_one_event_run_in_their_order_and_stop_at_the_first_that_fails(deliver: MakeDeliver) -> None:
    router, seen, broken = router_of(), list[int](), [True]
    send = deliver(router)

    @router.on("room.*")
    def first(event: WebhookEvent) -> None:
        seen.append(1)

    @router.on(RoomMessageCreated)
    async def second(event: RoomMessageCreated) -> None:
        seen.append(2)
        if broken:
            raise RuntimeError("broken")

    @router.on("*")
    def third(event: WebhookEvent) -> None:
        seen.append(3)

    assert send().status == 500
    assert seen == [1, 2]
    broken.clear()
    assert send() == TAKEN
    assert seen == [1, 2, 1, 2, 3]


def test_a_decorated_handler_is_still_the_function() -> None:
    router = router_of()

    @router.on("*")
    def handle(event: WebhookEvent) -> str:
        return event.type

    assert handle(UnknownEvent("x", None)) == "x"


def test_a_repeat_runs_nothing_and_is_answered_well(deliver: MakeDeliver) -> None:
    router, seen = router_of(), list[str]()
    router.on("*")(lambda event: seen.append(event.key))
    send = deliver(router)

    replies = [send(X_Interactor_Delivery=f"del_{number}") for number in range(3)]

    assert replies == [TAKEN, REPEATED, REPEATED]
    assert seen == ["idem_xyz789"]


def test_a_repeat_during_the_work_is_sent_away(deliver: MakeDeliver) -> None:
    router, inner = router_of(), list[WebhookReply]()

    @router.on("*")
    def handle(event: WebhookEvent) -> None:
        inner.append(router.handle(body_of(), headers_of(body_of())))

    assert deliver(router)() == TAKEN
    assert inner == [WebhookReply(409, b'{"error":"busy"}')]


def test_a_failing_handler_gives_the_event_back(deliver: MakeDeliver, caplog: pytest.LogCaptureFixture) -> None:
    router, broken = router_of(), [True]
    send = deliver(router)

    @router.on("*")
    def handle(event: WebhookEvent) -> None:
        if broken:
            raise ValueError("no such user")

    assert send() == WebhookReply(500, b'{"error":"handler_failed"}')
    assert "no such user" in caplog.text
    broken.clear()
    assert send() == TAKEN
    assert send() == REPEATED


def test_a_worker_that_died_loses_its_claim(deliver: MakeDeliver, clock: Clock) -> None:
    store = MemoryStore(clock=clock)
    router = router_of(store=store, claim_ttl=60)
    router.on("*")(lambda event: None)
    send = deliver(router)
    store.claim("main:idem_xyz789", 60)  # what the dead worker has done

    assert send().status == 409
    clock.now += 61
    assert send() == TAKEN


def test_work_that_outlasts_its_claim_says_so(
    deliver: MakeDeliver, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    router = router_of(store=MemoryStore(clock=clock), claim_ttl=60)
    send = deliver(router)
    again: list[int] = []

    @router.on("*")
    def handle(event: WebhookEvent) -> None:
        if not again:
            again.append(1)
            clock.now += 61
            router.handle(body_of(), headers_of(body_of()))

    assert send() == TAKEN
    assert "claim_ttl" in caplog.text


def test_an_event_that_nobody_wants_is_taken_without_a_claim(deliver: MakeDeliver) -> None:
    store = MemoryStore()

    assert deliver(router_of(store=store))() == TAKEN
    assert len(store) == 0


@pytest.mark.parametrize(
    ("body", "headers", "reply"),
    [
        (body_of(), {"X_Interactor_Signature": "sha256=" + "0" * 64}, (401, b'{"error":"signature_mismatch"}')),
        (body_of(), {"X_Interactor_Timestamp": "x"}, (401, b'{"error":"malformed_timestamp"}')),
        (b"[]", {}, (400, b'{"error":"malformed_body"}')),
        (b"x" * 2_000_000, {}, (413, b'{"error":"body_too_large"}')),
    ],
)
def test_what_is_not_the_platforms_reaches_no_handler(
    deliver: MakeDeliver, body: bytes, headers: dict[str, Any], reply: Any, caplog: pytest.LogCaptureFixture
) -> None:
    router, seen = router_of(), list[str]()
    router.on()(lambda event: seen.append(event.type))

    assert deliver(router)(body, **headers) == reply
    assert seen == []
    assert json.loads(reply[1])["error"] in caplog.text


def test_two_routers_that_share_a_store_both_get_an_event(deliver: MakeDeliver) -> None:
    store, seen = MemoryStore(), list[str]()

    def note(name: str, event: WebhookEvent) -> None:
        seen.append(name)

    for name in ("billing", "support"):
        router = router_of(store=store, name=name)
        router.on()(functools.partial(note, name))
        deliver(router)()

    assert seen == ["billing", "support"]


class BrokenStore(MemoryStore):
    """Fails at one thing."""

    def __init__(self, broken: str) -> None:
        super().__init__()
        self.broken = broken

    def claim(self, key: str, ttl: float, payload: bytes | None = None) -> Claim:
        self._fail("claim")
        return super().claim(key, ttl, payload)

    def complete(self, claim: Claim) -> bool:
        self._fail("complete")
        return super().complete(claim)

    def release(self, claim: Claim) -> bool:
        self._fail("release")
        return super().release(claim)

    def _fail(self, act: str) -> None:
        if act == self.broken:
            raise ConnectionResetError("the store is away")


@pytest.mark.parametrize(
    ("broken", "fails", "status"), [("claim", False, 503), ("complete", False, 200), ("release", True, 500)]
)
def test_a_store_that_fails_makes_the_platform_come_again_unless_the_event_is_handled(
    deliver: MakeDeliver, broken: str, fails: bool, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    router = router_of(store=BrokenStore(broken))

    @router.on()
    def handle(event: WebhookEvent) -> None:
        if fails:
            raise ValueError

    assert deliver(router)().status == status
    assert "the store is away" in caplog.text


def test_a_stop_of_the_process_gives_the_event_back(deliver: MakeDeliver) -> None:
    router, stopping = router_of(), [True]
    send = deliver(router)

    @router.on()
    async def handle(event: WebhookEvent) -> None:
        if stopping:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send()
    stopping.clear()
    assert send() == TAKEN


def test_a_cancelled_task_gives_the_event_back() -> None:
    router, started = router_of(), asyncio.Event()

    @router.on()
    async def handle(event: WebhookEvent) -> None:
        started.set()
        await asyncio.Event().wait()

    async def main() -> None:
        task = asyncio.create_task(router.ahandle(body_of(), headers_of(body_of())))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert len(router._store) == 0  # type: ignore[arg-type]  # it is the MemoryStore of the default


def test_a_cancelled_scope_gives_the_event_back_through_a_store_that_blocks() -> None:
    class Blocking(MemoryStore):
        is_quick = False

    store = Blocking()
    router = router_of(store=store)

    async def main() -> None:
        started = anyio.Event()

        @router.on()
        async def handle(event: WebhookEvent) -> None:
            started.set()
            await anyio.sleep_forever()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(router.ahandle, body_of(), headers_of(body_of()))
            await started.wait()
            tasks.cancel_scope.cancel()

    anyio.run(main)
    assert len(store) == 0


def test_trio_is_fine_too() -> None:
    router, seen = router_of(), list[str]()
    router.on()(lambda event: seen.append("blocking"))

    @router.on()
    async def handle(event: WebhookEvent) -> None:
        await trio.sleep(0)
        seen.append("trio")

    assert trio.run(router.ahandle, body_of(), headers_of(body_of())) == TAKEN
    assert seen == ["blocking", "trio"]


def test_a_blocking_handler_does_not_stop_the_event_loop() -> None:
    router, threads = router_of(), list[threading.Thread]()
    router.on()(lambda event: threads.append(threading.current_thread()))

    asyncio.run(router.ahandle(body_of(), headers_of(body_of())))

    assert threads[0] is not threading.main_thread()


def test_an_asynchronous_handler_in_a_blocking_call_inside_a_loop_names_the_remedy() -> None:
    router = router_of()

    @router.on()
    async def handle(event: WebhookEvent) -> None: ...

    async def main() -> None:
        router.handle(body_of(), headers_of(body_of()))

    with pytest.raises(InvalidRequestError, match="begins with `a`"):
        asyncio.run(main())


def test_an_asynchronous_store_in_a_blocking_call_names_the_remedy() -> None:
    class Client:
        def register_script(self, script: str) -> None: ...

    with pytest.raises(ConfigurationError, match="begins with `a`"):
        router_of(store=AsyncRedisStore(Client())).handle(b"", {})


@pytest.mark.parametrize(
    "settings", [{"claim_ttl": 0}, {"claim_ttl": True}, {"claim_ttl": "60"}, {"name": ""}, {"name": "a:b"}, {"name": 7}]
)
def test_a_router_with_nonsense_is_not_made(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        router_of(**settings)


class Unfinished:
    """A store without all of its methods."""

    def claim(self) -> None: ...


@pytest.mark.parametrize("store", [5, "redis://:hunter2@localhost", MemoryStore, Unfinished()])
def test_a_store_is_where_claims_are_kept(store: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"SqliteStore\(path\)") as caught:
        router_of(store=store)

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("given", [5, "whsec_hunter2", WebhookVerifier])
def test_a_router_takes_deliveries_from_a_verifier(given: Any) -> None:
    with pytest.raises(ConfigurationError, match="from a verifier") as caught:
        WebhookRouter(given)

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("wanted", [7, "", None])
def test_an_event_is_wanted_by_class_or_text_only(wanted: Any) -> None:
    with pytest.raises(ConfigurationError, match="pattern"):
        router_of().on(wanted)


def test_a_decorator_without_parentheses_is_refused_with_the_remedy() -> None:
    with pytest.raises(ConfigurationError, match=r"@router\.on\(\)"):
        router_of().on(lambda event: event)  # type: ignore[call-overload]  # that is the point


def test_a_class_that_no_event_has_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="No event is a RoomMessageCreatedData"):
        router_of().on(models.RoomMessageCreatedData)


def test_a_handler_is_a_function() -> None:
    handler: Any = "function"

    with pytest.raises(ConfigurationError, match="handler"):
        router_of().on()(handler)


def test_a_generator_is_no_handler() -> None:
    def handler(event: WebhookEvent) -> Iterator[str]:
        yield event.type

    async def other(event: WebhookEvent) -> AsyncIterator[str]:
        yield event.type

    for function in (handler, other):
        with pytest.raises(ConfigurationError, match="without yield"):
            router_of().on()(function)


def test_a_router_is_recognised_in_a_log() -> None:
    assert repr(router_of()) == "<WebhookRouter of 0 handlers, <MemoryStore of 0 events>>"


def test_no_body_and_no_secret_is_logged(deliver: MakeDeliver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    router = router_of()
    send = deliver(router)

    @router.on()
    def handle(event: WebhookEvent) -> None:
        raise ValueError

    send(body_of(data={"content": "private words"}))
    send(body_of(data={"content": "private words"}), X_Interactor_Signature="sha256=" + "0" * 64)

    assert "private words" not in caplog.text
    assert "whsec" not in caplog.text
