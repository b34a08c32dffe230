"""Many assistants that speak at once."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack

import httpx
import pytest

from interactor.sandbox import Sandbox, say
from tests.scale import scaled

from .calling import Caller, token_of
from .test_assistants import assistant
from .test_assistants import say as send

ROOMS = scaled(100, 10)
WORDS = 40


@pytest.mark.proof
def test_nobody_waits_while_many_assistants_speak(record_property: Callable[[str, object], None]) -> None:
    unlimited = httpx.Client(timeout=30, limits=httpx.Limits(max_connections=None))
    with unlimited as http, Sandbox() as sandbox, ExitStack() as streams:
        api = Caller(sandbox, http, token_of(sandbox, http)["access_token"], "user_1")
        bot = assistant(api)
        sandbox.script(bot["id"], [say("word " * WORDS, pace=0.1)])
        rooms = [api.made("/rooms", {"assistant_id": bot["id"]}) for _ in range(ROOMS)]
        heard = [streams.enter_context(api.stream(f"/rooms/{room['id']}/stream")) for room in rooms]
        for room in rooms:
            send(api, room, "Hello", stream=True)

        seconds: list[float] = []
        for room in rooms[:20]:
            started = time.perf_counter()
            api.fetched(f"/rooms/{room['id']}")
            seconds.append(time.perf_counter() - started)
        answers = [events.until("message.complete") for events in heard]

    assert [len(answer) for answer in answers] == [WORDS + 1] * ROOMS
    assert [[int(event["@id"]) for event in answer] for answer in answers] == [list(range(1, WORDS + 2))] * ROOMS
    assert statistics.median(seconds) < 0.5
    median, most = statistics.median(seconds) * 1000, max(seconds) * 1000
    told = (
        f"{ROOMS} assistants speaking at once: another call took {median:.1f} ms (median of 20, at most {most:.1f} ms)"
    )
    record_property("figure", told)
