"""The controls under `/_sandbox`: what a test in another process needs to steer the platform."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from ._bodies import MalformedBodyError, parse_json
from ._doors import OPERATION as LIVE
from ._errors import UnknownSnapshotError
from ._replies import JSON, encode
from ._reply import WireReply
from ._request import Request
from ._rules import BadRuleError, fault_from
from ._shapes import as_object

if TYPE_CHECKING:
    from ._platform import Platform

PREFIX = "/_sandbox"
Action = Callable[[Request, Any], Any]
"""From the request and the JSON of its body to the JSON of the answer."""
Actions = Mapping[str, Mapping[str, Action]]
"""The actions at a path below the prefix, by method."""


class BadControlError(ValueError):
    """The controls cannot do what was asked; the message says why."""


class Control:
    """JSON in, JSON out, for callers on this machine.

    A plain action that changes something has the store for itself while it runs. One that is a coroutine has not, so
    that it may wait for what others do, and opens `platform.transaction()` where it writes.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._started = time.monotonic()
        self._actions: dict[str, Mapping[str, Action]] = {
            "/health": {"GET": self._health},
            "/reset": {"POST": self._reset},
            "/journal": {"GET": self._journal, "DELETE": self._clear_journal},
            "/clock": {"GET": self._clock, "POST": self._advance},
            "/faults": {"GET": self._faults, "POST": self._add_fault, "DELETE": self._remove_faults},
            "/snapshots": {"GET": self._snapshots, "POST": self._take_snapshot},
            "/channels": {"GET": self._channels, "DELETE": self._drop_channels},
            **platform.control_actions(),
        }

    def wants(self, request: Request) -> bool:
        """Whether a request is for the controls."""
        return request.path == PREFIX or request.path.startswith(f"{PREFIX}/")

    async def reply(self, request: Request) -> WireReply:
        """The answer to such a request."""
        if not _is_local(request.client):
            return _error(403, "The controls answer only to this machine.")
        name = request.path.removeprefix(PREFIX)
        actions = self._actions.get(name) or self._restore_action(name)
        if actions is None:
            return _error(
                404, f"There is no {request.path}; there are {', '.join(PREFIX + at for at in self._actions)}."
            )
        action = actions.get(request.method)
        if action is None:
            reply = _error(405, f"{request.path} takes {', '.join(actions)}.")
            reply.headers["Allow"] = ", ".join(actions)
            return reply
        try:
            body: Any = parse_json(request.body) if request.body else {}
            return _json(200, await self._do(action, request, body))
        except (BadControlError, BadRuleError, MalformedBodyError) as error:
            return _error(400, str(error))
        except UnknownSnapshotError as error:
            return _error(404, str(error))

    async def _do(self, action: Action, request: Request, body: Any) -> Any:
        if inspect.iscoroutinefunction(action):
            return await action(request, body)
        if request.method == "GET":
            return action(request, body)
        async with self._platform.turn():
            return action(request, body)

    def _health(self, request: Request, _: Any) -> dict[str, Any]:
        hosts = sorted({operation.host for operation in self._platform.api.operations})
        return {
            "status": "ok",
            "operations": len(self._platform.api.operations),
            "base_urls": {host: request.base_url + self._platform.base_path(host) for host in hosts},
            "now": self._platform.clock.iso(),
            "uptime_seconds": round(time.monotonic() - self._started, 3),
        }

    def _reset(self, _: Request, body: Any) -> dict[str, Any]:
        namespace = field(body, "namespace", str, required=False)
        if namespace is None:
            self._platform.reset()
        else:
            self._platform.store.clear(namespace)
        return {"status": "ok"}

    def _journal(self, request: Request, _: Any) -> dict[str, Any]:
        limit = whole(request.query.get("limit", "100"), "limit")
        status = request.query.get("status")
        entries = self._platform.journal.entries(
            operation=request.query.get("operation"),
            status=None if status is None else whole(status, "status"),
            limit=limit,
        )
        return {"entries": [entry.to_dict() for entry in entries]}

    def _clear_journal(self, *_: Any) -> dict[str, Any]:
        self._platform.journal.clear()
        return {"status": "ok"}

    def _clock(self, *_: Any) -> dict[str, Any]:
        clock = self._platform.clock
        return {"now": clock.iso(), "unix": clock.now(), "offset": clock.offset, "frozen": clock.frozen}

    def _advance(self, _: Request, body: Any) -> dict[str, Any]:
        seconds = field(body, "advance", (int, float))
        try:
            self._platform.clock.advance(seconds)
        except ValueError as error:
            raise BadControlError(str(error)) from None
        return self._clock()

    def _faults(self, *_: Any) -> dict[str, Any]:
        return {"faults": self._platform.faults.describe()}

    def _add_fault(self, _: Request, body: Any) -> dict[str, Any]:
        fault = fault_from(body, {LIVE, *(operation.name for operation in self._platform.api.operations)})
        return {"id": self._platform.faults.add(fault)}

    def _remove_faults(self, request: Request, _: Any) -> dict[str, Any]:
        number = request.query.get("id")
        if number is None:
            self._platform.faults.clear()
        elif not self._platform.faults.remove(whole(number, "id")):
            raise BadControlError(f"There is no fault rule {number}.")
        return {"status": "ok"}

    def _channels(self, *_: Any) -> dict[str, Any]:
        return {"connections": len(self._platform.channels)}

    def _drop_channels(self, *_: Any) -> dict[str, Any]:
        return {"dropped": self._platform.channels.drop()}

    def _snapshots(self, *_: Any) -> dict[str, Any]:
        return {"snapshots": self._platform.snapshots.describe()}

    def _take_snapshot(self, _: Request, body: Any) -> dict[str, Any]:
        name = field(body, "name", str)
        if not name or "/" in name:
            raise BadControlError("A snapshot's name is a text without a slash.")
        self._platform.snapshots.take(name)
        return {"name": name}

    def _restore_action(self, path: str) -> dict[str, Action] | None:
        parts = path.split("/")
        if len(parts) != 4 or parts[1] != "snapshots" or parts[3] != "restore":
            return None
        return {"POST": lambda _request, _body: self._restore(parts[2])}

    def _restore(self, quoted: str) -> dict[str, Any]:
        name = unquote(quoted)
        self._platform.restore(name)
        return {"name": name}


def field(body: Any, name: str, kinds: type | tuple[type, ...], *, required: bool = True) -> Any:
    """A field of a control's body. Raises BadControlError when it is missing or of another kind."""
    fields = as_object(body)
    if fields is None:
        raise BadControlError("The body has to be a JSON object.")
    value = fields.get(name)
    if value is None and not required:
        return None
    if isinstance(value, bool) or not isinstance(value, kinds):
        example = '{"advance": 60}' if name == "advance" else f'{{"{name}": "…"}}'
        raise BadControlError(f"The body needs {name!r}, like {example}.")
    return value


def whole(text: str, name: str) -> int:
    """A number from a query. Raises BadControlError when it is none."""
    if not text.isdecimal() or len(text) > 9:
        raise BadControlError(f"{name} has to be a whole number, not {text!r}.")
    return int(text)


def _is_local(client: str | None) -> bool:
    if client is None:
        return True  # in process
    import ipaddress

    try:
        return ipaddress.ip_address(client).is_loopback
    except ValueError:
        return False


def _json(status: int, value: Any) -> WireReply:
    return WireReply(status, encode(value), JSON)


def _error(status: int, message: str) -> WireReply:
    return _json(status, {"error": message})
