"""Parallel paths of one instance."""

from __future__ import annotations

import threading
from typing import Any

import httpx

from tests.sandbox.calling import Caller, data_of, error_of
from tests.sandbox.definitions import publish, started

from .making import END, ran


def review(**beside: str) -> dict[str, Any]:
    """Finance and legal are asked side by side, then a manager."""
    ask = {"type": "halting", "transitions": [{"target": "heard"}]}
    return {
        "name": "review",
        "initial_state": "review",
        "states": {
            "review": {
                "type": "action",
                "threads": beside or {"finance": "ask_finance", "legal": "ask_legal"},
                "transitions": [{"target": "ask_manager"}],
            },
            "ask_finance": {**ask, "presentation": {"type": "message", "message": "Finance?"}},
            "ask_legal": ask,
            "ask_manager": {"type": "halting", "transitions": [{"target": "end"}]},
            "heard": END,
            "end": END,
        },
    }


def resume(api: Caller, instance: dict[str, Any], name: str, **given: Any) -> httpx.Response:
    return api.post(f"/workflows/instances/{instance['id']}/threads/thread_{name}/resume", {"input": given})


def states(instance: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {thread["id"]: (thread["status"], thread["current_state"]) for thread in instance["threads"]}


def test_threads_wait_for_themselves_and_the_main_one_for_them(api: Caller) -> None:
    instance = ran(api, review())

    assert (instance["status"], instance["current_state"]) == ("running", "review")
    assert states(instance) == {
        "thread_main": ("running", "review"),
        "thread_finance": ("halted", "ask_finance"),
        "thread_legal": ("halted", "ask_legal"),
    }


def test_a_waiting_thread_shows_what_it_asks_for(api: Caller) -> None:
    instance = ran(api, review())

    listed = api.fetched(f"/workflows/instances/{instance['id']}/threads")["threads"]

    assert listed == instance["threads"]
    assert listed[1]["halting_presentation"] == {"type": "message", "message": "Finance?"}


def test_the_main_thread_goes_on_when_all_others_have_ended(api: Caller) -> None:
    instance = ran(api, review())

    first = data_of(resume(api, instance, "finance", finance="yes"))
    second = data_of(resume(api, instance, "legal", legal="yes"))

    assert (first["status"], states(first)["thread_finance"]) == ("running", ("completed", "heard"))
    assert (second["status"], second["current_state"]) == ("halted", "ask_manager")
    assert second["workflow_data"] == {"finance": "yes", "legal": "yes"}


def test_an_instance_with_threads_comes_to_its_end(api: Caller) -> None:
    instance = ran(api, review())
    for name in ("finance", "legal", "main"):
        last = data_of(resume(api, instance, name))

    assert {status for status, _ in states(last).values()} == {"completed"}
    assert last["status"] == "completed"


def test_a_thread_that_has_ended_cannot_be_resumed(api: Caller) -> None:
    instance = ran(api, review())
    resume(api, instance, "finance")

    assert error_of(resume(api, instance, "finance")) == (400, "instance_not_halted")
    assert error_of(resume(api, instance, "main")) == (400, "instance_not_halted")
    assert error_of(resume(api, instance, "none"))[0] == 404


def test_different_threads_are_resumed_at_the_same_time(api: Caller) -> None:
    instance = ran(api, review())
    barrier = threading.Barrier(2)
    replies: dict[str, httpx.Response] = {}

    def both(name: str) -> None:
        barrier.wait()
        replies[name] = resume(api, instance, name, **{name: "yes"})

    threads = [threading.Thread(target=both, args=(name,)) for name in ("finance", "legal")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    after = api.fetched(f"/workflows/instances/{instance['id']}")
    assert [reply.status_code for reply in replies.values()] == [200, 200]
    assert (after["current_state"], after["workflow_data"]) == ("ask_manager", {"finance": "yes", "legal": "yes"})


def test_scripts_of_different_threads_do_not_undo_each_other(api: Caller) -> None:
    def counting(name: str) -> dict[str, Any]:
        code = f"return {{ ...workflow_data, {name}: true }}"
        return {"type": "action", "logic": {"type": "script", "code": code}, "transitions": [{"target": "end"}]}

    names = [f"part{number}" for number in range(9)]
    fork = {
        "type": "action",
        "threads": {name: name for name in names},
        "transitions": [{"target": "end"}],
    }
    states = {"fork": fork, **{name: counting(name) for name in names}, "end": END}

    instance = ran(api, {"name": "counting", "initial_state": "fork", "states": states}, before=1)

    assert instance["status"] == "completed"
    assert instance["workflow_data"] == {"before": 1, **dict.fromkeys(names, True)}
    assert len(instance["threads"]) == 10


def test_an_eleventh_thread_ends_the_instance(api: Caller) -> None:
    wait = {"type": "halting", "transitions": [{"target": "end"}]}
    inner = {"type": "action", "threads": {"one": "wait"}, "transitions": [{"target": "end"}]}
    outer = {
        "type": "action",
        "threads": {f"t{number}": "inner" if number == 8 else "wait" for number in range(9)},
        "transitions": [{"target": "end"}],
    }
    states = {"outer": outer, "inner": inner, "wait": wait, "end": END}

    instance = ran(api, {"name": "many", "initial_state": "outer", "states": states})

    assert (instance["status"], "at most 10 threads" in instance["error"]) == ("failed", True)


def test_ten_threads_in_one_state_are_faulty(api: Caller) -> None:
    definition = review(**{f"t{number}": "ask_legal" for number in range(10)})

    checked = api.made("/workflows/validate", definition)

    assert [fault["path"] for fault in checked["errors"]] == ["states.review.threads"]


def test_a_thread_that_fails_ends_the_whole_instance(api: Caller) -> None:
    definition = review()
    stuck = {"target": "heard", "condition": {"field": "never", "equals": True}}
    definition["states"]["ask_finance"] = {"type": "action", "transitions": [stuck]}

    instance = ran(api, definition)

    assert instance["status"] == "failed"
    assert states(instance) == {
        "thread_main": ("failed", "review"),
        "thread_finance": ("failed", "ask_finance"),
        "thread_legal": ("cancelled", "ask_legal"),
    }


def test_cancelling_ends_all_threads(api: Caller) -> None:
    instance = ran(api, review())

    cancelled = api.made(f"/workflows/instances/{instance['id']}/cancel")

    assert {thread["status"] for thread in cancelled["threads"]} == {"cancelled"}


def test_threads_started_again_take_the_place_of_those_that_ended(api: Caller) -> None:
    definition = review()
    definition["states"]["ask_manager"]["transitions"] = [{"target": "review"}]
    publish(api, definition)
    instance = started(api, "review")
    for name in ("finance", "legal", "main"):
        again = data_of(resume(api, instance, name))

    assert list(states(again)) == ["thread_main", "thread_finance", "thread_legal"]
    assert states(again)["thread_finance"] == ("halted", "ask_finance")


def test_the_history_tells_threads_apart(api: Caller) -> None:
    instance = ran(api, review())
    resume(api, instance, "finance")

    path = f"/workflows/instances/{instance['id']}"
    of_finance = api.fetched(f"{path}/history", thread="thread_finance")["events"]
    stays = api.fetched(path)["history"]

    assert [event["subtype"] for event in of_finance] == ["halted", "resumed", "state_change"]
    assert [stay["state"] for stay in stays if stay.get("thread") == "thread_finance"] == ["ask_finance", "heard"]
    assert [stay["state"] for stay in stays if "thread" not in stay] == ["review"]
