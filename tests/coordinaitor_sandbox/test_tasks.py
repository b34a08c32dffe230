"""Tasks over HTTP: lists, their life, comments and files."""

from __future__ import annotations

from typing import Any

import pytest

from .calling import Caller, error_of

AGENT = {"name": "React developer", "type": "coding", "model": "gpt-4", "provider": "openai"}
FULL = {
    "title": "Build user dashboard",
    "description": "Analytics and controls",
    "priority": "high",
    "tags": ["frontend", "dashboard"],
    "estimatedHours": 12,
    "dueDate": "2026-02-20T00:00:00Z",
    "requirements": ["Responsive design"],
    "acceptanceCriteria": ["Loads within 2 seconds"],
}


@pytest.fixture(autouse=True)
def _nobody_works(resting: None) -> None:
    """Nothing changes but by a request."""


@pytest.fixture
def agent(api: Caller) -> dict[str, Any]:
    made: dict[str, Any] = api.made("/agents", AGENT)
    return made


@pytest.fixture
def project(api: Caller) -> dict[str, Any]:
    made: dict[str, Any] = api.made("/projects", {"name": "Web shop"})
    return made


@pytest.fixture
def task(api: Caller) -> dict[str, Any]:
    made: dict[str, Any] = api.made("/tasks", FULL)
    return made


def titles(api: Caller, **query: Any) -> list[str]:
    return [found["title"] for found in api.fetched("/tasks", **query)]


# -- create


def test_a_task_is_made_with_all_that_was_given(api: Caller, agent: dict[str, Any], project: dict[str, Any]) -> None:
    reply = api.post("/tasks", {**FULL, "agentId": agent["id"], "projectId": project["id"]})

    task = reply.json()["data"]
    assert reply.status_code == 201
    assert {name: task[name] for name in FULL} == FULL
    assert task["assignedAgent"] == {"id": agent["id"], "name": AGENT["name"], "type": "coding"}
    assert task["project"] == {"id": project["id"], "name": "Web shop"}
    assert (task["status"], task["progress"], task["createdBy"]) == ("pending", 0, api.fetched("/users/me")["id"])


@pytest.mark.parametrize("field", ["agentId", "projectId"])
def test_a_task_cannot_speak_of_what_does_not_exist(api: Caller, field: str) -> None:
    reply = api.post("/tasks", {"title": "A", field: "no-1"})

    assert error_of(reply) == (422, "VALIDATION_ERROR")
    assert list(reply.json()["error"]["details"]) == [field]


def test_all_that_is_wrong_is_told_by_field(api: Caller) -> None:
    reply = api.post("/tasks", {"priority": "urgent", "tags": "a"})

    assert error_of(reply) == (422, "VALIDATION_ERROR")
    assert sorted(reply.json()["error"]["details"]) == ["priority", "tags", "title"]


def test_an_agent_that_is_offline_takes_no_new_task(api: Caller, agent: dict[str, Any]) -> None:
    api.post(f"/agents/{agent['id']}/disable")

    reply = api.post("/tasks", {"title": "A", "agentId": agent["id"]})

    assert reply.json()["error"]["details"] == {"agentId": ["The agent is offline"]}


def test_a_day_that_no_calendar_has_is_refused(api: Caller) -> None:
    assert error_of(api.post("/tasks", {"title": "A", "dueDate": "2026-12-31T23:59:60Z"}))[0] == 422


# -- list


def test_every_filter_narrows_the_list(api: Caller, agent: dict[str, Any], project: dict[str, Any]) -> None:
    wanted = {**FULL, "agentId": agent["id"], "projectId": project["id"]}
    made = api.made("/tasks", wanted)
    api.patch(f"/tasks/{made['id']}", {"status": "active"})
    api.made("/tasks", {"title": "Other"})

    for name, value in {
        "status": "active",
        "priority": "high",
        "projectId": project["id"],
        "agentId": agent["id"],
        "search": "ANALYTICS dashboard",
        "tags": "dashboard,frontend",
    }.items():
        assert titles(api, **{name: value}) == [FULL["title"]], name
    assert titles(api, createdAfter=made["createdAt"]) == ["Other"]
    assert titles(api, createdBefore="2020-01-01T00:00:00Z") == []
    assert titles(api, status="active", priority="low") == []


def test_lists_are_sorted_and_newest_first_without_being_told(api: Caller) -> None:
    for title, priority in (("a", "low"), ("b", "high"), ("c", "medium")):
        api.made("/tasks", {"title": title, "priority": priority})

    assert titles(api) == ["c", "b", "a"]
    assert titles(api, sortOrder="asc") == ["a", "b", "c"]
    assert titles(api, sortBy="priority") == ["b", "c", "a"]
    assert titles(api, sortBy="priority", sortOrder="asc") == ["a", "c", "b"]


def test_pages_link_to_each_other_with_the_filters(api: Caller) -> None:
    for number in range(5):
        api.made("/tasks", {"title": f"Task {number}", "tags": ["a"]})

    body = api.get("/tasks", page=2, limit=2, tags="a").json()

    assert [task["title"] for task in body["data"]] == ["Task 2", "Task 1"]
    assert body["pagination"] == {"page": 2, "limit": 2, "total": 5, "pages": 3, "hasNext": True, "hasPrev": True}
    for name, page in {"first": 1, "prev": 1, "next": 3, "last": 3}.items():
        assert body["links"][name] == f"/api/v1/tasks?page={page}&limit=2&tags=a"


def test_a_moment_that_is_none_is_refused(api: Caller) -> None:
    assert error_of(api.get("/tasks", createdAfter="2026-12-31T23:59:60Z"))[0] == 422


# -- get, replace, update


def test_what_is_asked_for_comes_along_and_nothing_else(api: Caller, task: dict[str, Any]) -> None:
    said = api.made(f"/tasks/{task['id']}/comments", {"content": "Started."})
    api.patch(f"/tasks/{task['id']}", {"status": "active"})
    path = f"/tasks/{task['id']}"

    assert not api.fetched(path).keys() & {"comments", "files", "history", "metrics"}
    whole = api.fetched(path, include="comments,files,history,metrics")
    assert whole["comments"] == [said]
    assert whole["files"] == []
    assert [entry["action"] for entry in whole["history"]] == ["created", "commented", "status_changed"]
    last = whole["history"][-1]
    assert (last["from"], last["to"], last["user"]) == ("pending", "active", task["createdBy"])
    assert whole["metrics"] == {"timeSpent": 0, "completionRate": 0, "qualityScore": None, "changeRequests": 0}


def test_a_replacement_resets_what_it_leaves_out(api: Caller, task: dict[str, Any]) -> None:
    api.patch(f"/tasks/{task['id']}", {"status": "active", "progress": 0.5, "actualHours": 6})

    replaced = api.put(f"/tasks/{task['id']}", {"title": "New"}).json()["data"]

    assert (replaced["title"], replaced["tags"], replaced["dueDate"], replaced["priority"]) == (
        "New",
        [],
        None,
        "medium",
    )
    assert (replaced["status"], replaced["progress"], replaced["actualHours"]) == ("active", 0.5, 6)


def test_an_update_changes_what_it_names(api: Caller, task: dict[str, Any]) -> None:
    api.sandbox.clock.advance(60)

    changed = api.patch(f"/tasks/{task['id']}", {"status": "completed", "actualHours": 7.5}).json()["data"]

    assert (
        changed.items() >= {"status": "completed", "actualHours": 7.5, "progress": 1.0, "title": FULL["title"]}.items()
    )
    assert changed["completedAt"] == changed["updatedAt"] > task["updatedAt"]


EMPTIED: dict[str, Any] = dict.fromkeys(("description", "projectId", "agentId", "estimatedHours", "dueDate"))


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_null_empties_a_field(api: Caller, agent: dict[str, Any], project: dict[str, Any], method: str) -> None:
    full = api.made("/tasks", {**FULL, "agentId": agent["id"], "projectId": project["id"]})

    api.send(method, f"/tasks/{full['id']}", {"title": FULL["title"], **EMPTIED})

    task = api.fetched(f"/tasks/{full['id']}", include="history")
    assert task.items() >= EMPTIED.items()
    assert not task.keys() & {"assignedAgent", "project"}
    assert ("unassigned", agent["id"], None) in [
        (step["action"], step.get("from"), step.get("to")) for step in task["history"]
    ]


def test_what_is_never_empty_takes_no_null(api: Caller, task: dict[str, Any]) -> None:
    for name in ("title", "priority", "status", "tags", "progress"):
        assert error_of(api.patch(f"/tasks/{task['id']}", {name: None})) == (422, "VALIDATION_ERROR")


def test_a_task_that_loses_its_agent_at_work_waits_for_another(
    api: Caller, task: dict[str, Any], agent: dict[str, Any]
) -> None:
    api.patch(f"/tasks/{task['id']}", {"agentId": agent["id"], "status": "active", "progress": 0.5})

    lost = api.patch(f"/tasks/{task['id']}", {"agentId": None}).json()["data"]

    assert (lost["status"], lost["agentId"], lost["progress"]) == ("pending", None, 0.5)
    assert api.fetched(f"/agents/{agent['id']}")["currentTasks"] == 0


def test_a_task_that_is_over_does_not_become_active_again(api: Caller, task: dict[str, Any]) -> None:
    api.patch(f"/tasks/{task['id']}", {"status": "cancelled"})

    for reply in (
        api.patch(f"/tasks/{task['id']}", {"status": "active"}),
        api.put(f"/tasks/{task['id']}", {"title": "A", "progress": 0.5}),
    ):
        assert error_of(reply) == (409, "CONFLICT_ERROR")
        assert reply.json()["error"]["message"] == "The task is cancelled"
    assert api.fetched(f"/tasks/{task['id']}")["title"] == FULL["title"]


def test_fields_that_nobody_may_set_are_passed_over(api: Caller, task: dict[str, Any]) -> None:
    sneaky = {"id": "task-9", "createdBy": "user-9", "run": "run-9", "metrics": 1, "title": "New"}

    changed = api.patch(f"/tasks/{task['id']}", sneaky).json()["data"]

    assert changed == {**task, "title": "New", "updatedAt": changed["updatedAt"]}


# -- assign


def test_the_agent_that_a_task_is_made_for_stands_in_its_history(api: Caller, agent: dict[str, Any]) -> None:
    task = api.made("/tasks", {**FULL, "agentId": agent["id"]})

    created, assigned = api.fetched(f"/tasks/{task['id']}", include="history")["history"]

    assert (created["action"], assigned["action"]) == ("created", "assigned")
    assert (assigned["from"], assigned["to"], assigned["user"]) == (None, agent["id"], task["createdBy"])


def test_a_task_is_given_to_an_agent_with_a_new_priority(
    api: Caller, task: dict[str, Any], agent: dict[str, Any]
) -> None:
    given = api.made(f"/tasks/{task['id']}/assign", {"agentId": agent["id"], "priority": "low"})

    assert (given["agentId"], given["priority"], given["dueDate"]) == (agent["id"], "low", FULL["dueDate"])
    assert [found["id"] for found in api.fetched(f"/agents/{agent['id']}/tasks")] == [task["id"]]


def test_a_task_that_is_over_and_an_agent_that_is_offline_are_conflicts(
    api: Caller, task: dict[str, Any], agent: dict[str, Any]
) -> None:
    path, body = f"/tasks/{task['id']}/assign", {"agentId": agent["id"]}
    api.post(f"/agents/{agent['id']}/disable")

    assert error_of(api.post(path, body)) == (409, "CONFLICT_ERROR")
    api.post(f"/agents/{agent['id']}/enable")
    api.patch(f"/tasks/{task['id']}", {"status": "failed"})
    assert error_of(api.post(path, body)) == (409, "CONFLICT_ERROR")
    assert error_of(api.post(path, {"agentId": "agent-9"}))[0] == 422


# -- comments, files, and the end


def test_people_who_are_mentioned_are_told_once(api: Caller, task: dict[str, Any]) -> None:
    me = api.fetched("/users/me")["id"]

    said = api.made(f"/tasks/{task['id']}/comments", {"content": "Look", "mentions": [me, me]})

    assert (said["author"], said["mentions"]) == (me, [me])
    (told,) = api.fetched("/users/me/notifications")
    assert (told["type"], told["data"]["taskId"], told["read"]) == ("mention", task["id"], False)
    assert error_of(api.post(f"/tasks/{task['id']}/comments", {"content": "A", "mentions": ["user-9"]}))[0] == 422


def test_a_file_is_kept_as_it_came(api: Caller, task: dict[str, Any]) -> None:
    content = bytes(range(256)) * 10

    reply = api.upload(f"/tasks/{task['id']}/files", ("mock up.png", content, "image/png"), description="Mockup")

    file = reply.json()["data"]
    assert reply.status_code == 201
    assert (file["name"], file["size"], file["mimeType"]) == ("mock up.png", 2560, "image/png")
    assert file["description"] == "Mockup"
    assert api.fetched(f"/tasks/{task['id']}", include="files")["files"] == [file]
    assert api.sandbox.uploaded(file["id"]) == content


def test_a_form_without_a_file_says_what_is_missing(api: Caller, task: dict[str, Any]) -> None:
    path = f"/tasks/{task['id']}/files"

    missing = api.send("POST", path, files={"description": (None, "Mockup")})
    broken = api.send("POST", path, content=b"nonsense", headers={"Content-Type": "multipart/form-data; boundary=x"})

    assert missing.json()["error"]["details"] == {"file": ["is required"]}
    assert (missing.status_code, broken.status_code) == (422, 400)


def test_a_deleted_task_is_gone_with_all_that_belonged_to_it(api: Caller, task: dict[str, Any]) -> None:
    api.made(f"/tasks/{task['id']}/comments", {"content": "Started."})
    file = api.upload(f"/tasks/{task['id']}/files", ("a.txt", b"a", "text/plain")).json()["data"]

    assert api.send("DELETE", f"/tasks/{task['id']}", params={"reason": "Created twice"}).status_code == 204

    assert error_of(api.get(f"/tasks/{task['id']}")) == (404, "NOT_FOUND")
    assert error_of(api.send("DELETE", f"/tasks/{task['id']}"))[0] == 404
    store = api.sandbox.platform.store
    assert [store.count(kind, namespace=None) for kind in ("comment", "task_file", "history")] == [0, 0, 0]
    with pytest.raises(KeyError):
        api.sandbox.uploaded(file["id"])
    assert "Created twice" in api.get("/system/logs").text
