"""The agents at work, with the platform's time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from coordinaitor.sandbox import Sandbox
from coordinaitor.sandbox._working import WorkSettings

from .calling import Caller

AGENT = {"name": "React developer", "type": "coding", "model": "gpt-4", "provider": "openai"}
PACE = 1000.0  # seconds: no test is so slow that time passes by itself


@pytest.fixture(autouse=True)
def _slowly(api: Caller, nobody: None) -> Iterator[None]:
    workforce = api.sandbox.platform.workforce
    before, workforce.settings = workforce.settings, WorkSettings(pace=PACE, steps=4)
    yield
    workforce.settings = before


def pass_steps(api: Caller, steps: float = 1) -> None:
    api.sandbox.clock.advance(steps * PACE)
    api.sandbox.settle()


def agent(api: Caller, **settings: Any) -> str:
    return str(api.made("/agents", {**AGENT, **settings})["id"])


def task(api: Caller, **fields: Any) -> str:
    return str(api.made("/tasks", {"title": "Sign-up", **fields})["id"])


def now(api: Caller, task_id: str) -> tuple[str, float]:
    found = api.fetched(f"/tasks/{task_id}")
    return found["status"], found["progress"]


def test_an_assigned_task_is_worked_off_step_by_step(api: Caller) -> None:
    made = task(api, agentId=agent(api), estimatedHours=8)

    seen = [now(api, made)]
    for _ in range(5):
        pass_steps(api)
        seen.append(now(api, made))

    assert seen == [
        ("pending", 0),
        ("active", 0),
        ("active", 0.25),
        ("active", 0.5),
        ("active", 0.75),
        ("completed", 1),
    ]
    done = api.fetched(f"/tasks/{made}", include="history,metrics")
    assert (done["actualHours"], done["metrics"]["qualityScore"]) == (8, 1)
    assert [entry["action"] for entry in done["history"]].count("progress_changed") == 4
    assert {entry["user"] for entry in done["history"][2:]} == {done["agentId"]}


def test_a_jump_in_time_plays_all_steps_at_the_moments_they_were_due(api: Caller) -> None:
    made = task(api, agentId=agent(api))

    pass_steps(api, 100)

    history = api.fetched(f"/tasks/{made}", include="history")["history"]
    moments = [entry["timestamp"] for entry in history if entry["action"] in ("status_changed", "progress_changed")]
    assert now(api, made) == ("completed", 1)
    assert moments == sorted(moments)
    assert len(set(moments)) == 5


def test_a_task_without_an_agent_goes_to_whoever_is_free(api: Caller) -> None:
    busy, free = agent(api), agent(api)
    first = task(api, agentId=busy)
    pass_steps(api)

    second = task(api)
    pass_steps(api)

    assert now(api, first)[0] == "active"
    assert api.fetched(f"/tasks/{second}")["agentId"] == free


def test_what_waits_is_taken_up_in_order_of_priority_when_the_agent_is_free_again(api: Caller) -> None:
    one = agent(api)
    first = task(api, agentId=one)
    pass_steps(api)
    low, high = task(api, agentId=one, priority="low"), task(api, agentId=one, priority="high")
    assert api.fetched(f"/agents/{one}")["status"] == "busy"

    pass_steps(api, 5)

    assert [now(api, each)[0] for each in (first, high, low)] == ["completed", "active", "pending"]


def test_a_disabled_agent_stands_still_until_it_is_enabled(api: Caller) -> None:
    one = agent(api)
    made = task(api, agentId=one)
    pass_steps(api, 2)

    api.post(f"/agents/{one}/disable")
    pass_steps(api, 20)
    stood = now(api, made)
    api.post(f"/agents/{one}/enable")
    pass_steps(api)

    assert (stood, now(api, made)) == (("active", 0.25), ("active", 0.5))


def test_enabling_an_agent_in_between_does_not_make_it_twice_as_fast(api: Caller) -> None:
    one = agent(api)
    made = task(api, agentId=one)
    pass_steps(api)

    for act in ["disable", "enable"] * 3:
        api.post(f"/agents/{one}/{act}")
    pass_steps(api)

    assert now(api, made) == ("active", 0.25)


def test_an_agent_fails_where_its_configuration_says_so(api: Caller) -> None:
    one = agent(api, configuration={"failAt": 0.5, "failure": "The tests do not pass"})
    made = task(api, agentId=one)

    pass_steps(api, 10)

    assert now(api, made) == ("failed", 0.25)
    assert api.fetched(f"/agents/{one}")["successRate"] == 0
    (event,) = [kept for kept in api.sandbox.platform.deliverer.log.events() if kept["type"] == "task.failed"]
    assert event["data"]["error"] == "The tests do not pass"


def test_whoever_asks_for_a_task_reads_why_it_failed(api: Caller) -> None:
    failing = task(api, agentId=agent(api, configuration={"failAt": 0.5, "failure": "The tests do not pass"}))
    fine = task(api, agentId=agent(api))

    pass_steps(api, 10)

    assert api.fetched(f"/tasks/{failing}")["error"] == "The tests do not pass"
    assert "error" not in api.fetched(f"/tasks/{fine}")
    with api.sandbox.client() as client:
        assert [found.error for found in client.tasks.list()] == [None, "The tests do not pass"]


def test_whoever_created_a_task_is_told_how_it_ended(api: Caller) -> None:
    task(api, agentId=agent(api, configuration={"failAt": 0.5, "failure": "The tests do not pass"}))
    task(api, agentId=agent(api))

    pass_steps(api, 10)

    told = api.fetched("/users/me/notifications")
    assert sorted((each["type"], each["message"]) for each in told) == [
        ("task.completed", "The task 'Sign-up' is completed"),
        ("task.failed", "The task 'Sign-up' failed: The tests do not pass"),
    ]


def test_an_agent_breaks_where_its_configuration_says_so_and_goes_on_when_it_is_enabled(api: Caller) -> None:
    one = agent(api, configuration={"breakAt": 0.5})
    made = task(api, agentId=one)
    pass_steps(api, 10)
    broken = (api.fetched(f"/agents/{one}")["status"], now(api, made))

    api.post(f"/agents/{one}/enable")
    pass_steps(api, 10)

    assert broken == ("error", ("active", 0.25))
    assert now(api, made) == ("completed", 1)


def test_another_agent_goes_on_where_the_first_one_stopped(api: Caller) -> None:
    first, second = agent(api), agent(api)
    made = task(api, agentId=first)
    pass_steps(api, 3)

    api.post(f"/tasks/{made}/assign", {"agentId": second})
    waiting = now(api, made)
    pass_steps(api, 2)

    assert (waiting, now(api, made)) == (("pending", 0.5), ("active", 0.75))
    assert api.fetched(f"/agents/{first}")["status"] == "available"
    assert api.fetched(f"/agents/{first}/metrics")["taskMetrics"]["totalTasks"] == 1


def test_work_that_is_sent_back_rests_until_it_is_taken_up(api: Caller) -> None:
    made = task(api, agentId=agent(api))
    pass_steps(api, 2)

    api.patch(f"/tasks/{made}", {"status": "pending"})
    pass_steps(api, 10)
    resting = now(api, made)
    api.patch(f"/tasks/{made}", {"status": "active"})
    pass_steps(api, 10)

    assert resting == ("pending", 0.25)
    assert api.fetched(f"/tasks/{made}", include="metrics")["metrics"]["qualityScore"] == 0.9


@pytest.mark.parametrize("status", ["cancelled", "completed", "failed"])
def test_nobody_works_on_what_is_over(api: Caller, status: str) -> None:
    made = task(api, agentId=agent(api))
    pass_steps(api, 2)

    api.patch(f"/tasks/{made}", {"status": status})
    before = api.fetched(f"/tasks/{made}")
    pass_steps(api, 10)

    assert api.fetched(f"/tasks/{made}") == before


def test_work_goes_on_after_a_restart_with_the_same_file(tmp_path: Path) -> None:
    db = tmp_path / "state.db"
    with Sandbox(db=db, pace=PACE, steps=4) as sandbox:
        task_id = sandbox.client().tasks.create(title="Sign-up").id
        sandbox.clock.advance(3 * PACE)
        sandbox.settle()

    with Sandbox(db=db, pace=PACE, steps=4) as sandbox:
        before = sandbox.client().tasks.get(task_id).progress
        sandbox.clock.advance(10 * PACE)
        sandbox.settle()
        done = sandbox.client().tasks.get(task_id)

    assert before == 0.5
    assert (done.status, done.progress) == ("completed", 1)


def test_a_sandbox_that_is_closed_amid_its_work_loses_none_of_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(6):
        with Sandbox(db=tmp_path / "state.db", pace=0.002) as sandbox, sandbox.client(in_process=True) as client:
            for number in range(4):
                client.tasks.create(title=f"Task {number}")

    with Sandbox(db=tmp_path / "state.db", pace=PACE) as sandbox, sandbox.client(in_process=True) as client:
        sandbox.clock.advance(100 * PACE)
        sandbox.settle()
        statuses = [found.status for found in client.tasks.list()]
        busy = [found.current_tasks for found in client.agents.list()]

    assert (statuses, busy) == (["completed"] * 24, [0])
    assert caplog.text == ""


def test_without_a_pace_nobody_works_by_itself(api: Caller) -> None:
    api.sandbox.platform.workforce.settings = WorkSettings(pace=None)
    made = task(api, agentId=agent(api))

    api.sandbox.clock.advance(days=30)
    api.sandbox.settle()

    assert now(api, made) == ("pending", 0)


@pytest.mark.parametrize("settings", [{"steps": 0}, {"pace": -1.0}, {"pace": float("inf")}, {"pace": float("nan")}])
def test_settings_that_mean_nothing_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="one step or more"):
        WorkSettings(**settings)
