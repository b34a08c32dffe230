"""One attempt at a delivery: a POST to an address that its owner registered, and what came of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from tandem._wire._tls import tls_context

from ._hosts import Hosts

if TYPE_CHECKING:
    import httpx

_KEPT = 16 * 1024  # bytes of a reply that are read; what comes behind them is nobody's business here
_LONGEST_ERROR = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a POST. Without a `status` there was no answer, and `error` says why."""

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    error: str | None = None
    seconds: float = 0.0

    @property
    def is_success(self) -> bool:
        """Whether the receiver took it: any 2xx, and nothing else."""
        return self.status is not None and 200 <= self.status < 300


class Poster:
    """Sends to this machine, and beyond it only to the hosts that are allowed.

    A local platform is full of made-up addresses; none of them may ever reach a stranger by accident.
    """

    def __init__(self, allow_hosts: Iterable[str] = (), *, timeout: float = 30.0) -> None:
        self.hosts = Hosts(allow_hosts)
        self.timeout = timeout
        self._client: httpx.AsyncClient | None = None

    def refusal(self, url: str) -> str | None:
        """Why nothing is sent to this address, or None when it may be."""
        try:
            parts = urlsplit(url)
            host, scheme, _ = parts.hostname or "", parts.scheme, parts.port
        except ValueError:
            return "The address is not a URL."
        if scheme not in ("http", "https") or not host:
            return "The address is not an http or https URL."
        if self.hosts.allow(host):
            return None
        return f"{host} is not on this machine. Allow it with allow_hosts=[{host!r}], or --allow-host {host}."

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """POST once. Redirects are not followed. Whatever happens becomes an Answer."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(self.timeout):
                return await self._exchange(url, headers, body, started)
        except TimeoutError:
            error = f"No answer within {self.timeout:g} seconds."
        except Exception as problem:  # whatever a stranger's server does is a failed attempt, never more
            error = f"{type(problem).__name__}: {problem}".rstrip(": ")[:_LONGEST_ERROR]
        return Answer(error=error, seconds=time.monotonic() - started)

    async def _exchange(self, url: str, headers: Mapping[str, str], body: bytes, started: float) -> Answer:
        content = bytearray()
        sent = {**headers, "Accept-Encoding": "identity", "Connection": "close"}
        async with (
            self._opened().stream("POST", url, headers=sent, content=body) as reply,
            aclosing(cast("AsyncGenerator[bytes]", reply.aiter_raw())) as chunks,
        ):
            async for chunk in chunks:
                content += chunk
                if len(content) >= _KEPT:
                    break
        seconds = time.monotonic() - started
        return Answer(reply.status_code, dict(reply.headers), bytes(content[:_KEPT]), seconds=seconds)

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            import httpx

            # A connection for each attempt: a kept one that the receiver has closed by now would fail the attempt,
            # and this way nothing is left open that would have to be closed.
            limits = httpx.Limits(max_keepalive_connections=0)
            context = tls_context(trust_env=False)
            self._client = httpx.AsyncClient(verify=context, timeout=None, limits=limits, trust_env=False)  # noqa: S113  # see `send`
        return self._client
