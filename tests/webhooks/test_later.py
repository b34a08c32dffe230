"""Events that are handled after the platform got its answer: in the background, or behind a queue."""

from __future__ import annotations

import asyncio
import json
import pickle
import queue
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from interactor import ConfigurationError, InteractorError, InvalidRequestError
from interactor.webhooks import (
    AsyncRedisStore,
    MemoryStore,
    RoomMessageCreated,
    SqliteStore,
    WebhookEvent,
    WebhookReply,
    WebhookRouter,
)

from .conftest import Clock
from .deliveries import body_of, headers_of, verifier

ACCEPTED = WebhookReply(202, b'{"received":true}')
BODY = body_of()


def router_of(**settings: Any) -> WebhookRouter:
    return WebhookRouter(verifier(), **settings)


def send(router: WebhookRouter, body: bytes = BODY) -> WebhookReply:
    return router.handle(body, headers_of(body))


class Waiting:
    """An executor whose work is done when it is told to."""

    def __init__(self) -> None:
        self.work: list[Any] = []

    def submit(self, function: Any, *args: Any) -> None:
        self.work.append(lambda: function(*args))

    def run(self) -> None:
        while self.work:
            self.work.pop(0)()


def in_background(executor: Any, **settings: Any) -> tuple[WebhookRouter, list[WebhookEvent], list[Exception]]:
    """A router with a handler that notes what it sees, and raises what it is told to."""
    router, seen, failures = router_of(**settings).background(executor), list[WebhookEvent](), list[Exception]()

    @router.on()
    async def handle(event: WebhookEvent) -> None:
        if failures:
            raise failures.pop()
        seen.append(event)

    return router, seen, failures


def test_the_answer_does_not_wait_for_the_work() -> None:
    executor = Waiting()
    router, seen, _ = in_background(executor)

    assert send(router) == ACCEPTED
    assert seen == []
    executor.run()
    assert [event.type for event in seen] == ["room.message.created"]
    assert send(router).body == b'{"received":true,"repeated":true}'


def test_threads_do_the_work() -> None:
    with ThreadPoolExecutor(2) as executor:
        router, seen, _ = in_background(executor)
        replies = [asyncio.run(router.ahandle(BODY, headers_of(BODY))), send(router)]

    assert replies[0] == ACCEPTED
    assert replies[1].status in {200, 409}
    assert len(seen) == 1


def test_what_a_crash_leaves_over_is_recovered(tmp_path: Path, clock: Clock) -> None:
    with SqliteStore(tmp_path / "c.db", clock=clock) as store:
        crashed, _, _ = in_background(Waiting(), store=store)
        send(crashed)
    clock.now += 121
    with SqliteStore(tmp_path / "c.db", clock=clock) as store:
        router, seen, _ = in_background(Waiting(), store=store)

        assert router.recover() == 1
        assert [event.data.content for event in seen] == ["How can I help you?"]
        assert [(event.retry_count, event.delivery_id) for event in seen] == [(2, "del_1")]
        assert router.recover() == 0


def test_what_is_in_work_is_not_recovered() -> None:
    router, seen, _ = in_background(Waiting())
    send(router)

    assert router.recover() == 0
    assert seen == []


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_what_a_handler_failed_on_is_recovered(colour: str) -> None:
    executor = Waiting()
    router, seen, failures = in_background(executor)
    failures.append(ValueError("not now"))
    send(router)
    executor.run()

    assert (router.recover() if colour == "sync" else asyncio.run(router.arecover())) == 1
    assert len(seen) == 1


def test_an_event_that_always_fails_is_left_alone_in_the_end(caplog: pytest.LogCaptureFixture) -> None:
    executor = Waiting()
    router, seen, failures = in_background(executor)
    failures.extend(ValueError("never") for _ in range(10))
    send(router)
    executor.run()

    for _ in range(5):
        assert router.recover(max_attempts=3) == 0
    assert len(failures) == 7
    assert seen == []
    assert "given up" in caplog.text


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_an_event_is_given_up_once_until_more_attempts_are_allowed(
    colour: str, caplog: pytest.LogCaptureFixture
) -> None:
    executor = Waiting()
    router, seen, failures = in_background(executor)
    failures.extend(ValueError("never") for _ in range(2))
    send(router)
    executor.run()

    def recover(max_attempts: int) -> int:
        if colour == "sync":
            return router.recover(max_attempts=max_attempts)
        return asyncio.run(router.arecover(max_attempts=max_attempts))

    assert [recover(2) for _ in range(9)] == [0] * 9
    assert caplog.text.count("given up after 2 attempts") == 1
    assert recover(4) == 1
    assert len(seen) == 1


def test_what_was_given_up_is_handled_when_it_comes_again() -> None:
    executor = Waiting()
    router, seen, failures = in_background(executor)
    failures.append(ValueError("not now"))
    send(router)
    executor.run()
    router.recover(max_attempts=1)

    assert send(router) == ACCEPTED
    executor.run()
    assert len(seen) == 1


def test_work_that_waited_too_long_is_left_to_its_successor(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    executor = Waiting()
    router, seen, _ = in_background(executor, store=MemoryStore(clock=clock))
    send(router)
    clock.now += 121

    assert router.recover() == 1
    executor.run()
    assert len(seen) == 1
    assert "somebody else" in caplog.text


def test_an_executor_that_takes_nothing_makes_the_platform_come_again() -> None:
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    router, _, _ = in_background(executor)

    assert send(router) == WebhookReply(503, b'{"error":"executor_failed"}')
    assert send(router).status == 503


def test_work_that_is_called_off_is_recovered_at_once() -> None:
    executor, started, go_on = ThreadPoolExecutor(1), threading.Event(), threading.Event()
    router, seen, _ = in_background(executor)

    def stay_busy() -> None:
        started.set()
        go_on.wait(60)

    executor.submit(stay_busy)
    started.wait(60)

    assert send(router) == ACCEPTED
    executor.shutdown(wait=False, cancel_futures=True)
    go_on.set()
    executor.shutdown()
    assert seen == []
    assert router.recover() == 1


def test_an_executor_of_threads_is_what_it_takes() -> None:
    with ProcessPoolExecutor(1) as processes:
        for executor in (processes, None):
            with pytest.raises(ConfigurationError, match="executor of threads"):
                router_of().background(executor)  # type: ignore[arg-type]  # that is the point


def test_what_somebody_else_kept_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    store = MemoryStore()
    store.release(store.claim("main:e", 60, b"not ours"))
    router, seen, _ = in_background(Waiting(), store=store)

    assert router.recover() == 0
    assert seen == []
    assert "another program" in caplog.text


def test_another_routers_events_are_not_recovered() -> None:
    store = MemoryStore()
    executor = Waiting()
    router, _, failures = in_background(executor, store=store, name="one")
    failures.append(ValueError())
    send(router)
    executor.run()

    assert in_background(executor, store=store, name="other")[0].recover() == 0


def test_threads_need_a_store_that_blocks() -> None:
    class Client:
        def register_script(self, script: str) -> None: ...

    with pytest.raises(ConfigurationError, match="RedisStore"):
        router_of(store=AsyncRedisStore(Client())).background(Waiting())  # type: ignore[arg-type]  # never used


def test_each_event_is_put_into_the_queue_once() -> None:
    waiting: queue.Queue[dict[str, Any]] = queue.Queue()
    router = router_of().enqueue(waiting.put)

    assert [send(router).status for _ in range(3)] == [202, 200, 200]
    assert waiting.qsize() == 1


@pytest.mark.parametrize("carrier", [json, pickle])
def test_the_handlers_run_behind_the_queue_once(carrier: Any) -> None:
    waiting: list[dict[str, Any]] = []
    send(router_of().enqueue(waiting.append))
    worker, seen = router_of(), list[RoomMessageCreated]()
    worker.on(RoomMessageCreated)(seen.append)
    message = carrier.loads(carrier.dumps(waiting[0]))

    assert [worker.process(message), worker.process(message)] == [True, False]
    assert [event.data.content for event in seen] == ["How can I help you?"]
    assert (seen[0].retry_count, seen[0].delivery.request_id) == (2, "req_1")


def test_both_ends_of_the_queue_can_be_one_router() -> None:
    waiting, seen = list[dict[str, Any]](), list[str]()
    router = router_of().enqueue(waiting.append)
    router.on()(lambda event: seen.append(event.type))
    send(router)

    assert seen == []
    assert router.process(waiting[0])
    assert seen == ["room.message.created"]


def test_an_asynchronous_queue_is_awaited() -> None:
    async def main() -> None:
        waiting: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        router, seen = router_of().enqueue(waiting.put), list[str]()
        router.on()(lambda event: seen.append(event.type))

        assert await router.ahandle(BODY, headers_of(BODY)) == ACCEPTED
        assert await router.aprocess(await waiting.get())
        assert seen == ["room.message.created"]

    asyncio.run(main())


def test_a_queue_that_is_full_makes_the_platform_come_again() -> None:
    waiting: queue.Queue[dict[str, Any]] = queue.Queue(1)
    waiting.put({})
    router = router_of().enqueue(waiting.put_nowait)

    assert send(router).status == 500
    waiting.get()
    assert send(router) == ACCEPTED


def test_the_queue_learns_what_a_handler_raised_and_can_try_again() -> None:
    waiting, failures = list[dict[str, Any]](), [LookupError("no such user")]
    router = router_of().enqueue(waiting.append)
    send(router)

    @router.on()
    def handle(event: WebhookEvent) -> None:
        if failures:
            raise failures.pop()

    with pytest.raises(LookupError):
        router.process(waiting[0])
    assert router.process(waiting[0])


def test_two_workers_with_one_message_do_not_both_work() -> None:
    waiting, entered, go_on = list[dict[str, Any]](), threading.Event(), threading.Event()
    router = router_of().enqueue(waiting.append)
    send(router)

    @router.on()
    def handle(event: WebhookEvent) -> None:
        entered.set()
        go_on.wait(30)

    worker = threading.Thread(target=router.process, args=(waiting[0],))
    worker.start()
    entered.wait(30)
    try:
        with pytest.raises(InteractorError, match="Somebody works on"):
            router.process(waiting[0])
    finally:
        go_on.set()
        worker.join()


@pytest.mark.parametrize(
    "message",
    [
        None,
        "text",
        {},
        {"body": "x"},
        {"body": "{}", "delivery": {}},
        {"body": 7, "delivery": {}},
        {"body": "", "delivery": 1},
    ],
)
def test_what_is_no_message_of_ours_is_refused(message: Any) -> None:
    with pytest.raises(InvalidRequestError, match="not a message"):
        router_of().process(message)


def test_a_queue_is_a_function() -> None:
    put: Any = "queue"

    with pytest.raises(ConfigurationError, match="put"):
        router_of().enqueue(put)
