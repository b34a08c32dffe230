"""Halts: what in an instance waits for input, and who says what it asks for. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tandem._json import is_array

if TYPE_CHECKING:
    from interactor_api.models import Instance, InstanceThread


class Halt(NamedTuple):
    """What waits for input: the instance itself, or one of its parallel threads.

    `asking` is the instance as whoever answers should see it: in the state that asks, with what that one asks for.
    """

    asking: Instance
    thread_id: str | None = None


def halt_of(instance: Instance) -> Halt | None:
    """What waits for input; the first thread, where several do. None when nothing does."""
    if instance.status == "halted":
        return Halt(instance)
    if instance.status != "running":
        return None
    waiting = next((thread for thread in _threads(instance) if thread.status == "halted"), None)
    return None if waiting is None else Halt(_seen_from(instance, waiting), waiting.id)


def asking(instance: Instance, thread_id: str) -> Instance | InstanceThread | None:
    """Who says what a thread asks for: the instance does for its main thread, which is the first one."""
    threads = _threads(instance)
    if threads and threads[0].id == thread_id:
        return instance
    return next((thread for thread in threads if thread.id == thread_id), None)


def _threads(instance: Instance) -> list[InstanceThread]:
    # What is no object is left by the models as it came.
    found: Any = instance.threads
    return [thread for thread in found if hasattr(thread, "to_dict")] if is_array(found) else []


def _seen_from(instance: Instance, thread: InstanceThread) -> Instance:
    own = thread.to_dict()
    asked = {name: own.get(name) for name in ("halted_at_state", "halting_presentation", "halted_options")}
    place = {"status": thread.status, "current_state": thread.current_state}
    return type(instance).from_dict({**instance.to_dict(), **place, **asked})
