"""A minimal workflow engine: it walks through the states, and does not run what stands in them.

Scripts are not executed and HTTP calls are not sent: whatever comes in as input is merged into the workflow data, and
every step says so in the instance's history. Transitions, conditions, halts, choices, events and ends are real.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from ._conditions import holds, is_missing, same, value_at
from ._definitions import as_text, filled_in, target_of

MAIN = "thread_main"
_MOST_STEPS = 1000
_LARGEST_DATA = 256 * 1024
_NOT_RUN = {
    "script": "The sandbox does not run scripts: the input was merged into the workflow data",
    "http": "The sandbox sends no HTTP calls: the workflow data stays as it is",
}
# Where an input may name its choice in selection mode; the platform's documents do not fix the field.
_CHOICE_FIELDS = ("key", "choice", "transition", "selection", "option")


class NoWayOutError(Exception):
    """No transition of the halted state fits."""


class TooMuchDataError(Exception):
    """The workflow data would grow beyond its limit."""


@dataclass(slots=True)
class Run:
    """An instance on its way from one halt to the next. It changes the instance, and collects what there is to tell.

    `events` go into the history, `signals` into the event stream, `sayings` into the chat.
    """

    definition: dict[str, Any]
    instance: dict[str, Any]
    now: str
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    signals: list[tuple[str, dict[str, Any]]] = field(default_factory=list[tuple[str, dict[str, Any]]])
    sayings: list[str] = field(default_factory=list[str])
    _seen: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self._seen = self.instance["workflow_data"]

    def start(self, given: dict[str, Any]) -> None:
        """From the beginning, with the input of the request."""
        self._merge(given)
        self._note("lifecycle", "created", initial_state=self.definition["initial_state"])
        self._enter(self.definition["initial_state"])
        self._walk()

    def resume(self, given: dict[str, Any], by: str) -> None:
        """On from a halt, with somebody's input. Raises NoWayOutError, having changed nothing."""
        data = {**self.instance["workflow_data"], **given}
        self._leave_halt(self._way_out(data, given), given, by, "resume")

    def trigger(self, name: str, payload: dict[str, Any], by: str) -> None:
        """On from a halt, by the transition that names this event. Raises NoWayOutError, having changed nothing."""
        data = {**self.instance["workflow_data"], **payload}
        ways = [way for way in self._transitions if way.get("event") == name and holds(way.get("condition"), data)]
        self._leave_halt(ways[0] if ways else None, payload, by, "event")

    def cancel(self) -> None:
        """End where it stands."""
        self.instance["cancelled_at"] = self.now
        self._end("cancelled")

    # -- walking

    @property
    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.definition["states"][self.instance["current_state"]]
        return state

    @property
    def _transitions(self) -> list[dict[str, Any]]:
        transitions: list[dict[str, Any]] = self._state.get("transitions") or []
        return transitions

    def _walk(self) -> None:
        for _ in range(_MOST_STEPS):
            kind = self._state["type"]
            self._step(self._state.get("on_enter" if kind == "terminal" else "logic"))
            if kind == "terminal":
                self._end("completed")
                return
            if kind == "halting":
                self._halt()
                return
            way = self._way_out(self.instance["workflow_data"], {})
            if way is None:
                self._fail("invalid_transition", f"No transition of {self.instance['current_state']} fits the data")
                return
            self._go(way, "automatic")
        self._fail("internal_error", f"{_MOST_STEPS} states were passed without a halt")

    def _way_out(self, data: dict[str, Any], given: dict[str, Any]) -> dict[str, Any] | None:
        ways = [way for way in self._transitions if "event" not in way and holds(way.get("condition"), data)]
        if self._state.get("transition_mode") == "selection":
            chosen = _choice(given, {str(way.get("key")) for way in ways})
            ways = [way for way in ways if way.get("key") == chosen]
        return ways[0] if ways else None

    def _go(self, way: dict[str, Any], trigger: str) -> None:
        left, entered = self.instance["current_state"], str(target_of(way))
        self.instance["history"][-1] |= {"exited_at": self.now, "transition": entered}
        changes = _changes(self._seen, self.instance["workflow_data"])
        self._seen = self.instance["workflow_data"]
        more = {"changes": {"updated": changes}} if changes else {}
        self._enter(entered)
        self._note("transition", "state_change", from_state=left, to_state=entered, trigger=trigger, **more)

    def _enter(self, name: str) -> None:
        self.instance["current_state"] = name
        self.instance["status"] = "running"
        self.instance["history"].append({"state": name, "entered_at": self.now})
        self.signals.append(("workflow.state_changed", {"state": name, "context": self.instance["workflow_data"]}))

    def _step(self, logic: dict[str, Any] | None) -> None:
        if logic is None:
            return
        told = {"logs": [_NOT_RUN[logic["type"]]], "duration_ms": 0}
        self.instance["history"][-1] |= told
        self._note("step", logic["type"], state=self.instance["current_state"], **told)

    # -- halting

    def _halt(self) -> None:
        state, name = self._state, self.instance["current_state"]
        waiting: dict[str, Any] = {"halted_at_state": name}
        if "presentation" in state:
            waiting["halting_presentation"] = filled_in(state["presentation"], self._value)
        if "halting_instructions" in state or state.get("transition_mode") == "selection":
            waiting["halted_options"] = self._options(state)
        self.instance |= {"status": "halted", **waiting}
        self._note("halt", "halted", state=name)
        names = {"halting_presentation": "presentation", "halted_options": "halted_options"}
        shown = {names[key]: value for key, value in waiting.items() if key in names}
        self.signals.append(("workflow.halted", shown))
        self.sayings.append(_saying(name, waiting))

    def _leave_halt(self, way: dict[str, Any] | None, given: dict[str, Any], by: str, trigger: str) -> None:
        if way is None:
            raise NoWayOutError
        self._merge(given)
        for name in ("halted_at_state", "halting_presentation", "halted_options"):
            self.instance.pop(name, None)
        self.instance["history"][-1] |= {"input_received": given, "resumed_at": self.now, "resumed_by": by}
        self._note("halt", "resumed", state=self.instance["current_state"], input_received=given)
        self._go(way, trigger)
        self._walk()

    def _options(self, state: dict[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = state.get("halting_instructions") or {}
        config: dict[str, Any] = told.get("config") or {}
        shown: list[str] = told.get("include_data") or config.get("include_data_paths") or []
        message = config.get("message") or config.get("prompt") or told.get("instruction")
        text = as_text(filled_in(message or state.get("description") or "Choose how to go on.", self._value))
        facts = [f"{path}: {as_text(self._value(path))}" for path in shown]
        options: dict[str, Any] = {
            "instruction": f"{text} ({'; '.join(facts)})" if facts else text,
            "include_data": shown,
            "transition_mode": state.get("transition_mode", "condition"),
            "generated": bool(told) and told.get("type") != "message",
        }
        if options["transition_mode"] == "selection":
            options["choices"] = [_shown_choice(way) for way in self._transitions]
        return options

    def _value(self, path: str) -> Any:
        found = value_at(self.instance["workflow_data"], path)
        return None if is_missing(found) else found

    # -- ending and telling

    def _end(self, status: str) -> None:
        self.instance["status"] = status
        for name in ("halted_at_state", "halting_presentation", "halted_options"):
            self.instance.pop(name, None)
        self._note("lifecycle", status)

    def _fail(self, code: str, message: str) -> None:
        self.instance["error"] = message
        self._note("error", code, state=self.instance["current_state"], code=code, message=message)
        self.signals.append(("error", {"error": message, "code": code}))
        self._end("failed")

    def _merge(self, given: dict[str, Any]) -> None:
        data = {**self.instance["workflow_data"], **given}
        if len(json.dumps(data, ensure_ascii=False).encode()) > _LARGEST_DATA:
            raise TooMuchDataError
        self.instance["workflow_data"] = data

    def _note(self, kind: str, subtype: str, /, **facts: Any) -> None:
        # Data is never changed in place, so that the event keeps it as it stands now.
        event = {"type": kind, "subtype": subtype, "timestamp": self.now, "thread": MAIN, **facts}
        self.events.append({**event, "workflow_data": self.instance["workflow_data"]})


def _choice(given: dict[str, Any], keys: set[str]) -> str | None:
    """The key that an input names: in one of the usual fields, else as the only text of its that is a key."""
    texts = {name: value for name, value in given.items() if isinstance(value, str) and value in keys}
    named = [texts[name] for name in _CHOICE_FIELDS if name in texts]
    found = named[:1] or (list(texts.values()) if len(texts) == 1 else [])
    return found[0] if found else None


def _changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    names = [name for name in {**before, **after} if not same(before.get(name), after.get(name))]
    return {name: {"from": before.get(name), "to": after.get(name)} for name in names}


def _shown_choice(way: dict[str, Any]) -> dict[str, Any]:
    described = {"description": way["description"]} if "description" in way else {}
    return {"key": way["key"], **described, "to": target_of(way)}


def _saying(state: str, waiting: dict[str, Any]) -> str:
    """What the workflow says in the chat when it halts."""
    options: dict[str, Any] = waiting.get("halted_options") or {}
    presentation: dict[str, Any] = waiting.get("halting_presentation") or {}
    texts = (options.get("instruction"), *(presentation.get(name) for name in ("message", "description", "title")))
    return next((text for text in texts if isinstance(text, str) and text), f"I wait in {state}.")
