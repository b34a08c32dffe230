"""The controls of events and endpoints, for those who steer the sandbox from another process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tandem.sandbox import Actions, BadControlError, Deliverer, Platform, Request

from ._json import is_array, is_object
from ._triggers import event_names, trigger
from ._webhooks import new_secret

_FIELDS: dict[str, type | tuple[type, ...]] = {
    "event": str,
    "data": dict,
    "url": str,
    "events": list,
    "namespace": str,
    "secret": str,
}


class WebhookControls:
    """`/events` to look at what happened and to trigger more; `/endpoints` to have events sent, without a token."""

    def __init__(self, platform: Platform, deliverer: Deliverer) -> None:
        self._platform = platform
        self._deliverer = deliverer

    def actions(self) -> Actions:
        """What `Platform.control_actions` returns."""
        return {
            "/events": {"GET": self._events, "POST": self._trigger},
            "/endpoints": {"POST": self._add, "DELETE": self._remove},
        }

    def _events(self, *_: Any) -> dict[str, Any]:
        happened: Iterator[dict[str, Any]] = self._deliverer.log.events()
        return {"names": event_names(self._platform), "events": self._platform.redaction.body(list(happened)[-100:])}

    def _trigger(self, _: Request, body: Any) -> dict[str, Any]:
        given = _read(body, needs=("event",), takes=("event", "data", "namespace"))
        with self._platform.store.transaction():
            try:
                event = trigger(self._platform, given["event"], given.get("data"), given.get("namespace"))
            except ValueError as error:
                raise BadControlError(str(error)) from None
        return {name: event[name] for name in ("id", "type", "namespace", "timestamp", "data")}

    def _add(self, _: Request, body: Any) -> dict[str, Any]:
        """A subscription to the events of every namespace, or of one. Unlike the API, this shows its secret."""
        given = _read(body, needs=("url",), takes=("url", "events", "namespace", "secret"))
        if refusal := self._deliverer.poster.refusal(given["url"]):
            raise BadControlError(refusal)
        known = event_names(self._platform)
        events = given.get("events") or known
        if unknown := [event for event in events if event not in known]:
            raise BadControlError(f"There is no event {unknown[0]!r}. There are {', '.join(known)}.")
        endpoint: dict[str, Any] = {
            "id": self._platform.ids.new("whsub"),
            "url": given["url"],
            "events": list(events),
            "secret": given.get("secret") or new_secret(self._platform.ids),
            "namespace_filter": given.get("namespace"),
            "namespaces": None,
            "status": "active",
            "created_at": self._platform.clock.iso(),
        }
        self._platform.store.put("subscription", endpoint["id"], endpoint, namespace="")
        return {name: endpoint[name] for name in ("id", "url", "events", "secret")}

    def _remove(self, request: Request, _: Any) -> dict[str, Any]:
        if not self._platform.store.delete("subscription", request.query.get("id", ""), namespace=""):
            raise BadControlError("There is no such endpoint: give the id that was returned as ?id=….")
        return {"status": "ok"}


def _read(body: Any, *, needs: tuple[str, ...], takes: tuple[str, ...]) -> dict[str, Any]:
    fields = body if is_object(body) else {}
    for name, value in fields.items():
        if name not in takes or not isinstance(value, _FIELDS[name]):
            raise BadControlError(
                f"{name!r} does not belong there, or is of the wrong type. Known: {', '.join(takes)}."
            )
    if is_array(fields.get("events")) and not all(isinstance(event, str) for event in fields["events"]):
        raise BadControlError("events has to be a list of names.")
    if missing := [name for name in needs if name not in fields]:
        raise BadControlError(f"The body needs {missing[0]!r}, as a field of a JSON object.")
    return fields
