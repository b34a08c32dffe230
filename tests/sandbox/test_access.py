"""Scopes, namespaces, idempotency keys, and how refusals are worded."""

from __future__ import annotations

import httpx
import pytest

from interactor.sandbox import Sandbox
from tandem.sandbox import ApiOperation

from .calling import Caller, error_of, token_of

BOT = {"name": "Support", "model": "gpt-4", "system_prompt": "Be brief."}


def scoped(api: Caller, scope: str) -> Caller:
    return api.with_token(token_of(api.sandbox, api.http, scope=scope)["access_token"])


def operations(sandbox: Sandbox) -> list[ApiOperation]:
    return [operation for operation in sandbox.platform.api.operations if operation.scopes]


def call(api: Caller, operation: ApiOperation) -> httpx.Response:
    """The operation with made-up ids and no body: enough to get past the door."""
    path = operation.path
    while "{" in path:
        path = path[: path.index("{")] + "x_none" + path[path.index("}") + 1 :]
    return api.send(operation.method, path)


def test_every_operation_asks_for_its_scope(api: Caller) -> None:
    wrong = {True: "rooms:read", False: "tools:read"}
    refused = {
        operation.name: call(scoped(api, wrong[frozenset({"tools:read"}) in operation.scopes]), operation).status_code
        for operation in operations(api.sandbox)
    }

    assert len(refused) == 68
    assert set(refused.values()) == {403}


@pytest.mark.parametrize(("scope", "count"), [("assistants:read", 4), ("webhooks:manage", 3)])
def test_the_scope_of_an_operation_opens_it(api: Caller, scope: str, count: int) -> None:
    narrow = scoped(api, scope)
    opened = [operation for operation in operations(api.sandbox) if operation.scopes == (frozenset({scope}),)]

    statuses = [call(narrow, operation).status_code for operation in opened]

    assert len(statuses) == count
    assert not {401, 403} & set(statuses)


def test_admin_opens_everything(api: Caller) -> None:
    admin = scoped(api, "admin")

    statuses = {call(admin, operation).status_code for operation in operations(api.sandbox) if not operation.stream}

    assert not statuses & {401, 403}


def test_a_missing_scope_is_named_in_the_words_of_the_guide(api: Caller) -> None:
    narrow = scoped(api, "rooms:read")

    capitals = narrow.get("/tools")
    lower = narrow.get("/workflows")

    assert error_of(capitals) == (403, "FORBIDDEN")
    assert "tools:read" in capitals.json()["error"]["message"]
    assert error_of(lower) == (403, "forbidden")


def test_a_missing_token_is_worded_as_each_guide_has_it(api: Caller) -> None:
    nobody = api.with_token("")

    assert error_of(nobody.get("/rooms")) == (401, "AUTH_ERROR")
    assert error_of(nobody.get("/workflows")) == (401, "unauthorized")


def test_namespaces_do_not_see_each_other(api: Caller) -> None:
    bot = api.made("/assistants", BOT)
    other = api.within("user_2")

    assert other.fetched("/assistants") == []
    assert error_of(other.get(f"/assistants/{bot['id']}")) == (404, "NOT_FOUND")
    assert error_of(other.patch(f"/assistants/{bot['id']}", {"name": "Mine"})) == (404, "NOT_FOUND")
    assert error_of(other.delete(f"/assistants/{bot['id']}")) == (404, "NOT_FOUND")
    assert api.fetched(f"/assistants/{bot['id']}") == bot


def test_without_a_namespace_a_request_is_about_the_default_one(api: Caller) -> None:
    bot = api.within(None).made("/assistants", BOT)

    assert api.within("default").fetched(f"/assistants/{bot['id']}") == bot


def test_the_namespace_may_stand_in_the_query_of_a_list_and_the_header_wins(api: Caller) -> None:
    bot = api.made("/assistants", BOT)

    from_query = api.within(None).fetched("/assistants", namespace="user_1")
    from_header = api.within("user_2").fetched("/assistants", namespace="user_1")

    assert [found["id"] for found in from_query] == [bot["id"]]
    assert from_header == []


@pytest.mark.parametrize("namespace", ["a b", "a/b", "x" * 129, "ü"])
def test_a_malformed_namespace_is_refused(api: Caller, namespace: str) -> None:
    reply = api.within(None).send("GET", "/rooms", headers={"X-Namespace": namespace.encode()})

    assert error_of(reply) == (400, "BAD_REQUEST")


def test_a_client_that_is_bound_to_a_namespace_is_there_by_itself(api: Caller) -> None:
    bound = api.sandbox.add_client("bound", namespaces=["org_acme"])
    token = token_of(api.sandbox, api.http, client_id=bound.client_id, client_secret=bound.client_secret)
    caller = api.with_token(token["access_token"])

    made = caller.within(None).made("/assistants", BOT)

    assert caller.within("org_acme").fetched(f"/assistants/{made['id']}") == made
    assert error_of(caller.within("user_1").get("/assistants")) == (403, "FORBIDDEN")


def test_a_repeated_write_gets_its_first_answer_again(api: Caller) -> None:
    first = api.post("/assistants", BOT, idempotency_key="once")
    again = api.post("/assistants", BOT, idempotency_key="once")

    assert again.json() == first.json()
    assert again.status_code == 201
    assert again.headers["idempotency-replayed"] == "true"
    assert len(api.fetched("/assistants")) == 1


def test_a_key_is_not_for_another_body(api: Caller) -> None:
    api.post("/assistants", BOT, idempotency_key="once")

    reply = api.post("/assistants", {**BOT, "name": "Other"}, idempotency_key="once")

    assert error_of(reply) == (409, "IDEMPOTENCY_CONFLICT")


def test_a_key_belongs_to_a_namespace(api: Caller) -> None:
    mine = api.post("/assistants", BOT, idempotency_key="once")
    theirs = api.within("user_2").post("/assistants", BOT, idempotency_key="once")

    assert theirs.json()["data"]["id"] != mine.json()["data"]["id"]


def test_a_key_is_forgotten_after_a_day(api: Caller) -> None:
    first = api.post("/assistants", BOT, idempotency_key="once").json()["data"]
    api.sandbox.clock.advance(24 * 3600 + 1)
    late = api.with_token(token_of(api.sandbox, api.http)["access_token"])

    assert late.post("/assistants", BOT, idempotency_key="once").json()["data"]["id"] != first["id"]


def test_an_error_has_the_envelope_and_the_request_id(api: Caller) -> None:
    reply = api.send("GET", "/assistants/asst_none", headers={"X-Request-Id": "my-own-id"})

    assert reply.headers["x-request-id"] == "my-own-id"
    assert reply.json() == {
        "error": {
            "code": "NOT_FOUND",
            "message": "No such assistant",
            "details": None,
            "request_id": "my-own-id",
        }
    }


def test_a_broken_field_is_named(api: Caller) -> None:
    reply = api.post("/assistants", {**BOT, "name": "", "temperature": "hot"})

    assert error_of(reply) == (422, "VALIDATION_ERROR")
    assert {detail["field"] for detail in reply.json()["error"]["details"]} == {"name", "temperature"}


@pytest.mark.parametrize("content", [b"{", b"[" * 5000, b"\xff", b'{"name": NaN}'])
def test_an_unreadable_body_is_a_bad_request(api: Caller, content: bytes) -> None:
    reply = api.send("POST", "/assistants", content=content, headers={"Content-Type": "application/json"})

    assert error_of(reply) == (400, "BAD_REQUEST")


def test_a_body_of_another_type_is_a_bad_request(api: Caller) -> None:
    reply = api.send("POST", "/assistants", content=b"name=A", headers={"Content-Type": "text/plain"})

    assert error_of(reply) == (400, "BAD_REQUEST")


def test_a_wrong_page_is_refused_by_name(api: Caller) -> None:
    reply = api.get("/assistants", per_page=101)

    assert error_of(reply) == (422, "VALIDATION_ERROR")
    assert reply.json()["error"]["details"][0]["field"] == "per_page"


def test_what_is_not_there_and_what_is_not_possible(api: Caller) -> None:
    nowhere = api.get("/nowhere")
    impossible = api.send("PUT", "/assistants")

    assert error_of(nowhere) == (404, "NOT_FOUND")
    assert error_of(impossible) == (405, "METHOD_NOT_ALLOWED")
    assert set(impossible.headers["allow"].split(", ")) >= {"GET", "POST"}
