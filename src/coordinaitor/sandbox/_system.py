"""The installation: whether it works, its figures and its log, all from what really happened in it.

Source: CoordinAItor API, System Endpoints.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tandem.sandbox import Context, JournalEntry, Place, Registry

from . import _counts
from ._envelope import VERSION
from ._events import home
from ._logs import logs_of
from ._problems import invalid
from ._tasks_listing import moment

if TYPE_CHECKING:
    from ._platform import CoordinaitorPlatform

registry = Registry()
_API = "api"
_DEFAULT_LOGS = 100


class Installation:
    """Since when the platform runs, and how the requests since then went."""

    def __init__(self, platform: CoordinaitorPlatform) -> None:
        self._platform = platform
        self._began = 0.0
        self._first = 0

    def begin(self) -> None:
        """It starts, or starts anew: what was asked before is not counted."""
        entries = self._platform.journal.entries(limit=1)
        self._began = self._platform.clock.now()
        self._first = entries[-1].number + 1 if entries else 0

    @property
    def uptime(self) -> float:
        """Seconds since then."""
        return round(max(0.0, self._platform.clock.now() - self._began), 3)

    def requests(self) -> list[JournalEntry]:
        """The requests of the API that were answered, the last thousand at most."""
        return [
            entry
            for entry in self._platform.journal.entries()
            if entry.number >= self._first and entry.status is not None
        ]


@registry.handles("system.health")
def health(ctx: Context) -> dict[str, Any]:
    tasks = _counts.all_tasks(ctx)
    return {**_state(ctx), "metrics": _figures(ctx, tasks)}


@registry.handles("system.status")
def status(ctx: Context) -> dict[str, Any]:
    return {**_state(ctx), "tasks": _counts.all_tasks(ctx), "agents": _counts.all_agents(ctx)}


@registry.handles("system.metrics")
def metrics(ctx: Context) -> dict[str, Any]:
    tasks = _counts.all_tasks(ctx)
    return {"timestamp": ctx.clock.iso(), **_figures(ctx, tasks), "tasks": tasks, "agents": _counts.all_agents(ctx)}


@registry.handles("system.logs")
def logs(ctx: Context) -> list[dict[str, Any]]:
    wanted = {name: ctx.query[name] for name in ("level", "service") if ctx.query.get(name)}
    try:
        since = moment(ctx.query["since"]) if "since" in ctx.query else None
    except ValueError:
        raise invalid("since", "Is not a time of this calendar") from None
    noted = logs_of(ctx, wanted)
    asked = [_logged(entry) for entry in home(ctx).system.requests()]
    fitting = [each for each in asked if all(each[name] == value for name, value in wanted.items())]
    found = sorted([*noted, *reversed(fitting)], key=lambda entry: str(entry["timestamp"]), reverse=True)
    recent = [entry for entry in found if since is None or moment(entry["timestamp"]) >= since]
    return recent[: ctx.query.get("limit", _DEFAULT_LOGS)]


def _state(ctx: Context) -> dict[str, Any]:
    services = {"database": _database(ctx), "agents": _agents(ctx)}
    works = all(service["status"] == "healthy" for service in services.values())
    return {
        "status": "healthy" if works else "degraded",
        "timestamp": ctx.clock.iso(),
        "uptime": home(ctx).system.uptime,
        "version": VERSION,
        "environment": "sandbox",
        "services": services,
    }


def _database(place: Place) -> dict[str, Any]:
    began = time.perf_counter()
    place.store.fact("health")
    return {"status": "healthy", "latency": round((time.perf_counter() - began) * 1000, 3), "connections": 1}


def _agents(place: Place) -> dict[str, Any]:
    count = _counts.all_agents(place)
    # Without any agent nothing is wrong; nothing is done either.
    figures = {name: count[name] for name in ("total", "available", "busy")}
    return {"status": "degraded" if count["error"] else "healthy", **figures}


def _figures(ctx: Context, tasks: dict[str, int]) -> dict[str, Any]:
    requests = home(ctx).system.requests()
    durations = [entry.duration_ms for entry in requests if entry.duration_ms is not None]
    failed = sum((entry.status or 0) >= 500 for entry in requests)
    return {
        "activeTasks": tasks["active"],
        "completedToday": _counts.completed_today(ctx),
        "averageResponseTime": round(sum(durations) / len(durations), 3) if durations else 0.0,
        "errorRate": round(failed / len(requests), 4) if requests else 0.0,
    }


def _logged(entry: JournalEntry) -> dict[str, Any]:
    """A request as an entry of the log."""
    code = entry.status or 0
    return {
        "id": f"log-{entry.request_id}",
        "level": "error" if code >= 500 else "warn" if code >= 400 else "debug",
        "service": _API,
        "message": f"{entry.method} {entry.path} was answered with {code}",
        "timestamp": entry.time,
        "data": {"requestId": entry.request_id, "durationMs": entry.duration_ms},
    }
