"""What calls send, what replies mean, and what is sent again: the platform's own ways."""

from __future__ import annotations

import datetime
import json
import logging
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from coordinaitor import (
    APIConnectionError,
    AuthenticationError,
    InvalidRequestError,
    NotFoundError,
    OrchestratorError,
    RateLimitError,
    RetryPolicy,
    ServerError,
    ValidationError,
)
from coordinaitor.models import Task
from tandem import Request, TransportError
from tests.tandem.fakes import Answer, answer, header, refused, reset

from .conftest import KEY, LOGIN, Enter
from .doorkeeper import Doorkeeper

TASK = {"success": True, "data": {"id": "task-1", "title": "Build it"}, "meta": {"requestId": "req-1"}}
OK = answer(TASK)


def body_of(request: Request) -> Any:
    assert isinstance(request.content, bytes)
    return json.loads(request.content)


def test_an_api_key_goes_with_every_call_that_needs_one(enter: Enter) -> None:
    visit = enter(**KEY)

    visit.client.tasks.get("task-1")
    visit.client.auth.login(email="a@b.test", password="canary-password")

    assert visit.platform.sent("x-api-key") == ["ak_canary"]
    assert visit.platform.sent("authorization") == [None]
    assert visit.platform.asked == ["login"]


def test_a_refused_api_key_is_not_sent_again(enter: Enter) -> None:
    visit = enter(api_key="ak_wrong")

    with pytest.raises(AuthenticationError) as caught:
        visit.client.tasks.get("task-1")

    assert caught.value.attempts == 1
    assert visit.clock.pauses == []


@pytest.mark.parametrize(("way", "name"), [(KEY, "X-API-Key"), (LOGIN, "Authorization")])
def test_credentials_of_the_callers_own_go_instead(enter: Enter, way: dict[str, Any], name: str) -> None:
    visit = enter(**way)
    with pytest.raises(AuthenticationError):
        visit.client.tasks.get("task-1", options={"extra_headers": {name: "Bearer of another"}})

    assert visit.platform.doors == []


class Moved(Doorkeeper):
    """Sends everybody to another origin, and keeps what arrives there."""

    def __init__(self) -> None:
        super().__init__(answer(None, 307, {"Location": "https://elsewhere.test/x"}))
        self.elsewhere: list[Request] = []

    def respond(self, request: Request) -> Answer:
        if "elsewhere" not in request.url:
            return super().respond(request)
        self.elsewhere.append(request)
        return OK


@pytest.mark.parametrize("way", [KEY, LOGIN])
def test_no_credential_goes_to_another_origin(enter: Enter, way: dict[str, Any]) -> None:
    platform = Moved()

    enter(platform, follow_redirects=True, **way).client.tasks.get("task-1")

    (request,) = platform.elsewhere
    assert (header(request, "x-api-key"), header(request, "authorization")) == (None, None)
    assert "canary" not in repr(request)


@pytest.mark.parametrize("way", [KEY, LOGIN])
def test_no_credential_is_logged(enter: Enter, way: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    visit = enter(Doorkeeper(answer({}, 503), answer({}, 404)), **way)

    with pytest.raises(NotFoundError) as caught:
        visit.client.tasks.get("task-1")

    assert len(caplog.records) > 1
    assert "canary" not in caplog.text + str(caught.value) + repr(caught.value)


def test_names_are_snake_case_here_and_camel_case_on_the_wire(enter: Enter) -> None:
    due = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)
    visit = enter(answer_with({"projectId": "proj-1", "estimatedHours": 3, "createdAt": "2026-01-01T00:00:00Z"}), **KEY)

    task = visit.client.tasks.create(title="Build it", project_id="proj-1", estimated_hours=3, due_date=due)

    assert body_of(visit.platform.requests[0]) == {
        "title": "Build it",
        "projectId": "proj-1",
        "estimatedHours": 3,
        "dueDate": "2026-01-02T00:00:00+00:00",
    }
    assert (task.project_id, task.estimated_hours) == ("proj-1", 3)
    assert task.created_at == datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def answer_with(data: dict[str, Any], **beside: Any) -> Doorkeeper:
    return Doorkeeper(answer({"success": True, "data": data, **beside}))


def test_fields_that_nobody_knows_are_kept_as_they_came(enter: Enter) -> None:
    came = {"id": "task-1", "title": "Build it", "slaTier": {"maxHours": 2, "snake_case": None}, "status": "dreaming"}

    task = enter(answer_with(came), **KEY).client.tasks.get("task-1")

    assert task.additional_properties == {"slaTier": {"maxHours": 2, "snake_case": None}}
    assert task.status == "dreaming"
    assert task.to_dict() == came
    assert Task.from_dict(task.to_dict()) == task


def test_filters_are_spelt_as_the_platform_spells_them(enter: Enter) -> None:
    visit = enter(Doorkeeper(answer({"success": True, "data": []})), **KEY)
    after = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)

    list(visit.client.tasks.list(status="active", tags=["frontend", "react"], created_after=after, limit=5))
    visit.platform.steps[:] = [OK]
    visit.client.tasks.get("task/1", include=["comments", "files"])

    listed, got = (urlsplit(request.url) for request in visit.platform.requests)
    assert dict(parse_qsl(listed.query)) == {
        "limit": "5",
        "status": "active",
        "tags": "frontend,react",
        "createdAfter": "2026-01-01T00:00:00+00:00",
    }
    assert (got.path, parse_qsl(got.query)) == ("/api/v1/tasks/task%2F1", [("include", "comments,files")])


def test_a_request_is_known_by_the_id_in_the_body(enter: Enter) -> None:
    visit = enter(Doorkeeper(OK), **KEY)

    meta = visit.client.tasks.get("task-1").response_meta

    assert meta.request_id == "req-1"
    assert meta.told == {"requestId": "req-1"}


def test_an_error_tells_what_the_platform_told(enter: Enter) -> None:
    details = {"title": ["Title is required"], "priority": ["no", "really no"]}
    told = {
        "success": False,
        "error": {"code": "VALIDATION_ERROR", "message": "Validation failed", "details": details},
        "meta": {"requestId": "req-789"},
    }

    with pytest.raises(ValidationError) as caught:
        enter(Doorkeeper(answer(told, 422)), **KEY).client.tasks.create(title="")

    error = caught.value
    assert isinstance(error, OrchestratorError)
    assert (error.code, error.request_id, error.details) == ("VALIDATION_ERROR", "req-789", details)
    assert "req-789" in str(error)


def test_hooks_are_told_the_request_id_of_the_body(enter: Enter) -> None:
    told: list[Any] = []
    failed = answer({"success": False, "error": {"code": "X"}, "meta": {"requestId": "req-0"}}, 503)
    visit = enter(Doorkeeper(failed, OK), on_attempt=told.append, **KEY)

    visit.client.tasks.get("task-1")

    assert [record.request_id for record in told] == ["req-0", "req-1"]


def test_the_rate_limit_comes_with_its_window(enter: Enter) -> None:
    headers = {
        "X-RateLimit-Limit": "1000",
        "X-RateLimit-Remaining": "999",
        "X-RateLimit-Reset": "1800003600",
        "X-RateLimit-Window": "3600",
    }
    limit = enter(Doorkeeper(answer(TASK, 200, headers)), **KEY).client.tasks.get("task-1").response_meta.rate_limit

    assert limit is not None
    assert (limit.limit, limit.remaining, limit.window) == (1000, 999, 3600)
    assert limit.reset_at == datetime.datetime.fromtimestamp(1800003600, datetime.UTC)


def test_a_limit_that_lasts_an_hour_fails_at_once(enter: Enter) -> None:
    visit = enter(Doorkeeper(answer({"success": False}, 429, {"Retry-After": "3600"})), **KEY)

    with pytest.raises(RateLimitError) as caught:
        visit.client.tasks.get("task-1")

    assert (caught.value.retry_after, caught.value.attempts) == (3600.0, 1)


@pytest.mark.parametrize("problem", [answer({}, 429), answer({}, 503), refused()])
def test_a_write_that_was_surely_not_carried_out_is_sent_again(enter: Enter, problem: Any) -> None:
    visit = enter(Doorkeeper(problem, problem, OK), **KEY)

    assert visit.client.tasks.create(title="Build it").id == "task-1"
    assert len(visit.platform.requests) == 3
    assert visit.platform.sent("idempotency-key") == [None] * 3


@pytest.mark.parametrize("problem", [answer({}, 500), answer({}, 502), answer({}, 504), answer({}, 408), reset()])
def test_a_write_that_may_have_been_carried_out_is_not_sent_again(enter: Enter, problem: Any) -> None:
    visit = enter(Doorkeeper(problem, OK), **KEY)

    with pytest.raises(APIConnectionError if isinstance(problem, TransportError) else OrchestratorError):
        visit.client.tasks.create(title="Build it")
    assert len(visit.platform.requests) == 1


@pytest.mark.parametrize("problem", [answer({}, 500), answer({}, 502), answer({}, 503), reset()])
def test_a_read_is_sent_again(enter: Enter, problem: Any) -> None:
    visit = enter(Doorkeeper(problem, OK), **KEY)

    assert visit.client.tasks.get("task-1").response_meta.attempts == 2


def test_who_names_statuses_means_those(enter: Enter) -> None:
    visit = enter(Doorkeeper(answer({}, 503)), retry=RetryPolicy(unkeyed_statuses=frozenset({429})), **KEY)

    with pytest.raises(ServerError):
        visit.client.tasks.create(title="Build it")
    assert len(visit.platform.requests) == 1


def test_a_call_by_url_takes_no_idempotency_key(enter: Enter) -> None:
    visit = enter(Doorkeeper(answer({}, 502)), **KEY)

    with pytest.raises(ServerError):
        visit.client.request("POST", "/api/v1/tasks", body={"title": "x"})
    assert visit.platform.sent("idempotency-key") == [None]


def page(number: int, **pagination: Any) -> Answer:
    numbers = {"page": number, "limit": 2, "total": 5, "pages": 3, "hasNext": number < 3, "hasPrev": number > 1}
    links = {"first": "/api/v1/tasks?page=1", "next": f"/api/v1/tasks?page={number + 1}" if number < 3 else None}
    items = [{"id": f"task-{each}"} for each in range(2 * number - 1, min(2 * number, 5) + 1)]
    return answer({"success": True, "data": items, "pagination": {**numbers, **pagination}, "links": links})


def numbered(request: Request) -> Answer:
    return page(int(request.url.partition("page=")[2].partition("&")[0] or 1))


def test_a_page_knows_its_place_and_its_links(enter: Enter) -> None:
    visit = enter(Doorkeeper(page(1), page(2)), **KEY)

    first = visit.client.tasks.list(limit=2).first_page()
    second = first.next_page()

    assert (first.page, first.per_page, first.total, first.total_pages) == (1, 2, 5, 3)
    assert (first.has_next, first.has_more) == (True, True)
    assert first.links == {"first": "/api/v1/tasks?page=1", "next": "/api/v1/tasks?page=2"}
    assert second is not None
    assert (first.has_prev, second.has_prev) == (False, True)
    assert [task.id for task in second] == ["task-3", "task-4"]


@pytest.mark.parametrize("ahead", [0, 4])
def test_a_list_is_walked_to_its_end(enter: Enter, ahead: int) -> None:
    visit = enter(Doorkeeper(numbered), **KEY)

    tasks = list(visit.client.tasks.list(limit=2, options={"prefetch": ahead}))

    assert [task.id for task in tasks] == [f"task-{each}" for each in range(1, 6)]
    assert len(visit.platform.requests) == 3


def test_a_key_that_the_platform_would_not_heed_is_refused(enter: Enter) -> None:
    visit = enter(Doorkeeper(answer({"success": True, "data": {}})), **KEY)

    with pytest.raises(InvalidRequestError, match="knows no idempotency keys"):
        visit.client.request("POST", "/api/v1/tasks", body={"title": "Once"}, idempotency_key="k")

    assert visit.platform.requests == []
