"""How far an instance has come, read from whatever tells about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import attrs

from interactor.workflows._faults import DefinitionError
from interactor.workflows._plain import plain
from interactor.workflows._routing import taken
from tandem._json import is_array, is_object

from ._sketch import START

if TYPE_CHECKING:
    from interactor.workflows._definition import Definition


@attrs.frozen
class Progress:
    """`visited` are the states that were left, `walked` the ways that were taken, `next` where it may go from here."""

    visited: frozenset[str] = frozenset()
    walked: frozenset[tuple[str, str]] = frozenset()
    current: frozenset[str] = frozenset()
    next: frozenset[str] = frozenset()
    status: str = ""

    def of_state(self, name: str) -> str:
        """`current`, `visited`, `next` or `ahead`."""
        kinds = (("current", self.current), ("visited", self.visited), ("next", self.next))
        return next((kind for kind, names in kinds if name in names), "ahead")

    def of_arrow(self, source: str, target: str) -> str:
        """`walked`, `next` or `ahead`."""
        if (source, target) in self.walked or (source == START and target in self.visited | self.current):
            return "walked"
        return "next" if source in self.current and target in self.next else "ahead"


def progress_of(definition: Definition, instance: Any) -> Progress:
    """The progress of an instance: a model, its JSON, or a list of history events."""
    raw: Any = plain(instance)
    if is_array(raw):
        raw = {"events": raw}
    if not is_object(raw):
        raise DefinitionError("An instance to draw is a model, its JSON, or a list of its history events.")
    walked = frozenset(_walked(raw))
    current = frozenset(_current(raw))
    status = str(raw.get("status", ""))
    visited = frozenset(_entered(raw)) | {name for way in walked for name in way}
    ahead = frozenset(_next(definition, raw, current)) if status in ("running", "halted", "") else frozenset[str]()
    return Progress(visited - current, walked, current, ahead, status)


def _walked(raw: dict[str, Any]) -> Iterable[tuple[str, str]]:
    for entry in _objects(raw.get("history")):
        if isinstance(entry.get("transition"), str):
            yield str(entry.get("state")), entry["transition"]
    for event in _objects(raw.get("events")):
        if isinstance(event.get("from_state"), str) and isinstance(event.get("to_state"), str):
            yield event["from_state"], event["to_state"]


def _entered(raw: dict[str, Any]) -> Iterable[str]:
    for entry in _objects(raw.get("history")):
        if isinstance(entry.get("state"), str):
            yield entry["state"]
    for event in _objects(raw.get("events")):
        for name in ("state", "initial_state"):
            if isinstance(event.get(name), str):
                yield event[name]


def _current(raw: dict[str, Any]) -> Iterable[str]:
    named = [thread.get("current_state") for thread in _objects(raw.get("threads"))]
    named.append(raw.get("current_state"))
    found = [name for name in named if isinstance(name, str) and name]
    # Events alone do not say where the instance is: it is where the last of them led.
    last = [event["to_state"] for event in _objects(raw.get("events")) if isinstance(event.get("to_state"), str)][-1:]
    return found or last


def _next(definition: Definition, raw: dict[str, Any], current: Iterable[str]) -> Iterable[str]:
    data = raw.get("workflow_data", raw.get("context"))
    for name in current:
        state = definition.states.get(name)
        if state is None:
            continue
        ways = state.transitions if state.type != "terminal" else ()
        if state.type == "action" and is_object(data) and definition.is_sound(name):
            index = taken(state.raw, data)
            ways = () if index is None else ways[index : index + 1]
        yield from (way.target for way in ways)


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if is_object(item)] if is_array(value) else []
