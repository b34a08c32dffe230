"""Time: a timeout bounds an attempt's steps, a deadline the call as a whole, Retry-After what lies between."""

from __future__ import annotations

import email.utils
import socket
import statistics
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import pytest

from tandem import APIConnectionError, APITimeoutError, DeadlineExceededError, RateLimitError, RetryPolicy, ServerError

from .conftest import ONCE, QUICK, Connect, core_of
from .misbehaving import GOOD, Misbehaving, Script, drip, head, json_reply, send, stay_silent, token_reply, wait
from .products import Product

SLACK = 0.8  # what a busy machine may add
BODY = b'{"data": {"id": "asst_1"}}'
LENGTH = f"Content-Length: {len(BODY)}"


@contextmanager
def within(least: float, most: float) -> Generator[None]:
    """The block takes so many seconds."""
    started = time.monotonic()
    yield
    passed = time.monotonic() - started
    assert least - 0.02 <= passed <= most + SLACK


@contextmanager
def deaf_port() -> Generator[int]:
    """A port where connections are never accepted: its queue is full."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


# -- timeout


@pytest.mark.needs("two servers")
def test_the_timeout_bounds_connecting(connect: Connect, product: Product) -> None:
    with Misbehaving() as server, deaf_port() as port:
        client = connect(server, core_api_url=f"http://127.0.0.1:{port}", timeout=0.3, retry=ONCE)
        client.auth.token()

        with within(0.3, 0.3), pytest.raises(APITimeoutError):
            product.read(client)


def test_the_timeout_bounds_silence(connect: Connect, product: Product) -> None:
    with Misbehaving([stay_silent]) as server:
        client = connect(server, timeout=0.3, retry=ONCE)
        client.auth.token()

        with within(0.3, 0.3), pytest.raises(APITimeoutError):
            product.read(client)


def test_the_timeout_bounds_silence_within_the_body(connect: Connect, product: Product) -> None:
    with Misbehaving([send(head(200, LENGTH) + BODY[:5]), stay_silent]) as server:
        client = connect(server, timeout=0.3, retry=ONCE)
        client.auth.token()

        with within(0.3, 0.3), pytest.raises(APITimeoutError):
            product.read(client)


@pytest.mark.needs("two servers")
def test_the_timeout_bounds_writing(connect: Connect, product: Product) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, Misbehaving() as server:  # connects, and never reads
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        client = connect(server, core_api_url=url, timeout=0.3, retry=ONCE)
        client.auth.token()

        with within(0.3, 2.0), pytest.raises(APITimeoutError):  # the body has to be encoded first
            product.create(client, name="x" * 12_000_000)


def test_the_timeout_does_not_bound_a_body_that_keeps_coming(connect: Connect, product: Product) -> None:
    with Misbehaving([send(head(200, LENGTH)), drip(BODY, 0.02)]) as server:
        assert product.read(connect(server, timeout=0.3)).id == "asst_1"


def test_the_timeout_holds_for_each_attempt(connect: Connect, product: Product) -> None:
    with Misbehaving([stay_silent]) as server:
        client = connect(server, timeout=0.2, retry=QUICK.with_changes(max_attempts=2))
        client.auth.token()

        with within(0.4, 0.4), pytest.raises(APITimeoutError) as caught:
            product.read(client)

    assert caught.value.attempts == 2


def test_none_means_no_timeout(connect: Connect, product: Product) -> None:
    with Misbehaving([wait(0.4), *GOOD]) as server:
        client = connect(server, timeout=0.1, retry=ONCE)

        assert product.read(client, options={"timeout": None}).id == "asst_1"
        with pytest.raises(APITimeoutError):
            product.read(client)


# -- deadline

SLOW: dict[str, Script] = {
    "silence": [stay_silent],
    "dripped head": [drip(head(200, *(f"X-{number}: y" for number in range(100))), 0.1)],
    "dripped body": [send(head(200, LENGTH)), drip(BODY, 0.1)],
    "dripped chunks": [send(head(200, "Transfer-Encoding: chunked")), drip(b"1\r\n{\r\n" * 50, 0.1)],
    "dripped error": [send(head(503, LENGTH)), drip(BODY, 0.1)],
}


@pytest.mark.parametrize("script", SLOW.values(), ids=SLOW)
def test_the_deadline_is_met_within_50_ms(
    connect: Connect, script: Script, record_property: Callable[[str, object], None], product: Product
) -> None:
    with Misbehaving(script) as server:
        client = connect(server)
        client.auth.token()

        # Some of them may well meet a machine that is busy, for which nobody can do anything.
        rounds = (statistics.median(lateness(product, client) for _ in range(5)) for _ in range(5))
        late = next((found for found in rounds if found < 0.05), None)

    assert late is not None
    assert late > -0.02
    record_property("lateness", f"{late * 1000:.1f} ms")


def lateness(product: Product, client: Any) -> float:
    started = time.monotonic()
    with pytest.raises(DeadlineExceededError, match=r"within the deadline of 0\.15 s") as caught:
        product.read(client, options={"deadline": 0.15})
    assert caught.value.attempts == 1
    return time.monotonic() - started - 0.15


def test_the_error_of_a_deadline_in_the_body_has_the_status_and_request_id_of_the_reply(
    connect: Connect, product: Product
) -> None:
    script = [send(head(200, LENGTH, "X-Request-Id: req_9")), drip(BODY, 0.1)]
    with Misbehaving(script) as server, pytest.raises(DeadlineExceededError) as caught:
        product.read(connect(server, deadline=0.3))

    assert (caught.value.status_code, caught.value.request_id) == (200, "req_9")


@pytest.mark.needs("two servers")
def test_the_deadline_bounds_the_search_for_a_host(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, product: Product
) -> None:
    found, real = threading.Event(), socket.getaddrinfo

    def search(host: Any, *args: Any, **settings: Any) -> Any:
        if host in {"slow.test", b"slow.test"}:
            found.wait(30)
        return real("127.0.0.1", *args, **settings)

    monkeypatch.setattr(socket, "getaddrinfo", search)
    with Misbehaving() as server:
        client = connect(server, core_api_url="http://slow.test", allow_insecure=True, trust_env=False, deadline=0.3)
        client.auth.token()

        with within(0.3, 0.3), pytest.raises(DeadlineExceededError):
            product.read(client)
        found.set()


def test_the_deadline_bounds_retries_and_their_pauses(connect: Connect, product: Product) -> None:
    with Misbehaving(json_reply({}, 503)) as server:
        client = connect(server, deadline=0.3, retry=RetryPolicy(max_attempts=1000, base=0.01, cap=0.02))

        with within(0.0, 0.3), pytest.raises((ServerError, DeadlineExceededError)) as caught:
            product.read(client)

    assert 1 < getattr(caught.value, "attempts", 0) < 1000


def test_the_deadline_bounds_the_wait_for_a_token(connect: Connect, product: Product) -> None:
    with Misbehaving(tokens=[[stay_silent]]) as server:
        with within(0.3, 0.3), pytest.raises(DeadlineExceededError):
            product.read(connect(server, deadline=0.3))

        assert server.requests == []


def test_no_deadline_means_no_limit_for_the_whole(connect: Connect, product: Product) -> None:
    with Misbehaving([send(head(200, LENGTH)), drip(BODY, 0.03)]) as server:
        client = connect(server, deadline=0.2)

        assert product.read(client, options={"deadline": None}).id == "asst_1"


# -- Retry-After


def refused(retry_after: str, status: int = 429) -> Script:
    return json_reply(
        {"error": {"code": "RATE_LIMITED", "message": "Slow down."}}, status, f"Retry-After: {retry_after}"
    )


@pytest.mark.parametrize("status", [429, 503])
def test_a_retry_after_in_seconds_is_obeyed(connect: Connect, status: int, product: Product) -> None:
    with Misbehaving(refused("1", status), GOOD) as server:
        client = connect(server)
        client.auth.token()

        with within(1.0, 1.0):
            assert product.read(client).response_meta.attempts == 2


def test_a_retry_after_with_a_fraction_is_obeyed(connect: Connect, product: Product) -> None:
    with Misbehaving(refused("0.3"), GOOD) as server:
        client = connect(server)
        client.auth.token()

        with within(0.3, 0.3):
            product.read(client)


def test_a_retry_after_as_a_date_is_obeyed(connect: Connect, product: Product) -> None:
    date = email.utils.formatdate(time.time() + 2, usegmt=True)
    with Misbehaving(refused(date), GOOD) as server:
        client = connect(server)
        client.auth.token()

        with within(0.5, 2.0):  # a date has whole seconds
            product.read(client)


@pytest.mark.parametrize(
    "value", ["Wed, 21 Oct 2015 07:28:00 GMT", "0", "-5", "soon", "", "1e3", "NaN", "inf", "\u00b2", "9" * 400 + "x"]
)
def test_a_retry_after_that_is_past_negative_or_garbage_means_the_usual_pause(
    connect: Connect, value: str, product: Product
) -> None:
    with Misbehaving(refused(value), GOOD) as server:
        client = connect(server)
        client.auth.token()

        with within(0.0, 0.0):
            assert product.read(client).response_meta.attempts == 2


@pytest.mark.parametrize("value", ["86400", "61", "9" * 300])
def test_a_retry_after_of_a_day_fails_at_once_and_says_so(connect: Connect, value: str, product: Product) -> None:
    with Misbehaving(refused(value)) as server:
        client = connect(server)
        client.auth.token()

        with within(0.0, 0.0), pytest.raises(RateLimitError) as caught:
            product.read(client)

        assert len(server.requests) == 1
    assert caught.value.retry_after == float(value)
    assert caught.value.attempts == 1


def test_a_retry_after_beyond_the_deadline_fails_at_once(connect: Connect, product: Product) -> None:
    with Misbehaving(refused("5")) as server:
        client = connect(server, deadline=1)
        client.auth.token()

        with within(0.0, 0.0), pytest.raises(RateLimitError) as caught:
            product.read(client)

    assert caught.value.retry_after == 5


# -- the wall clock


@pytest.mark.parametrize("jump", [-1e9, 1e9])
def test_a_wall_clock_that_jumps_changes_nothing(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, jump: float, product: Product
) -> None:
    now = time.time
    with Misbehaving(GOOD, [stay_silent], refused("0.2"), GOOD, tokens=[token_reply("token_1", 3600)]) as server:
        client = connect(server)
        product.read(client)
        monkeypatch.setattr(core_of(client), "time", lambda: now() + jump)
        monkeypatch.setattr(time, "time", lambda: now() + jump)

        with within(0.3, 0.3), pytest.raises(DeadlineExceededError):
            product.read(client, options={"deadline": 0.3})
        with within(0.2, 0.2):
            product.read(client)

        assert len(server.token_requests) == 1


@pytest.mark.needs("two servers")
def test_a_connection_that_is_refused_is_no_timeout(connect: Connect, product: Product) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with Misbehaving() as server, pytest.raises(APIConnectionError) as caught:
        product.update(connect(server, core_api_url=f"http://127.0.0.1:{port}"))

    assert not isinstance(caught.value, APITimeoutError)
    assert caught.value.attempts == 4  # nobody has seen it: even an unkeyed write may go out again
