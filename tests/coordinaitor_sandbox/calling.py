"""Plain HTTP calls to a sandbox, as any language would make them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx

from coordinaitor.sandbox import Sandbox
from tests.sandbox.calling import data_of


@dataclass(frozen=True)
class Caller:
    """One application. Its methods return whole replies; `made` and `fetched` what is in them."""

    sandbox: Sandbox
    http: httpx.Client = field(repr=False)
    headers: dict[str, str] = field(repr=False)

    def send(self, method: str, path: str, json: Any = None, /, **more: Any) -> httpx.Response:
        """A call; paths are those behind `/api/v1`."""
        headers = {**self.headers, **more.pop("headers", {})}
        if json is not None:
            more["json"] = json
        return self.http.request(method, f"{self.sandbox.url}/api/v1{path}", headers=headers, **more)

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.send("GET", path, params=params)

    def post(self, path: str, json: Any = None) -> httpx.Response:
        return self.send("POST", path, json)

    def put(self, path: str, json: Any) -> httpx.Response:
        return self.send("PUT", path, json)

    def patch(self, path: str, json: Any) -> httpx.Response:
        return self.send("PATCH", path, json)

    def upload(self, path: str, file: tuple[str, bytes, str], **fields: str) -> httpx.Response:
        """A form with a file, as name, content and media type."""
        return self.send("POST", path, files={"file": file}, data=fields)

    def made(self, path: str, json: Any = None) -> Any:
        """The result of a POST that has to succeed."""
        return data_of(self.post(path, json))

    def fetched(self, path: str, **params: Any) -> Any:
        """The result of a GET that has to succeed."""
        return data_of(self.get(path, **params))

    def with_headers(self, **headers: str) -> Caller:
        """Somebody else, or the same one by another way in; no header at all is nobody."""
        return Caller(self.sandbox, self.http, headers)


def login(sandbox: Sandbox, http: httpx.Client, email: str, password: str) -> Any:
    """A session."""
    found = http.post(f"{sandbox.url}/api/v1/auth/login", json={"email": email, "password": password})
    return data_of(found)


def error_of(reply: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    body = reply.json()
    assert body["success"] is False, reply.text
    return reply.status_code, body["error"]["code"]
