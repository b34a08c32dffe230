"""How fast event streams are read: the decoder alone, and typed events over a socket."""

from __future__ import annotations

import json
import time
from functools import partial

from ._contestants import BARE, DEFAULT, FAST, settings
from ._crew import Crew
from ._fixtures import EVENTS, MULTILINE, STREAM
from ._results import Figure, Topic, beside
from ._rounds import Sample, medians
from ._servers import event_streams

ROUNDS = 15
LIMIT = 3.0
CASES = {
    "chunks of 64 kB": (STREAM, 65_536),
    "chunks of 4 kB": (STREAM, 4_096),
    "a chunk an event": (STREAM, 0),
    "data of many lines, chunks of 4 kB": (MULTILINE, 4_096),
}


def decoded(name: str, case: str) -> Sample:
    """Events per second of CPU time."""
    body, size = CASES[case]
    chunks = [body[start : start + size] for start in range(0, len(body), size)] if size else _events(body)
    return _decoded_by_httpx_sse(chunks) if name == BARE else _decoded_by_ours(chunks)


def _events(body: bytes) -> list[bytes]:
    return [event + b"\n\n" for event in body.split(b"\n\n")[:-1]]


def _decoded_by_ours(chunks: list[bytes]) -> Sample:
    from tandem._streaming._sse import EventDecoder

    decoder = EventDecoder()
    started = time.process_time()
    found = sum(len(decoder.feed(chunk)) for chunk in chunks)
    return _rate(found, time.process_time() - started)


def _decoded_by_httpx_sse(chunks: list[bytes]) -> Sample:
    import httpx
    from httpx_sse import EventSource

    class Chunks(httpx.SyncByteStream):
        def __iter__(self):  # type: ignore[no-untyped-def]  # the one that it stands for has no types either
            return iter(chunks)

    response = httpx.Response(200, headers={"Content-Type": "text/event-stream"}, stream=Chunks())
    started = time.process_time()
    found = sum(1 for _ in EventSource(response).iter_sse())
    return _rate(found, time.process_time() - started)


def read(name: str, url: str) -> Sample:
    """Events a second over a socket, with their data: typed, or as `json.loads` gives it."""
    started = time.perf_counter()
    found = _read_by_httpx_sse(url) if name == BARE else _read_by_ours(url)
    return _rate(found, time.perf_counter() - started)


def _read_by_ours(url: str) -> int:
    from interactor import InteractorClient

    with InteractorClient(**settings(url)) as client, client.rooms.stream("room_1") as events:
        walk = iter(events)
        return sum(1 for _ in (next(walk) for _ in range(EVENTS)))


def _read_by_httpx_sse(url: str) -> int:
    import httpx
    from httpx_sse import connect_sse

    with httpx.Client() as client, connect_sse(client, "GET", f"{url}/core/rooms/room_1/stream") as source:
        return sum(1 for _ in (json.loads(event.data) for event in source.iter_sse()))


def _rate(found: int, seconds: float) -> Sample:
    assert found == EVENTS
    return {"rate": EVENTS / seconds}


def measured(crew: Crew, url: str) -> list[Topic]:
    names = (BARE, DEFAULT, FAST)
    found = {}
    for case in CASES:
        found[case] = medians({name: partial(crew[name].run, decoded, case=case) for name in names}, ROUNDS)
    figures = [
        Figure(
            f"SSE decode, {case}: events/s ÷ httpx-sse",
            mode,
            found[case][mode]["rate"] / found[case][BARE]["rate"],
            LIMIT,
            partial(crew[mode].profile, decoded, case=case),
            at_least=True,
        )
        for case in CASES
        for mode in (DEFAULT, FAST)
    ]
    with event_streams() as busy:
        turns = {name: partial(crew[name].run, read, url=busy) for name in names}
        found["over a socket, with their data"] = medians(turns, ROUNDS)
    rows = {name: [beside(each[name]["rate"], each[BARE]["rate"]) for each in found.values()] for name in names}
    rows["httpx-sse (+ json.loads)"] = rows.pop(BARE)
    remark = "**Ratio to httpx-sse** · events a second (of CPU time, but for the last column)."
    return [Topic("Event streams", remark, list(found), rows, figures)]
