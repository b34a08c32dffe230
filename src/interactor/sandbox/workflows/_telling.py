"""What there is to tell about a run: to the history, to whoever follows its stream, to webhooks, and in its chat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from interactor.sandbox._announcements import announce
from interactor.sandbox._streams import end, record
from tandem.sandbox import Place

from ._threads import MAIN, is_over

HISTORY = "history_event"
_FACTS = ("workflow_id", "workflow_name", "version_id", "namespace", "current_state", "workflow_data")


@dataclass(slots=True)
class Telling:
    """Collected while a run goes on, told when what happened is stored."""

    now: str
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    signals: list[tuple[str, dict[str, Any]]] = field(default_factory=list[tuple[str, dict[str, Any]]])
    announcements: list[tuple[str, dict[str, Any]]] = field(default_factory=list[tuple[str, dict[str, Any]]])
    sayings: list[str] = field(default_factory=list[str])

    def note(self, instance: Mapping[str, Any], thread: str, kind: str, subtype: str, /, **facts: Any) -> None:
        """Something for the history, with the data as it stands now: data is never changed in place."""
        event = {"type": kind, "subtype": subtype, "timestamp": self.now, "thread": thread, **facts}
        self.events.append({**event, "workflow_data": instance["workflow_data"]})

    def signal(self, thread: str, kind: str, /, **facts: Any) -> None:
        """Something for the stream."""
        beside = {} if thread == MAIN else {"thread": thread}
        self.signals.append((kind, {**facts, **beside}))

    def announce(self, instance: Mapping[str, Any], thread: str, event: str, /, **facts: Any) -> None:
        """Something for webhooks."""
        beside = {} if thread == MAIN else {"thread": thread}
        known = {name: instance[name] for name in _FACTS}
        told = {"instance_id": instance["id"], **known, **facts, **beside}
        self.announcements.append((f"workflow.instance.{event}", told))


def tell(place: Place, instance: Mapping[str, Any], telling: Telling) -> None:
    """Write down all of it, in the transaction of what it tells of."""
    owner = {"instance_id": instance["id"], "workflow_name": instance["workflow_name"], "namespace": place.namespace}
    for event in telling.events:
        event_id = place.ids.new("evt")
        place.store.put(HISTORY, event_id, {"id": event_id, **event, **owner}, namespace=place.namespace)
    for kind, facts in telling.signals:
        record(place, instance["id"], kind, **facts)
    for name, facts in telling.announcements:
        announce(place, name, facts)
    for text in telling.sayings:
        say(place, instance, "workflow", text)
    if is_over(instance):
        end(place, instance["id"])


def say(place: Place, instance: Mapping[str, Any], role: str, content: str) -> dict[str, Any]:
    """Add a message to the chat of an instance. What the workflow says goes into the event stream as well."""
    message = {"id": place.ids.new("tmsg"), "role": role, "content": content, "created_at": place.clock.iso()}
    kept = {**message, "instance_id": instance["id"]}
    place.store.put("chat_message", message["id"], kept, namespace=place.namespace)
    if role == "workflow":
        shown = {**message, "room_id": instance["chat_id"], "role": "assistant"}
        record(place, instance["id"], "message.complete", message=shown)
    return message
