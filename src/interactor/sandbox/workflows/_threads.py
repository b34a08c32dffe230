"""The threads of an instance: the main one, and those that states start beside it.

An action state may have `threads`, a name and a first state for each. The thread that comes there waits until they
have all ended, and goes on then. Its own status is `running` meanwhile, and so is the instance's, which is that of
its main thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._halting import SHOWN

MAIN = "thread_main"
MOST = 10
ACTIVE = ("running", "halted")

Thread = dict[str, Any]


class TooManyThreadsError(Exception):
    """The instance would have more threads than it may."""


def new_thread(thread_id: str, state: str, given: Mapping[str, Any], parent: str | None = None) -> Thread:
    """A thread that has not entered its first state yet.

    `visit` counts the states it has entered, `stage` tells how far it is in the present one, `walked` how many states
    it has passed since it last halted, `changed` what has happened to the data in the present one.
    """
    return {
        "id": thread_id,
        "status": "running",
        "current_state": state,
        "stage": "new",
        "visit": 0,
        "walked": 0,
        "changed": {},
        "input": dict(given),
        "parent": parent,
        "last_resume": None,
    }


def thread_of(instance: Mapping[str, Any], thread_id: str) -> Thread | None:
    """The thread of this id, if there is one."""
    return next((thread for thread in instance["threads"] if thread["id"] == thread_id), None)


def start_beside(instance: Mapping[str, Any], name: str, state: str, parent: Thread) -> Thread:
    """A thread beside others. One of the same name that has ended makes room for it. Raises `TooManyThreadsError`."""
    threads: list[Thread] = instance["threads"]
    taken = {thread["id"]: place for place, thread in enumerate(threads) if thread["status"] in ACTIVE}
    thread_id = next(
        each for number in range(len(threads) + 1) if (each := _id(name, number)) not in taken and each != MAIN
    )
    fresh = new_thread(thread_id, state, parent["input"], parent["id"])
    ended = next((place for place, thread in enumerate(threads) if thread["id"] == thread_id), None)
    if ended is not None:
        threads[ended] = fresh
    elif len(threads) < MOST:
        threads.append(fresh)
    else:
        raise TooManyThreadsError
    return fresh


def are_under_way(instance: Mapping[str, Any], parent: Thread) -> bool:
    """Whether some of the threads that this one waits for have not ended."""
    return any(thread["parent"] == parent["id"] and thread["status"] in ACTIVE for thread in instance["threads"])


def is_over(instance: Mapping[str, Any]) -> bool:
    """Whether an instance has ended: nothing more happens to it."""
    return instance["status"] not in ACTIVE


def show_threads(instance: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The threads as the platform tells of them. What the main one asks for stands at the instance itself."""
    return [_show(thread) for thread in instance["threads"]]


def mirror_main(instance: dict[str, Any]) -> None:
    """Make status, state and what is asked for those of the main thread."""
    main = instance["threads"][0]
    instance |= {"status": main["status"], "current_state": main["current_state"]}
    for name in SHOWN:
        instance.pop(name, None)
        if name in main:
            instance[name] = main[name]


def _id(name: str, number: int) -> str:
    return f"thread_{name}" if number == 0 else f"thread_{name}_{number + 1}"


def _show(thread: Thread) -> dict[str, Any]:
    asked = () if thread["id"] == MAIN else SHOWN
    return {name: thread[name] for name in ("id", "status", "current_state", *asked) if name in thread}
