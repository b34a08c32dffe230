"""Random bytes as replies: 20,000 here, more by `make fuzz`. Each ends in a value or in our own error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interactor import InteractorClient, InteractorError
from tests.tandem.fakes import Answer

from .conftest import ONCE, Connect
from .fuzz import PLAYS, Fuzzer, client_over, watch
from .misbehaving import Misbehaving, close, send
from .scripted import Scripted

SEED = 1
SLOW = (HealthCheck.too_slow,)
CHANGED, RANDOM, WIRED = 18_900, 500, 300  # twice 300: one for each colour
STATUS = st.one_of(st.just(200), st.integers(100, 999))
NAME = st.one_of(
    st.sampled_from(["retry-after", "x-request-id", "x-ratelimit-limit", "content-type"]), st.text(max_size=9)
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["data", "error", "meta", "id", "type"]), inner),
    max_leaves=8,
)  # fmt: skip


def keys_of(client: InteractorClient) -> Any:
    return client.oauth.jwks()


def fail(client: InteractorClient) -> Any:
    raise KeyError("nothing")


def ended_well(client: InteractorClient, play: Any) -> bool:
    """Whether a call ends in a value or in an error of ours. Anything else is raised."""
    try:
        repr(play(client))
    except InteractorError as error:
        return bool(str(error))
    return True


def test_changed_replies_never_end_in_a_foreign_exception() -> None:
    with Fuzzer(SEED) as fuzzer:
        fuzzer.run(CHANGED)

    assert fuzzer.foreign == []
    assert sum(fuzzer.outcomes.values()) == CHANGED
    # They get far enough to mean something: no kind of end is missing.
    assert {"values", "ResponseDecodeError", "APIConnectionError", "RateLimitError"} <= set(fuzzer.outcomes)


@settings(max_examples=RANDOM // 2, deadline=None, database=None, suppress_health_check=SLOW)
@given(st.sampled_from(sorted(PLAYS)), STATUS, st.lists(st.tuples(NAME, st.text(max_size=30)), max_size=4), st.binary())
def test_random_bytes_never_end_in_a_foreign_exception(
    name: str, status: int, headers: list[tuple[str, str]], body: bytes
) -> None:
    scripted = Scripted()
    scripted.answer = Answer(status, headers, [body])

    assert ended_well(client_over(scripted), PLAYS[name])


@settings(max_examples=RANDOM // 2, deadline=None, database=None, suppress_health_check=SLOW)
@given(st.sampled_from([*sorted(PLAYS), "stream"]), STATUS, JSON)
def test_random_json_never_ends_in_a_foreign_exception(name: str, status: int, value: Any) -> None:
    scripted = Scripted()
    kind = "text/event-stream" if name == "stream" else "application/json"
    body = b"data: %s\n\n" if name == "stream" else b"%s"
    scripted.answer = Answer(status, [("content-type", kind)], [body % json.dumps(value).encode()])

    assert ended_well(client_over(scripted), PLAYS.get(name, watch))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # a reply may well announce one
def test_random_bytes_on_a_socket_never_end_in_a_foreign_exception(connect: Connect) -> None:
    with Fuzzer(SEED) as fuzzer:
        scripts = [[send(fuzzer.raw_reply()), close] for _ in range(WIRED)]
    with Misbehaving(*scripts) as server:
        client = connect(server, retry=ONCE, timeout=5.0)

        while len(server.requests) < WIRED:  # a call may meet the end of the last connection instead
            assert ended_well(client, keys_of)


def test_the_fuzzer_sees_a_foreign_exception() -> None:
    with Fuzzer(SEED) as fuzzer:
        fuzzer.one("broken", fail, client_over(Scripted()), b"")

    assert fuzzer.outcomes["foreign"] == 1
    assert "KeyError" in fuzzer.foreign[0]
