"""Whatever the framework, the same request gets the same answer."""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import RequestFactory, override_settings  # type: ignore[import-untyped]  # it has no types of its own

from interactor.webhooks import CredentialError, RoomMessageCreated, WebhookRouter, django_view, sign, signed_headers

from .deliveries import NOW, SECRET, body_of, headers_of, verifier
from .servers import PATH, SERVERS, asgi, configured, fast_api, flask_app, mounted, starlette

LIMIT = 20_000
BODY = body_of()
OTHER = body_of(idempotency_key="idem_2")
THIRD = body_of(idempotency_key="idem_3")
FAILING = body_of("credential.error", idempotency_key="idem_4")
UNKNOWN = body_of("credential.revoked", event_version=2, idempotency_key="idem_5")
FORGED = "sha256=" + "0" * 64
LARGE = body_of(data={"content": "x" * LIMIT})

Pairs = list[tuple[str, str]]


def without(name: str) -> Pairs:
    return [(each, value) for each, value in headers_of(BODY).items() if each != name]


ROTATING = [
    *((name.lower(), value) for name, value in headers_of(OTHER).items() if not name.endswith("Signature")),
    *(("x-interactor-signature", signature) for signature in (FORGED, sign(OTHER, SECRET, NOW))),
]
AS_FORM = list((headers_of(THIRD) | {"Content-Type": "application/x-www-form-urlencoded"}).items())


@dataclass
class Row:
    """A request, and the answer that is due."""

    name: str
    status: int
    answer: str
    body: bytes = BODY
    headers: dict[str, str] | Pairs = field(default_factory=lambda: headers_of(BODY))
    method: str = "POST"


ROWS = [
    Row("a delivery", 200, '{"received":true}'),
    Row("a repeat", 200, '{"received":true,"repeated":true}'),
    Row("lower case, two signatures", 200, '{"received":true}', OTHER, ROTATING),
    Row("as if from a form", 200, '{"received":true}', THIRD, AS_FORM),
    Row("nobody wants it", 200, '{"received":true}', UNKNOWN, headers_of(UNKNOWN)),
    Row("a handler fails", 500, '{"error":"handler_failed"}', FAILING, headers_of(FAILING)),
    Row("a handler fails again", 500, '{"error":"handler_failed"}', FAILING, headers_of(FAILING)),
    Row("forged", 401, '{"error":"signature_mismatch"}', BODY, headers_of(BODY, X_Interactor_Signature=FORGED)),
    Row("no signature", 401, '{"error":"missing_signature"}', BODY, without("X-Interactor-Signature")),
    Row("no timestamp", 401, '{"error":"missing_timestamp"}', BODY, without("X-Interactor-Timestamp")),
    Row("no time", 401, '{"error":"malformed_timestamp"}', BODY, headers_of(BODY, X_Interactor_Timestamp="now")),
    Row("not ASCII", 401, '{"error":"malformed_signature"}', BODY, headers_of(BODY, X_Interactor_Signature="sha256=é")),
    Row("too old", 401, '{"error":"timestamp_too_old"}', BODY, headers_of(BODY, timestamp=NOW - 301)),
    Row("too early", 401, '{"error":"timestamp_in_future"}', BODY, headers_of(BODY, timestamp=NOW + 301)),
    Row("other bytes", 401, '{"error":"signature_mismatch"}', BODY + b" "),
    Row("no body", 401, '{"error":"signature_mismatch"}', b""),
    Row("not JSON", 400, '{"error":"malformed_body"}', b"\xff", headers_of(b"\xff")),
    Row("too large", 413, '{"error":"body_too_large"}', LARGE, headers_of(LARGE)),
    Row("read", 405, '{"error":"method_not_allowed"}', b"", {}, "GET"),
    Row("put", 405, '{"error":"method_not_allowed"}', BODY, method="PUT"),
    Row("options", 405, '{"error":"method_not_allowed"}', b"", {}, "OPTIONS"),
]


def router_of() -> WebhookRouter:
    router = WebhookRouter(verifier(max_body=LIMIT))

    @router.on(RoomMessageCreated)
    async def take(event: RoomMessageCreated) -> None: ...

    @router.on(CredentialError)
    def fail(event: CredentialError) -> None:
        raise ValueError("handlers fail")

    return router


def ask(port: int, row: Row, *, chunked: bool = False) -> tuple[int, str, str | None, str | None]:
    """Status, body, content type and allowed methods of the answer to a request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.putrequest(row.method, PATH)
        for name, value in row.headers.items() if isinstance(row.headers, dict) else row.headers:
            connection.putheader(name, value.encode("latin-1"))
        if chunked:
            connection.putheader("Transfer-Encoding", "chunked")
            connection.endheaders(iter([row.body[:100], row.body[100:]]), encode_chunked=True)
        else:
            connection.putheader("Content-Length", str(len(row.body)))
            connection.endheaders(row.body)
        reply = connection.getresponse()
        return reply.status, reply.read().decode(), reply.getheader("Content-Type"), reply.getheader("Allow")
    finally:
        connection.close()


@pytest.fixture(scope="module", params=SERVERS)
def answers(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """The answers to all rows in turn, from one framework."""
    with SERVERS[request.param](router_of()) as port:
        yield {row.name: ask(port, row) for row in ROWS}


def test_the_table_has_all_kinds_of_answers() -> None:
    assert len(ROWS) >= 20
    assert {row.status for row in ROWS} == {200, 400, 401, 405, 413, 500}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_same_request_gets_the_same_answer(answers: dict[str, Any], row: Row) -> None:
    allow = "POST" if row.status == 405 else None

    assert answers[row.name] == (row.status, row.answer, "application/json", allow)


@pytest.mark.parametrize("serve", [asgi, starlette, fast_api, flask_app])
def test_a_body_in_chunks_is_read_up_to_the_limit(serve: Any) -> None:
    with serve(router_of()) as port:
        assert ask(port, ROWS[0], chunked=True)[0] == 200
        assert ask(port, next(row for row in ROWS if row.name == "too large"), chunked=True)[0] == 413


def test_no_more_is_read_of_a_body_than_the_limit_allows() -> None:
    pieces, sent = iter([b"x" * LIMIT] * 9), list[Any]()

    async def receive() -> Any:
        return {"type": "http.request", "body": next(pieces), "more_body": True}

    async def send(event: Any) -> None:
        sent.append(event)

    asyncio.run(router_of().asgi()({"type": "http", "method": "POST", "headers": []}, receive, send))

    assert sent[0]["status"] == 413
    assert len(list(pieces)) == 7


def test_nothing_is_read_of_a_body_that_is_announced_as_too_large() -> None:
    statuses: list[str] = []
    environ = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(LIMIT + 1), "wsgi.input": None}

    def start_response(status: str, headers: Any) -> None:
        statuses.append(status)

    router_of().wsgi()(environ, start_response)

    assert statuses[0].startswith("413 ")


def test_the_application_can_be_mounted() -> None:
    with mounted(router_of()) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("POST", f"{PATH}/", BODY, headers_of(BODY))
        assert connection.getresponse().read() == b'{"received":true}'
        connection.close()


def test_a_body_that_a_hook_of_flask_has_read_is_still_there() -> None:
    import flask

    from interactor.webhooks import flask_blueprint

    app = flask.Flask("tests")
    app.before_request(lambda: flask.request.get_json() and None)
    app.register_blueprint(flask_blueprint(router_of(), PATH))

    reply = app.test_client().post(PATH, data=BODY, headers=headers_of(BODY))

    assert reply.data == b'{"received":true}'


def django_reply(change: Any) -> Any:
    """What Django's view answers to a delivery that something happened to before."""
    view = django_view(router_of())
    configured(view, lambda: None)
    factory: Any = RequestFactory()
    request = factory.post(PATH, BODY, content_type="application/json", headers=headers_of(BODY))
    change(request)
    return view(request)


def read_body(request: Any) -> None:
    """Django keeps what it read in one piece."""
    assert request.body


def use_up(request: Any) -> None:
    """Django does not keep what was read from the stream."""
    assert request.read()


def test_a_body_that_a_middleware_of_django_has_remembered_is_still_there() -> None:
    assert django_reply(read_body).content == b'{"received":true}'


def test_a_body_that_a_middleware_of_django_has_used_up_is_refused() -> None:
    reply = django_reply(use_up)

    assert (reply.status_code, reply.content) == (401, b'{"error":"signature_mismatch"}')


def test_a_body_above_the_limit_of_django_is_too_large() -> None:
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=10):
        assert django_reply(id).status_code == 413


def test_signed_headers_are_all_that_a_test_of_yours_needs() -> None:
    router = WebhookRouter(verifier())
    router.on()(lambda event: None)

    assert router.handle(BODY, signed_headers(BODY, SECRET, timestamp=NOW, delivery_id="del_1")).status == 200
