"""What a client tells its owner, and what it keeps to itself."""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
import warnings
from typing import Any

import pytest

from interactor.sandbox import Sandbox
from tandem import CircuitBreaker, RateLimitError, ServerError, TandemError
from tests.blocking import Blocking
from tests.conftest import MakeClient

from .conftest import ONCE, Connect
from .misbehaving import GOOD, Misbehaving, json_reply, reset, token_reply
from .products import Product

CANARIES = ("canary-secret", "canary-token", "canary-hook", "canary-stream", "canary-header", "canary-proxy")
BUSY = json_reply({"error": {"code": "BUSY", "message": "Not now."}}, 503)
LIMITS = ("X-RateLimit-Limit: 300", "X-RateLimit-Remaining: 299", "X-RateLimit-Scope: namespace")


def test_the_log_has_a_line_for_each_attempt_and_one_for_each_retry(
    connect: Connect, caplog: pytest.LogCaptureFixture, product: Product
) -> None:
    caplog.set_level(logging.DEBUG, str(product))
    with Misbehaving(BUSY, GOOD) as server:
        product.read(connect(server))

    lines = [r.getMessage() for r in caplog.records if r.name == str(product) and product.template in r.getMessage()]
    levels = [r.levelname for r in caplog.records if r.name == str(product) and product.template in r.getMessage()]
    assert levels == ["DEBUG", "INFO", "DEBUG"]
    assert all(f"GET {product.template}" in line for line in lines)
    assert "503" in lines[0]
    assert "200" in lines[2]
    assert "req_1" in lines[2]


def test_hooks_receive_records_and_cannot_harm_the_call(connect: Connect, product: Product) -> None:
    seen: list[Any] = []

    def hook(record: Any) -> None:
        seen.append(record)
        raise RuntimeError("a hook's own trouble")

    with Misbehaving(BUSY, GOOD) as server:
        client = connect(server, on_attempt=hook, on_retry=hook, on_result=hook)
        assert product.read(client).id == "asst_1"

    mine = [record for record in seen if record.operation == f"{product.resource}.get"]
    assert [type(record).__name__ for record in mine] == [
        "AttemptRecord",
        "RetryRecord",
        "AttemptRecord",
        "ResultRecord",
    ]
    assert mine[-1].attempts == 2
    with pytest.raises(AttributeError):
        mine[0].attempt = 7


def test_the_last_known_rate_limit_is_there_for_each_scope_and_shared_by_views(
    connect: Connect, product: Product
) -> None:
    with Misbehaving(json_reply({"data": {}}, 200, *LIMITS)) as server:
        client = connect(server)
        product.read(client.with_options(timeout=5))

        assert client.rate_limit["namespace"].remaining == 299


def test_a_deprecated_operation_gives_one_warning_with_date_and_link(
    connect: Connect, colour: str, product: Product
) -> None:
    path = f"/old/{product}/{colour}"  # once in a process: each client asks for its own
    lines = ("Deprecation: true", "Sunset: Sat, 01 Jan 2028 00:00:00 GMT", 'Link: <https://a.example/n>; rel="sunset"')
    with Misbehaving(json_reply({}, 200, *lines)) as server, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        client = connect(server)
        for _ in range(3):
            client.request("GET", path)

    (warning,) = (w for w in caught if w.category is DeprecationWarning)
    assert f"GET {path}" in str(warning.message)
    assert "2028-01-01" in str(warning.message)
    assert "https://a.example/n" in str(warning.message)


def test_a_circuit_breaker_refuses_at_once_and_lets_one_probe_through(connect: Connect, product: Product) -> None:
    with Misbehaving(BUSY, BUSY, BUSY, GOOD) as server:
        client = connect(server, retry=ONCE, circuit_breaker=CircuitBreaker(failures=3, pause=0.3))
        client.auth.token()
        for _ in range(3):
            with pytest.raises(ServerError):
                product.read(client)

        with pytest.raises(TandemError) as caught:
            product.read(client)
        assert len(server.requests) == 3
        assert 0 < getattr(caught.value, "retry_after", 0) <= 0.3

        time.sleep(0.35)
        assert product.read(client).id == "asst_1"


class Hurried:
    """Time for a client: the sandbox's own, which passes when the client sleeps."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def monotonic(self) -> float:
        return self.sandbox.clock.now()

    def sleep(self, seconds: float) -> None:
        self.sandbox.clock.advance(seconds)

    async def async_sleep(self, seconds: float) -> None:
        self.sleep(seconds)


@pytest.mark.parametrize("throttle", [True, False])
def test_a_paced_client_is_never_refused_by_the_real_limits(colour: str, throttle: bool) -> None:
    with Sandbox(enforce_limits=True) as sandbox, asyncio.Runner() as runner:
        clock = Hurried(sandbox)
        make = sandbox.client if colour == "sync" else sandbox.async_client
        made: Any = make("user_1", in_process=True, throttle=throttle, retry=ONCE)
        client: Any = made if colour == "sync" else Blocking(made, runner)
        made._core.monotonic = made._core.time = clock.monotonic
        made._core.sleep = clock.sleep if colour == "sync" else clock.async_sleep
        refused = 0
        for _ in range(1_000 if throttle else 400):
            try:
                client.request("GET", "/tools")
            except RateLimitError:
                refused += 1
        client.close()

    assert refused == 0 if throttle else refused > 0


@pytest.mark.needs("event streams")
def test_no_secret_is_told(connect: Connect, caplog: pytest.LogCaptureFixture, product: Product) -> None:
    caplog.set_level(logging.DEBUG)
    hook = json_reply({"data": {"id": "wh_1", "secret": "canary-hook"}})
    told: list[str] = []
    options: Any = {"extra_headers": {"X-Own": "canary-header"}}
    with Misbehaving(hook, GOOD, BUSY, [reset], tokens=[token_reply("canary-token")]) as server:
        client = connect(server, retry=ONCE)
        told += [repr(client.webhooks.create(url="https://a.example/h", events=["room.message.created"]))]
        told += [repr(product.read(client, options=options)), repr(client), repr(client.auth)]
        told += [repr(client.auth.token()), str(client.auth.token()), repr(client.rooms.stream_url("room_1"))]
        told += [str(client.rooms.stream_url("room_1"))]
        for _ in range(2):
            with pytest.raises(TandemError) as caught:
                product.create(client, options=options)
            error = caught.value
            told += [str(error), repr(error), "".join(_frames(error))]

    told += [record.getMessage() for record in caplog.records]
    assert len(caplog.records) > 2
    assert [canary for canary in CANARIES if canary in "\n".join(told)] == []


def _frames(error: BaseException) -> list[str]:
    """A traceback as tools print it that show the locals of our code."""
    found = traceback.TracebackException.from_exception(error, capture_locals=True)
    ours: list[str] = []
    current: traceback.TracebackException | None = found
    while current is not None:
        ours += [f"{f.name}: {f.locals}" for f in current.stack if "/src/" in f.filename]
        current = current.__cause__
    return ours


def test_the_canaries_can_be_seen(platform: Sandbox, make_client: MakeClient) -> None:
    client = make_client()

    assert client.auth.token().reveal()
    assert client.rooms.stream_url("room_1").reveal().startswith(platform.core_url)
