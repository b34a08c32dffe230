"""Plain HTTP calls to a sandbox, as any language would make them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from interactor.sandbox import Sandbox


@dataclass(frozen=True)
class Caller:
    """One application in one namespace. Its methods return whole replies; `created` and `fetched` what is in them."""

    sandbox: Sandbox
    http: httpx.Client = field(repr=False)
    token: str = field(repr=False)
    namespace: str | None

    def send(self, method: str, path: str, json: Any = None, /, **more: Any) -> httpx.Response:
        """A call of the core API."""
        proof = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers = {**proof, **more.pop("headers", {})}
        if self.namespace is not None:
            headers = {"X-Namespace": self.namespace, **headers}
        if json is not None:
            more["json"] = json
        return self.http.request(method, self.sandbox.core_url + path, headers=headers, **more)

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.send("GET", path, params=params)

    def post(self, path: str, json: Any = None, **headers: str) -> httpx.Response:
        """Headers by keyword: `idempotency_key="a"` is sent as `Idempotency-Key: a`."""
        return self.send("POST", path, json, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def patch(self, path: str, json: Any) -> httpx.Response:
        return self.send("PATCH", path, json)

    def delete(self, path: str) -> httpx.Response:
        return self.send("DELETE", path)

    def made(self, path: str, json: Any = None) -> Any:
        """The result of a POST that has to succeed."""
        return data_of(self.post(path, json))

    def fetched(self, path: str, **params: Any) -> Any:
        """The result of a GET that has to succeed."""
        return data_of(self.get(path, **params))

    def within(self, namespace: str | None) -> Caller:
        """The same application in another namespace."""
        return Caller(self.sandbox, self.http, self.token, namespace)

    def with_token(self, token: str) -> Caller:
        """The same with another token."""
        return Caller(self.sandbox, self.http, token, self.namespace)

    @contextmanager
    def stream(self, path: str, **headers: str) -> Generator[Events]:
        """The events of a stream."""
        url = self.sandbox.core_url + path
        sent = {"Authorization": f"Bearer {self.token}", **{n.replace("_", "-"): v for n, v in headers.items()}}
        if self.namespace is not None:
            sent["X-Namespace"] = self.namespace
        with self.http.stream("GET", url, headers=sent, timeout=5) as reply:
            yield Events(reply)


class Events:
    """Server-sent events, read one by one."""

    def __init__(self, reply: httpx.Response) -> None:
        self.reply = reply
        self._lines = reply.iter_lines()

    def next(self) -> dict[str, Any]:
        """The next event's data, with its id under `@id` and its name under `@event`."""
        fields: dict[str, str] = {}
        for line in self._lines:
            if not line and "data" in fields:
                return {**json.loads(fields["data"]), "@id": fields.get("id"), "@event": fields.get("event")}
            name, _, value = line.partition(": ")
            if name:
                fields[name] = value
        raise EOFError

    def take(self, count: int) -> list[dict[str, Any]]:
        """The next events."""
        return [self.next() for _ in range(count)]

    def until(self, kind: str) -> list[dict[str, Any]]:
        """The next events, up to the first of this type."""
        events = [self.next()]
        while events[-1]["type"] != kind:
            events.append(self.next())
        return events


def eventually(condition: Callable[[], bool], seconds: float = 10) -> bool:
    """Whether something becomes true before long."""
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.005)
    return condition()


def data_of(reply: httpx.Response) -> Any:
    """The result of a reply that has to be a success."""
    assert reply.is_success, reply.text
    return reply.json()["data"] if reply.content else None


def error_of(reply: httpx.Response) -> tuple[int, str]:
    """Status and code of an error reply."""
    return reply.status_code, reply.json()["error"]["code"]


def token_of(sandbox: Sandbox, http: httpx.Client, **fields: Any) -> dict[str, Any]:
    """A token reply; by default of the sandbox's own client with all of its scopes."""
    grant = {
        "grant_type": "client_credentials",
        "client_id": sandbox.client_id,
        "client_secret": sandbox.client_secret,
        **fields,
    }
    token: dict[str, Any] = data_of(http.post(f"{sandbox.account_url}/oauth/token", json=grant))
    return token
