"""What a user gives is encoded or refused before a byte is sent; and the platform sees the id that was given."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest

from interactor.sandbox import Sandbox
from tandem import ConfigurationError, InvalidRequestError, NotFoundError
from tests.conftest import MakeClient

from .conftest import Connect
from .misbehaving import GOOD, Misbehaving
from .products import INTERACTOR, Product

REFUSED_IDS: list[Any] = ["", ".", "..", None, True, 1.5, b"a", "\ud800", ["a"]]
IDS = [
    "../x?y=1", "../../x", "a/b", "a//b", "/", "%2e%2e", "%2F", "%", "\r\n", "a\r\nX-Evil: 1", "\0", "\t",
    " ", "a b", "...",
    "#", "?", "&", ";a=b", "\\", "..\\..", "é", "🦊", "\u202e", "\uff41", "a:b@c", "http://evil.example/",
    "{id}", "x" * 10_240, 7,
]  # fmt: skip
REFUSED_NAMESPACES: list[Any] = [
    "",
    " ",
    "a b",
    "a/b",
    "a\r\nX-Evil: 1",
    "a\0",
    "é",
    "🦊",
    "x" * 129,
    "a\n",
    "a%2e",
    7,
    b"a",
]
REFUSED_VALUES: list[Any] = ["a\r\nX-Evil: 1", "a\nb", "a\0b", " a", "a ", "é", "🦊", "\x7f", 7, None, b"a"]
REFUSED_NAMES: list[Any] = ["", "a b", "a:", "a\r\nb", "é", "content-length", "Transfer-Encoding", 7]


@pytest.mark.parametrize("wrong", REFUSED_IDS, ids=repr)
def test_an_id_that_names_no_object_is_refused_before_sending(connect: Connect, wrong: Any, product: Product) -> None:
    with Misbehaving(GOOD) as server:
        client = connect(server)
        for play in (product.objects(client).get, product.objects(client).delete):
            with pytest.raises(InvalidRequestError):
                play(wrong)

        assert server.requests == server.token_requests == []


@pytest.mark.parametrize("given", IDS, ids=lambda given: repr(given)[:20])
def test_an_id_is_one_segment_of_the_path_whatever_is_in_it(connect: Connect, given: str, product: Product) -> None:
    with Misbehaving(GOOD) as server:
        product.update(connect(server), given)

    (request,) = server.requests
    prefix, _, segment = request.target.rpartition("/")
    assert (prefix, unquote(segment, errors="strict")) == (product.collection, str(given))
    assert "?" not in request.target
    assert request.header("x-evil") is None


@pytest.mark.parametrize("given", IDS, ids=lambda given: repr(given)[:20])
def test_the_sandbox_sees_the_id_that_the_user_gave(make_client: MakeClient, platform: Sandbox, given: str) -> None:
    client = make_client()

    with pytest.raises(NotFoundError) as caught:
        client.assistants.get(given)

    (entry,) = (
        e for e in platform.journal.entries(operation="assistants.get") if e.request_id == caught.value.request_id
    )
    assert entry.operation == "assistants.get"
    assert unquote(entry.path.rpartition("/")[2]) == str(given)


@pytest.mark.parametrize("name", ["%2e%2e", "é🦊", "a b", "x" * 128])
def test_a_name_comes_back_as_it_was_given(make_client: MakeClient, name: str, product: Product) -> None:
    client = make_client()
    fields: dict[str, Any] = {**INTERACTOR.fields, "name": name}
    made = client.assistants.create(**fields)

    assert client.assistants.get(made.id).name == name


@pytest.mark.needs("namespaces")
@pytest.mark.parametrize("wrong", REFUSED_NAMESPACES, ids=lambda wrong: repr(wrong)[:20])
def test_a_namespace_that_is_none_is_refused_when_it_is_given(connect: Connect, wrong: Any, product: Product) -> None:
    with Misbehaving(GOOD) as server:
        client = connect(server)
        with pytest.raises(InvalidRequestError):
            client.for_namespace(wrong)
        with pytest.raises(InvalidRequestError):
            product.read(client, options={"namespace": wrong})
        with pytest.raises(InvalidRequestError):
            product.read(client, options={"extra_headers": {"x-namespace": wrong}})
        with pytest.raises(ConfigurationError):
            connect(server, namespace=wrong)

        assert server.requests == server.token_requests == []


@pytest.mark.needs("namespaces")
@pytest.mark.parametrize("given", ["a", "user_123", "A.b:c-d_9", "x" * 128])
def test_a_namespace_arrives_as_it_was_given(connect: Connect, given: str) -> None:
    with Misbehaving(GOOD) as server:
        connect(server).for_namespace(given).assistants.get("asst_1")

    assert server.sent("x-namespace") == [given]


@pytest.mark.parametrize("wrong", REFUSED_VALUES, ids=repr)
def test_a_header_value_that_could_break_out_is_refused_before_sending(
    connect: Connect, wrong: Any, product: Product
) -> None:
    with Misbehaving(GOOD) as server:
        client = connect(server)
        with pytest.raises(InvalidRequestError):
            product.read(client, options={"extra_headers": {"X-Own": wrong}})
        if wrong is not None and "keys" not in product.lacks:
            with pytest.raises(InvalidRequestError):
                product.create(client, idempotency_key=wrong)

        assert server.requests == server.token_requests == []


@pytest.mark.parametrize("wrong", REFUSED_NAMES, ids=repr)
def test_a_header_name_that_is_none_is_refused_before_sending(connect: Connect, wrong: Any, product: Product) -> None:
    with Misbehaving(GOOD) as server:
        with pytest.raises(InvalidRequestError):
            product.read(connect(server), options={"extra_headers": {wrong: "x"}})

        assert server.requests == server.token_requests == []


@pytest.mark.parametrize(
    "path", ["x", "//evil.example/x", "/a/../b", "/a/%2e%2e/b", "/a?b=1", "/a#b", "/a b", "/\r\n", "/é", ""]
)
def test_a_path_of_ones_own_stays_on_its_server(connect: Connect, path: str) -> None:
    with Misbehaving(GOOD) as server:
        client = connect(server)
        try:
            client.request("GET", path)
        except InvalidRequestError:
            assert server.requests == server.token_requests == []
        else:
            (request,) = server.requests
            assert (request.target, request.header("host")) == (path, server.url.removeprefix("http://"))


@pytest.mark.parametrize("value", ["a&b=c", "a#b", "\r\n", "\0", "é🦊", "+", "%26"])
def test_a_query_value_is_one_value_whatever_is_in_it(connect: Connect, value: str) -> None:
    with Misbehaving(GOOD) as server:
        connect(server).request("GET", "/x", query={"q": value})

    (request,) = server.requests
    path, _, query = request.target.partition("?")
    assert path == "/x"
    assert unquote(query.removeprefix("q=").replace("+", " ")) == value
    assert "&" not in query
