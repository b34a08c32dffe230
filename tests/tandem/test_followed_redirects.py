"""A client follows redirects when it is told to, and no credential goes with it to another origin."""

from __future__ import annotations

import pytest

from tandem import APIStatusError

from .acme import create, get, put
from .conftest import MakeWorld
from .fakes import answer, header, reset

OK = answer({"data": {"id": "t1"}})
ELSEWHERE = answer(b"", 307, {"Location": "https://elsewhere.test/t1"})
NEARBY = answer(b"", 307, {"Location": "/v2/things"})


def test_no_redirect_is_followed_unless_asked_for(make: MakeWorld) -> None:
    world = make(NEARBY, OK)

    with pytest.raises(APIStatusError) as caught:
        world.client.call(get())

    assert (caught.value.status_code, len(world.server.requests)) == (307, 1)


def test_on_the_same_origin_everything_goes_along(make: MakeWorld) -> None:
    world = make(NEARBY, OK, follow_redirects=True, namespace="s1")

    world.client.call(create())

    first, second = world.server.requests
    assert second.url == "https://core.test/v2/things"
    assert (second.method, second.content, second.headers) == (first.method, first.content, first.headers)


def test_no_credential_goes_to_another_origin(make: MakeWorld) -> None:
    world = make(ELSEWHERE, OK, follow_redirects=True, namespace="s1")

    world.client.call(create(extra_headers={"X-Own": "canary"}))

    second = world.server.requests[1]
    for name in ("authorization", "x-space", "idempotency-key", "x-own", "cookie"):
        assert header(second, name) is None
    assert header(second, "content-type") == "application/json"


def test_a_redirect_is_no_attempt(make: MakeWorld) -> None:
    assert make(NEARBY, OK, follow_redirects=True).client.call(get()).response_meta.attempts == 1


def test_an_unkeyed_write_is_not_followed(make: MakeWorld) -> None:
    world = make(NEARBY, OK, follow_redirects=True)

    with pytest.raises(APIStatusError):
        world.client.call(put())

    assert len(world.server.requests) == 1


def test_a_retry_begins_where_the_call_began(make: MakeWorld) -> None:
    world = make(ELSEWHERE, reset(), OK, follow_redirects=True)

    assert world.client.call(get()).response_meta.attempts == 2

    assert [request.url.split("/")[2] for request in world.server.requests] == [
        "core.test",
        "elsewhere.test",
        "core.test",
    ]
    assert header(world.server.requests[2], "authorization") == "Bearer token-1"


def test_a_stranger_cannot_have_the_token_refused(make: MakeWorld) -> None:
    world = make(ELSEWHERE, answer(b"", 401), follow_redirects=True)

    with pytest.raises(APIStatusError):
        world.client.call(get())

    assert (len(world.server.requests), len(world.server.token_requests)) == (2, 1)


def test_a_redirect_that_leads_nowhere_ends(make: MakeWorld) -> None:
    world = make(*[answer(b"", 307, {"Location": f"/{number}"}) for number in range(50)], follow_redirects=True)

    with pytest.raises(APIStatusError):
        world.client.call(get())

    assert len(world.server.requests) == 6


def test_the_token_request_is_not_followed(make: MakeWorld) -> None:
    world = make(OK, follow_redirects=True)
    world.server.token_steps = [ELSEWHERE]

    with pytest.raises(APIStatusError):
        world.client.call(get())

    assert len(world.server.token_requests) == 1
    assert world.server.requests == []
