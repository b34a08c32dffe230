"""A reply that says `"success": false` is a refusal, whatever its status."""

from __future__ import annotations

from typing import Any

import pytest

from coordinaitor import (
    APIStatusError,
    AuthenticationError,
    ConflictError,
    NotFoundError,
    OrchestratorError,
    PermissionDeniedError,
    RateLimitError,
    RetryPolicy,
    ServerError,
    ValidationError,
)
from tests.tandem.fakes import Answer, answer

from .conftest import KEY, LOGIN, Enter
from .doorkeeper import Doorkeeper

WAYS = [
    ("AUTHENTICATION_ERROR", AuthenticationError),
    ("AUTHORIZATION_ERROR", PermissionDeniedError),
    ("NOT_FOUND", NotFoundError),
    ("CONFLICT_ERROR", ConflictError),
    ("VALIDATION_ERROR", ValidationError),
    ("RATE_LIMIT_ERROR", RateLimitError),
    ("SERVICE_UNAVAILABLE", ServerError),
    ("SOMETHING_NEW", APIStatusError),
]


def refusal(code: str = "CONFLICT_ERROR", **beside: Any) -> Answer:
    error = {"code": code, "message": "Not now", **beside}
    return answer({"success": False, "error": error, "meta": {"requestId": "req-7"}})


@pytest.mark.parametrize(("code", "kind"), WAYS)
def test_a_refusal_with_a_good_status_is_the_error_of_its_code(
    enter: Enter, code: str, kind: type[APIStatusError]
) -> None:
    visit = enter(Doorkeeper(refusal(code, retryAfter=5)), **KEY)

    with pytest.raises(OrchestratorError) as caught:
        visit.client.tasks.get("task-1")

    error = caught.value
    assert type(error) is kind
    assert str(error) == f"200 {code}: Not now (GET /api/v1/tasks/{{taskId}}, request req-7)"
    assert isinstance(error, APIStatusError)
    assert (error.code, error.status_code, error.request_id, error.retry_after) == (code, 200, "req-7", 5.0)


def test_a_refusal_is_not_sent_again(enter: Enter) -> None:
    visit = enter(Doorkeeper(refusal("SERVICE_UNAVAILABLE")), retry=RetryPolicy(max_attempts=6), **KEY)

    with pytest.raises(ServerError):
        visit.client.tasks.create(title="Build it", description="From scratch.")

    assert len(visit.platform.requests) == 1


def test_a_page_a_delete_and_a_call_by_url_can_be_refused_too(enter: Enter) -> None:
    client = enter(Doorkeeper(refusal()), **KEY).client

    for call in (
        lambda: list(client.tasks.list()),
        lambda: client.tasks.delete("task-1"),
        lambda: client.request("GET", "/api/v1/tasks"),
    ):
        with pytest.raises(ConflictError):
            call()


def test_a_refused_login_is_told_as_one(enter: Enter) -> None:
    platform = Doorkeeper()
    platform.door_steps["login"] = [refusal("AUTHENTICATION_ERROR")]

    with pytest.raises(AuthenticationError, match="Not now"):
        enter(platform, **LOGIN).client.tasks.get("task-1")


def test_a_refusal_that_says_nothing_has_a_message(enter: Enter) -> None:
    with pytest.raises(APIStatusError, match="200: The reply says that this is no success"):
        enter(Doorkeeper(answer({"success": False})), **KEY).client.tasks.get("task-1")


@pytest.mark.parametrize("word", [True, None, 0, "false"])
def test_only_false_is_a_refusal(enter: Enter, word: object) -> None:
    reply = answer({"success": word, "data": {"id": "task-1", "title": "Build it"}})

    assert enter(Doorkeeper(reply), **KEY).client.tasks.get("task-1").id == "task-1"
