"""Random bytes as replies: 20,000 here, more by `make fuzz`. Each ends in a value or in our own error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tandem import TandemError
from tests.tandem.fakes import Answer

from .conftest import ONCE, Connect
from .fuzz import TARGETS, Fuzzer, Target, watch
from .misbehaving import Misbehaving, close, send
from .products import Product
from .scripted import Scripted

SEED = 1
SLOW = (HealthCheck.too_slow,)
CHANGED, RANDOM, WIRED = (18_900, 3_000), 500, 300  # twice 300: one for each colour
NAMES = [(number, name) for number, target in enumerate(TARGETS) for name in sorted(target.plays)]
"""Each play of each platform."""
STATUS = st.one_of(st.just(200), st.integers(100, 999))
NAME = st.one_of(
    st.sampled_from(["retry-after", "x-request-id", "x-ratelimit-limit", "content-type"]), st.text(max_size=9)
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["data", "error", "meta", "id", "type"]), inner),
    max_leaves=8,
)  # fmt: skip


def fail(client: Any) -> Any:
    raise KeyError("nothing")


def ended_well(client: Any, play: Any) -> bool:
    """Whether a call ends in a value or in an error of ours. Anything else is raised."""
    try:
        repr(play(client))
    except TandemError as error:
        return bool(str(error))
    return True


@pytest.mark.parametrize(("target", "count"), [*zip(TARGETS, CHANGED, strict=True)], ids=["interactor", "coordinaitor"])
def test_changed_replies_never_end_in_a_foreign_exception(target: Target, count: int) -> None:
    with Fuzzer(SEED, target) as fuzzer:
        fuzzer.run(count)

    assert fuzzer.foreign == []
    assert sum(fuzzer.outcomes.values()) == count
    # They get far enough to mean something: no kind of end is missing.
    assert {"values", "ResponseDecodeError", "APIConnectionError", "RateLimitError"} <= set(fuzzer.outcomes)


@settings(max_examples=RANDOM // 2, deadline=None, database=None, suppress_health_check=SLOW)
@given(st.sampled_from(NAMES), STATUS, st.lists(st.tuples(NAME, st.text(max_size=30)), max_size=4), st.binary())
def test_random_bytes_never_end_in_a_foreign_exception(
    name: tuple[int, str], status: int, headers: list[tuple[str, str]], body: bytes
) -> None:
    scripted = Scripted()
    scripted.answer = Answer(status, headers, [body])

    target = TARGETS[name[0]]
    assert ended_well(target.client(scripted), target.plays[name[1]])


@settings(max_examples=RANDOM // 2, deadline=None, database=None, suppress_health_check=SLOW)
@given(st.sampled_from([*NAMES, (0, "stream")]), STATUS, JSON)
def test_random_json_never_ends_in_a_foreign_exception(name: tuple[int, str], status: int, value: Any) -> None:
    scripted = Scripted()
    kind = "text/event-stream" if name[1] == "stream" else "application/json"
    body = b"data: %s\n\n" if name[1] == "stream" else b"%s"
    scripted.answer = Answer(status, [("content-type", kind)], [body % json.dumps(value).encode()])

    target = TARGETS[name[0]]
    assert ended_well(target.client(scripted), target.plays.get(name[1], watch))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # a reply may well announce one
def test_random_bytes_on_a_socket_never_end_in_a_foreign_exception(connect: Connect, product: Product) -> None:
    with Fuzzer(SEED) as fuzzer:
        scripts = [[send(fuzzer.raw_reply()), close] for _ in range(WIRED)]
    with Misbehaving(*scripts) as server:
        client = connect(server, retry=ONCE, timeout=5.0)

        while len(server.requests) < WIRED:  # a call may meet the end of the last connection instead
            assert ended_well(client, product.read)


def test_the_fuzzer_sees_a_foreign_exception() -> None:
    with Fuzzer(SEED) as fuzzer:
        fuzzer.one("broken", fail, TARGETS[0].client(Scripted()), b"")

    assert fuzzer.outcomes["foreign"] == 1
    assert "KeyError" in fuzzer.foreign[0]
