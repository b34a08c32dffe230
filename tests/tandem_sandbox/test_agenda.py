"""Work at a moment of virtual time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tandem.sandbox import Clock, Platform, Scene

from .bookshop import Bookshop, api, registry

Make = Callable[..., "Diary"]


class Diary:
    """A platform whose one job writes down what it was given."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.lines: list[str] = []
        self.begun = threading.Event()
        platform.agenda.on("write", self._write)
        platform.agenda.on("fail", self._fail)
        platform.agenda.on("outlive", self._outlive)
        platform.start()

    def plan(self, due: float, line: str, job: str = "write") -> str:
        scene = Scene(self.platform, "acme")
        return self.platform.agenda.add(scene, job, due=due, data={"line": line})

    def settle(self) -> list[str]:
        self.platform.thread.run(self.platform.agenda.settle(), timeout=10)
        return self.lines

    async def _write(self, scene: Scene, data: dict[str, Any]) -> None:
        self.lines.append(f"{scene.namespace} {data['line']}")

    async def _fail(self, scene: Scene, data: dict[str, Any]) -> None:
        raise LookupError(data["line"])

    async def _outlive(self, scene: Scene, data: dict[str, Any]) -> None:
        """Fail when, and because, the platform is closed in the midst of it."""
        self.begun.set()
        until = time.monotonic() + 10
        while not self.platform.thread.is_stopped and time.monotonic() < until:
            time.sleep(0.001)  # not an await, at which it would be cancelled
        await self._fail(scene, data)


@pytest.fixture
def make() -> Iterator[Make]:
    """Platforms whose time stands still at 0 unless it is pushed."""
    shops: list[Bookshop] = []

    def made(*, frozen: bool = True, db: Path | None = None) -> Diary:
        shops.append(Bookshop(api(), registry, db=db, clock=Clock(start=0.0, frozen=frozen)))
        return Diary(shops[-1])

    yield made
    for shop in shops:
        shop.close()


def test_nothing_happens_before_its_time(make: Make) -> None:
    diary = make()
    diary.plan(10, "later")

    diary.platform.clock.advance(9)

    assert diary.settle() == []


def test_what_is_due_happens_in_its_order(make: Make) -> None:
    diary = make()
    diary.plan(20, "second")
    diary.plan(10, "first")

    diary.platform.clock.advance(minutes=1)

    assert diary.settle() == ["acme first", "acme second"]


def test_what_is_undone_does_not_happen(make: Make) -> None:
    diary = make()

    def undone() -> None:
        with diary.platform.store.transaction():
            diary.plan(0, "undone")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        undone()
    assert diary.settle() == []


def test_what_is_struck_off_does_not_happen(make: Make) -> None:
    diary = make()
    entry = diary.plan(10, "never")

    assert diary.platform.agenda.drop(entry)

    diary.platform.clock.advance(10)
    assert diary.settle() == []


def test_a_job_that_fails_ends_no_other(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    diary = make()
    diary.plan(1, "broken", job="fail")
    diary.plan(2, "whole")

    diary.platform.clock.advance(2)

    assert diary.settle() == ["acme whole"]
    assert "The job fail failed" in caplog.text


def test_an_unknown_job_is_refused(make: Make) -> None:
    diary = make()

    with pytest.raises(LookupError, match=r"agenda\.on"):
        diary.plan(1, "what", job="unheard of")


def test_a_reset_forgets_it(make: Make) -> None:
    diary = make()
    diary.plan(10, "gone")

    diary.platform.reset()

    diary.platform.clock.advance(10)
    assert diary.settle() == []


def test_a_restored_snapshot_brings_it_back(make: Make) -> None:
    diary = make()
    diary.plan(10, "again")
    diary.platform.snapshots.take("before")
    diary.platform.reset()

    diary.platform.restore("before")

    diary.platform.clock.advance(10)
    assert diary.settle() == ["acme again"]


def test_it_is_taken_up_by_the_next_process(make: Make, tmp_path: Path) -> None:
    first = make(db=tmp_path / "state.db")
    first.plan(10, "later")
    first.platform.close()

    second = make(db=tmp_path / "state.db")

    second.platform.clock.advance(10)
    assert second.settle() == ["acme later"]


def test_what_is_put_down_while_the_platform_closes_is_taken_up_by_the_next_process(make: Make, tmp_path: Path) -> None:
    first = make(db=tmp_path / "state.db")
    first.plan(10, "early")
    first.platform.thread.stop()

    first.plan(10, "late")
    first.platform.close()

    second = make(db=tmp_path / "state.db")
    second.platform.clock.advance(10)
    assert second.settle() == ["acme early", "acme late"]


def test_a_job_that_the_end_of_the_platform_breaks_is_kept_without_a_word(
    make: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = make(db=tmp_path / "state.db")
    first.plan(0, "interrupted", job="outlive")
    assert first.begun.wait(10)

    first.platform.close()

    assert caplog.text == ""
    second = Bookshop(api(), registry, db=tmp_path / "state.db")
    assert [body["data"] for body in second.store.list("agenda", namespace="acme")] == [{"line": "interrupted"}]
    second.close()


def test_a_clock_that_runs_brings_it_about(make: Make) -> None:
    diary = make(frozen=False)
    diary.plan(diary.platform.clock.now() + 0.02, "soon")

    while not diary.lines:
        diary.settle()

    assert diary.lines == ["acme soon"]
