"""A task that is cancelled, by whatever means, leaves no claim behind and no thread at work."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import anyio
import pytest
import trio

from interactor.webhooks import Claim, MemoryStore, WebhookEvent, WebhookReply, WebhookRouter

from .deliveries import body_of, headers_of, verifier

T = TypeVar("T")
Call = Callable[[], Coroutine[Any, Any, object]]
CallOff = Callable[[Call, Call], Coroutine[Any, Any, bool]]


async def by_a_task(call: Call, reached: Call) -> bool:
    task = asyncio.create_task(call())
    await reached()
    task.cancel()
    await asyncio.wait([task])
    return task.cancelled()


async def by_a_task_twice(call: Call, reached: Call) -> bool:
    task = asyncio.create_task(call())
    await reached()
    task.cancel()
    await asyncio.sleep(0.001)
    task.cancel()
    await asyncio.wait([task])
    return task.cancelled()


async def by_a_timeout(call: Call, reached: Call) -> bool:
    limit = asyncio.timeout(None)

    async def run_out() -> None:
        await reached()
        limit.reschedule(asyncio.get_running_loop().time())

    watch = asyncio.create_task(run_out())
    try:
        async with limit:
            await call()
    except TimeoutError:
        await watch
    return limit.expired()


async def by_a_scope(call: Call, reached: Call) -> bool:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        await reached()
        tasks.cancel_scope.cancel()
    return tasks.cancel_scope.cancelled_caught


MEANS_OF_ASYNCIO = [by_a_task, by_a_task_twice, by_a_timeout]
MEANS = [*MEANS_OF_ASYNCIO, by_a_scope]


class Hold:
    """Where work is held up until it may go on."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.goes_on = threading.Event()

    def wait(self) -> None:
        self.reached.set()
        self.goes_on.wait(30)

    async def await_(self) -> None:
        self.reached.set()
        await until(self.goes_on)


async def until(event: threading.Event) -> None:
    while not event.is_set():
        await anyio.sleep(0.001)


class HeldStore:
    """A store that is held up at the end of one of its methods."""

    def __init__(self, act: str) -> None:
        self.act = act
        self.hold = Hold()
        self.kept = MemoryStore()

    def claim(self, key: str, ttl: float, payload: bytes | None = None) -> Claim:
        return self._then("claim", self.kept.claim(key, ttl, payload))

    def renew(self, claim: Claim, ttl: float) -> bool:
        return self._then("renew", self.kept.renew(claim, ttl))

    def complete(self, claim: Claim) -> bool:
        return self._then("complete", self.kept.complete(claim))

    def release(self, claim: Claim) -> bool:
        return self._then("release", self.kept.release(claim))

    def unfinished(self, prefix: str = "") -> list[str]:
        return self._then("unfinished", self.kept.unfinished(prefix))

    def _then(self, act: str, done: T) -> T:
        if act == self.act:
            self.hold.wait()
        return done


class AsyncHeldStore:
    """A store that is held up at the end of one of its methods."""

    def __init__(self, act: str) -> None:
        self.act = act
        self.hold = Hold()
        self.kept = MemoryStore()

    async def claim(self, key: str, ttl: float, payload: bytes | None = None) -> Claim:
        return await self._then("claim", self.kept.claim(key, ttl, payload))

    async def renew(self, claim: Claim, ttl: float) -> bool:
        return await self._then("renew", self.kept.renew(claim, ttl))

    async def complete(self, claim: Claim) -> bool:
        return await self._then("complete", self.kept.complete(claim))

    async def release(self, claim: Claim) -> bool:
        return await self._then("release", self.kept.release(claim))

    async def unfinished(self, prefix: str = "") -> list[str]:
        return await self._then("unfinished", self.kept.unfinished(prefix))

    async def _then(self, act: str, done: T) -> T:
        if act == self.act:
            await self.hold.await_()
        return done


Kind = type[HeldStore] | type[AsyncHeldStore]
KINDS = [HeldStore, AsyncHeldStore]


def router_of(store: Any = None) -> WebhookRouter:
    return WebhookRouter(verifier(), store=store)


async def send(router: WebhookRouter) -> WebhookReply:
    return await router.ahandle(body_of(), headers_of(body_of()))


async def called_off(router: WebhookRouter, call_off: CallOff, hold: Hold) -> bool:
    """Whether a call ends as cancelled that is called off while something holds it up."""

    async def call() -> None:
        await send(router)

    async def reached() -> None:
        await until(hold.reached)
        asyncio.get_running_loop().call_later(0.02, hold.goes_on.set)

    return await call_off(call, reached)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("call_off", MEANS)
def test_who_is_cancelled_while_he_claims_holds_nothing(kind: Kind, call_off: CallOff) -> None:
    store, seen = kind("claim"), list[WebhookEvent]()
    router = router_of(store)

    @router.on()
    async def handle(event: WebhookEvent) -> None:
        await anyio.sleep(0)
        seen.append(event)

    async def main() -> WebhookReply:
        assert await called_off(router, call_off, store.hold)
        assert seen == []
        assert len(store.kept) == 0
        return await send(router)

    assert asyncio.run(main()).status == 200
    assert len(seen) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("call_off", MEANS_OF_ASYNCIO)
def test_who_is_cancelled_while_he_claims_what_somebody_has_takes_nothing_from_him(
    kind: Kind, call_off: CallOff
) -> None:
    store = kind("claim")
    router = router_of(store)
    router.on()(lambda event: None)
    others = store.kept.claim("main:idem_xyz789", 60)

    async def main() -> None:
        assert await called_off(router, call_off, store.hold)

    asyncio.run(main())
    assert store.kept.complete(others)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("call_off", MEANS_OF_ASYNCIO)
def test_who_is_cancelled_while_he_notes_an_event_has_handled_it(kind: Kind, call_off: CallOff) -> None:
    store, seen = kind("complete"), list[WebhookEvent]()
    router = router_of(store)
    router.on()(seen.append)

    async def main() -> WebhookReply:
        assert await called_off(router, call_off, store.hold)
        return await send(router)

    assert asyncio.run(main()).body == b'{"received":true,"repeated":true}'
    assert len(seen) == 1


class Broken(HeldStore):
    """Fails, once it has been held up, at all that comes."""

    def _then(self, act: str, done: T) -> T:
        super()._then(act, done)
        if self.hold.reached.is_set():
            raise ConnectionResetError("the store is away")
        return done


class Stubborn(HeldStore):
    """Takes nothing back."""

    def release(self, claim: Claim) -> bool:
        raise ConnectionResetError("the store is away")


@pytest.mark.parametrize("kind", [Broken, Stubborn])
@pytest.mark.parametrize("call_off", MEANS_OF_ASYNCIO)
def test_a_store_that_fails_hides_no_cancellation(kind: type[HeldStore], call_off: CallOff) -> None:
    store = kind("claim")
    router = router_of(store)
    router.on()(lambda event: None)

    async def main() -> None:
        assert await called_off(router, call_off, store.hold)

    asyncio.run(main())


@pytest.mark.parametrize("call_off", MEANS)
def test_an_event_is_nobody_elses_while_a_thread_works_on_it(call_off: CallOff) -> None:
    router, hold, at_work, most = router_of(), Hold(), list[int](), list[int]()

    @router.on()
    def handle(event: WebhookEvent) -> None:
        at_work.append(1)
        most.append(len(at_work))
        hold.wait()
        at_work.pop()

    async def call() -> None:
        await send(router)

    async def main() -> None:
        first = asyncio.create_task(call_off(call, lambda: until(hold.reached)))
        await until(hold.reached)
        await asyncio.sleep(0.02)
        assert (await asyncio.wait_for(send(router), 10)).status == 409
        hold.goes_on.set()
        await first
        assert (await send(router)).status == 200

    asyncio.run(main())
    assert set(most) == {1}


@pytest.mark.parametrize("call_off", MEANS)
def test_who_is_cancelled_during_one_handler_does_not_begin_the_next(call_off: CallOff) -> None:
    router, hold, seen = router_of(), Hold(), list[WebhookEvent]()
    router.on()(lambda event: hold.wait())
    router.on()(seen.append)

    async def main() -> None:
        assert await called_off(router, call_off, hold)

    asyncio.run(main())
    assert seen == []


def test_trio_claims_to_the_end_too() -> None:
    store = AsyncHeldStore("claim")
    router = router_of(store)

    @router.on()
    async def handle(event: WebhookEvent) -> None:
        await trio.sleep(0)

    async def main() -> WebhookReply:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(send, router)
            await until(store.hold.reached)
            nursery.cancel_scope.cancel()
            store.hold.goes_on.set()
        assert len(store.kept) == 0
        return await send(router)

    assert trio.run(main).status == 200
