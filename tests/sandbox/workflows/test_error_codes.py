"""Every error code of the guide, and how one gets it. Source: Interactor workflows guide, Error Codes by Endpoint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from interactor.sandbox.workflows._engine import Engine
from tandem.sandbox import Request
from tests.sandbox.calling import Caller, error_of, token_of
from tests.sandbox.definitions import publish

from .making import END, logic, ran, script, waiting

Provoke = Callable[[Caller], httpx.Response]

ONLY_YES: dict[str, Any] = waiting(transitions=[{"target": "end", "condition": {"field": "yes", "equals": True}}])


def with_few_scopes(api: Caller) -> httpx.Response:
    token = token_of(api.sandbox, api.http, scope="rooms:read")["access_token"]
    return api.with_token(token).get("/workflows")


def with_enforced_limits(api: Caller) -> httpx.Response:
    api.sandbox.platform.limiter.enforce = True
    try:
        return next(reply for _ in range(1000) if (reply := api.get("/workflows")).status_code != 200)
    finally:
        api.sandbox.platform.limiter.enforce = False


def with_broken_state(api: Caller) -> httpx.Response:
    api.sandbox.platform.store.put("instance", "inst_broken", {"id": "inst_broken"}, namespace="user_1")
    return api.get("/workflows/instances/inst_broken")


def published_twice(api: Caller) -> httpx.Response:
    version = publish(api, waiting())["published_version_id"]
    return api.post(f"/workflows/waiting/versions/{version}/publish")


def beyond_the_quota(api: Caller) -> httpx.Response:
    publish(api, waiting())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("interactor.sandbox.workflows._runs.MOST_ACTIVE", 1)
        patch.setattr(api.sandbox.platform.limiter, "enforce", True)
        api.made("/workflows/waiting/instances", {})
        return api.post("/workflows/waiting/instances", {})


def before_it_is_published(api: Caller) -> httpx.Response:
    api.made("/workflows", waiting())
    return api.post("/workflows/waiting/instances", {})


def defined_twice(api: Caller) -> httpx.Response:
    api.made("/workflows", waiting())
    return api.post("/workflows", waiting())


def resumed(api: Caller, definition: dict[str, Any], *inputs: dict[str, Any]) -> httpx.Response:
    instance = ran(api, definition)
    replies = [api.post(f"/workflows/instances/{instance['id']}/resume", {"input": given}) for given in inputs]
    return replies[-1]


def overtaken(api: Caller) -> httpx.Response:
    """A resume that came in before another one had changed the instance, and is looked at after it."""
    instance = ran(api, waiting())
    path = f"/workflows/instances/{instance['id']}/resume"

    def noticed(request: Request, engine: Engine) -> dict[str, Any]:
        return {"revision_seen": 1}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("interactor.sandbox._platform.noticed", noticed)
        api.post(path, {"input": {"first": True}})
        return api.post(path, {"input": {"first": False}})


def cancelled_twice(api: Caller) -> httpx.Response:
    instance = ran(api, waiting())
    return [api.post(f"/workflows/instances/{instance['id']}/cancel") for _ in range(2)][-1]


def started(definition: dict[str, Any]) -> Provoke:
    def provoke(api: Caller) -> httpx.Response:
        publish(api, definition)
        return api.post(f"/workflows/{definition['name']}/instances", {})

    return provoke


def hanging(api: Caller) -> httpx.Response:
    """A server that takes the connection, and says nothing."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        return started(logic({"type": "http", "method": "GET", "url": url, "timeout": 50}))(api)


TABLE: list[tuple[str, int, Provoke]] = [
    ("unauthorized", 401, lambda api: api.with_token("").get("/workflows")),
    ("forbidden", 403, with_few_scopes),
    ("rate_limited", 429, with_enforced_limits),
    ("internal_error", 500, with_broken_state),
    (
        "invalid_workflow",
        400,
        lambda api: api.post("/workflows", {"name": "x", "initial_state": "none", "states": {"end": END}}),
    ),
    ("workflow_exists", 409, defined_twice),
    ("workflow_not_found", 404, lambda api: api.get("/workflows/none/versions")),
    (
        "version_not_found",
        404,
        lambda api: (publish(api), api.post("/workflows/approval_workflow/versions/v/publish"))[1],
    ),
    ("already_published", 400, published_twice),
    ("workflow_not_published", 400, before_it_is_published),
    ("namespace_quota_exceeded", 429, beyond_the_quota),
    ("instance_not_found", 404, lambda api: api.get("/workflows/instances/inst_none")),
    ("instance_not_halted", 400, lambda api: resumed(api, waiting(), {}, {})),
    ("invalid_transition", 400, lambda api: resumed(api, ONLY_YES, {"yes": False})),
    ("concurrent_modification", 409, overtaken),
    ("instance_not_active", 400, cancelled_twice),
    ("script_error", 500, started(script("throw new Error('no')"))),
    ("script_timeout", 500, started(script("while (true) {}"))),
    ("http_error", 500, started(logic({"type": "http", "method": "GET", "url": "http://127.0.0.1:9/"}))),
    ("http_timeout", 500, hanging),
]


@pytest.mark.parametrize(("code", "status", "provoke"), TABLE, ids=[code for code, _, _ in TABLE])
def test_an_error_has_the_code_and_the_form_of_the_guide(
    quick: Caller, code: str, status: int, provoke: Provoke
) -> None:
    reply = provoke(quick)

    error = reply.json()["error"]
    assert error_of(reply) == (status, code), reply.text
    assert set(error) == {"code", "message", "details", "request_id"}
    assert error["request_id"] == reply.headers["x-request-id"]
