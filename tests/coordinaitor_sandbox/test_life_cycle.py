"""What becomes of a task, decided without a platform."""

from __future__ import annotations

from typing import Any

import pytest

from coordinaitor.sandbox._lifecycle import changed, events, metrics, new_task, refusal, replacement, steps, update

THEN, NOW = "2026-01-15T10:30:00.000Z", "2026-01-16T10:30:00.000Z"


def task(**fields: Any) -> dict[str, Any]:
    return {**new_task("task-1", {"title": "Sign-up"}, created_by="user-1", now=THEN), **fields}


def test_a_new_task_waits_with_the_documented_defaults() -> None:
    made = task()

    assert {name: made[name] for name in ("status", "priority", "progress", "actualHours", "tags", "agentId")} == {
        "status": "pending",
        "priority": "medium",
        "progress": 0.0,
        "actualHours": 0.0,
        "tags": [],
        "agentId": None,
    }


def test_what_a_request_may_not_set_is_passed_over() -> None:
    sneaky = {"id": "task-9", "createdBy": "user-9", "run": "run-9", "sentBack": -9, "title": "Sign-up"}

    assert new_task("task-1", {**sneaky, "status": "completed"}, created_by="user-1", now=THEN) == task()
    assert update(sneaky) == {"title": "Sign-up"}


def test_a_replacement_sets_all_but_status_agent_hours_and_progress() -> None:
    changes = replacement({"title": "New", "tags": ["a"]})

    assert (changes["title"], changes["tags"], changes["description"], changes["priority"]) == (
        "New",
        ["a"],
        None,
        "medium",
    )
    assert not changes.keys() & {"status", "agentId", "actualHours", "progress"}


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
@pytest.mark.parametrize("changes", [{"status": "active"}, {"status": "pending"}, {"progress": 0.1}, {"agentId": "b"}])
def test_what_is_over_stays_over(status: str, changes: dict[str, Any]) -> None:
    assert refusal(task(status=status), changes) == f"The task is {status}"


@pytest.mark.parametrize("changes", [{"status": "completed"}, {"title": "Better"}, {"actualHours": 7.5}])
def test_what_is_over_can_still_be_described(changes: dict[str, Any]) -> None:
    assert refusal(task(status="completed"), changes) is None


@pytest.mark.parametrize("before", ["pending", "active"])
@pytest.mark.parametrize("after", ["pending", "active", "completed", "failed", "cancelled"])
def test_what_is_not_over_can_go_anywhere(before: str, after: str) -> None:
    assert refusal(task(status=before), {"status": after}) is None


def test_a_completed_task_is_done_as_a_whole() -> None:
    done = changed(task(status="active", progress=0.4), {"status": "completed"}, NOW)

    assert (done["progress"], done["completedAt"], done["updatedAt"]) == (1.0, NOW, NOW)


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_task_that_was_not_done_keeps_its_progress(status: str) -> None:
    over = changed(task(status="active", progress=0.4), {"status": status}, NOW)

    assert (over["progress"], over["completedAt"]) == (0.4, None)


def test_a_change_to_what_it_was_before_is_none() -> None:
    before = task()

    assert changed(before, {"title": "Sign-up", "priority": "medium"}, NOW) is before


def test_work_that_is_sent_back_waits_until_somebody_takes_it_up() -> None:
    back = changed(task(status="active"), {"status": "pending"}, NOW)

    assert (back["held"], back["sentBack"]) == (True, 1)
    assert changed(back, {"status": "active"}, NOW)["held"] is False
    assert changed(back, {"agentId": "agent-2"}, NOW)["held"] is False


def test_another_agent_begins_anew_where_the_first_one_stopped() -> None:
    moved = changed(task(status="active", agentId="agent-1", progress=0.4), {"agentId": "agent-2"}, NOW)

    assert (moved["status"], moved["held"], moved["sentBack"], moved["progress"]) == ("pending", False, 0, 0.4)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"title": "Better"}, ["task.updated"]),
        ({"progress": 0.5}, ["task.updated"]),
        ({"status": "active"}, ["task.updated"]),
        ({"status": "cancelled"}, ["task.updated"]),
        ({"status": "completed"}, ["task.completed"]),
        ({"status": "failed"}, ["task.failed"]),
        ({"agentId": "agent-1", "priority": "high"}, ["task.assigned"]),
        ({"agentId": "agent-1", "status": "completed"}, ["task.assigned", "task.completed"]),
    ],
)
def test_a_change_is_told_by_the_event_that_says_most(changes: dict[str, Any], told: list[str]) -> None:
    before = task()

    assert events(before, changed(before, changes, NOW)) == told


def test_history_names_what_was_changed_and_not_what_the_platform_keeps_for_itself() -> None:
    before = task(status="active", agentId="agent-1", run="run-1")

    after = changed(before, {"status": "completed", "dueDate": NOW, "step": 3, "run": "run-2"}, NOW)

    assert sorted(steps(before, after)) == [
        ("due_date_changed", None, NOW),
        ("progress_changed", 0.0, 1.0),
        ("status_changed", "active", "completed"),
    ]


def test_work_is_judged_when_it_is_done_by_how_often_it_was_sent_back() -> None:
    assert metrics(task(actualHours=3.5, progress=0.4)) == {
        "timeSpent": 3.5,
        "completionRate": 0.4,
        "qualityScore": None,
        "changeRequests": 0,
    }
    assert metrics(task(status="completed", sentBack=2))["qualityScore"] == 0.8
    assert metrics(task(status="completed", sentBack=20))["qualityScore"] == 0.0
