"""Tokens over sockets: one request for all who wait, whatever the token endpoint does."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from tandem import (
    APIConnectionError,
    AuthenticationError,
    BadRequestError,
    DeadlineExceededError,
    RateLimitError,
    ResponseDecodeError,
    ServerError,
    TandemError,
)

from .conftest import ONCE, Connect, settings_for
from .misbehaving import (
    GOOD,
    Misbehaving,
    Script,
    for_token,
    json_reply,
    reply,
    reset,
    stay_silent,
    token_reply,
    wait,
)
from .products import Product

THREADS, TASKS = 64, 500
BRIEF = token_reply("old", 0.05)
NEW = token_reply("new")
SLOW_NEW: Script = [wait(0.2), *NEW]
EVIL = "a\r\nX-Evil: 1"
REFUSED = json_reply({"error": {"code": "UNAUTHORIZED", "message": "The token is not valid."}}, 401)


def in_threads(count: int, work: Callable[[], Any]) -> list[Any]:
    """What `work` returned or raised in each of the threads."""
    results: list[Any] = []
    barrier = threading.Barrier(count)

    def run() -> None:
        barrier.wait()
        try:
            results.append(work())
        except TandemError as error:  # handed to the test
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(results) == count
    return results


def in_tasks(product: Product, server: Misbehaving, count: int, first: bool, **settings: Any) -> list[Any]:
    """What calls of one client returned or raised in each of the tasks, after a `first` one whose token expired."""

    async def main() -> list[Any]:
        async with product.async_client(**settings_for(server, product, **settings)) as client:
            if first:
                await product.read(client)
                await asyncio.sleep(0.1)
            calls = (product.read(client) for _ in range(count))
            return await asyncio.gather(*calls, return_exceptions=True)

    return asyncio.run(main())


# -- one request for all


def test_threads_with_an_expired_token_make_one_token_request(product: Product) -> None:
    with (
        Misbehaving(GOOD, tokens=[BRIEF, SLOW_NEW]) as server,
        product.client(**settings_for(server, product)) as client,
    ):
        product.read(client)
        time.sleep(0.1)
        found = in_threads(THREADS, lambda: product.read(client).id)

    assert found == ["asst_1"] * THREADS
    assert len(server.token_requests) == 2
    assert server.sent("authorization") == ["Bearer old"] + ["Bearer new"] * THREADS


def test_tasks_with_an_expired_token_make_one_token_request(product: Product) -> None:
    with Misbehaving(GOOD, tokens=[BRIEF, SLOW_NEW]) as server:
        found = in_tasks(product, server, TASKS, first=True)

    assert [getattr(value, "id", value) for value in found] == ["asst_1"] * TASKS
    assert len(server.token_requests) == 2
    assert server.sent("authorization") == ["Bearer old"] + ["Bearer new"] * TASKS


def test_a_storm_of_401_costs_threads_one_refresh(product: Product) -> None:
    refusing = for_token("old", [wait(0.2), *REFUSED], GOOD)
    with (
        Misbehaving(GOOD, refusing, tokens=[token_reply("old"), SLOW_NEW]) as server,
        product.client(**settings_for(server, product)) as client,
    ):
        product.read(client)
        found = in_threads(THREADS, lambda: product.read(client).id)

    assert found == ["asst_1"] * THREADS
    assert len(server.token_requests) == 2


def test_a_storm_of_401_costs_tasks_one_refresh(product: Product) -> None:
    with Misbehaving(for_token("old", [wait(0.2), *REFUSED], GOOD), tokens=[token_reply("old"), SLOW_NEW]) as server:
        found = in_tasks(product, server, 100, first=False)

    assert [getattr(value, "id", value) for value in found] == ["asst_1"] * 100
    assert len(server.token_requests) == 2


# -- a token endpoint that misbehaves


def test_a_slow_token_endpoint_is_waited_for(connect: Connect, product: Product) -> None:
    with Misbehaving(GOOD, tokens=[SLOW_NEW]) as server:
        assert product.read(connect(server)).id == "asst_1"


@pytest.mark.parametrize(
    "failing", [json_reply({}, 429, "Retry-After: 0"), json_reply({}, 500), json_reply({}, 503), [reset]]
)
def test_a_token_endpoint_that_fails_for_a_moment_is_asked_again(
    connect: Connect, failing: Script, product: Product
) -> None:
    with Misbehaving(GOOD, tokens=[failing, NEW]) as server:
        assert product.read(connect(server)).id == "asst_1"
        assert len(server.token_requests) == 2


@pytest.mark.parametrize(
    ("failing", "error"),
    [
        (json_reply({"error": "slow_down"}, 429), RateLimitError),
        (json_reply({"error": "server_error"}, 500), ServerError),
        (json_reply({"error": "invalid_client"}, 401), AuthenticationError),
        (json_reply({"error": "invalid_scope", "error_description": "No such scope."}, 400), BadRequestError),
        ([reset], APIConnectionError),
        (reply(b"<html>"), ResponseDecodeError),
        (reply(b""), ResponseDecodeError),
        (json_reply({"data": {}}), ResponseDecodeError),
        (json_reply({"data": {"access_token": 7, "accessToken": 7}}), ResponseDecodeError),
        (json_reply({"data": {"access_token": EVIL, "accessToken": EVIL}}), ResponseDecodeError),
    ],
)
def test_a_token_endpoint_that_stays_broken_ends_the_call_in_its_error(
    connect: Connect, failing: Script, error: type[TandemError], product: Product
) -> None:
    with Misbehaving(GOOD, tokens=[failing]) as server:
        with pytest.raises(error) as caught:
            product.read(connect(server))

        assert server.requests == []
    assert "canary-secret" not in f"{caught.value!s} {caught.value!r}"


@pytest.mark.needs("two servers")
def test_a_token_endpoint_that_is_down_is_a_connection_error(connect: Connect, product: Product) -> None:
    with socket.socket() as deaf, Misbehaving(GOOD) as server:
        deaf.bind(("127.0.0.1", 0))  # a port that nobody else gets, and where nobody listens
        client = connect(server, account_server_url=f"http://127.0.0.1:{deaf.getsockname()[1]}")
        with pytest.raises(APIConnectionError) as caught:
            product.read(client)

    assert caught.value.attempts == 4


@pytest.mark.parametrize("lifetime", [{}, *({"expires_in": value, "expiresIn": value} for value in (None, "soon", -5))])
def test_a_token_without_a_lifetime_is_used(connect: Connect, lifetime: dict[str, Any], product: Product) -> None:
    with Misbehaving(
        GOOD, tokens=[json_reply({"data": {"access_token": "new", "accessToken": "new", **lifetime}})]
    ) as server:
        client = connect(server)
        for _ in range(3):
            product.read(client)

    assert server.sent("authorization") == ["Bearer new"] * 3
    assert len(server.token_requests) == 1


def test_a_token_reply_of_the_standard_form_is_read(connect: Connect, product: Product) -> None:
    with Misbehaving(
        GOOD, tokens=[json_reply({"access_token": "plain", "accessToken": "plain", "expires_in": 60, "expiresIn": 60})]
    ) as server:
        product.read(connect(server))

    assert server.sent("authorization") == ["Bearer plain"]


# -- those who wait


def test_threads_that_wait_are_released_with_the_leaders_error(product: Product) -> None:
    failing = [wait(0.2), *json_reply({"error": "invalid_client"}, 401)]
    with Misbehaving(GOOD, tokens=[failing]) as server, product.client(**settings_for(server, product)) as client:
        found = in_threads(16, lambda: product.read(client))

    assert {type(error) for error in found} == {product.package.AuthenticationError}
    assert len({id(error) for error in found}) == 16  # an error of one's own: two threads may raise at once
    assert len(server.token_requests) == 1


def test_tasks_that_wait_are_released_with_the_leaders_error(product: Product) -> None:
    failing = [wait(0.2), *json_reply({"error": "invalid_client"}, 401)]
    with Misbehaving(GOOD, tokens=[failing]) as server:
        found = in_tasks(product, server, 50, first=False)

    assert {type(error) for error in found} == {product.package.AuthenticationError}
    assert len(server.token_requests) == 1


def test_one_who_waits_gives_up_at_its_own_deadline(product: Product) -> None:
    with (
        Misbehaving(GOOD, tokens=[[wait(0.8), *NEW]]) as server,
        product.client(**settings_for(server, product)) as client,
    ):
        leader = threading.Thread(target=product.read, args=(client,))
        leader.start()
        while not server.token_requests:
            time.sleep(0.01)
        started = time.monotonic()
        with pytest.raises(DeadlineExceededError):
            product.read(client, options={"deadline": 0.2})
        passed = time.monotonic() - started
        leader.join(10)

    assert 0.18 <= passed < 0.45
    assert len(server.requests) == 1


def test_a_cancelled_leader_does_not_break_the_flight_of_the_others(product: Product) -> None:
    async def main() -> list[str]:
        async with product.async_client(**settings_for(server, product)) as client:
            leader = asyncio.create_task(product.read(client))
            while not server.token_requests:
                await asyncio.sleep(0.01)
            others = [asyncio.create_task(product.read(client)) for _ in range(20)]
            await asyncio.sleep(0.05)
            leader.cancel()
            return [one.id for one in await asyncio.gather(*others)]

    with Misbehaving(GOOD, tokens=[[wait(0.5), *NEW], NEW]) as server:
        assert asyncio.run(main()) == ["asst_1"] * 20

    assert len(server.token_requests) == 2


def test_a_cancelled_follower_leaves_the_flight_alone(product: Product) -> None:
    async def main() -> str:
        async with product.async_client(**settings_for(server, product)) as client:
            leader = asyncio.create_task(product.read(client))
            while not server.token_requests:
                await asyncio.sleep(0.01)
            follower = asyncio.create_task(product.read(client))
            await asyncio.sleep(0.05)
            follower.cancel()
            return str((await leader).id)

    with Misbehaving(GOOD, tokens=[SLOW_NEW]) as server:
        assert asyncio.run(main()) == "asst_1"

    assert (len(server.token_requests), len(server.requests)) == (1, 1)


# -- refresh, refusal, revocation


@pytest.mark.parametrize("failing", [json_reply({}, 500), [reset], reply(b"<html>"), json_reply({}, 401)])
def test_a_refresh_that_fails_inside_the_buffer_goes_on_with_the_old_token(
    connect: Connect, failing: Script, product: Product
) -> None:
    with Misbehaving(GOOD, tokens=[token_reply("old", 20), failing]) as server:
        client = connect(server, token_refresh_buffer=19.9)
        product.read(client)
        time.sleep(0.15)
        for _ in range(3):
            product.read(client)

    assert server.sent("authorization") == ["Bearer old"] * 4
    assert len(server.token_requests) == 2  # one try, and then a pause


def test_a_refresh_that_hangs_inside_the_buffer_leaves_time_for_the_call(connect: Connect, product: Product) -> None:
    with Misbehaving(GOOD, tokens=[token_reply("old", 20), [stay_silent]]) as server:
        client = connect(server, token_refresh_buffer=19.9)
        product.read(client)
        time.sleep(0.15)

        assert product.read(client, options={"deadline": 1.0}).id == "asst_1"


def test_a_token_that_is_refused_twice_is_an_authentication_error(connect: Connect, product: Product) -> None:
    tokens = [token_reply("old"), NEW]
    with Misbehaving(REFUSED, tokens=tokens) as server, pytest.raises(AuthenticationError) as caught:
        product.read(connect(server, retry=ONCE))

    assert server.sent("authorization") == ["Bearer old", "Bearer new"]
    assert caught.value.attempts == 2


@pytest.mark.needs("one token")
def test_revoke_gives_the_token_back_and_the_next_call_fetches_another(connect: Connect, product: Product) -> None:
    with Misbehaving(GOOD, reply(b""), GOOD, tokens=[token_reply("old"), NEW]) as server:
        client = connect(server)
        product.read(client)
        client.auth.revoke()
        assert not client.auth.is_authenticated
        product.read(client)

    assert [request.target for request in server.requests] == [
        f"{product.collection}/asst_1",
        "/oauth/revoke",
        f"{product.collection}/asst_1",
    ]
    assert json.loads(server.requests[1].body)["token"] == "old"
    assert server.requests[2].header("authorization") == "Bearer new"
