"""HTTP logic: a request to a service of the user's, with retries.

Source: Interactor workflows guide, HTTP Logic and Propagating Trace Context.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tandem._wire._tls import tls_context

from ._hosts import CallableHosts
from ._outcome import Done, LogicError
from ._substitution import Sources, UnknownSecretError, filled_in, url_of

if TYPE_CHECKING:
    import httpx

TIMEOUT_MS = 30_000
_LARGEST_REPLY = 256 * 1024
_FIRST_PAUSE = 0.5  # seconds
_LONGEST_PAUSE = 8.0
_AGAIN = frozenset({408, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Call:
    """A request with everything filled in. `name` is how logs and errors call it: as the definition does."""

    name: str
    method: str
    url: httpx.URL
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(repr=False)
    milliseconds: int = TIMEOUT_MS
    attempts: int = 1
    backoff: str = "exponential"


class HttpCalls:
    """Sends the calls of workflows, all of one platform over one pool of connections."""

    def __init__(self, hosts: CallableHosts) -> None:
        self._hosts = hosts
        self._client: httpx.AsyncClient | None = None

    async def send(self, logic: Mapping[str, Any], sources: Sources, headers: Mapping[str, str]) -> Done:
        """What came back, as `http_response`. Raises `LogicError` with the guide's code when nothing good did."""
        began = time.perf_counter()
        logs: list[str] = []
        try:
            call = self._call(logic, sources, headers)
            reply = await self._attempts(call, logs)
        except LogicError as error:
            duration = round((time.perf_counter() - began) * 1000, 3)
            raise LogicError(error.code, error.message, logs, duration, error.details) from None
        return Done({"http_response": reply}, logs, round((time.perf_counter() - began) * 1000, 3))

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    def _call(self, logic: Mapping[str, Any], sources: Sources, headers: Mapping[str, str]) -> Call:
        import httpx  # a quarter of the time in which a sandbox is up, and few workflows call

        retry: dict[str, Any] = logic.get("retry") or {}
        name = f"{logic['method']} {logic['url']}"
        try:
            content = None
            if "body" in logic:
                content = json.dumps(filled_in(logic["body"], sources, raw=True), ensure_ascii=False).encode()
            url = httpx.URL(url_of(logic["url"], sources))
            own: dict[str, str] = filled_in(logic.get("headers") or {}, sources)
        except UnknownSecretError as error:
            raise LogicError("http_error", f"{error}: Sandbox(secrets={{{error.name!r}: …}}) makes it known") from None
        except (httpx.InvalidURL, ValueError):
            raise LogicError("http_error", f"{name} has no URL that can be called") from None
        if url.scheme not in ("http", "https") or not url.host:
            raise LogicError("http_error", f"{name} has no URL that can be called")
        return Call(
            name=name,
            method=logic["method"],
            url=url,
            headers=_sendable(
                name, {**({} if content is None else {"Content-Type": "application/json"}), **headers}, own
            ),
            content=content,
            milliseconds=logic.get("timeout", TIMEOUT_MS),
            attempts=retry.get("attempts", 1),
            backoff=retry.get("backoff", "exponential"),
        )

    async def _attempts(self, call: Call, logs: list[str]) -> dict[str, Any]:
        for attempt in range(1, call.attempts + 1):
            try:
                return await self._attempt(call, logs)
            except LogicError as error:
                if attempt == call.attempts or error.details.get("status", 500) not in _AGAIN:
                    raise
            await asyncio.sleep(_pause(call.backoff, attempt))
        raise AssertionError  # an attempt returns, or raises when it was the last

    async def _attempt(self, call: Call, logs: list[str]) -> dict[str, Any]:
        import httpx

        if self._hosts.answer_for(call.url.host):
            logs.append(f"{call.name} was not sent: the sandbox answers 200 for the guide's example hosts")
            return {"status": 200, "body": {}}
        if not self._hosts.allow(call.url.host):
            remedy = f'Sandbox(allow_hosts=["{call.url.host}"]) allows it'
            raise LogicError("http_error", f"{call.name} is not on this machine: {remedy}", details={"status": None})
        try:
            async with asyncio.timeout(call.milliseconds / 1000):
                status, content = await self._exchange(call)
        except (TimeoutError, httpx.TimeoutException):
            message = f"{call.name} did not answer within {call.milliseconds} ms"
            logs.append(message)
            raise LogicError("http_timeout", message) from None
        except (httpx.HTTPError, OSError, ValueError) as error:
            # Not the error's own text, which may quote what was filled in.
            message = f"{call.name} failed: {type(error).__name__}"
            logs.append(message)
            raise LogicError("http_error", message) from None
        logs.append(f"{call.name} answered {status}")
        if not 200 <= status < 300:
            raise LogicError("http_error", f"{call.name} answered {status}", details={"status": status})
        return {"status": status, "body": _body(content)}

    async def _exchange(self, call: Call) -> tuple[int, bytes]:
        client = self._opened()
        # No timeout of its own: the attempt as a whole has one.
        async with client.stream(
            call.method, call.url, headers=call.headers, content=call.content, timeout=None
        ) as reply:
            content = bytearray()
            async for part in reply.aiter_bytes():
                content += part
                if len(content) > _LARGEST_REPLY:
                    raise ValueError("The reply is too large")
            return reply.status_code, bytes(content)

    def _opened(self) -> httpx.AsyncClient:
        import httpx

        if self._client is None:
            # Neither proxies nor .netrc of this machine: they would carry the call elsewhere, with other secrets.
            verify = tls_context(trust_env=False)
            self._client = httpx.AsyncClient(trust_env=False, follow_redirects=False, verify=verify)
        return self._client


def _sendable(name: str, ours: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """The headers of a call; the definition's own win, however they are spelled."""
    spelled = {key.lower() for key in own}
    headers = {**{key: value for key, value in ours.items() if key.lower() not in spelled}, **own}
    for key, value in headers.items():
        if not key.isascii() or any(ord(mark) < 32 or ord(mark) == 127 for mark in key + value):
            raise LogicError("http_error", f"{name} has a header that cannot be sent")
    return headers


def _body(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except (ValueError, RecursionError):
        return content.decode(errors="replace")


def _pause(backoff: str, attempt: int) -> float:
    """Seconds before the attempt after this one."""
    grown = attempt if backoff == "linear" else 2 ** min(attempt - 1, 10)
    return min(_FIRST_PAUSE * grown, _LONGEST_PAUSE)
