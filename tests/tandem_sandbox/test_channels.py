"""Live channels of a platform: who is admitted, who hears what, and how connections end on purpose."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus
from websockets.frames import Close, Frame, Opcode
from websockets.sync.client import ClientConnection, connect

from tandem.sandbox import Api, Fault, Scene, SocketServer

from .bookshop import DOCUMENT, Bookshop, registry

LIVE = {
    "path": "/ws",
    "channels": ["books", "authors"],
    "send": {
        "type": "object",
        "required": ["type", "channel"],
        "properties": {
            "type": {"enum": ["subscribe", "unsubscribe"]},
            "channel": {"enum": ["books", "authors"]},
            "filters": {"type": "object"},
        },
    },
    "receive": {"type": "object", "required": ["type", "data"]},
}
Open = Callable[..., AbstractContextManager[ClientConnection]]


class LiveShop(Bookshop):
    """A bookshop that tells of its books."""

    def channel_scopes(self, channel: str) -> frozenset[str]:
        return frozenset({f"{channel}:read"})


@pytest.fixture
def shop() -> Iterator[LiveShop]:
    made = LiveShop(Api({**json.loads(DOCUMENT.read_text()), "x-websocket": LIVE}), registry)
    yield made
    made.close()


@pytest.fixture
def open_(server: SocketServer) -> Open:
    """Opens connections to the shop's channels."""

    def opened(path: str = "/core/ws", token: str | None = "ann:books:read", namespace: str = "") -> Any:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        if namespace:
            headers["X-Namespace"] = namespace
        return connect(server.url.replace("http", "ws") + path, additional_headers=headers, proxy=None)

    return opened


def say(line: ClientConnection, kind: str, channel: str, **filters: Any) -> None:
    """Subscribe or unsubscribe, and wait until that was heard."""
    line.send(json.dumps({"type": kind, "channel": channel, "filters": filters}))
    assert line.ping().wait(5)


def publish(shop: LiveShop, channel: str = "books", namespace: str = "", **data: Any) -> None:
    shop.channels.publish(Scene(shop, namespace), channel, {"type": "changed", "data": data})


def heard(line: ClientConnection, shop: LiveShop) -> list[Any]:
    """The data of all that has been told so far."""
    publish(shop, id="end")
    found: list[Any] = []
    while (data := json.loads(line.recv(timeout=5))["data"]) != {"id": "end"}:
        found.append(data)
    return found


def test_who_subscribes_is_told_with_channel_and_time(open_: Open, shop: LiveShop) -> None:
    with open_() as line:
        say(line, "subscribe", "books")
        publish(shop, id="b1")

        message = json.loads(line.recv(timeout=5))

    assert message == {"channel": "books", "timestamp": message["timestamp"], "type": "changed", "data": {"id": "b1"}}


def test_only_what_the_filters_let_through_is_told_and_only_once(open_: Open, shop: LiveShop) -> None:
    with open_() as line:
        for filters in ({"bookId": "b1"}, {"authorId": "a1"}, {"shelf": [1, 2]}, {"id": "end"}):
            say(line, "subscribe", "books", **filters)
        publish(shop, id="b1")
        publish(shop, id="b2")
        publish(shop, id="b3", author={"id": "a1"})
        publish(shop, id="b4", authorId="a1", shelf=2)
        publish(shop, "authors", id="b1")
        publish(shop, namespace="other", id="b1")

        assert [book["id"] for book in heard(line, shop)] == ["b1", "b3", "b4"]


def test_who_unsubscribes_hears_no_more(open_: Open, shop: LiveShop) -> None:
    with open_() as line:
        for filters in ({"id": "b1"}, {"id": "b2"}, {"id": "end"}):
            say(line, "subscribe", "books", **filters)
        say(line, "unsubscribe", "books", id="b1")
        publish(shop, id="b1")
        publish(shop, id="b2")

        assert heard(line, shop) == [{"id": "b2"}]

        say(line, "unsubscribe", "books")
        say(line, "subscribe", "books", id="end")
        publish(shop, id="b2")

        assert heard(line, shop) == []


def test_what_is_undone_is_not_told(open_: Open, shop: LiveShop) -> None:
    def fail() -> None:
        with shop.store.transaction():
            publish(shop, id="b1")
            raise KeyError

    with open_() as line:
        say(line, "subscribe", "books")
        with pytest.raises(KeyError):
            fail()
        with shop.store.transaction():
            publish(shop, id="b2")

        assert heard(line, shop) == [{"id": "b2"}]


@pytest.mark.parametrize(("path", "token", "status"), [("/core/ws", None, 401), ("/elsewhere", "ann:x", 404)])
def test_who_is_not_admitted_is_told_why(
    open_: Open, shop: LiveShop, path: str, token: str | None, status: int
) -> None:
    with pytest.raises(InvalidStatus) as refused, open_(path, token):
        pass

    assert refused.value.response.status_code == status
    assert "error" in json.loads(refused.value.response.body or b"")
    assert [entry.status for entry in shop.journal.entries(operation="live")] == [status]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("no json", "cannot be read"),
        (b"\xff", "cannot be read"),
        ('{"type": "subscribe"}', "not valid"),
        ('{"type": "subscribe", "channel": "authors"}', "authors:read"),
    ],
)
def test_a_wrong_message_is_answered_and_changes_nothing(
    open_: Open, shop: LiveShop, content: str | bytes, said: str
) -> None:
    with open_() as line:
        say(line, "subscribe", "books")
        line.send(content)
        answer = json.loads(line.recv(timeout=5))

        assert answer["type"] == "error"
        assert said in answer["error"]["message"]
        assert heard(line, shop) == []


def test_a_message_that_breaks_the_document_stands_in_the_journal(open_: Open, shop: LiveShop) -> None:
    with open_() as line:
        say(line, "subscribe", "books")
        shop.channels.publish(Scene(shop, ""), "books", {"type": "changed"})
        line.recv(timeout=5)

    (entry,) = shop.journal.entries(operation="live")
    assert (entry.status, entry.client_id) == (101, "ann")
    assert entry.violations == ["reply event data: is required"]
    assert entry.headers["authorization"] == "***"


def test_connections_can_be_dropped(open_: Open, shop: LiveShop, control: httpx.Client) -> None:
    with open_() as one, open_() as other:
        say(one, "subscribe", "books")
        say(other, "subscribe", "books")

        assert control.get("/channels").json() == {"connections": 2}
        assert control.delete("/channels").json() == {"dropped": 2}
        for line in (one, other):
            with pytest.raises(ConnectionClosed):
                line.recv(timeout=5)


def test_connections_can_fall_silent(open_: Open, shop: LiveShop) -> None:
    with open_() as line:
        say(line, "subscribe", "books")
        shop.channels.hush()
        publish(shop, id="b1")
        with pytest.raises(TimeoutError):
            line.recv(timeout=0.2)
        assert not line.ping().wait(0.2)
        line.close_socket()


@pytest.mark.parametrize(
    ("fault", "messages"),
    [(Fault(operation="live", events=2), 2), (Fault(operation="live", events=1, then="broken"), 1)],
)
def test_a_fault_ends_a_connection_after_some_messages(
    open_: Open, shop: LiveShop, fault: Fault, messages: int
) -> None:
    shop.faults.add(fault)
    with open_() as line:
        say(line, "subscribe", "books")
        for number in range(messages):
            publish(shop, id=f"b{number}")
            line.recv(timeout=5)
        publish(shop, id="late")
        with pytest.raises(ConnectionClosed):
            line.recv(timeout=5)

    assert shop.journal.entries(operation="live")[0].fault is not None


def test_a_fault_puts_garbage_in_the_place_of_a_message(open_: Open, shop: LiveShop) -> None:
    shop.faults.add(Fault(operation="live", events=0, then="garbage"))
    with open_() as line:
        say(line, "subscribe", "books")
        publish(shop, id="b1")
        with pytest.raises(ValueError, match="Unterminated"):
            json.loads(line.recv(timeout=5))
        assert heard(line, shop) == []


def test_a_fault_refuses_a_connection_or_drops_it_before_an_answer(open_: Open, shop: LiveShop) -> None:
    shop.faults.add(Fault(operation="live", status=503))
    shop.faults.add(Fault(operation="live", cut="before"))

    with pytest.raises(InvalidStatus, match="503"), open_():
        pass
    with pytest.raises((InvalidMessage, OSError)), open_():
        pass

    assert len(shop.channels) == 0


def test_the_controls_know_such_connections_by_their_name(control: httpx.Client) -> None:
    assert control.post("/faults", json={"operation": "live", "status": 503}).status_code == 200


def test_a_request_that_is_no_websocket_is_told_to_become_one(server: SocketServer) -> None:
    reply = httpx.get(server.url + "/core/ws")

    assert (reply.status_code, reply.headers["upgrade"], reply.json()["error"]["code"]) == (
        426,
        "websocket",
        "upgrade_required",
    )


def test_a_platform_that_stops_says_so(open_: Open, server: SocketServer) -> None:
    with open_() as line:
        say(line, "subscribe", "books")
        server.stop()
        with pytest.raises(ConnectionClosed, match="1012"):
            line.recv(timeout=5)


def test_a_platform_may_stop_while_somebody_says_goodbye(open_: Open, shop: LiveShop, server: SocketServer) -> None:
    goodbye = Frame(Opcode.CLOSE, Close(1000, "").serialize()).serialize(mask=True)

    async def stop_then() -> None:
        connections: Any = server._connections  # pyright: ignore[reportPrivateUsage]  # there is no other way to them
        (connection,) = connections._state.connections
        connection.data_received(goodbye)
        connection.shutdown()

    with open_() as line:
        say(line, "subscribe", "books")
        shop.thread.run(stop_then())
        with pytest.raises(ConnectionClosed):
            line.recv(timeout=5)


def test_a_platform_without_channels_answers_in_http() -> None:
    shop = Bookshop(Api.from_file(DOCUMENT), registry)
    with SocketServer(shop) as server, pytest.raises(InvalidStatus, match="404"):
        connect(server.url.replace("http", "ws") + "/core/ws", proxy=None)
    shop.close()


def test_a_platform_without_the_library_answers_in_http(shop: LiveShop, monkeypatch: pytest.MonkeyPatch) -> None:
    def find_nothing(name: str) -> None:
        """No such library."""

    monkeypatch.setattr("tandem.sandbox._connections.find_spec", find_nothing)
    token = {"Authorization": "Bearer ann:books:read"}

    with SocketServer(shop) as server, pytest.raises(InvalidStatus, match="404"):
        connect(server.url.replace("http", "ws") + "/core/ws", proxy=None, additional_headers=token)
