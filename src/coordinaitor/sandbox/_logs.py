"""The installation's log: what happened, for administrators. Source: CoordinAItor API, System Endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tandem.sandbox import Place

KIND = "log"
_MOST = 5000  # entries; older ones go


def log(place: Place, level: str, service: str, message: str, data: Mapping[str, Any] | None = None) -> None:
    """Note something: `level` is error, warn, info or debug; `service` says which part did it. No secrets in here."""
    entry: dict[str, Any] = {
        "id": place.ids.new("log"),
        "level": level,
        "service": service,
        "message": message,
        "timestamp": place.clock.iso(),
        "data": {name: value for name, value in (data or {}).items() if value is not None},
    }
    place.store.put(KIND, entry["id"], entry, namespace=place.namespace)
    query = place.store.query(KIND, namespace=place.namespace)
    if query.count() > _MOST and (oldest := query.first()):
        place.store.delete(KIND, oldest["id"], namespace=place.namespace)


def logs_of(place: Place, where: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What was noted, newest first, of all entries whose fields have these values."""
    return place.store.list(KIND, namespace=place.namespace, where=where, newest_first=True)
