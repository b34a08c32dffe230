"""Work side by side: by threads in one colour, by tasks in the other, asyncio's or trio's."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import anyio
import pytest

from tandem._crew import AsyncCrew, Crew, Delivery

WHERE = contextvars.ContextVar("WHERE", default="nowhere")
LONG = 30.0  # seconds that no test takes


@pytest.fixture(params=["asyncio", "trio"])
def run(request: pytest.FixtureRequest) -> Callable[[Callable[[], Awaitable[Any]]], Any]:
    """Runs an async function in an event loop of its own."""
    return lambda main: anyio.run(main, backend=request.param)


class Lines:
    """Gives so many numbers, and then waits to be closed."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.read = 0
        self.closed = threading.Event()

    def __iter__(self) -> Iterator[int]:
        for number in range(self.count):
            self.read += 1
            yield number
        self.closed.wait(LONG)

    def close(self) -> None:
        self.closed.set()


def broken() -> None:
    raise ValueError("broken")


def test_what_was_done_is_delivered_under_its_key() -> None:
    with Crew() as crew:
        crew.begin("one", lambda: 1)

        assert crew.next(LONG) == Delivery("one", 1)


def test_what_was_done_in_a_task_is_delivered_under_its_key(run: Any) -> None:
    async def work() -> int:
        return 1

    async def main() -> Delivery | None:
        async with AsyncCrew() as crew:
            crew.begin("one", work)
            return await crew.next(LONG)

    assert run(main) == Delivery("one", 1)


def test_a_plain_function_of_an_asynchronous_crew_works_in_a_thread(run: Any) -> None:
    async def main() -> Any:
        async with AsyncCrew() as crew:
            crew.begin("one", threading.get_ident)
            delivery = await crew.next(LONG)
            assert delivery is not None
            return delivery.value

    assert run(main) != threading.get_ident()


def test_an_error_is_delivered_too(run: Any) -> None:
    async def abroken() -> None:
        broken()

    async def main() -> list[Any]:
        async with AsyncCrew() as crew:
            crew.begin("task", abroken)
            crew.begin("thread", broken)
            return [await crew.next(LONG), await crew.next(LONG)]

    with Crew() as crew:
        crew.begin("thread", broken)
        found = [crew.next(LONG), *run(main)]

    assert [repr(delivery.error) for delivery in found if delivery] == ["ValueError('broken')"] * 3


def test_a_cancellation_that_is_nobodys_here_is_an_error_like_others() -> None:
    async def work() -> None:
        other = asyncio.ensure_future(asyncio.sleep(LONG))
        asyncio.get_running_loop().call_soon(other.cancel)
        await other

    async def main() -> Delivery | None:
        async with AsyncCrew() as crew:
            crew.begin("one", work)
            return await crew.next(LONG)

    delivery = asyncio.run(main())

    assert delivery is not None
    assert isinstance(delivery.error, asyncio.CancelledError)


def test_a_task_that_wants_to_exit_is_delivered_as_a_thread_is(run: Any) -> None:
    async def leave() -> None:
        raise SystemExit(3)

    def leave_too() -> None:
        raise SystemExit(3)

    async def main() -> list[Delivery | None]:
        async with AsyncCrew() as crew:
            crew.begin("one", leave)
            crew.begin("two", leave_too)
            return [await crew.next(LONG), await crew.next(LONG)]

    assert [type(delivery.error) for delivery in run(main) if delivery is not None] == [SystemExit] * 2


def test_leaving_does_not_wait_for_a_source_that_cannot_be_woken() -> None:
    class Stubborn(Lines):
        def close(self) -> None:
            pass

    source = Stubborn(1)
    began = time.monotonic()

    with Crew() as crew:
        crew.follow("lines", source)
        crew.next(LONG)

    source.closed.set()
    assert time.monotonic() - began < LONG / 2


def test_workers_work_side_by_side(run: Any) -> None:
    meeting = threading.Barrier(3, timeout=LONG)
    other = threading.Barrier(3, timeout=LONG)

    async def main() -> set[Any]:
        async with AsyncCrew() as crew:
            for key in "abc":
                crew.begin(key, other.wait)
            found = [await crew.next(LONG) for _ in "abc"]
            return {delivery.key for delivery in found if delivery}

    with Crew() as crew:
        for key in "abc":
            crew.begin(key, meeting.wait)
        found = {delivery.key for delivery in [crew.next(LONG) for _ in "abc"] if delivery}

    assert found == run(main) == {"a", "b", "c"}


def test_workers_see_the_context_of_whoever_asked(run: Any) -> None:
    async def aget() -> str:
        return WHERE.get()

    async def main() -> set[Any]:
        WHERE.set("here")
        async with AsyncCrew() as crew:
            crew.begin("thread", WHERE.get)
            crew.begin("task", aget)
            found = [await crew.next(LONG), await crew.next(LONG)]
            return {delivery.value for delivery in found if delivery}

    token = WHERE.set("here")
    with Crew() as crew:
        crew.begin("thread", WHERE.get)
        delivery = crew.next(LONG)
    WHERE.reset(token)

    assert delivery is not None
    assert {delivery.value} == run(main) == {"here"}


def test_nothing_in_time_is_none(run: Any) -> None:
    async def main() -> Any:
        async with AsyncCrew() as crew:
            return await crew.next(0.01)

    with Crew() as crew:
        assert crew.next(0.01) is None
    assert run(main) is None


def test_what_was_dropped_is_not_delivered() -> None:
    gate = threading.Event()
    with Crew() as crew:
        crew.begin("dropped", lambda: gate.wait(LONG))
        crew.drop("dropped")
        gate.set()
        crew.begin("kept", lambda: 2)

        assert crew.next(LONG) == Delivery("kept", 2)
        assert crew.next(0.05) is None


def test_a_task_that_was_dropped_is_cancelled(run: Any) -> None:
    async def main() -> Any:
        cancelled = anyio.Event()

        async def sleep() -> None:
            try:
                await anyio.sleep(LONG)
            finally:
                cancelled.set()

        async with AsyncCrew() as crew:
            crew.begin("dropped", sleep)
            await anyio.wait_all_tasks_blocked()
            crew.drop("dropped")
            await cancelled.wait()
            return await crew.next(0.05)

    assert run(main) is None


def test_a_source_is_delivered_item_by_item_and_its_end_too() -> None:
    lines = Lines(3)
    lines.close()
    with Crew() as crew:
        crew.follow("lines", lines)

        assert [crew.next(LONG) for _ in range(4)] == [
            *(Delivery("lines", number, last=False) for number in range(3)),
            Delivery("lines"),
        ]


def test_an_asynchronous_source_is_delivered_item_by_item_and_its_error_too(run: Any) -> None:
    async def lines() -> AsyncIterator[int]:
        yield 0
        broken()

    async def main() -> list[Delivery | None]:
        async with AsyncCrew() as crew:
            crew.follow("lines", lines())
            return [await crew.next(LONG) for _ in range(2)]

    first, last = run(main)
    assert first == Delivery("lines", 0, last=False)
    assert repr(last.error) == "ValueError('broken')"


def test_leaving_closes_a_source_that_waits() -> None:
    lines = Lines(1)
    with Crew() as crew:
        crew.follow("lines", lines)
        crew.next(LONG)

    assert lines.closed.is_set()
    assert not [thread for thread in threading.enumerate() if thread.name == "crew"]


def test_leaving_ends_a_source_that_nobody_listens_to() -> None:
    lines = Lines(10_000)
    with Crew() as crew:
        crew.follow("lines", lines)

    assert lines.closed.is_set()
    assert lines.read < 100


def test_a_source_is_not_read_far_ahead(run: Any) -> None:
    class Endless:
        read = 0

        def __aiter__(self) -> Endless:
            return self

        async def __anext__(self) -> int:
            self.read += 1
            return self.read

    source = Endless()

    async def main() -> None:
        async with AsyncCrew() as crew:
            crew.follow("lines", source)
            await anyio.wait_all_tasks_blocked()

    run(main)
    assert 0 < source.read < 100


def test_leaving_cancels_the_tasks(run: Any) -> None:
    async def main() -> bool:
        cancelled = anyio.Event()

        async def sleep() -> None:
            try:
                await anyio.sleep(LONG)
            finally:
                cancelled.set()

        async with AsyncCrew() as crew:
            crew.begin("one", sleep)
            await anyio.wait_all_tasks_blocked()
        return cancelled.is_set()

    assert run(main)


def test_what_goes_wrong_in_the_block_comes_out_as_it_is(run: Any) -> None:
    async def main() -> None:
        async with AsyncCrew() as crew:
            crew.begin("one", anyio.sleep_forever)
            broken()

    with pytest.raises(ValueError, match="broken"):
        run(main)


def test_a_crew_can_be_cancelled_from_outside(run: Any) -> None:
    async def main() -> bool:
        with anyio.move_on_after(0.05) as scope:
            async with AsyncCrew() as crew:
                crew.begin("one", anyio.sleep_forever)
                await crew.next()
        return scope.cancelled_caught

    assert run(main)


def test_a_thread_that_is_done_after_everybody_left_brings_nothing(run: Any) -> None:
    gate, done = threading.Event(), threading.Event()

    def late() -> None:
        gate.wait(LONG)
        done.set()

    async def main() -> None:
        async with AsyncCrew() as crew:
            crew.begin("late", late)

    run(main)
    gate.set()
    assert done.wait(LONG)
