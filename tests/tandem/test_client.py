"""A client, its views and its end; calls by URL."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

import tandem
from tandem import Call, RetryPolicy

from .acme import FAMILY, LIST, AcmeInvalidRequestError, get
from .conftest import MakeWorld, world_of
from .fakes import answer, header

OK = answer({"data": {}})


def test_a_view_shares_everything_but_its_settings(make: MakeWorld) -> None:
    world = make(OK, namespace="mine", timeout=30.0)
    view = world.client.for_namespace("theirs")
    other = view.with_options(timeout=5, deadline=9, retry=RetryPolicy(max_attempts=1))

    for client in (world.client, view, other):
        client.call(get())

    assert world.server.sent("x-space") == ["mine", "theirs", "theirs"]
    assert [request.timeout for request in world.server.requests] == [30.0, 30.0, 5]
    assert len(world.server.token_requests) == 1
    assert (world.client.namespace, view.namespace, other.namespace) == ("mine", "theirs", "theirs")
    assert view.errors is FAMILY


def test_a_view_may_go_without_a_namespace(make: MakeWorld) -> None:
    world = make(OK, namespace="mine")

    world.client.with_options(namespace=None).call(get())

    assert world.server.sent("x-space") == [None]


@pytest.mark.parametrize("settings", [{"timeuot": 5}, {"max_response_bytes": 5}, {"retry": None}, {"namespace": "NO"}])
def test_a_setting_that_does_not_fit_is_refused(make: MakeWorld, settings: dict[str, Any]) -> None:
    with pytest.raises(AcmeInvalidRequestError):
        make(OK).client.with_options(**settings)


def test_a_client_is_named_by_its_namespace_and_shows_nothing_else(colour: str) -> None:
    client, *_ = world_of(colour, namespace="mine")

    assert repr(client).endswith("Client namespace='mine'>")


def test_closing_closes_the_transport_once(make: MakeWorld) -> None:
    world = make(OK)
    world.client.call(get())

    world.client.close()
    world.client.close()

    assert world.server.closed == 1


def test_a_client_that_was_never_used_has_nothing_to_close(make: MakeWorld) -> None:
    world = make(OK)

    with world.client:
        pass

    assert world.server.closed == 0


def test_closing_a_view_leaves_the_client_open(make: MakeWorld) -> None:
    world = make(OK)
    with world.client.for_namespace("theirs") as view:
        view.call(get())

    world.client.call(get())

    assert world.server.closed == 0


def test_a_closed_client_says_so(make: MakeWorld) -> None:
    world = make(OK)
    view = world.client.for_namespace("theirs")
    with world.client:
        world.client.call(get())

    for client in (world.client, view):
        with pytest.raises(AcmeInvalidRequestError, match="This client is closed"):
            client.call(get())
        with pytest.raises(AcmeInvalidRequestError, match="This client is closed"):
            client.paginate(get())
    assert len(world.server.requests) == 1


def test_a_call_that_is_under_way_opens_no_connection_after_the_end(make: MakeWorld) -> None:
    world = make(OK)

    def end(request: object) -> Any:
        world.core.close()
        return answer(b"", 503)

    world.server.steps.insert(0, end)

    with pytest.raises(AcmeInvalidRequestError, match="This client is closed"):
        world.client.call(get())


def test_a_transport_is_made_at_the_first_call_and_only_once(make: MakeWorld) -> None:
    world = make(OK)
    made: list[Any] = []
    original = world.core.make_transport

    def make_transport() -> Any:
        made.append(original())
        return made[-1]

    world.core.make_transport = make_transport

    assert made == []
    world.client.call(get())
    world.client.for_namespace("n").call(get())
    assert len(made) == 1


@pytest.mark.parametrize("operation", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_client_refuses_to_be_pickled_and_says_what_to_do(colour: str, operation: Any) -> None:
    client, *_ = world_of(colour)

    with pytest.raises(TypeError, match=r"holds connections and cannot be pickled. Make one in each process"):
        operation(client)


def test_what_every_call_prepares_does_not_pile_up(make: MakeWorld) -> None:
    world = make(OK)
    listing = Call(LIST)

    for number in range(20):
        world.client.request("GET", f"/things/{number}")
        world.client.paginate(listing)

    assert len(world.core._prepared) == 3  # pyright: ignore[reportPrivateUsage]  # by host and kind of reply


def test_any_endpoint_can_be_called_by_its_path(make: MakeWorld) -> None:
    world = make(answer({"data": [1], "meta": {}}), namespace="mine")

    result = world.client.request("post", "/a/%2Fb;v=1", query={"x": 1}, body=[{"y": None}], idempotency_key="k1")

    request = world.server.requests[0]
    assert result == {"data": [1], "meta": {}}
    assert (request.method, request.url) == ("POST", "https://core.test/v1/a/%2Fb;v=1?x=1")
    assert request.content == b'[{"y":null}]'
    assert header(request, "idempotency-key") == "k1"
    assert header(request, "authorization") == "Bearer token-1"
    assert header(request, "x-space") == "mine"


def test_a_call_by_path_may_go_to_another_host(make: MakeWorld) -> None:
    world = make(answer(None))

    assert world.client.request("DELETE", "/x", host="account") is None
    assert world.server.requests[0].url == "https://account.test/v1/x"


@pytest.mark.parametrize(
    ("method", "key", "attempts"),
    [("GET", None, 4), ("POST", None, 4), ("PUT", None, 1), ("PUT", "k", 4), ("DELETE", None, 1)],
)
def test_a_call_by_path_is_sent_again_by_the_same_rules(
    make: MakeWorld, method: str, key: str | None, attempts: int
) -> None:
    world = make(answer(b"", 503))

    with pytest.raises(tandem.ServerError):
        world.client.request(method, "/x", idempotency_key=key)

    assert len(world.server.requests) == attempts
    assert (world.server.sent("idempotency-key")[0] is not None) is (method == "POST" or key is not None)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "things",
        "https://evil.test/x",
        "/a/../b",
        "/a/..",
        "/./a",
        "/a/%2e%2e/b",
        "/a/%2E./b",
        "/a%2f..%2fb",
        "/a%5c..%5cb",
        "/a\\..\\b",
        "/a?b=1",
        "/a#b",
        "/a b",
        "/a\r\nX: 1",
        "/a\x00",
        "/é",
        "/{id}",
        "/%",
        "/%zz",
        None,
        7,
        b"/a",
    ],
)
def test_a_path_that_could_lead_elsewhere_is_refused(make: MakeWorld, path: Any) -> None:
    world = make(OK)

    with pytest.raises(AcmeInvalidRequestError, match=r"^request: "):
        world.client.request("GET", path)

    assert world.server.requests == []


@pytest.mark.parametrize("method", ["", "GET /x", "GET\r\n", "G3T", None, 7])
def test_a_method_that_is_none_is_refused(make: MakeWorld, method: Any) -> None:
    with pytest.raises(AcmeInvalidRequestError, match="is not an HTTP method"):
        make(OK).client.request(method, "/x")


@pytest.mark.parametrize("query", ["a=1", [("a", 1)], 7])
def test_a_query_that_is_no_dict_is_refused(make: MakeWorld, query: Any) -> None:
    with pytest.raises(AcmeInvalidRequestError, match="query is a dict"):
        make(OK).client.request("GET", "/x", query=query)


def test_a_resource_is_named_by_its_client(colour: str) -> None:
    client, *_ = world_of(colour)
    made = tandem.Resource(client) if colour == "sync" else tandem.AsyncResource(client)

    assert repr(made).startswith(f"<{type(made).__name__} of <Plain")
