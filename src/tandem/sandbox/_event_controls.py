"""The controls of events and endpoints, for those who steer a platform from another process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ._control import Actions, BadControlError
from ._examples import event_names
from ._request import Request
from ._shapes import as_list, as_object

if TYPE_CHECKING:
    from ._delivering import DeliveringPlatform

_FIELDS: dict[str, type | tuple[type, ...]] = {
    "event": str,
    "data": dict,
    "url": str,
    "events": list,
    "namespace": str,
    "secret": str,
}
Trigger = Callable[..., Mapping[str, Any]]
"""`trigger(platform, event, data, namespace)` announces an event; ValueError says why it cannot."""
Subscribe = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""From url, events, namespace and secret, where they are given, to the endpoint that was made."""


class EventControls:
    """`/events` to look at what happened and to trigger more; `/endpoints` to have events sent, without a token."""

    def __init__(
        self,
        platform: DeliveringPlatform,
        *,
        trigger: Trigger,
        subscribe: Subscribe,
        unsubscribe: Callable[[str], bool],
    ) -> None:
        self._platform = platform
        self._announce = trigger
        self._subscribe = subscribe
        self._unsubscribe = unsubscribe

    def actions(self) -> Actions:
        """What `Platform.control_actions` returns."""
        return {
            "/events": {"GET": self._events, "POST": self._trigger},
            "/endpoints": {"POST": self._add, "DELETE": self._remove},
        }

    def _events(self, *_: Any) -> dict[str, Any]:
        happened: Iterator[dict[str, Any]] = self._platform.deliverer.log.events()
        return {"names": event_names(self._platform), "events": self._platform.redaction.body(list(happened)[-100:])}

    def _trigger(self, _: Request, body: Any) -> dict[str, Any]:
        given = _read(body, needs=("event",), takes=("event", "data", "namespace"))
        with self._platform.store.transaction():
            try:
                event = self._announce(self._platform, given["event"], given.get("data"), given.get("namespace"))
            except ValueError as error:
                raise BadControlError(str(error)) from None
        return {name: event[name] for name in ("id", "type", "namespace", "timestamp", "data")}

    def _add(self, _: Request, body: Any) -> dict[str, Any]:
        """An endpoint for the events that are named, or for all. Unlike the API, this shows its secret."""
        given = _read(body, needs=("url",), takes=("url", "events", "namespace", "secret"))
        if refusal := self._platform.deliverer.poster.refusal(given["url"]):
            raise BadControlError(refusal)
        known = event_names(self._platform)
        events = given.get("events") or known
        if unknown := [event for event in events if event not in known]:
            raise BadControlError(f"There is no event {unknown[0]!r}. There are {', '.join(known)}.")
        endpoint = self._subscribe({**given, "events": list(events)})
        return {name: endpoint[name] for name in ("id", "url", "events", "secret")}

    def _remove(self, request: Request, _: Any) -> dict[str, Any]:
        if not self._unsubscribe(request.query.get("id", "")):
            raise BadControlError("There is no such endpoint: give the id that was returned as ?id=….")
        return {"status": "ok"}


def _read(body: Any, *, needs: tuple[str, ...], takes: tuple[str, ...]) -> dict[str, Any]:
    fields = as_object(body) or {}
    for name, value in fields.items():
        if name not in takes or not isinstance(value, _FIELDS[name]):
            raise BadControlError(
                f"{name!r} does not belong there, or is of the wrong type. Known: {', '.join(takes)}."
            )
    events = as_list(fields.get("events")) or ()
    if not all(isinstance(event, str) for event in events):
        raise BadControlError("events has to be a list of names.")
    if missing := [name for name in needs if name not in fields]:
        raise BadControlError(f"The body needs {missing[0]!r}, as a field of a JSON object.")
    return fields
